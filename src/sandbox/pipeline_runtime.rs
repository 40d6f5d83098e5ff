//! ProjectPipelineRuntime (§4.6): its body, its replies and what the server does wrong with them.

mod body;
mod check;
mod reply;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::call::Call;
use super::error::ApiError;
use super::query::SNAKE;
use super::response::Response;
use super::route::Kind;
use super::selector::{Field, Keys, Test};
use super::tree::{Edit, file_order};
pub(super) use body::Body;
pub(super) use check::{check, check_all};
use reply::{Reply, reply};

/// The stored spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PipelineRuntime {
    pub(super) project: String,
    /// GitLab project id.
    pub(super) pipeline_source: u64,
    pub(super) pipelines: Vec<Pipeline>,
    pub(super) event_sources: Vec<EventSource>,
    pub(super) triggers: Vec<Trigger>,
    pub(super) destination: Destination,
    pub(super) isolation: String,
    /// Never `None` after a save through the API.
    pub(super) additional_resources: Option<AdditionalResources>,
    pub(super) account: String,
    pub(super) pre_hooks: Vec<Hook>,
    pub(super) post_hooks: Vec<Hook>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pipeline {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) path: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct EventSource {
    pub(super) name: String,
    pub(super) gitlab: Option<GitlabSource>,
    pub(super) calendar: Option<Calendar>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct GitlabSource {
    /// GitLab project id.
    pub(super) repository: u64,
    pub(super) revision: String,
    pub(super) events: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Calendar {
    pub(super) schedule: String,
    pub(super) interval: String,
    pub(super) exclusion_dates: Vec<String>,
    pub(super) timezone: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trigger {
    pub(super) event_source: String,
    pub(super) pipeline: String,
    pub(super) revision: String,
    pub(super) inputs: Vec<Input>,
}

/// Effectively write-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Input {
    pub(super) built_in_var: String,
    pub(super) from_event: String,
    /// The kustomization path, if a transmission method was given.
    pub(super) kustomization: Option<String>,
    pub(super) has_transmission_method: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Destination {
    pub(super) environment: String,
    pub(super) namespace: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AdditionalResources {
    pub(super) git: Option<AdditionalGit>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AdditionalGit {
    /// GitLab project id.
    pub(super) repository: u64,
    pub(super) url: String,
    pub(super) revision: String,
    pub(super) path: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Hook {
    pub(super) name: String,
    pub(super) vars: BTreeMap<String, String>,
    pub(super) alias: String,
}

impl PipelineRuntime {
    /// What no other runtime of the product may share.
    pub(super) fn path_key<'p>(&'p self, pipeline: &'p Pipeline) -> (u64, &'p Destination, &'p str) {
        (self.pipeline_source, &self.destination, &pipeline.path)
    }

    /// Whether it refers to a repository.
    pub(super) fn uses(&self, repository: u64) -> bool {
        let additional = self.additional_resources.as_ref().and_then(|additional| additional.git.as_ref());
        let mut sources = self.event_sources.iter().filter_map(|source| source.gitlab.as_ref());
        self.pipeline_source == repository
            || additional.is_some_and(|git| git.repository == repository)
            || sources.any(|gitlab| gitlab.repository == repository)
    }

    /// The namespace it occupies, and whether it was written down.
    pub(super) fn namespaces(&self, name: &str) -> Vec<(String, bool)> {
        let namespace = &self.destination.namespace;
        if namespace.is_empty() { vec![(name.to_owned(), false)] } else { vec![(namespace.clone(), true)] }
    }
}

const KEYS: Keys = &[
    ("project_name", Test::Contains),
    ("project", Test::Contains),
    ("pipeline_source", Test::Contains),
    ("pipeline_triggers.pipeline", Test::Contains),
    ("destination", Test::Contains),
];

/// In the order of `projects/<project>/<runtime>.yaml`. One unreadable runtime spoils the whole answer.
pub(super) fn list(call: &mut Call<'_>, product: &str) -> Result<Response, ApiError> {
    let group = call.open_list(product)?;
    let group = call.group(group);
    let mut runtimes: Vec<(&String, &PipelineRuntime)> = group.tree.pipelines.iter().collect();
    runtimes.sort_by(|a, b| a.1.project.cmp(&b.1.project).then_with(|| file_order(a.0, b.0)));
    let items = runtimes.into_iter().map(|(name, runtime)| reply(group, name, runtime));
    let items = items.collect::<Result<Vec<_>, ApiError>>()?;
    let items = call.select(items, KEYS, |item: &Reply<'_>, key| match key {
        "project_name" => Field::Text(item.name),
        "project" => Field::Text(item.project),
        "pipeline_source" => Field::Text(item.pipeline_source),
        "pipeline_triggers.pipeline" => Field::Texts(item.triggered()),
        _ => Field::Struct,
    })?;
    Ok(Response::items(items))
}

pub(super) fn get(call: &mut Call<'_>, product: &str, name: &str) -> Result<Response, ApiError> {
    let group = call.open(product)?;
    let group = call.group(group);
    let runtime = group.tree.pipelines.get(name).ok_or_else(ApiError::resource_not_found)?;
    Ok(Response::ok(&reply(group, name, runtime)?))
}

pub(super) fn save(call: &mut Call<'_>, product: &str, name: &str) -> Result<(), ApiError> {
    let (body, skip) = call.decode::<Body>(SNAKE)?;
    body.as_ref().map_or(Ok(()), Body::validate)?;
    let body = body.ok_or_else(ApiError::panic)?;
    body.check_service()?;
    let (id, runtime) = body.resolve(call, product)?;
    call.clone_config(id)?;
    let stored = call.group(id).tree.pipelines.get(name);
    if stored.is_some_and(|stored| stored.project != runtime.project) {
        return Err(ApiError::plain("existing pipeline runtime is not allow modifying the project field"));
    }
    let mut edits = vec![Edit::Pipeline(name.to_owned(), Some(runtime))];
    if skip && call.group(id).tree.projects.contains_key(name) && edits_project_file(&edits[0], name) {
        // Both live in the same file, and nothing looked (§7).
        edits.push(Edit::Project(name.to_owned(), None));
    }
    call.write(id, edits, skip)
}

fn edits_project_file(edit: &Edit, name: &str) -> bool {
    matches!(edit, Edit::Pipeline(_, Some(runtime)) if runtime.project == name)
}

pub(super) fn delete(call: &mut Call<'_>, product: &str, name: &str) -> Result<(), ApiError> {
    let skip = call.query.skip(SNAKE)?;
    let group = call.open(product)?;
    if !call.group(group).tree.pipelines.contains_key(name) {
        return Err(ApiError::node_missing(Kind::PipelineRuntime.name(), name));
    }
    call.write(group, vec![Edit::Pipeline(name.to_owned(), None)], skip)
}
