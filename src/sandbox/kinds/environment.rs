//! Environment (§4.3): a name for a cluster within a product.

use crate::sandbox::api::{ApiError, CAMEL, Keys, Named, Response, Test, impl_message, min_length};
use crate::sandbox::call::{Call, Handlers};
use crate::sandbox::check::{Check, duplicate};
use crate::sandbox::kubernetes::admission::look_up_error;
use crate::sandbox::model::{Edit, Environment, by_file};

impl_message!(Environment { string cluster, string env_type | "envType" });

pub(crate) const HANDLERS: Handlers = Handlers { list, get, save, delete };

const KEYS: Keys = &[("cluster", "cluster", Test::Contains), ("env_type", "env_type", Test::Contains)];

fn list(call: &mut Call<'_>, product: &str) -> Result<Response, ApiError> {
    let group = call.open_list(product)?;
    let group = call.group(group);
    let environments = by_file(&group.tree.environments);
    let items = environments
        .into_iter()
        .map(|(name, spec)| Named { product: &group.facts.name, name, spec })
        .collect();
    call.reply(items, KEYS)
}

fn get(call: &mut Call<'_>, product: &str, name: &str) -> Result<Response, ApiError> {
    let group = call.open(product)?;
    let group = call.group(group);
    let spec = group.tree.environments.get(name).ok_or_else(ApiError::resource_not_found)?;
    Ok(Response::ok(&Named { product: &group.facts.name, name, spec }))
}

fn save(call: &mut Call<'_>, product: &str, name: &str) -> Result<Option<String>, ApiError> {
    let (environment, skip) = call.decode_some::<Environment>(CAMEL)?;
    min_length(&environment.cluster, &["SaveRequest.Body", "SaveRequest_Body.Cluster"])?;
    min_length(&environment.env_type, &["SaveRequest.Body", "SaveRequest_Body.EnvType"])?;
    let group = call.open(product)?;
    call.write(group, vec![Edit::Environment(name.to_owned(), Some(environment))], skip)?;
    call.pushed(None)?;
    Ok(None)
}

/// A missing one panics (§2.3); a referenced one is refused even with the skip flag.
fn delete(call: &mut Call<'_>, product: &str, name: &str) -> Result<(), ApiError> {
    let skip = call.query.skip(CAMEL)?;
    let group = call.open(product)?;
    let tree = &call.group(group).tree;
    if !tree.environments.contains_key(name) {
        return Err(ApiError::panic());
    }
    let kind = |pipeline| if pipeline { "pipelineRuntime" } else { "deploymentRuntime" };
    let users = tree.runtimes_in(name).map(|(pipeline, name)| format!("{}/{name}", kind(pipeline)));
    let users: Vec<String> = users.collect();
    if !users.is_empty() {
        return Err(ApiError::plain(format!(
            "environment referenced by [{}], not allowed to be deleted",
            users.join("|")
        )));
    }
    call.write(group, vec![Edit::Environment(name.to_owned(), None)], skip)?;
    call.pushed(None)
}

pub(crate) fn check(check: &Check<'_>, name: &str, environment: &Environment) -> Result<(), ApiError> {
    check_cluster(check, name, environment)?;
    check_unique(check, name, environment)
}

/// The cluster must be known to Kubernetes.
pub(crate) fn check_cluster(
    check: &Check<'_>,
    name: &str,
    environment: &Environment,
) -> Result<(), ApiError> {
    let cluster = environment.cluster.as_str();
    if check.world.kubernetes.clusters.contains_key(cluster) {
        return Ok(());
    }
    Err(ApiError::plain(format!(
        "during global validation, it was found that Cluster '{cluster}' does not exist or is unavailable. \
         Please check Environment '{name}' in directory 'envs'err: {}",
        look_up_error(cluster)
    )))
}

/// The cluster must be used by one environment of the product only.
pub(crate) fn check_unique(check: &Check<'_>, name: &str, environment: &Environment) -> Result<(), ApiError> {
    let Some(other) = check.also_on_cluster(&environment.cluster, name) else { return Ok(()) };
    Err(duplicate("cluster resources s", other, name))
}
