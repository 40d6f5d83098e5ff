//! What GET and LIST show of a cluster (§3.3): never the kubeconfig, never the event listener, never the
//! hidden components.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Serialize, Serializer};

use crate::sandbox::api::Response;
use crate::sandbox::model::{Cluster, ClusterResource, Components, Slot};

/// The reply of a cluster as JSON.
pub(super) fn reply(cluster: &Cluster) -> &Bytes {
    cluster.rendered(|| Response::ok(&Reply::new(cluster)).body)
}

#[derive(Serialize)]
struct Reply<'a> {
    name: &'a str,
    cluster_kind: &'a str,
    cluster_type: &'a str,
    usage: &'a str,
    host_cluster: &'a str,
    primary_domain: &'a str,
    worker_type: &'a str,
    api_server: &'a str,
    #[serde(serialize_with = "visible")]
    components_list: &'a Components,
    reserved_namespaces_allowed_products: &'a BTreeMap<String, Vec<String>>,
    product_allowed_cluster_resources: &'a BTreeMap<String, Vec<ClusterResource>>,
}

/// The event listener is in the message, but never filled.
fn visible<S: Serializer>(components: &Components, serializer: S) -> Result<S::Ok, S::Error> {
    let shown = |slot: Slot| components.get(slot).filter(|_| slot != Slot::EventListener);
    serializer.collect_map(Slot::OF_CLIENTS.iter().map(|slot| (slot.api_key(), shown(*slot))))
}

impl<'a> Reply<'a> {
    fn new(cluster: &'a Cluster) -> Reply<'a> {
        Reply {
            name: &cluster.name,
            cluster_kind: &cluster.cluster_kind,
            cluster_type: &cluster.cluster_type,
            usage: &cluster.usage,
            host_cluster: &cluster.host_cluster,
            primary_domain: &cluster.primary_domain,
            worker_type: &cluster.worker_type,
            api_server: &cluster.api_server,
            components_list: &cluster.components,
            reserved_namespaces_allowed_products: &cluster.reserved_namespaces_allowed_products,
            product_allowed_cluster_resources: &cluster.product_allowed_cluster_resources,
        }
    }
}
