//! The files of a product's config repository, as the server writes them (testdata/recordings/repositories).
//!
//! Left out: the order of `kustomization.yaml` right after a create, and that a runtime's manifest has no
//! namespace until the first checked write.

pub(super) mod yaml;

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::sandbox::gitlab::Group;
use crate::sandbox::model::spec::pipeline_runtime::{EventSource, Hook, PipelineRuntime, Trigger};

/// The files on `main`, by path.
pub(crate) fn of(group: &Group) -> BTreeMap<String, String> {
    let mut files = manifests(group);
    let is_listed = |path: &&String| !group.unlisted.contains(*path);
    let listed: Vec<Json> = files.keys().filter(is_listed).map(|path| json!(format!("../{path}"))).collect();
    let mut list = json!({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"});
    if !listed.is_empty() {
        list["resources"] = Json::Array(listed);
    }
    files.insert("production/kustomization.yaml".to_owned(), yaml::write(&list));
    // GitLab's own first commit.
    files.insert("README.md".to_owned(), "# default.project\n".to_owned());
    files.extend(group.pushed.clone());
    files
}

/// A name for the state of the files: equal for equal files, as long as a commit's.
pub(crate) fn commit(files: &BTreeMap<String, String>) -> String {
    use sha2::Digest as _;
    let mut digest = sha2::Sha256::new();
    for (path, text) in files {
        digest.update(path);
        digest.update([0]);
        digest.update(text);
        digest.update([0]);
    }
    let bytes = digest.finalize();
    bytes.iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

fn manifests(group: &Group) -> BTreeMap<String, String> {
    let tree = &group.tree;
    let product = format!("product-{}", group.facts.id);
    let mut files = BTreeMap::new();
    let mut add = |path: String, kind: &str, name: &str, namespace: Option<&str>, spec: Json| {
        let mut metadata = json!({"creationTimestamp": null, "name": name});
        if let Some(namespace) = namespace {
            metadata["namespace"] = namespace.into();
        }
        let manifest = json!({
            "apiVersion": "nautes.resource.nautes.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec,
        });
        files.insert(path, yaml::write(&manifest));
    };
    for (name, project) in &tree.projects {
        let spec = json!({"language": project.language, "product": product});
        add(format!("projects/{name}/{name}.yaml"), "Project", name, None, spec);
    }
    for (name, environment) in &tree.environments {
        let spec =
            json!({"cluster": environment.cluster, "envType": environment.env_type, "product": product});
        add(format!("envs/{name}.yaml"), "Environment", name, None, spec);
    }
    for (id, code_repo) in &tree.code_repos {
        let spec = json!({
            "codeRepoProvider": "gitlab", "deploymentRuntime": code_repo.deployment_runtime,
            "pipelineRuntime": code_repo.pipeline_runtime, "product": product, "project": code_repo.project,
            "repoName": code_repo.name,
            "webhook": code_repo.events.as_ref().map(|events| json!({"events": events})),
        });
        let name = format!("repo-{id}");
        add(format!("code-repos/{name}/{name}.yaml"), "CodeRepo", &name, None, spec);
    }
    for (name, binding) in &tree.bindings {
        let repository = format!("repo-{}", binding.repository);
        let mut spec =
            json!({"codeRepo": repository, "permissions": binding.permissions, "product": product});
        set(&mut spec, "projects", json!(binding.projects));
        add(format!("code-repos/{repository}/{name}.yaml"), "CodeRepoBinding", name, None, spec);
    }
    for (name, runtime) in &tree.pipelines {
        let path = format!("projects/{}/{name}.yaml", runtime.project);
        add(path, "ProjectPipelineRuntime", name, Some(&product), pipeline(runtime));
    }
    for (name, runtime) in &tree.deployments {
        let source = &runtime.manifest_source;
        let namespaces = &runtime.destination.namespaces;
        let namespaces = if namespaces.is_empty() { Json::Null } else { json!(namespaces) };
        let mut spec = json!({
            "destination": {"environment": runtime.destination.environment, "namespaces": namespaces},
            "manifestSource": {
                "codeRepo": format!("repo-{}", source.repository), "path": source.path,
                "targetRevision": source.target_revision,
            },
            "product": product,
        });
        set(&mut spec, "account", json!(runtime.account));
        set(&mut spec, "projectsRef", json!(runtime.projects_ref));
        add(format!("runtimes/{name}.yaml"), "DeploymentRuntime", name, Some(&product), spec);
    }
    files
}

fn pipeline(runtime: &PipelineRuntime) -> Json {
    let pipelines = runtime.pipelines.iter().map(|pipeline| {
        let mut item = json!({"name": pipeline.name, "path": pipeline.path});
        set(&mut item, "label", json!(pipeline.label));
        item
    });
    let mut spec = json!({
        "destination": {
            "environment": runtime.destination.environment, "namespace": runtime.destination.namespace,
        },
        "eventSources": runtime.event_sources.iter().map(event_source).collect::<Vec<_>>(),
        "hooks": {},
        "isolation": runtime.isolation,
        "pipelineSource": format!("repo-{}", runtime.pipeline_source),
        "pipelineTriggers": runtime.triggers.iter().map(trigger).collect::<Vec<_>>(),
        "pipelines": pipelines.collect::<Vec<_>>(),
        "project": runtime.project,
    });
    set(&mut spec, "account", json!(runtime.account));
    set(&mut spec["hooks"], "preHooks", runtime.pre_hooks.iter().map(hook).collect());
    set(&mut spec["hooks"], "postHooks", runtime.post_hooks.iter().map(hook).collect());
    if let Some(resources) = &runtime.additional_resources {
        spec["additionalResources"] = match &resources.git {
            Some(git) => {
                let mut source = json!({"codeRepo": format!("repo-{}", git.repository)});
                set(&mut source, "url", json!(git.url));
                set(&mut source, "revision", json!(git.revision));
                set(&mut source, "path", json!(git.path));
                json!({"git": source})
            }
            None => json!({}),
        };
    }
    spec
}

fn event_source(source: &EventSource) -> Json {
    let mut item = json!({"name": source.name});
    if let Some(gitlab) = &source.gitlab {
        item["gitlab"] = json!({"repoName": format!("repo-{}", gitlab.repository)});
        set(&mut item["gitlab"], "revision", json!(gitlab.revision));
        set(&mut item["gitlab"], "events", json!(gitlab.events));
    }
    if let Some(calendar) = &source.calendar {
        item["calendar"] = json!({});
        set(&mut item["calendar"], "schedule", json!(calendar.schedule));
        set(&mut item["calendar"], "interval", json!(calendar.interval));
        set(&mut item["calendar"], "exclusionDates", json!(calendar.exclusion_dates));
        set(&mut item["calendar"], "timezone", json!(calendar.timezone));
    }
    item
}

fn trigger(trigger: &Trigger) -> Json {
    let inputs = trigger.inputs.iter().map(|input| {
        let mut source = json!({});
        set(&mut source, "builtInVar", json!(input.built_in_var));
        set(&mut source, "fromEvent", json!(input.from_event));
        let path = input.kustomization.as_ref().map(|path| json!({"kustomization": {"path": path}}));
        json!({"source": source, "transmissionMethod": path.unwrap_or_else(|| json!({}))})
    });
    let inputs: Json = inputs.collect();
    let mut item = json!({"eventSource": trigger.event_source, "pipeline": trigger.pipeline});
    set(&mut item, "revision", json!(trigger.revision));
    set(&mut item, "inputs", inputs);
    item
}

fn hook(hook: &Hook) -> Json {
    let mut item = json!({"name": hook.name});
    set(&mut item, "alias", json!(hook.alias));
    set(&mut item, "vars", json!(hook.vars));
    item
}

/// Sets a member unless it is empty: such members are not written.
pub(super) fn set(object: &mut Json, name: &str, value: Json) {
    let is_empty = match &value {
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(members) => members.is_empty(),
        _ => false,
    };
    if !is_empty {
        object[name] = value;
    }
}
