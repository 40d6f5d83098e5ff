//! The tree inside a product's config repository (§4.0).
//!
//! An edit that is carried out becomes its inverse, so a refused write is rolled back without having copied
//! the tree.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::sandbox::model::{Binding, CodeRepo, DeploymentRuntime, Environment, PipelineRuntime, Project};

/// The resources of one product.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) projects: BTreeMap<String, Project>,
    pub(crate) environments: BTreeMap<String, Environment>,
    /// By GitLab project id; in places of their own, since the map has room for twice as many as it holds.
    pub(crate) code_repos: BTreeMap<u64, Box<CodeRepo>>,
    pub(crate) bindings: BTreeMap<String, Binding>,
    pub(crate) pipelines: BTreeMap<String, PipelineRuntime>,
    pub(crate) deployments: BTreeMap<String, DeploymentRuntime>,
}

/// One resource put in place, or taken away.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Edit {
    Project(String, Option<Project>),
    Environment(String, Option<Environment>),
    CodeRepo(u64, Option<Box<CodeRepo>>),
    Binding(String, Option<Binding>),
    Pipeline(String, Option<PipelineRuntime>),
    Deployment(String, Option<DeploymentRuntime>),
}

fn swap<K: Ord + Clone, V>(map: &mut BTreeMap<K, V>, key: &K, value: &mut Option<V>) {
    *value = match value.take() {
        Some(value) => map.insert(key.clone(), value),
        None => map.remove(key),
    };
}

impl Edit {
    /// Fails if a file or folder of the edit has too long a name; `root` is the clone folder.
    pub(crate) fn check_files(&self, root: impl Fn() -> String) -> Result<(), String> {
        if self.has_short_names() {
            return Ok(());
        }
        let root = root();
        let (folder, name) = match self {
            Edit::Project(name, Some(_)) => (format!("{root}/projects/{name}"), name),
            Edit::Environment(name, Some(_)) => (format!("{root}/envs"), name),
            Edit::Binding(name, Some(binding)) => {
                (format!("{root}/code-repos/repo-{}", binding.repository), name)
            }
            Edit::Pipeline(name, Some(runtime)) => (format!("{root}/projects/{}", runtime.project), name),
            Edit::Deployment(name, Some(_)) => (format!("{root}/runtimes"), name),
            _ => return Ok(()),
        };
        let last = folder.rsplit('/').next().unwrap_or_default();
        check_file_name(last).map_err(|why| format!("mkdir {folder}: {why}"))?;
        check_file_name(&format!("{name}.yaml"))
            .map_err(|why| format!("failed to write resource file, err: open {folder}/{name}.yaml: {why}"))
    }
}

impl Edit {
    /// Whether no name of the edit comes near to the limit, so that no path has to be made to see that.
    fn has_short_names(&self) -> bool {
        let is_short = |name: &str| name.len() < LONGEST_FILE_NAME / 2;
        match self {
            Edit::Pipeline(name, Some(runtime)) => is_short(name) && is_short(&runtime.project),
            Edit::Project(name, _)
            | Edit::Environment(name, _)
            | Edit::Binding(name, _)
            | Edit::Pipeline(name, _)
            | Edit::Deployment(name, _) => is_short(name),
            Edit::CodeRepo(..) => true,
        }
    }
}

impl Tree {
    /// Carries the edit out, which then is the one that undoes it.
    pub(crate) fn apply(&mut self, edit: &mut Edit) {
        match edit {
            Edit::Project(name, node) => swap(&mut self.projects, name, node),
            Edit::Environment(name, node) => swap(&mut self.environments, name, node),
            Edit::CodeRepo(id, node) => swap(&mut self.code_repos, id, node),
            Edit::Binding(name, node) => swap(&mut self.bindings, name, node),
            Edit::Pipeline(name, node) => swap(&mut self.pipelines, name, node),
            Edit::Deployment(name, node) => swap(&mut self.deployments, name, node),
        }
    }

    /// The runtimes in an environment: whether each runs pipelines, and its name.
    pub(crate) fn runtimes_in(&self, environment: &str) -> impl Iterator<Item = (bool, &String)> {
        let deployments =
            self.deployments.iter().filter(move |(_, r)| r.destination.environment == environment);
        let pipelines = self.pipelines.iter().filter(move |(_, r)| r.destination.environment == environment);
        deployments.map(|(name, _)| (false, name)).chain(pipelines.map(|(name, _)| (true, name)))
    }
}

const LONGEST_FILE_NAME: usize = 255;

/// Fails if a file system does not take the name of a file or folder.
pub(crate) fn check_file_name(name: &str) -> Result<(), &'static str> {
    if name.len() <= LONGEST_FILE_NAME { Ok(()) } else { Err("file name too long") }
}

/// Names that a directory walk leaves out, of files and folders alike.
pub(crate) fn has_ignored_extension(name: &str) -> bool {
    [".md", ".txt"].iter().any(|extension| name.ends_with(extension))
}

/// The order of a directory walk: names with `.yaml` behind them (§4.0, §3.3).
pub(crate) fn file_order(a: &str, b: &str) -> Ordering {
    let ending = b".yaml".iter();
    a.bytes().chain(ending.clone().copied()).cmp(b.bytes().chain(ending.copied()))
}

/// The entries of a map in the order of their files.
pub(crate) fn by_file<T>(map: &BTreeMap<String, T>) -> Vec<(&String, &T)> {
    let mut entries: Vec<(&String, &T)> = map.iter().collect();
    entries.sort_by(|a, b| file_order(a.0, b.0));
    entries
}
