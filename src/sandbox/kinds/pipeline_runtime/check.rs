//! Global validation of pipeline runtimes (§4.6, error 5), for every runtime of the product.

use std::collections::HashSet;

use crate::sandbox::api::ApiError;
use crate::sandbox::check::{Check, duplicate, unavailable};
use crate::sandbox::kubernetes::RuntimeId;
use crate::sandbox::model::spec::pipeline_runtime::{Hook, PipelineRuntime};
use crate::sandbox::model::{Cluster, HookMetadata, Slot};

pub(crate) fn check(check: &Check<'_>, name: &str, runtime: &PipelineRuntime) -> Result<(), ApiError> {
    check_paths(name, runtime)?;
    check_references(check, name, runtime)?;
    if let Some(other) = check.also_runs(runtime, name) {
        return Err(duplicate("found ", other, name));
    }
    let failed = |why| ApiError::plain(format!("verify project pipeline runtime failed, err: {why}"));
    let cluster = verify(check, name, runtime).map_err(failed)?;
    if cluster.components.get(Slot::EventListener).is_none() {
        return Err(ApiError::panic());
    }
    check_hooks(check, runtime).and_then(|()| check_sources(check, runtime)).map_err(failed)
}

fn check_paths(name: &str, runtime: &PipelineRuntime) -> Result<(), ApiError> {
    let mut seen = HashSet::new();
    if runtime.pipelines.iter().all(|pipeline| seen.insert(pipeline.path.as_str())) {
        return Ok(());
    }
    Err(ApiError::plain(format!(
        "ProjectPipelineRuntime {name} uses the same code repository for both codeSource and pipelineSource \
         under {} directory, as found in the global validation",
        runtime.project
    )))
}

fn check_references(check: &Check<'_>, name: &str, runtime: &PipelineRuntime) -> Result<(), ApiError> {
    let directory = format!("projects/{}", runtime.project);
    let missing =
        |kind: &str, what: &str| Err(unavailable(kind, what, "ProjectPipelineRuntime", name, &directory));
    if !check.has_project(&runtime.project) {
        return missing("Project", &runtime.project);
    }
    let environment = &runtime.destination.environment;
    if !check.tree().environments.contains_key(environment) {
        return missing("Environment", environment);
    }
    let sources = runtime.gitlab_sources().map(|gitlab| gitlab.repository);
    for repository in std::iter::once(runtime.pipeline_source).chain(sources) {
        if !check.has_code_repo(repository) {
            return missing("CodeRepo", &format!("repo-{repository}"));
        }
    }
    Ok(())
}

/// Gives the cluster that it runs on.
fn verify<'a>(check: &Check<'a>, name: &str, runtime: &PipelineRuntime) -> Result<&'a Cluster, String> {
    check_itself(runtime)?;
    let cluster = check.worker(&runtime.destination.environment, "pipeline")?;
    may_use(check, runtime, runtime.pipeline_source)?;
    if let Some(git) = runtime.additional_git() {
        let id = git.repository;
        may_use(check, runtime, id).map_err(|why| {
            format!("pipeline can not use code repo repo-{id} in additional resource: {why}")
        })?;
    }
    check_namespace(check, name, runtime, &cluster.name)?;
    if cluster.components.get(Slot::Pipeline).is_none() {
        return Err("cluster component pipeline is empty".to_owned());
    }
    Ok(cluster)
}

fn may_use(check: &Check<'_>, runtime: &PipelineRuntime, repository: u64) -> Result<(), String> {
    if check.may_use(&runtime.project, repository) {
        return Ok(());
    }
    Err(format!("not permitted to use repository repo-{repository}"))
}

fn check_sources(check: &Check<'_>, runtime: &PipelineRuntime) -> Result<(), String> {
    let sources = runtime.gitlab_sources();
    let illegal = sources.filter_map(|gitlab| may_use(check, runtime, gitlab.repository).err());
    let illegal: Vec<String> = illegal.collect();
    if illegal.is_empty() { Ok(()) } else { Err(illegal.join("; ")) }
}

/// What needs no look around.
fn check_itself(runtime: &PipelineRuntime) -> Result<(), String> {
    let mut sources = HashSet::new();
    for source in &runtime.event_sources {
        if !sources.insert(source.name.as_str()) {
            return Err(format!("event source {} is duplicate", source.name));
        }
    }
    let mut pipelines = HashSet::new();
    for pipeline in &runtime.pipelines {
        if !pipelines.insert(pipeline.name.as_str()) {
            return Err(format!("pipeline {} is duplicate", pipeline.name));
        }
    }
    let mut triggers = HashSet::new();
    for trigger in &runtime.triggers {
        let source = &trigger.event_source;
        let pipeline = &trigger.pipeline;
        let revision = &trigger.revision;
        if !sources.contains(source.as_str()) {
            return Err(format!("found non-existent event source {source} in trigger"));
        }
        if !pipelines.contains(pipeline.as_str()) {
            return Err(format!("found non-existent pipeline {pipeline} in trigger"));
        }
        if !triggers.insert((source, pipeline, revision)) {
            return Err(format!(
                "trigger is duplicate, event source {source}, pipeline {pipeline}, trigger {revision}"
            ));
        }
    }
    check_inputs(runtime)
}

fn check_inputs(runtime: &PipelineRuntime) -> Result<(), String> {
    for input in runtime.triggers.iter().flat_map(|trigger| &trigger.inputs) {
        match (input.built_in_var.is_empty(), input.from_event.is_empty()) {
            (true, true) => {
                return Err("builtInVar and fromEvent cannot be empty at the same time".to_owned());
            }
            (false, false) => return Err("both builtInVar and fromEvent has value".to_owned()),
            _ => {}
        }
        if input.kustomization.is_none() {
            return Err("transmission method can not be nil".to_owned());
        }
    }
    Ok(())
}

/// Looks at all runtimes in Kubernetes: an inconsistent other product breaks this one.
fn check_namespace(
    check: &Check<'_>,
    name: &str,
    runtime: &PipelineRuntime,
    cluster: &str,
) -> Result<(), String> {
    let id = RuntimeId { group: check.group.facts.id, pipeline: true, name: name.to_owned() };
    let kubernetes = &check.world.kubernetes;
    if let Some(environment) = kubernetes.inconsistent(&id) {
        return Err(format!(
            "get used namespaces in cluster {cluster} failed: environment {environment} not found"
        ));
    }
    let occupied = runtime.namespaces(name).into_iter().map(|(namespace, _)| namespace);
    match occupied.into_iter().find(|namespace| kubernetes.occupied_by_other(cluster, namespace, &id)) {
        Some(namespace) => Err(format!("namespace {namespace} is used by other runtime")),
        None => Ok(()),
    }
}

fn check_hooks(check: &Check<'_>, runtime: &PipelineRuntime) -> Result<(), String> {
    let on_offer = check.world.options.hooks.as_deref();
    let mut names = HashSet::new();
    for (hooks, place) in [(&runtime.pre_hooks, "pre"), (&runtime.post_hooks, "post")] {
        let mut kinds = HashSet::new();
        for hook in hooks {
            check_hook(hook, place, on_offer, runtime).map_err(|why| format!("hook is illegal: {why}"))?;
            if !kinds.insert(hook.name.as_str()) {
                return Err(format!("hook is illegal: a duplicate hook {} was found", hook.name));
            }
            let name = if hook.alias.is_empty() { &hook.name } else { &hook.alias };
            if !names.insert(name.as_str()) {
                return Err(format!("hook is illegal: hook alias {name} is used by other hook"));
            }
        }
    }
    Ok(())
}

fn check_hook(
    hook: &Hook,
    place: &str,
    on_offer: Option<&[HookMetadata]>,
    runtime: &PipelineRuntime,
) -> Result<(), String> {
    let Some(on_offer) = on_offer else { return Ok(()) };
    let name = &hook.name;
    let metadata = on_offer
        .iter()
        .find(|metadata| metadata.name == *name)
        .ok_or_else(|| format!("unknown hook {name}"))?;
    let allowed = if place == "pre" { metadata.pre } else { metadata.post };
    if !allowed {
        return Err(format!("hook {name} can not be a {place} hook"));
    }
    if metadata.event_sources.is_empty() {
        return Ok(());
    }
    let supports = |source: &str| metadata.event_sources.iter().any(|supported| supported == source);
    let has = |source: &str| {
        runtime.event_sources.iter().any(|s| match source {
            "gitlab" => s.gitlab.is_some(),
            _ => s.calendar.is_some(),
        })
    };
    let unsupported: Vec<&str> =
        ["gitlab", "calendar"].into_iter().filter(|source| has(source) && !supports(source)).collect();
    if unsupported.is_empty() {
        return Ok(());
    }
    Err(format!("hook {name} verify failed: hook doesn't support event source [{}]", unsupported.join(" ")))
}
