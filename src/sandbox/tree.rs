//! The tree inside a product's config repository (§4.0), and its re-validation as a whole after every change.
//!
//! An edit returns its inverse, so a refused write is rolled back without having copied the tree.

use std::cell::OnceCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::binding::{self, Binding};
use super::code_repo::{self, CodeRepo};
use super::deployment_runtime::{self, DeploymentRuntime};
use super::environment::{self, Environment};
use super::error::ApiError;
use super::gitlab::Group;
use super::options::chance;
use super::pipeline_runtime::{self, PipelineRuntime};
use super::project::{self, Project};
use super::world::World;

/// The resources of one product.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    pub(super) projects: BTreeMap<String, Project>,
    pub(super) environments: BTreeMap<String, Environment>,
    /// By GitLab project id.
    pub(super) code_repos: BTreeMap<u64, CodeRepo>,
    pub(super) bindings: BTreeMap<String, Binding>,
    pub(super) pipelines: BTreeMap<String, PipelineRuntime>,
    pub(super) deployments: BTreeMap<String, DeploymentRuntime>,
}

/// One resource put in place, or taken away.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Edit {
    Project(String, Option<Project>),
    Environment(String, Option<Environment>),
    CodeRepo(u64, Option<CodeRepo>),
    Binding(String, Option<Binding>),
    Pipeline(String, Option<PipelineRuntime>),
    Deployment(String, Option<DeploymentRuntime>),
}

fn swap<K: Ord + Clone, V>(map: &mut BTreeMap<K, V>, key: &K, value: Option<V>) -> Option<V> {
    match value {
        Some(value) => map.insert(key.clone(), value),
        None => map.remove(key),
    }
}

impl Tree {
    /// Carries the edit out and returns the one that undoes it.
    pub(super) fn apply(&mut self, edit: Edit) -> Edit {
        match edit {
            Edit::Project(name, node) => {
                let old = swap(&mut self.projects, &name, node);
                Edit::Project(name, old)
            }
            Edit::Environment(name, node) => {
                let old = swap(&mut self.environments, &name, node);
                Edit::Environment(name, old)
            }
            Edit::CodeRepo(id, node) => {
                let old = swap(&mut self.code_repos, &id, node);
                Edit::CodeRepo(id, old)
            }
            Edit::Binding(name, node) => {
                let old = swap(&mut self.bindings, &name, node);
                Edit::Binding(name, old)
            }
            Edit::Pipeline(name, node) => {
                let old = swap(&mut self.pipelines, &name, node);
                Edit::Pipeline(name, old)
            }
            Edit::Deployment(name, node) => {
                let old = swap(&mut self.deployments, &name, node);
                Edit::Deployment(name, old)
            }
        }
    }
}

/// The order of a directory walk: names with `.yaml` behind them (§4.0, §3.3).
pub(super) fn file_order(a: &str, b: &str) -> Ordering {
    let ending = b".yaml".iter();
    a.bytes().chain(ending.clone().copied()).cmp(b.bytes().chain(ending.copied()))
}

/// The entries of a map in the order of their files.
pub(super) fn by_file<T>(map: &BTreeMap<String, T>) -> Vec<(&String, &T)> {
    let mut entries: Vec<(&String, &T)> = map.iter().collect();
    entries.sort_by(|a, b| file_order(a.0, b.0));
    entries
}

/// What the checks of one tree look at, with indexes that are built when first needed.
pub(super) struct Check<'a> {
    pub(super) world: &'a World,
    pub(super) group: &'a Group,
    bindings: OnceCell<HashMap<u64, Vec<&'a Binding>>>,
}

impl<'a> Check<'a> {
    pub(super) fn new(world: &'a World, group: &'a Group) -> Check<'a> {
        Check { world, group, bindings: OnceCell::new() }
    }

    pub(super) fn tree(&self) -> &'a Tree {
        &self.group.tree
    }

    /// A Project that is in the tree and not on the ignore list (§11 item 12).
    pub(super) fn has_project(&self, name: &str) -> bool {
        self.tree().projects.contains_key(name) && !self.world.is_ignored(name)
    }

    pub(super) fn has_code_repo(&self, id: u64) -> bool {
        self.tree().code_repos.contains_key(&id)
    }

    /// Whether a project may use a repository: its own, or by a binding for the product or naming it (§4.7).
    pub(super) fn may_use(&self, project: &str, repository: u64) -> bool {
        let own =
            self.tree().code_repos.get(&repository).is_some_and(|code_repo| code_repo.project == project);
        if own {
            return true;
        }
        let bindings = self.bindings.get_or_init(|| {
            let mut index: HashMap<u64, Vec<&'a Binding>> = HashMap::new();
            for binding in self.tree().bindings.values() {
                index.entry(binding.repository).or_default().push(binding);
            }
            index
        });
        let of_repository = bindings.get(&repository).map_or(&[][..], Vec::as_slice);
        of_repository
            .iter()
            .any(|binding| binding.projects.is_empty() || binding.projects.iter().any(|p| p == project))
    }

    /// Global comparison: reports one violation. The server walks a Go map, so with `shuffle` any kind may come first.
    pub(super) fn everything(&self, number: u64) -> Result<(), ApiError> {
        type CheckKind = for<'c, 'w> fn(&'c Check<'w>) -> Result<(), ApiError>;
        const KINDS: [CheckKind; 6] = [
            project::check_all,
            environment::check_all,
            code_repo::check_all,
            binding::check_all,
            pipeline_runtime::check_all,
            deployment_runtime::check_all,
        ];
        let options = &self.world.options;
        let start = if options.shuffle {
            usize::try_from(chance(options.seed, number, 5) % 6).unwrap_or(0)
        } else {
            0
        };
        (0..KINDS.len()).try_for_each(|offset| KINDS[(start + offset) % KINDS.len()](self))
    }
}

/// `during global validation, it was found that …` (§4.2, §4.6).
pub(super) fn unavailable(kind: &str, name: &str, by_kind: &str, by: &str, directory: &str) -> ApiError {
    ApiError::plain(format!(
        "during global validation, it was found that {kind} '{name}' does not exist or is unavailable. Please check \
         {by_kind} '{by}' in directory '{directory}'"
    ))
}
