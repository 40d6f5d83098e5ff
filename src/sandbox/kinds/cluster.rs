//! Cluster (§3): files of the tenant repository.

mod body;
mod components;
mod construct;
mod host;
mod kubeconfig;
mod reply;

use std::sync::Arc;

use crate::sandbox::api::{ApiError, Keys, Now, Response, SNAKE, Test, matches};
use crate::sandbox::call::{Call, Handlers};
use crate::sandbox::git::Repo;
use crate::sandbox::model::{Change, Cluster, check_file_name, file_order};
pub(crate) use body::Body;
pub(crate) use construct::from_reply;
use construct::{KUSTOMIZATION, check_placement, construct};
use reply::reply;

pub(crate) const HANDLERS: Handlers = Handlers { list, get, save, delete };

const KEYS: Keys = &[
    ("cluster_name", "name", Test::Contains),
    ("cluster_type", "cluster_type", Test::Equals),
    ("usage", "usage", Test::Equals),
    ("worker_type", "worker_type", Test::Equals),
];

/// Clones the tenant repository for a read.
fn open(call: &mut Call<'_>) -> Result<(), ApiError> {
    call.authenticate(format_args!("projects/tenant1%2Fmanagement"))?;
    call.clone_once(Repo::Tenant)
}

/// Clones the templates, then the tenant repository. The prefixes are the server's, misleading as they are
/// (§3.2 step 8).
fn open_for_write(call: &mut Call<'_>) -> Result<(), ApiError> {
    call.clone_once(Repo::Templates).map_err(|error| error.wrapped(TEMPLATES))?;
    call.clone_once(Repo::Tenant).map_err(|error| error.wrapped("failed to get gitlab certificate, err: "))
}

const TEMPLATES: &str = "failed to clone repository, err: ";

fn authenticate(call: &Call<'_>) -> Result<(), ApiError> {
    call.authenticate(format_args!("user"))
        .map_err(|error| error.wrapped("failed to get current user, err: "))
}

fn push(call: &Call<'_>) -> Result<(), ApiError> {
    call.push(Repo::Tenant).map_err(|error| error.wrapped("failed to save git config to git repo, err: "))
}

fn not_found(name: &str) -> ApiError {
    ApiError::plain(format!("the cluster resource {name} is not found"))
}

/// In the order of the files.
fn list(call: &mut Call<'_>, _: &str) -> Result<Response, ApiError> {
    open(call)?;
    let selector = call.query.field_selector()?;
    let mut clusters: Vec<&Cluster> = Vec::with_capacity(call.world.clusters.len());
    for cluster in call.world.clusters.values() {
        let reply = || serde_json::from_slice(reply(cluster)).expect("a reply is JSON");
        if selector.map_or(Ok(true), |selector| matches(selector, KEYS, &reply()))? {
            clusters.push(cluster);
        }
    }
    clusters.sort_by(|a, b| file_order(&a.name, &b.name));
    Ok(Response::rendered_items(clusters.into_iter().map(reply)))
}

fn get(call: &mut Call<'_>, _: &str, name: &str) -> Result<Response, ApiError> {
    open(call)?;
    if name == KUSTOMIZATION {
        return Ok(Response::rendered(reply(&Cluster::default())));
    }
    let cluster = call.world.clusters.get(name).ok_or_else(|| not_found(name))?;
    Ok(Response::rendered(reply(cluster)))
}

/// The steps of §3.2, in their order.
fn save(call: &mut Call<'_>, _: &str, name: &str) -> Result<Option<String>, ApiError> {
    let (body, _) = call.decode::<Body>(SNAKE)?;
    body.as_ref().map_or(Ok(()), Body::validate)?;
    let body = body.unwrap_or_default();
    let kubeconfig = body.kubeconfig.clone();
    let cluster = construct(name, body, &call.world.options)?;
    let kubeconfig = kubeconfig.decode().map_err(|why| {
        ApiError::plain(format!("failed to parse kubeconfig, err: failed to decode kubeconfig: {why}"))
    })?;
    cluster
        .check_rules(&call.world.options)
        .map_err(|why| ApiError::plain(format!("failed to validate cluster, err: {why}")))?;
    if cluster.cluster_type == "physical" {
        let digest = kubeconfig.check().and_then(|digest| check_secret_name(name).map(|()| digest));
        let digest = digest.map_err(|why| {
            ApiError::plain(format!("failed to save kubeconfig to secret store, err: {why}"))
        })?;
        call.world.commit(Change::Kubeconfig { cluster: name.to_owned(), digest }, call.now);
    }
    authenticate(call).map_err(|error| error.wrapped(TEMPLATES))?;
    open_for_write(call)?;
    check_placement(call.world, &cluster, call.now)?;
    check_files(&cluster, call.now)?;
    push(call)?;
    // Written now, so that a LIST only copies.
    reply(&cluster);
    let cluster = Arc::new(cluster);
    call.world
        .commit(Change::Cluster { name: name.to_owned(), cluster: Some(Arc::clone(&cluster)) }, call.now);
    refresh_host(call, &cluster);
    call.pushed(None)?;
    Ok(None)
}

/// The names that the secret store takes.
fn check_secret_name(name: &str) -> Result<(), String> {
    if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Ok(());
    }
    Err(ApiError::new(400, "INPUT_ARG_ERROR", "secret verify failed").text())
}

/// The templates of a worker are rendered into `<name>-runtime`; the cluster itself is `<name>.yaml`.
fn check_files(cluster: &Cluster, now: Now) -> Result<(), ApiError> {
    let name = &cluster.name;
    let folder = format!("/tmp/product{}/management", now / 1000);
    if cluster.usage == "worker" {
        check_file_name(&format!("{name}-runtime"))
            .map_err(|why| ApiError::plain(format!("mkdir {folder}/runtimes/{name}-runtime: {why}")))?;
    }
    check_file_name(&format!("{name}.yaml")).map_err(|why| {
        ApiError::plain(format!("open {folder}/nautes/overlays/production/clusters/{name}.yaml: {why}"))
    })
}

/// Only a physical host that other clusters name is protected (§3.6).
fn delete(call: &mut Call<'_>, _: &str, name: &str) -> Result<(), ApiError> {
    call.query.skip(SNAKE)?;
    authenticate(call)?;
    open_for_write(call)?;
    if name == KUSTOMIZATION {
        return Err(ApiError::plain(
            "failed to match component type [remove||], please check if the cluster  is correct",
        ));
    }
    let cluster = call.world.clusters.get(name).cloned().ok_or_else(|| not_found(name))?;
    if cluster.cluster_type == "physical"
        && cluster.usage == "host"
        && let Some(user) = call.world.virtual_cluster_of(name)
    {
        return Err(ApiError::plain(format!(
            "failed to remove cluster {name}, this cluster is referenced by {user}"
        )));
    }
    let virtual_cluster = cluster.cluster_type == "virtual";
    if virtual_cluster && !call.world.clusters.contains_key(&cluster.host_cluster) {
        let host = &cluster.host_cluster;
        return Err(ApiError::plain(format!("failed to get host cluster, err: cluster {host} is not found")));
    }
    push(call)?;
    call.world.commit(Change::Cluster { name: name.to_owned(), cluster: None }, call.now);
    refresh_host(call, &cluster);
    call.pushed(None)
}

/// Runs in the background of the real server, after the reply (§3.5). It leaves clones and occupies the
/// tenant repository.
fn refresh_host(call: &mut Call<'_>, cluster: &Cluster) {
    if cluster.cluster_type != "virtual" {
        return;
    }
    call.world.schedule_host_refresh(cluster, call.now);
    let duration = call.world.options.host_refresh;
    if !duration.is_zero() {
        call.world.clones.start_refresh(call.now, duration);
        call.leave_clone(Repo::Templates);
        call.leave_clone(Repo::Tenant);
    }
}
