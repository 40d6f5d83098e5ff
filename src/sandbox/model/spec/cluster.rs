//! A stored Cluster (§3).

use std::collections::BTreeMap;
use std::sync::OnceLock;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A stored cluster, hidden components included.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    pub(crate) api_server: String,
    pub(crate) cluster_kind: String,
    pub(crate) cluster_type: String,
    pub(crate) usage: String,
    pub(crate) host_cluster: String,
    pub(crate) worker_type: String,
    pub(crate) primary_domain: String,
    /// The port of a virtual cluster's API server on its host.
    #[serde(default)]
    pub(crate) https_node_port: String,
    pub(crate) components: Components,
    pub(crate) reserved_namespaces_allowed_products: BTreeMap<String, Vec<String>>,
    pub(crate) product_allowed_cluster_resources: BTreeMap<String, Vec<ClusterResource>>,
    #[serde(skip)]
    pub(crate) rendered: Rendered,
}

/// The reply of a cluster as JSON, written when it is first asked for: a stored cluster never changes, it is
/// replaced.
#[derive(Debug, Default)]
pub(crate) struct Rendered(OnceLock<Bytes>);

impl Clone for Rendered {
    fn clone(&self) -> Rendered {
        Rendered::default()
    }
}

impl Cluster {
    /// The reply, which `render` writes when it is first asked for.
    pub(crate) fn rendered(&self, render: impl FnOnce() -> Bytes) -> &Bytes {
        self.rendered.0.get_or_init(render)
    }
}

/// Comes back with its keys sorted (§3.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ClusterResource {
    pub(crate) group: String,
    pub(crate) kind: String,
}

/// One component.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Component {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) additions: BTreeMap<String, String>,
}

/// All that is stored; the last two are hidden from the API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Components {
    pub(crate) multi_tenant: Option<Component>,
    pub(crate) secret_sync: Option<Component>,
    pub(crate) gateway: Option<Component>,
    pub(crate) deployment: Option<Component>,
    pub(crate) progressive_delivery: Option<Component>,
    pub(crate) pipeline: Option<Component>,
    pub(crate) event_listener: Option<Component>,
    pub(crate) secret_management: Option<Component>,
    pub(crate) oauth_proxy: Option<Component>,
}

impl Components {
    /// Those that it has, hidden ones included.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Component> {
        let Components {
            multi_tenant,
            secret_sync,
            gateway,
            deployment,
            progressive_delivery,
            pipeline,
            event_listener,
            secret_management,
            oauth_proxy,
        } = self;
        [
            multi_tenant,
            secret_sync,
            gateway,
            deployment,
            progressive_delivery,
            pipeline,
            event_listener,
            secret_management,
            oauth_proxy,
        ]
        .into_iter()
        .flatten()
    }

    /// Whether some component, hidden ones included, lives in that namespace.
    pub(crate) fn has_namespace(&self, namespace: &str) -> bool {
        self.all().any(|component| component.namespace == namespace)
    }
}
