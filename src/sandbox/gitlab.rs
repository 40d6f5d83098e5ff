//! GitLab as far as the server needs it: groups, their projects, ids, display names, asynchronous deletion
//! (§4.1, §12.2). `serve` and `graphql` are GitLab's own interfaces, for those who read there directly.

mod errors;
mod graphql;
mod group;
pub(crate) mod rules;
pub(crate) mod serve;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;

use crate::sandbox::api::{ApiError, Now};
use errors::group_not_found;
pub(crate) use errors::{group_forbidden, project_not_found};
pub(crate) use group::{CONFIG, Group, GroupFacts, Repository};

/// All groups, by id and by path.
#[derive(Clone, Debug)]
pub(crate) struct GitLab {
    pub(crate) groups: BTreeMap<u64, Group>,
    /// By path, also of groups that a copy has given back.
    pub(crate) paths: HashMap<String, u64, RandomState>,
    pub(crate) next_group: u64,
    pub(crate) next_project: u64,
    /// Projects that a search for `default.project` hits, with their group (§4.1 LIST).
    config_projects: BTreeMap<u64, u64>,
}

impl Default for GitLab {
    fn default() -> GitLab {
        GitLab {
            groups: BTreeMap::new(),
            paths: HashMap::default(),
            next_group: 1,
            next_project: 1,
            config_projects: BTreeMap::new(),
        }
    }
}

impl GitLab {
    /// The id of the group that answers to a product name. A number is taken as a group id (§7).
    pub(crate) fn find(&self, product: &str, now: Now) -> Result<u64, ApiError> {
        let group = self
            .number(product)
            .and_then(|id| self.groups.get(&id))
            .filter(|group| visible(&group.facts, now));
        let group = group.ok_or_else(|| group_not_found(product))?;
        if group.forbidden {
            return Err(group_forbidden(product));
        }
        Ok(group.facts.id)
    }

    /// The same, whether there is such a group or not.
    pub(crate) fn number(&self, product: &str) -> Option<u64> {
        product.parse().ok().or_else(|| self.at_path(product))
    }

    /// The group at that path, even while it is being deleted.
    pub(crate) fn at_path(&self, path: &str) -> Option<u64> {
        self.paths.get(&*lower(path)).copied()
    }

    pub(crate) fn put_group(&mut self, facts: GroupFacts) {
        let id = facts.id;
        self.next_group = self.next_group.max(id + 1);
        let group = self.groups.entry(id).or_default();
        self.paths.remove(&*lower(&group.facts.path));
        self.paths.insert(lower(&facts.path).into_owned(), id);
        group.facts = facts;
    }

    pub(crate) fn remove_group(&mut self, id: u64) {
        let Some(group) = self.groups.remove(&id) else { return };
        self.paths.remove(&*lower(&group.facts.path));
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

/// A path as GitLab compares it. Nearly every path is in lower case and is not copied.
fn lower(path: &str) -> Cow<'_, str> {
    let is_lower = path.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_lower { path.into() } else { path.to_lowercase().into() }
}

fn visible(facts: &GroupFacts, now: Now) -> bool {
    facts.deleting.is_none_or(|(since, until)| now < since + (until - since) / 2)
}
