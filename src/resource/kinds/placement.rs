//! Which objects need which kind of cluster: rules that only two objects together can break (§3.2, §4.6,
//! §4.7). Pure.
//!
//! They check declared objects only, and warn where the live objects may be combined like that: references out of the directory, and what is about to be
//! written, are checked by the rehearsal. The live objects may be combined like that already, and a plan
//! without changes does no harm.

use crate::model::value::{Path, Value};
use crate::resource::schema::{Mismatch, Siblings};

use super::cluster::components;

/// A runtime's environment is on a cluster that runs such things.
pub(super) fn on_worker(kind: &str, worker: &str, spec: &Value, siblings: &dyn Siblings) -> Option<Mismatch> {
    let (environment, cluster, found) = place(spec, siblings)?;
    let actual = match (found.text_at(&["usage"])?, found.text_at(&["workerType"])) {
        ("host", _) => "a host",
        (_, Some(actual)) if actual == worker => return None,
        (_, Some("deployment")) => "a deployment cluster",
        (_, Some("pipeline")) => "a pipeline cluster",
        _ => return None,
    };
    Some(Mismatch {
        path: Path::of(&["destination", "environment"]),
        with: ("Cluster", cluster.to_owned()),
        message: format!(
            "a {kind} needs a {worker} cluster, and environment '{environment}' is on '{cluster}', {actual}"
        ),
        help: format!("name an environment whose cluster has workerType: {worker}"),
        is_refused: false,
    })
}

/// A DeploymentRuntime deploys into no component's namespace.
pub(super) fn own_namespaces(spec: &Value, siblings: &dyn Siblings) -> Vec<Mismatch> {
    let Some((_, cluster, found)) = place(spec, siblings) else { return Vec::new() };
    let taken = components::namespaces(found, None).unwrap_or_default();
    let namespaces = spec.member(&["destination", "namespaces"]).map(Value::items).unwrap_or_default();
    let namespaces = namespaces.iter().enumerate().filter_map(|(index, item)| Some((index, item.as_str()?)));
    namespaces
        .filter(|(_, namespace)| taken.contains(namespace))
        .map(|(index, namespace)| Mismatch {
            path: Path::of(&["destination", "namespaces"]).index(index),
            with: ("Cluster", cluster.to_owned()),
            message: format!("namespace '{namespace}' belongs to a component of cluster '{cluster}'"),
            help: "deploy into another namespace: the server refuses those of components".to_owned(),
            is_refused: false,
        })
        .collect()
}

/// A virtual cluster's host is a host. The server doesn't look, and fails only where its URL needs the host's
/// gateway (§13 item 6).
pub(super) fn on_host(spec: &Value, siblings: &dyn Siblings) -> Option<Mismatch> {
    let host = spec.text_at(&["hostCluster"])?;
    let found = siblings.spec("Cluster", host)?;
    let usage = found.text_at(&["usage"]).filter(|usage| *usage != "host")?;
    let is_refused = components::categories(found)
        .is_some_and(|categories| !categories.iter().any(|category| category.field == Some("gateway")));
    let help = if is_refused {
        "name a cluster with usage: host: the server fails without the host's gateway (nautes-api.md §13 item 6)"
    } else {
        "name a cluster with usage: host"
    };
    Some(Mismatch {
        path: Path::of(&["hostCluster"]),
        with: ("Cluster", host.to_owned()),
        message: format!("cluster '{host}' is not a host: its usage is '{usage}'"),
        help: help.to_owned(),
        is_refused,
    })
}

/// The environment that a runtime names, its cluster, and the cluster's spec, if both are declared.
fn place<'a>(spec: &'a Value, siblings: &'a dyn Siblings) -> Option<(&'a str, &'a str, &'a Value)> {
    let environment = spec.text_at(&["destination", "environment"])?;
    let cluster = siblings.spec("Environment", environment)?.text_at(&["cluster"])?;
    Some((environment, cluster, siblings.spec("Cluster", cluster)?))
}
