//! From a request body to a stored cluster: §3.2 steps 2 to 4, the rules of step 6, and steps 9 and 10.

use std::collections::BTreeMap;

use super::body::Body;
use super::components::{self, Naming};
use super::host;
use crate::sandbox::api::{ApiError, Member, Node, NodeValue, Now};
use crate::sandbox::model::{Cluster, ClusterResource, Component, Components, Options, Slot, World};

/// A file of the clusters directory that does not hold a cluster, but that GET reads as one (§3.3).
pub(super) const KUSTOMIZATION: &str = "kustomization";

/// The cluster as it would be stored.
pub(super) fn construct(name: &str, body: Body, options: &Options) -> Result<Cluster, ApiError> {
    check_request(&body.cluster)
        .map_err(|why| ApiError::plain(format!("failed to validate save request, err: {why}")))?;
    let components = construct_components(name, &body, options)?;
    let needs_port = body.cluster.cluster_type == "virtual" && body.cluster.https_node_port.is_empty();
    let mut cluster = stored(name, body, components)
        .map_err(|why| ApiError::plain(format!("failed to construct cluster, err: {why}")))?;
    let host = host::parse(&cluster.api_server);
    if needs_port {
        let missing = || ApiError::plain(format!("address {}: missing port in address", host.name));
        cluster.https_node_port = host.port.ok_or_else(missing)?.to_owned();
    }
    if cluster.primary_domain.is_empty() {
        cluster.primary_domain = host::primary_domain(&cluster.api_server);
    }
    Ok(cluster)
}

fn stored(name: &str, body: Body, components: Components) -> Result<Cluster, String> {
    Ok(Cluster {
        name: name.to_owned(),
        components,
        reserved_namespaces_allowed_products: reserved_namespaces(body.reserved)?,
        product_allowed_cluster_resources: allowed_resources(body.allowed)?,
        ..body.cluster
    })
}

/// A stored cluster from a reply: what the API hides is filled with defaults.
pub(crate) fn from_reply(name: &str, mut body: Body, options: &Options) -> Result<Cluster, ApiError> {
    let address = host::resolve(&body.cluster.api_server, options);
    let table = components::table(options);
    let naming = Naming { table: &table, cluster: name, address: address.as_deref() };
    let definition = components::definition(&body.cluster);
    let mut components = Components::default();
    if definition.is_some_and(|slots| slots.contains(&Slot::EventListener)) {
        components.put_default(Slot::EventListener, &naming);
    }
    for (slot, component) in std::mem::take(&mut body.components) {
        components.put(slot, component);
    }
    put_hidden(&mut components, &body.cluster, &naming);
    stored(name, body, components).map_err(ApiError::plain)
}

/// Step 2. `http://` passes although the message says https.
fn check_request(cluster: &Cluster) -> Result<(), String> {
    let api_server = &cluster.api_server;
    if !(api_server.starts_with("http://") || api_server.starts_with("https://")) {
        return Err(format!("the apiserver {api_server} is not an https URL"));
    }
    let worker = cluster.usage == "worker";
    if worker && cluster.cluster_type == "virtual" && cluster.host_cluster.is_empty() {
        return Err("the 'Host Cluster' for virtual cluster is required".to_owned());
    }
    if worker && cluster.worker_type.is_empty() {
        return Err("when the cluster usage is 'worker', the 'WorkerType' field is required".to_owned());
    }
    Ok(())
}

/// Step 3. A supplied component outside the definition panics: the code means to drop it and never does.
fn construct_components(name: &str, body: &Body, options: &Options) -> Result<Components, ApiError> {
    let cluster = &body.cluster;
    let definition = components::definition(cluster);
    let definition = definition.ok_or_else(|| {
        ApiError::plain(format!(
            "failed to construct cluster, err: failed to match component type [{}|{}|{}], please check if \
             the cluster {name} is correct",
            cluster.usage, cluster.cluster_type, cluster.worker_type
        ))
    })?;
    let address = host::resolve(&cluster.api_server, options);
    let table = components::table(options);
    let naming = Naming { table: &table, cluster: name, address: address.as_deref() };
    let mut stored = Components::default();
    for slot in Slot::OF_CLIENTS.iter().copied() {
        let supplied = body.components.iter().find(|(of, _)| *of == slot).map(|(_, component)| component);
        match (supplied, definition.contains(&slot)) {
            (None, false) => {}
            (Some(_), false) => return Err(ApiError::panic()),
            (None, true) => stored.put_default(slot, &naming),
            (Some(supplied), true) => stored.put(slot, complete(slot, supplied, &naming)?),
        }
    }
    put_hidden(&mut stored, cluster, &naming);
    Ok(stored)
}

fn put_hidden(components: &mut Components, cluster: &Cluster, naming: &Naming<'_>) {
    components.put_default(Slot::SecretManagement, naming);
    if cluster.cluster_type == "physical" {
        components.put_default(Slot::OauthProxy, naming);
    }
}

fn complete(slot: Slot, supplied: &Component, naming: &Naming<'_>) -> Result<Component, ApiError> {
    components::complete(slot, supplied.clone(), naming).ok_or_else(|| {
        ApiError::plain(format!(
            "failed to construct cluster, err: failed to get {} component for the component type '{}'",
            supplied.name,
            slot.camel_case()
        ))
    })
}

fn reserved_namespaces(map: BTreeMap<String, Vec<Node>>) -> Result<BTreeMap<String, Vec<String>>, String> {
    let text = |node: Node| match node.value {
        NodeValue::Text(text) | NodeValue::Query(text) => Ok(text),
        _ => Err("the value of the reserved namespace must be a string".to_owned()),
    };
    map.into_iter()
        .map(|(key, values)| Ok((key, values.into_iter().map(text).collect::<Result<_, _>>()?)))
        .collect()
}

fn allowed_resources(
    map: BTreeMap<String, Vec<Node>>,
) -> Result<BTreeMap<String, Vec<ClusterResource>>, String> {
    let mut allowed = BTreeMap::new();
    for (product, values) in map {
        let resources = values.into_iter().map(|value| cluster_resource(value, &product));
        let resources = resources.collect::<Result<Vec<_>, String>>()?;
        allowed.insert(product, resources);
    }
    Ok(allowed)
}

fn cluster_resource(node: Node, product: &str) -> Result<ClusterResource, String> {
    let NodeValue::Object(members) = node.value else {
        return Err(format!(
            "the cluster information of {product} must be an struct 'ClusterResourceInfo' type"
        ));
    };
    let mut resource = ClusterResource { group: String::new(), kind: String::new() };
    for Member { key, node, .. } in members {
        let place = match key.as_str() {
            "group" => &mut resource.group,
            "kind" => &mut resource.kind,
            _ => continue,
        };
        match node.value {
            NodeValue::Text(text) | NodeValue::Query(text) => *place = text,
            NodeValue::Null => {}
            _ => {
                return Err(format!(
                    "failed to parsing cluster resource information of {product} to struct: \
                     'ClusterResourceInfo', err: json: cannot unmarshal into Go struct field \
                     ClusterResourceInfo.{key} of type string"
                ));
            }
        }
    }
    if resource.group.is_empty() || resource.kind.is_empty() {
        return Err(format!(
            "failed to get cluster resource information of {product}, the group and kind of the cluster \
             resource cannot be empty"
        ));
    }
    Ok(resource)
}

impl Cluster {
    /// Step 6: what the Kubernetes validation code says. Immutability is not among it: old and new are the
    /// same object.
    pub(super) fn check_rules(&self, options: &Options) -> Result<(), String> {
        if self.cluster_type == "physical" && !self.host_cluster.is_empty() {
            return Err("host cluster can not belong to another host".to_owned());
        }
        if self.cluster_type == "virtual" && self.host_cluster.is_empty() {
            return Err("virtual cluster must have a host".to_owned());
        }
        let mut reserved = self.reserved_namespaces_allowed_products.keys();
        if let Some(namespace) = reserved.find(|namespace| !self.components.has_namespace(namespace)) {
            return Err(format!("reserved namespace {namespace} is not in component list"));
        }
        let table = components::table(options);
        for (_, component) in self.components.all() {
            let entry = components::by_name(&table, &component.name);
            let mut properties = entry.into_iter().flat_map(|entry| &entry.properties);
            let missing =
                properties.find(|(key, _, required)| *required && !component.additions.contains_key(key));
            if let Some((key, ..)) = missing {
                return Err(format!(
                    "validation of component list failed with errors: the '{key}' of component {} is a \
                     required value",
                    component.name
                ));
            }
        }
        Ok(())
    }
}

/// Steps 9 and 10: the host in the tenant repository, and the deployment and OAuth components. Those of the
/// stored cluster are looked up by the rules of the new one, so some changes of what a cluster is fail.
pub(super) fn check_placement(world: &World, cluster: &Cluster, now: Now) -> Result<(), ApiError> {
    if cluster.cluster_type == "virtual" {
        check_host(world, cluster, now)?;
    }
    let none = Cluster::default();
    let stored = world.clusters.get(&cluster.name).map(AsRef::as_ref);
    let stored = stored.or_else(|| (cluster.name == KUSTOMIZATION).then_some(&none));
    for cluster_or_stored in [Some(cluster), stored].into_iter().flatten() {
        let components = &cluster_or_stored.components;
        let deployment = components.get(Slot::Deployment);
        if cluster.usage != "host" && deployment.is_none_or(|component| component.name != "argocd") {
            return Err(ApiError::plain("failed to get deployment component"));
        }
        if cluster.cluster_type == "physical" && components.get(Slot::OauthProxy).is_none() {
            return Err(ApiError::plain("failed to get oauth proxy component"));
        }
    }
    Ok(())
}

fn check_host(world: &World, cluster: &Cluster, now: Now) -> Result<(), ApiError> {
    let host = world.clusters.get(&cluster.host_cluster).ok_or_else(|| {
        ApiError::plain(format!(
            "failed to get host cluster, err: cluster {} is not found",
            cluster.host_cluster
        ))
    })?;
    if host.components.get(Slot::Gateway).is_some() {
        return Ok(());
    }
    // The URL of the deployment server is computed in a template, which turns the panic into an error.
    let name = &cluster.name;
    let second = now / 1000;
    Err(ApiError::plain(format!(
        "failed to execute /tmp/cluster-templates-{second}/runtimes/_RUNTIME_/argocd/overlays/production/\
         ingress-argocd-server.yaml, err: template: {name}:1:13: executing {name:?} at <getDeploymentServer \
         .>: error calling getDeploymentServer: runtime error: invalid memory address or nil pointer \
         dereference"
    )))
}
