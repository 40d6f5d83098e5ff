//! What the checks of a tree look at (§4.0): references, uniqueness, permissions.
//!
//! The server checks everything each time. So does the sandbox, unless it is known that only the edited
//! resources can be at fault.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use crate::sandbox::api::ApiError;
use crate::sandbox::gitlab::Group;
use crate::sandbox::kubernetes::admission::look_up_error;
use crate::sandbox::model::spec::deployment_runtime::{DeploymentRuntime, ManifestSource};
use crate::sandbox::model::spec::pipeline_runtime::{Destination, PipelineRuntime};
use crate::sandbox::model::{Binding, Cluster, Edit, Tree, World, file_order};

impl Edit {
    /// Whether the edit can break nothing but the resource it puts in place and what refers to it by name.
    fn is_local(&self, tree: &Tree) -> bool {
        match self {
            Edit::Project(..) | Edit::CodeRepo(..) | Edit::Pipeline(..) | Edit::Deployment(..) => true,
            Edit::Environment(name, new) => new.is_none() || !tree.environments.contains_key(name),
            Edit::Binding(_, None) => tree.pipelines.is_empty() && tree.deployments.is_empty(),
            Edit::Binding(name, Some(_)) => !tree.bindings.contains_key(name),
        }
    }
}

/// How much of a tree a write makes it necessary to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Everything, as the server does.
    Everything,
    /// The edited resources and what refers to them: the rest was found valid before, and nothing around it
    /// has changed. Gives the same answer as checking everything; filling a product does not cost the square
    /// of its size.
    Edits,
}

/// The scope of the check after `edits`, judged by the tree before them.
pub(crate) fn scope(world: &World, group: &Group, edits: &[Edit]) -> Scope {
    let unchanged_around = group.verified == Some(world.out_of_band_edits);
    // With `shuffle` every violation counts, also those of the edited resource.
    if !world.options.shuffle && unchanged_around && edits.iter().all(|edit| edit.is_local(&group.tree)) {
        Scope::Edits
    } else {
        Scope::Everything
    }
}

type SourceKey<'a> = (&'a ManifestSource, &'a str);
type PathKey<'a> = (u64, &'a Destination, &'a str);

/// Who else has something that must be unique.
#[derive(Default)]
struct Indexes<'a> {
    bindings: HashMap<u64, Vec<&'a Binding>>,
    clusters: HashMap<&'a str, Vec<&'a str>>,
    sources: HashMap<SourceKey<'a>, Vec<&'a str>>,
    paths: HashMap<PathKey<'a>, Vec<&'a str>>,
}

impl<'a> Indexes<'a> {
    fn new(tree: &'a Tree) -> Indexes<'a> {
        let mut indexes = Indexes::default();
        for binding in tree.bindings.values() {
            indexes.bindings.entry(binding.repository).or_default().push(binding);
        }
        for (name, environment) in &tree.environments {
            indexes.clusters.entry(&environment.cluster).or_default().push(name);
        }
        for (name, runtime) in &tree.deployments {
            indexes.sources.entry(runtime.source_key()).or_default().push(name);
        }
        for (name, runtime) in &tree.pipelines {
            for pipeline in &runtime.pipelines {
                indexes.paths.entry(runtime.path_key(pipeline)).or_default().push(name);
            }
        }
        indexes
    }
}

/// What the checks of one tree look at.
pub(crate) struct Check<'a> {
    pub(crate) world: &'a World,
    pub(crate) group: &'a Group,
    /// Built when everything is checked; a single resource is cheaper to compare with all others.
    indexes: Option<Indexes<'a>>,
}

impl<'a> Check<'a> {
    pub(crate) fn new(world: &'a World, group: &'a Group, scope: Scope) -> Check<'a> {
        let indexes = (scope == Scope::Everything).then(|| Indexes::new(&group.tree));
        Check { world, group, indexes }
    }

    pub(crate) fn tree(&self) -> &'a Tree {
        &self.group.tree
    }

    /// The cluster of an environment, as Kubernetes knows it.
    pub(crate) fn worker(&self, environment: &str, worker_type: &str) -> Result<&'a Cluster, String> {
        let name = &self.tree().environments[environment].cluster;
        let found = self.world.kubernetes.clusters.get(name);
        let cluster =
            found.ok_or_else(|| format!("get cluster by runtime failed: {}", look_up_error(name)))?;
        if cluster.usage != "worker" || cluster.worker_type != worker_type {
            return Err(format!("cluster is not a {worker_type} cluster"));
        }
        Ok(cluster)
    }

    /// A Project that is in the tree and not on the ignore list (§11 item 12).
    pub(crate) fn has_project(&self, name: &str) -> bool {
        self.tree().projects.contains_key(name) && !self.world.is_ignored(name)
    }

    pub(crate) fn has_code_repo(&self, id: u64) -> bool {
        self.tree().code_repos.contains_key(&id)
    }

    /// Whether a project may use a repository: its own, or by a binding for the product or naming it (§4.7).
    pub(crate) fn may_use(&self, project: &str, repository: u64) -> bool {
        let own =
            self.tree().code_repos.get(&repository).is_some_and(|code_repo| code_repo.project == project);
        let permits = |binding: &Binding| {
            binding.projects.is_empty() || binding.projects.iter().any(|allowed| allowed == project)
        };
        own || match &self.indexes {
            Some(indexes) => {
                let bindings = indexes.bindings.get(&repository).map_or(&[][..], Vec::as_slice);
                bindings.iter().any(|binding| permits(binding))
            }
            None => {
                let bindings = self.tree().bindings.values();
                bindings.filter(|binding| binding.repository == repository).any(permits)
            }
        }
    }

    /// Another environment on the cluster.
    pub(crate) fn also_on_cluster(&self, cluster: &str, name: &str) -> Option<&'a str> {
        match &self.indexes {
            Some(indexes) => other(indexes.clusters.get(cluster), name),
            None => first(&self.tree().environments, name, |environment| environment.cluster == cluster),
        }
    }

    /// Another deployment runtime of the same source to the same environment.
    pub(crate) fn also_deploys(&self, runtime: &DeploymentRuntime, name: &str) -> Option<&'a str> {
        let key = runtime.source_key();
        match &self.indexes {
            Some(indexes) => other(indexes.sources.get(&key), name),
            None => first(&self.tree().deployments, name, |runtime| runtime.source_key() == key),
        }
    }

    /// Another pipeline runtime with the same source, the same destination and a common path.
    pub(crate) fn also_runs(&self, runtime: &PipelineRuntime, name: &str) -> Option<&'a str> {
        let mut keys = runtime.pipelines.iter().map(|pipeline| runtime.path_key(pipeline));
        match &self.indexes {
            Some(indexes) => keys.find_map(|key| other(indexes.paths.get(&key), name)),
            None => {
                let shares = |other: &PipelineRuntime| {
                    let mut others = other.pipelines.iter().map(|pipeline| other.path_key(pipeline));
                    others.any(|other| keys.clone().any(|key| key == other))
                };
                first(&self.tree().pipelines, name, shares)
            }
        }
    }
}

fn first<'a, T>(all: &'a BTreeMap<String, T>, but: &str, is: impl Fn(&T) -> bool) -> Option<&'a str> {
    all.iter().find(|(name, found)| *name != but && is(found)).map(|(name, _)| name.as_str())
}

fn other<'a>(names: Option<&Vec<&'a str>>, but: &str) -> Option<&'a str> {
    names?.iter().copied().find(|name| *name != but)
}

/// Two resources, in the order of a walk, refer to the same.
pub(crate) fn duplicate(text: &str, a: &str, b: &str) -> ApiError {
    let (first, second) = if file_order(a, b) == Ordering::Greater { (b, a) } else { (a, b) };
    ApiError::plain(format!("duplicate reference {text}between resource {first} and resource {second}"))
}

/// `during global validation, it was found that …` (§4.2, §4.6).
pub(crate) fn unavailable(kind: &str, name: &str, by_kind: &str, by: &str, directory: &str) -> ApiError {
    ApiError::plain(format!(
        "during global validation, it was found that {kind} '{name}' does not exist or is unavailable. \
         Please check {by_kind} '{by}' in directory '{directory}'"
    ))
}
