//! One GitLab group: its projects, and the tree inside its config repository.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize};

use super::errors::project_not_found;
use super::lower;
use crate::sandbox::api::{ApiError, Now};
use crate::sandbox::model::Tree;

/// The product config repository's path (§0).
pub(crate) const CONFIG: &str = "default.project";

/// A GitLab project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Repository {
    pub(crate) id: u64,
    pub(crate) path: String,
    /// The display name.
    pub(crate) name: String,
    pub(crate) visibility: String,
    pub(crate) description: String,
    /// Until when GitLab deletes it: it no longer answers, but its path is taken and the group still lists
    /// it.
    #[serde(default)]
    pub(crate) deleting: Option<Now>,
}

/// What a group is, without its contents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GroupFacts {
    pub(crate) id: u64,
    pub(crate) path: String,
    /// The display name.
    pub(crate) name: String,
    pub(crate) visibility: String,
    pub(crate) description: String,
    /// Since when and until when GitLab deletes it: visible in the first half, path taken to the end.
    #[serde(default)]
    pub(crate) deleting: Option<(Now, Now)>,
    /// Until when GitLab only marks it as deleted: it answers like any other.
    #[serde(default)]
    pub(crate) marked_until: Option<Now>,
}

/// A GitLab group with its projects and the tree inside its config repository.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    pub(crate) facts: GroupFacts,
    /// In places of their own: the map has room for twice as many as it holds.
    pub(crate) repositories: BTreeMap<u64, Box<Repository>>,
    paths: HashMap<String, u64, RandomState>,
    pub(crate) tree: Tree,
    /// The number of the out-of-band edits when the whole tree was last known to be valid.
    pub(crate) verified: Option<u64>,
    /// GitLab answers 403 on the group (§2.2).
    pub(crate) forbidden: bool,
    /// What loading the tree fails with, if a file is broken (§4.0).
    pub(crate) broken: Option<String>,
    /// The config repository can't be read through GitLab's own API.
    pub(crate) unreadable: bool,
    /// Files that were pushed by hand and are not of the tree.
    pub(crate) pushed: BTreeMap<String, String>,
    /// Manifests that the list for Kubernetes lacks, until the server writes it again.
    pub(crate) unlisted: BTreeSet<String>,
}

impl Group {
    pub(crate) fn put_repository(&mut self, repository: Repository) {
        if let Some(old) = self.repositories.get(&repository.id) {
            self.paths.remove(&*lower(&old.path));
        }
        self.paths.insert(lower(&repository.path).into_owned(), repository.id);
        self.repositories.insert(repository.id, Box::new(repository));
    }

    pub(crate) fn remove_repository(&mut self, id: u64) {
        if let Some(repository) = self.repositories.remove(&id) {
            self.paths.remove(&*lower(&repository.path));
        }
    }

    /// All projects, the oldest first.
    pub(crate) fn projects(&self) -> impl DoubleEndedIterator<Item = &Repository> {
        self.repositories.values().map(Box::as_ref)
    }

    /// The project at that path, even while it is being deleted.
    pub(crate) fn repository_at(&self, path: &str) -> Option<&Repository> {
        self.paths.get(&*lower(path)).and_then(|id| self.repositories.get(id)).map(|found| &**found)
    }

    /// The project that GitLab answers with.
    pub(crate) fn find_project(&self, path: &str) -> Option<&Repository> {
        self.repository_at(path).filter(|repository| repository.deleting.is_none())
    }

    /// The project that GitLab answers with; 404 `PROJECT_NOT_FOUND` otherwise.
    pub(crate) fn project(&self, path: &str) -> Result<&Repository, ApiError> {
        self.find_project(path).ok_or_else(|| project_not_found(&self.facts.path, path))
    }

    /// Whether a new project of that path and display name would clash; GitLab's text if so.
    pub(crate) fn clash(&self, path: &str, name: &str) -> Option<&'static str> {
        if self.repository_at(path).is_some() {
            return Some("path");
        }
        self.projects().any(|repository| repository.name == name).then_some("name")
    }

    /// The display name of a project that a resource refers to by id (§4.0).
    pub(crate) fn repository_name(&self, id: u64) -> Result<&str, ApiError> {
        match self.repositories.get(&id).filter(|repository| repository.deleting.is_none()) {
            Some(repository) => Ok(&repository.name),
            None => Err(ApiError::plain(format!(
                "failed to convert codeRepo name repo-{id} to repository name, err: {}",
                project_not_found("", &id.to_string()).text()
            ))),
        }
    }
}
