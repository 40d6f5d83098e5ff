//! The files of the tenant's repository that clusters have, as the server writes them
//! (testdata/recordings/repositories). Left out: what is rendered from a cluster and says nothing of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::files::{set, yaml};
use crate::sandbox::model::{Cluster, Component, Components, Incomplete, World};

/// The repository's path in GitLab.
pub(crate) const PATH: &str = "tenant1/management";
const CLUSTERS: &str = "nautes/overlays/production/clusters";

/// The files on `main`, by path.
pub(crate) fn of(world: &World) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut hosts: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
    for cluster in world.clusters.values() {
        files.insert(format!("{CLUSTERS}/{}.yaml", cluster.name), yaml::write(&manifest(cluster)));
        if cluster.cluster_type != "virtual" {
            continue;
        }
        let Cluster { name, host_cluster: host, https_node_port: port, .. } = cluster.as_ref();
        let service = json!({"spec": {"ports": [{"name": "https", "nodePort": port.parse::<u16>().ok()}]}});
        let path = format!("host-clusters/{host}/vclusters/{name}/vcluster-initial/svc.yaml");
        files.insert(path, yaml::write(&service));
        if !world.incomplete.contains(&Incomplete::VirtualCluster(name.clone())) {
            hosts.entry(host).or_default().push(json!({"cluster": name}));
        }
    }
    for (host, elements) in hosts {
        let set = json!({"spec": {"generators": [{"list": {"elements": elements}}]}});
        files.insert(format!("host-clusters/{host}/production/vcluster-appset.yaml"), yaml::write(&set));
    }
    let names: BTreeSet<String> = world.clusters.keys().map(|name| format!("{name}.yaml")).collect();
    let mut list = json!({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"});
    set(&mut list, "resources", json!(names));
    files.insert(format!("{CLUSTERS}/kustomization.yaml"), yaml::write(&list));
    files
}

fn manifest(cluster: &Cluster) -> Json {
    let mut spec = json!({
        "apiServer": cluster.api_server, "clusterKind": cluster.cluster_kind,
        "clusterType": cluster.cluster_type, "componentsList": components(&cluster.components),
        "usage": cluster.usage,
    });
    set(&mut spec, "hostCluster", json!(cluster.host_cluster));
    set(&mut spec, "primaryDomain", json!(cluster.primary_domain));
    set(&mut spec, "workerType", json!(cluster.worker_type));
    let reserved = json!(cluster.reserved_namespaces_allowed_products);
    set(&mut spec, "reservedNamespacesAllowedProducts", reserved);
    set(&mut spec, "productAllowedClusterResources", json!(cluster.product_allowed_cluster_resources));
    json!({
        "apiVersion": "nautes.resource.nautes.io/v1alpha1", "kind": "Cluster",
        "metadata": {"creationTimestamp": null, "name": cluster.name, "namespace": "nautes"},
        "spec": spec, "status": {"productIDMap": null, "warnings": null},
    })
}

fn components(all: &Components) -> Json {
    let present = all.all().map(|(slot, found)| (slot.camel_case().to_owned(), component(found)));
    Json::Object(present.collect::<Map<_, _>>())
}

fn component(component: &Component) -> Json {
    let mut json = json!({"name": component.name, "namespace": component.namespace});
    set(&mut json, "additions", json!(component.additions));
    json
}
