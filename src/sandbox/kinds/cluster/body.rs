//! The request body of a cluster (§3.1) and its proto rules.

use std::collections::BTreeMap;

use super::kubeconfig::Kubeconfig;
use crate::sandbox::api::{ApiError, Fields, Message, Node, impl_message, min_length, one_of};
use crate::sandbox::model::{Cluster, Component, Slot};

/// Not `Debug`: it holds a kubeconfig.
#[derive(Default)]
pub(crate) struct Body {
    /// As far as it is stored as it is sent.
    pub(super) cluster: Cluster,
    pub(super) kubeconfig: Kubeconfig,
    pub(super) components: Vec<(Slot, Component)>,
    pub(super) reserved: BTreeMap<String, Vec<Node>>,
    pub(super) allowed: BTreeMap<String, Vec<Node>>,
}

impl Message for Body {
    fn decode(fields: &mut Fields) -> Result<Body, ApiError> {
        let vcluster: Option<Vcluster> = fields.message(&["vcluster"])?;
        let components: Option<ComponentsBody> = fields.message(&["components_list"])?;
        let cluster = Cluster {
            api_server: fields.string(&["api_server"])?,
            cluster_kind: fields.string(&["cluster_kind"])?,
            cluster_type: fields.string(&["cluster_type"])?,
            usage: fields.string(&["usage"])?,
            host_cluster: fields.string(&["host_cluster"])?,
            worker_type: fields.string(&["worker_type"])?,
            primary_domain: fields.string(&["primary_domain"])?,
            https_node_port: vcluster.map(|vcluster| vcluster.https_node_port).unwrap_or_default(),
            ..Cluster::default()
        };
        Ok(Body {
            cluster,
            kubeconfig: Kubeconfig::new(fields.string(&["kubeconfig"])?),
            components: components.map(|components| components.slots).unwrap_or_default(),
            reserved: fields.list_map(&["reserved_namespaces_allowed_products"])?,
            allowed: fields.list_map(&["product_allowed_cluster_resources"])?,
        })
    }
}

struct Vcluster {
    https_node_port: String,
}

impl_message!(Vcluster { string https_node_port });

/// The supplied components, in declaration order; keys that name no slot are unknown and dropped.
struct ComponentsBody {
    slots: Vec<(Slot, Component)>,
}

impl Message for ComponentsBody {
    fn decode(fields: &mut Fields) -> Result<ComponentsBody, ApiError> {
        let mut slots = Vec::new();
        for slot in Slot::OF_CLIENTS {
            if let Some(component) = fields.message(&[slot.api_key()])? {
                slots.push((*slot, component));
            }
        }
        Ok(ComponentsBody { slots })
    }
}

impl_message!(Component { string name, string namespace, string_map additions });

impl Body {
    /// §3.2 step 1.
    pub(super) fn validate(&self) -> Result<(), ApiError> {
        const OUTER: &str = "SaveRequest.Body";
        min_length(&self.cluster.api_server, &[OUTER, "SaveRequest_Body.ApiServer"])?;
        min_length(&self.cluster.cluster_kind, &[OUTER, "SaveRequest_Body.ClusterKind"])?;
        one_of(
            &self.cluster.cluster_type,
            &["physical", "virtual"],
            &[OUTER, "SaveRequest_Body.ClusterType"],
        )?;
        one_of(&self.cluster.usage, &["host", "worker"], &[OUTER, "SaveRequest_Body.Usage"])
    }
}
