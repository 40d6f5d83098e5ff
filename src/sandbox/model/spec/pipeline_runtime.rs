//! A stored ProjectPipelineRuntime (§4.6).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The stored spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PipelineRuntime {
    pub(crate) project: String,
    /// GitLab project id.
    pub(crate) pipeline_source: u64,
    pub(crate) pipelines: Vec<Pipeline>,
    pub(crate) event_sources: Vec<EventSource>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) destination: Destination,
    pub(crate) isolation: String,
    /// Never `None` after a save through the API.
    pub(crate) additional_resources: Option<AdditionalResources>,
    pub(crate) account: String,
    pub(crate) pre_hooks: Vec<Hook>,
    pub(crate) post_hooks: Vec<Hook>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pipeline {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) path: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EventSource {
    pub(crate) name: String,
    pub(crate) gitlab: Option<GitlabSource>,
    pub(crate) calendar: Option<Calendar>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GitlabSource {
    /// GitLab project id.
    pub(crate) repository: u64,
    pub(crate) revision: String,
    pub(crate) events: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Calendar {
    pub(crate) schedule: String,
    pub(crate) interval: String,
    pub(crate) exclusion_dates: Vec<String>,
    pub(crate) timezone: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Trigger {
    pub(crate) event_source: String,
    pub(crate) pipeline: String,
    pub(crate) revision: String,
    pub(crate) inputs: Vec<Input>,
}

/// Effectively write-only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Input {
    pub(crate) built_in_var: String,
    pub(crate) from_event: String,
    /// The kustomization path, if the transmission method has one.
    pub(crate) kustomization: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Destination {
    pub(crate) environment: String,
    pub(crate) namespace: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AdditionalResources {
    pub(crate) git: Option<AdditionalGit>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AdditionalGit {
    /// GitLab project id.
    pub(crate) repository: u64,
    pub(crate) url: String,
    pub(crate) revision: String,
    pub(crate) path: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hook {
    pub(crate) name: String,
    pub(crate) vars: BTreeMap<String, String>,
    pub(crate) alias: String,
}

impl PipelineRuntime {
    /// What no other runtime of the product may share.
    pub(crate) fn path_key<'p>(&'p self, pipeline: &'p Pipeline) -> (u64, &'p Destination, &'p str) {
        (self.pipeline_source, &self.destination, &pipeline.path)
    }

    /// Whether it refers to a repository.
    pub(crate) fn uses(&self, repository: u64) -> bool {
        self.pipeline_source == repository
            || self.additional_git().is_some_and(|git| git.repository == repository)
            || self.gitlab_sources().any(|gitlab| gitlab.repository == repository)
    }

    pub(crate) fn additional_git(&self) -> Option<&AdditionalGit> {
        self.additional_resources.as_ref()?.git.as_ref()
    }

    pub(crate) fn gitlab_sources(&self) -> impl Iterator<Item = &GitlabSource> {
        self.event_sources.iter().filter_map(|source| source.gitlab.as_ref())
    }

    /// The namespace it occupies, and whether it was written down.
    pub(crate) fn namespaces(&self, name: &str) -> Vec<(String, bool)> {
        let namespace = &self.destination.namespace;
        if namespace.is_empty() { vec![(name.to_owned(), false)] } else { vec![(namespace.clone(), true)] }
    }
}
