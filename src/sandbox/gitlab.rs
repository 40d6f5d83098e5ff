//! GitLab as far as the server needs it: groups, their projects, ids, display names, asynchronous deletion (§4.1, §12.2).

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::sandbox::api::error::ApiError;
use crate::sandbox::api::request::Now;
use crate::sandbox::git::tree::Tree;

/// The product config repository's path (§0).
pub(crate) const CONFIG: &str = "default.project";

/// A GitLab project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Repository {
    pub(crate) id: u64,
    pub(crate) path: String,
    /// The display name.
    pub(crate) name: String,
    pub(crate) visibility: String,
    pub(crate) description: String,
    /// Until when GitLab deletes it: it no longer answers, but its path is taken and the group still lists it.
    #[serde(default)]
    pub(crate) deleting: Option<Now>,
}

/// What a group is, without its contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// A GitLab group with its projects and the tree inside its config repository.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) facts: GroupFacts,
    pub(crate) repositories: BTreeMap<u64, Repository>,
    paths: HashMap<String, u64>,
    pub(crate) tree: Tree,
    /// The number of the world's disturbances when the whole tree was last known to be valid.
    pub(crate) verified: Option<u64>,
    /// GitLab answers 403 on the group (§2.2).
    pub(crate) forbidden: bool,
    /// What loading the tree fails with, if somebody broke a file (§4.0).
    pub(crate) broken: Option<String>,
}

impl Group {
    pub(crate) fn new(facts: GroupFacts) -> Group {
        Group {
            facts,
            repositories: BTreeMap::new(),
            paths: HashMap::new(),
            tree: Tree::default(),
            verified: None,
            forbidden: false,
            broken: None,
        }
    }

    pub(crate) fn put_repository(&mut self, repository: Repository) {
        if let Some(old) = self.repositories.get(&repository.id) {
            self.paths.remove(&old.path.to_lowercase());
        }
        self.paths.insert(repository.path.to_lowercase(), repository.id);
        self.repositories.insert(repository.id, repository);
    }

    pub(crate) fn remove_repository(&mut self, id: u64) -> Option<Repository> {
        let repository = self.repositories.remove(&id)?;
        self.paths.remove(&repository.path.to_lowercase());
        Some(repository)
    }

    /// The project at that path, even while it is being deleted.
    pub(crate) fn repository_at(&self, path: &str) -> Option<&Repository> {
        self.paths.get(&path.to_lowercase()).and_then(|id| self.repositories.get(id))
    }

    /// The project that GitLab answers with; 404 `PROJECT_NOT_FOUND` otherwise.
    pub(crate) fn project(&self, path: &str) -> Result<&Repository, ApiError> {
        let found = self.repository_at(path).filter(|repository| repository.deleting.is_none());
        found.ok_or_else(|| project_not_found(&self.facts.path, path))
    }

    /// Whether a new project of that path and display name would clash; GitLab's text if so.
    pub(crate) fn clash(&self, path: &str, name: &str) -> Option<&'static str> {
        if self.repository_at(path).is_some() {
            return Some("path");
        }
        self.repositories.values().any(|repository| repository.name == name).then_some("name")
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

/// GitLab's 404 on a project (§2.2).
pub(crate) fn project_not_found(group: &str, path: &str) -> ApiError {
    let separator = if group.is_empty() { "" } else { "/" };
    ApiError::new(
        404,
        "PROJECT_NOT_FOUND",
        format!(
            "failed to get project, err: GET https://gitlab.sandbox/api/v4/projects/{group}{separator}{path}: 404 \
             {{message: 404 Project Not Found}}"
        ),
    )
}

/// GitLab's 404 on a group (§2.2).
pub(crate) fn group_not_found(path: &str) -> ApiError {
    ApiError::new(
        404,
        "GROUP_NOT_FOUND",
        format!(
            "failed to get group, err: GET https://gitlab.sandbox/api/v4/groups/{path}: 404 {{message: 404 Group Not Found}}"
        ),
    )
}

/// GitLab's 403 on a group (§2.2).
pub(crate) fn group_forbidden(path: &str) -> ApiError {
    ApiError::new(
        403,
        "NO_AUTHORIZATION",
        format!(
            "no access to the server, err: GET https://gitlab.sandbox/api/v4/groups/{path}: 403 {{message: 403 Forbidden}}"
        ),
    )
}

/// All groups, by id and by path.
#[derive(Clone, Debug)]
pub(crate) struct GitLab {
    pub(crate) groups: BTreeMap<u64, Group>,
    paths: HashMap<String, u64>,
    pub(crate) next_group: u64,
    pub(crate) next_project: u64,
    /// Projects that a search for `default.project` hits, with their group (§4.1 LIST).
    config_projects: BTreeMap<u64, u64>,
}

impl Default for GitLab {
    fn default() -> GitLab {
        GitLab {
            groups: BTreeMap::new(),
            paths: HashMap::new(),
            next_group: 1,
            next_project: 1,
            config_projects: BTreeMap::new(),
        }
    }
}

impl GitLab {
    /// The id of the group that answers to a product name. A number is taken as a group id (§7).
    pub(crate) fn find(&self, product: &str, now: Now) -> Result<u64, ApiError> {
        let by_number = product.parse::<u64>().ok();
        let id = by_number.or_else(|| self.paths.get(&product.to_lowercase()).copied());
        let group = id.and_then(|id| self.groups.get(&id)).filter(|group| visible(&group.facts, now));
        let group = group.ok_or_else(|| group_not_found(product))?;
        if group.forbidden {
            return Err(group_forbidden(product));
        }
        Ok(group.facts.id)
    }

    /// The group at that path, even while it is being deleted.
    pub(crate) fn at_path(&self, path: &str) -> Option<u64> {
        self.paths.get(&path.to_lowercase()).copied()
    }

    pub(crate) fn put_group(&mut self, facts: GroupFacts) {
        let id = facts.id;
        self.next_group = self.next_group.max(id + 1);
        if let Some(group) = self.groups.get_mut(&id) {
            self.paths.remove(&group.facts.path.to_lowercase());
            self.paths.insert(facts.path.to_lowercase(), id);
            group.facts = facts;
        } else {
            self.paths.insert(facts.path.to_lowercase(), id);
            self.groups.insert(id, Group::new(facts));
        }
    }

    pub(crate) fn remove_group(&mut self, id: u64) {
        let Some(group) = self.groups.remove(&id) else { return };
        self.paths.remove(&group.facts.path.to_lowercase());
        for repository in group.repositories.keys() {
            self.config_projects.remove(repository);
        }
    }

    pub(crate) fn put_repository(&mut self, group: u64, repository: Repository) {
        self.next_project = self.next_project.max(repository.id + 1);
        if repository.path.contains(CONFIG) || repository.name.contains(CONFIG) {
            self.config_projects.insert(repository.id, group);
        }
        if let Some(group) = self.groups.get_mut(&group) {
            group.put_repository(repository);
        }
    }

    pub(crate) fn remove_repository(&mut self, group: u64, id: u64) {
        self.config_projects.remove(&id);
        if let Some(group) = self.groups.get_mut(&group) {
            group.remove_repository(id);
        }
    }

    /// The groups of the newest 20 hits of the project search, as the unpaginated LIST sees them (§4.1).
    pub(crate) fn search_config_projects(&self, now: Now) -> Vec<&Group> {
        let newest = self.config_projects.values().rev().filter_map(|group| self.groups.get(group));
        newest.filter(|group| visible(&group.facts, now)).take(20).collect()
    }
}

fn visible(facts: &GroupFacts, now: Now) -> bool {
    facts.deleting.is_none_or(|(since, until)| now < since + (until - since) / 2)
}
