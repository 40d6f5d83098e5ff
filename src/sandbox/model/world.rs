//! The whole state behind the server: the tenant repository, GitLab with the product trees, Vault and
//! Kubernetes.
//!
//! Everything lasting changes through [`World::commit`], so that the data file misses nothing.

mod breakdowns;
mod deletion;
mod hosts;
mod snapshot;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::sandbox::api::{Kind, Now, millis};
use crate::sandbox::git::clones::Clones;
use crate::sandbox::gitlab::{GitLab, Group};
use crate::sandbox::http::log::RequestLog;
use crate::sandbox::kubernetes::Kubernetes;
use crate::sandbox::model::{Change, Cluster, Edit, Ending, Incomplete, Options, has_ignored_extension};
use crate::sandbox::random::Purpose;

/// Directory entries that the server never looks at.
const IGNORED: [&str; 3] = ["production", ".git", "README.md"];

/// Names an object in listings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// `Cluster`, `Product`, `Environment`, …
    pub kind: &'static str,
    /// The product of a product-scoped object.
    pub product: Option<String>,
    /// Its name.
    pub name: String,
}

/// The state.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// The switches; may be changed at any time.
    pub options: Options,
    pub(crate) clusters: BTreeMap<String, Arc<Cluster>>,
    /// host -> clusters that name it
    virtual_clusters: HashMap<String, BTreeSet<String>>,
    pub(crate) kubeconfigs: BTreeMap<String, String>,
    pub(crate) gitlab: GitLab,
    pub(crate) kubernetes: Kubernetes,
    pub(crate) clones: Clones,
    /// Names on the ignore list besides those that are always there.
    pub(crate) ignored: BTreeSet<String>,
    /// How often something changed that can make a valid tree invalid without touching it.
    pub(crate) out_of_band_edits: u64,
    scheduled: BTreeMap<(Now, u64), Scheduled>,
    scheduled_number: u64,
    journal: Option<Vec<Change>>,
    /// The number of the latest request.
    pub(crate) number: u64,
    /// How long it takes.
    pub(crate) duration: Duration,
    /// How it ends.
    pub(crate) ending: Ending,
    /// Until when the process is away, if it died.
    pub(crate) away_until: Option<Now>,
    /// When it last crashed, and through which request.
    crashed: Option<(Now, u64)>,
    /// Whether writes of CodeRepos and bindings hang.
    pub(crate) hangs: bool,
    pub(crate) incomplete: BTreeSet<Incomplete>,
    pub(crate) log: RequestLog,
    /// The requests to GitLab itself.
    pub(crate) gitlab_log: RequestLog,
    /// GitLab refuses so many requests by its rate limit, each with so many seconds to wait.
    pub(crate) gitlab_refusals: VecDeque<u64>,
    /// The most files that GitLab gives with one query, if that is limited.
    pub(crate) gitlab_files: Option<usize>,
    /// Numbers of projects that GitLab hides from who asks GitLab itself.
    pub(crate) gitlab_hidden: BTreeSet<u64>,
}

/// What happens by itself later.
#[derive(Clone, Debug)]
enum Scheduled {
    SyncCluster(String),
    SyncProduct(u64),
    GroupGone(u64),
    RepositoryGone(u64, u64),
    HostRefresh(String),
    /// By the request with this number.
    Crash(u64),
}

impl World {
    /// A world with nothing in it.
    pub fn new(options: Options) -> World {
        World { options, ..World::default() }
    }

    /// The requests to GitLab itself so far.
    pub fn gitlab_log(&self) -> &RequestLog {
        &self.gitlab_log
    }

    /// The requests so far.
    pub fn log(&self) -> &RequestLog {
        &self.log
    }

    /// A text of the server's about a product, with names where it has GitLab's numbers: those of a copy have no
    /// meaning outside it.
    pub fn with_names(&self, text: &str, product: &str) -> String {
        let group = self.gitlab.number(product).and_then(|id| self.gitlab.groups.get(&id));
        let Some(group) = group else { return text.to_owned() };
        let own = (format!("product-{}", group.facts.id), group.facts.path.as_str());
        let repositories = group.projects();
        let repositories = repositories.map(|found| (format!("repo-{}", found.id), found.path.as_str()));
        let mut named: Vec<(String, &str)> = std::iter::once(own).chain(repositories).collect();
        // Longer numbers first: repo-1 is the beginning of repo-12.
        named.sort_by_key(|(number, _)| std::cmp::Reverse(number.len()));
        named.iter().fold(text.to_owned(), |text, (number, name)| text.replace(number, name))
    }

    /// Numbers the next request and draws how long it takes.
    pub(crate) fn begin_request(&mut self) {
        self.number += 1;
        let options = &self.options;
        self.ending = Ending::Reply;
        self.duration = options.latency.draw(options.seed, self.number, Purpose::RequestDuration);
    }

    /// The number of the latest request to the API.
    pub fn latest_request(&self) -> u64 {
        self.number
    }

    /// How long the latest request takes, from its arrival to its reply.
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// Whether no cluster, no group and no project is left.
    pub fn is_empty(&self) -> bool {
        self.clusters.is_empty() && self.gitlab.groups.is_empty()
    }

    /// Every object that the API could show, sorted.
    pub fn objects(&self) -> Vec<Object> {
        let mut objects: Vec<Object> = Vec::new();
        let mut add = |kind, product: Option<&str>, name: &str| {
            objects.push(Object { kind, product: product.map(str::to_owned), name: name.to_owned() });
        };
        for name in self.clusters.keys() {
            add(Kind::Cluster.name(), None, name);
        }
        for group in self.gitlab.groups.values().filter(|group| group.facts.deleting.is_none()) {
            let product = group.facts.path.as_str();
            add(Kind::Product.name(), None, product);
            let tree = &group.tree;
            tree.projects.keys().for_each(|name| add(Kind::Project.name(), Some(product), name));
            tree.environments.keys().for_each(|name| add(Kind::Environment.name(), Some(product), name));
            for code_repo in tree.code_repos.values() {
                add(Kind::CodeRepo.name(), Some(product), &code_repo.name);
            }
            tree.bindings.keys().for_each(|name| add(Kind::CodeRepoBinding.name(), Some(product), name));
            tree.pipelines.keys().for_each(|name| add(Kind::PipelineRuntime.name(), Some(product), name));
            tree.deployments.keys().for_each(|name| add(Kind::DeploymentRuntime.name(), Some(product), name));
        }
        objects.sort();
        objects
    }

    /// Lets what is due by now happen: syncs to Kubernetes and GitLab's deletions. Every request does this
    /// first.
    pub fn settle(&mut self, now: Now) {
        while let Some(entry) = self.scheduled.first_entry().filter(|entry| entry.key().0 <= now) {
            let at = entry.key().0;
            match entry.remove() {
                Scheduled::Crash(by) => self.crash(by, at),
                Scheduled::SyncCluster(name) => self.sync_cluster(&name),
                Scheduled::SyncProduct(group) => {
                    self.out_of_band_edits += 1;
                    self.sync_product(group);
                }
                Scheduled::HostRefresh(host) => self.refresh_host(&host, now),
                Scheduled::GroupGone(id) => self.commit(Change::GroupGone(id), now),
                Scheduled::RepositoryGone(group, id) => {
                    self.commit(Change::RepositoryGone { group, id }, now);
                }
            }
        }
    }

    fn schedule(&mut self, at: Now, what: Scheduled) {
        self.scheduled_number += 1;
        self.scheduled.insert((at, self.scheduled_number), what);
    }

    /// Changes the lasting state, notes it for the data file and lets Kubernetes see it now or later.
    pub(crate) fn commit(&mut self, change: Change, now: Now) {
        if let Some(journal) = &mut self.journal {
            journal.push(change.clone());
        }
        self.replay(change, now);
    }

    /// Changes the lasting state without noting it: it comes from the data file.
    pub(crate) fn replay(&mut self, change: Change, now: Now) {
        match change {
            Change::Cluster { name, cluster } => {
                self.put_cluster(&name, cluster);
                self.schedule_sync(Scheduled::SyncCluster(name), now);
            }
            Change::Kubeconfig { cluster, digest } => {
                self.kubeconfigs.insert(cluster, digest);
            }
            Change::Group(facts) => {
                let deleting = facts.deleting.map(|(_, until)| until);
                if let Some(until) = deleting.or(facts.marked_until) {
                    self.schedule(until, Scheduled::GroupGone(facts.id));
                }
                self.gitlab.put_group(facts);
            }
            Change::GroupGone(id) => {
                self.incomplete.remove(&Incomplete::Product(id));
                let group = self.gitlab.groups.get(&id);
                for repository in group.into_iter().flat_map(|group| group.repositories.keys()) {
                    self.incomplete.remove(&Incomplete::CodeRepo(*repository));
                }
                self.gitlab.remove_group(id);
                self.schedule_sync(Scheduled::SyncProduct(id), now);
            }
            Change::Repository { group, repository } => {
                if let Some(until) = repository.deleting {
                    self.schedule(until, Scheduled::RepositoryGone(group, repository.id));
                }
                self.gitlab.put_repository(group, repository);
            }
            Change::RepositoryGone { group, id } => {
                self.incomplete.remove(&Incomplete::CodeRepo(id));
                self.gitlab.remove_repository(group, id);
            }
            Change::Node { group, mut edit } => {
                if let Some(tree) = self.gitlab.groups.get_mut(&group).map(|group| &mut group.tree) {
                    tree.apply(&mut edit);
                }
                self.edited(group, &edit, now);
                self.edited_tree(group, None);
            }
            Change::Incomplete { what, missing: true } => {
                self.incomplete.insert(what);
            }
            Change::Incomplete { what, missing: false } => {
                self.incomplete.remove(&what);
            }
            Change::NextIds { group, project } => {
                self.gitlab.next_group = self.gitlab.next_group.max(group);
                self.gitlab.next_project = self.gitlab.next_project.max(project);
            }
        }
    }

    /// Notes an edit that is already in the tree, and lets Kubernetes see it.
    pub(crate) fn record_edit(&mut self, group: u64, edit: Edit, now: Now) {
        self.edited(group, &edit, now);
        if let Some(journal) = &mut self.journal {
            journal.push(Change::Node { group, edit: Box::new(edit) });
        }
    }

    fn edited(&mut self, group: u64, edit: &Edit, now: Now) {
        let lag = millis(self.options.sync_lag);
        match edit {
            Edit::Environment(name, _) if lag == 0 => self.sync_environment(group, name),
            Edit::Pipeline(name, _) if lag == 0 => self.sync_runtime(group, true, name),
            Edit::Deployment(name, _) if lag == 0 => self.sync_runtime(group, false, name),
            Edit::Environment(..) | Edit::Pipeline(..) | Edit::Deployment(..) => {
                self.schedule(now + lag, Scheduled::SyncProduct(group));
            }
            Edit::Project(..) | Edit::CodeRepo(..) | Edit::Binding(..) => {}
        }
    }

    /// After a write to a tree: `verified` is the number of out-of-band edits at which it was known to be
    /// valid, if it was checked.
    pub(crate) fn edited_tree(&mut self, group: u64, verified: Option<u64>) {
        if verified.is_none() {
            self.out_of_band_edits += 1;
        }
        if let Some(group) = self.gitlab.groups.get_mut(&group) {
            group.verified = verified;
            group.unlisted.clear();
        }
    }

    fn schedule_sync(&mut self, what: Scheduled, now: Now) {
        match (millis(self.options.sync_lag), what) {
            (0, Scheduled::SyncCluster(name)) => self.sync_cluster(&name),
            (0, Scheduled::SyncProduct(group)) => self.sync_product(group),
            (lag, what) => self.schedule(now + lag, what),
        }
    }

    /// Whether directory entries of that name are filtered everywhere (§11 item 12).
    pub(crate) fn is_ignored(&self, name: &str) -> bool {
        IGNORED.contains(&name) || self.ignored.contains(name) || has_ignored_extension(name)
    }

    pub(crate) fn group(&self, id: u64) -> &Group {
        &self.gitlab.groups[&id]
    }

    pub(crate) fn start_journal(&mut self) {
        self.journal = Some(Vec::new());
    }

    /// The changes since the last call.
    pub(crate) fn take_journal(&mut self) -> Vec<Change> {
        self.journal.as_mut().map(std::mem::take).unwrap_or_default()
    }
}
