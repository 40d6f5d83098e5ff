//! What GET and LIST show of a cluster (§3.3): never the kubeconfig, never the event listener, never the
//! hidden components.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Serialize;

use crate::sandbox::api::response::Response;
use crate::sandbox::model::spec::cluster::{Cluster, ClusterResource, Component};

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
    components_list: ComponentsReply<'a>,
    reserved_namespaces_allowed_products: &'a BTreeMap<String, Vec<String>>,
    product_allowed_cluster_resources: &'a BTreeMap<String, Vec<ClusterResource>>,
}

#[derive(Serialize)]
struct ComponentsReply<'a> {
    multi_tenant: Option<&'a Component>,
    secret_sync: Option<&'a Component>,
    gateway: Option<&'a Component>,
    deployment: Option<&'a Component>,
    progressive_delivery: Option<&'a Component>,
    pipeline: Option<&'a Component>,
    /// In the message, but never filled.
    event_listener: Option<()>,
}

impl<'a> Reply<'a> {
    fn new(cluster: &'a Cluster) -> Reply<'a> {
        let components = &cluster.components;
        Reply {
            name: &cluster.name,
            cluster_kind: &cluster.cluster_kind,
            cluster_type: &cluster.cluster_type,
            usage: &cluster.usage,
            host_cluster: &cluster.host_cluster,
            primary_domain: &cluster.primary_domain,
            worker_type: &cluster.worker_type,
            api_server: &cluster.api_server,
            components_list: ComponentsReply {
                multi_tenant: components.multi_tenant.as_ref(),
                secret_sync: components.secret_sync.as_ref(),
                gateway: components.gateway.as_ref(),
                deployment: components.deployment.as_ref(),
                progressive_delivery: components.progressive_delivery.as_ref(),
                pipeline: components.pipeline.as_ref(),
                event_listener: None,
            },
            reserved_namespaces_allowed_products: &cluster.reserved_namespaces_allowed_products,
            product_allowed_cluster_resources: &cluster.product_allowed_cluster_resources,
        }
    }
}
