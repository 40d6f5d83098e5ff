//! What only tests call: changes that do not come through the API, and looks behind it.
//!
//! Part of debug builds, and of others with the feature `test-hooks`.

use crate::sandbox::api::{Method, Now, Request, Response};
use crate::sandbox::gitlab::{CONFIG, Group, Repository};
use crate::sandbox::handle::handle;
use crate::sandbox::http::faults::{Fault, Faults, Matcher};
use crate::sandbox::http::log::RequestLog;
use crate::sandbox::model::{Change, Edit, Incomplete, World};

impl Request {
    /// The same request with another `Authorization` header, or none.
    #[must_use]
    pub fn with_authorization(mut self, value: Option<&str>) -> Request {
        self.authorization = value.map(str::to_owned);
        self
    }
}

impl Faults {
    /// Appends to the script.
    pub fn inject(&mut self, matcher: Matcher, fault: Fault) {
        self.script.push_back((matcher, fault));
    }
}

impl World {
    /// The requests so far, to be cleared between two phases of a test.
    pub fn log_mut(&mut self) -> &mut RequestLog {
        &mut self.log
    }

    /// A short digest of the kubeconfig that was stored for the cluster, if one was: enough to see that it
    /// changed.
    pub fn kubeconfig_digest(&self, cluster: &str) -> Option<&str> {
        self.kubeconfigs.get(cluster).map(String::as_str)
    }

    /// Carries a request out as another client would: no faults, no lag, any token, no global validation, not
    /// logged. Panics of the API stay what they are; look at the status.
    pub fn out_of_band(&mut self, method: Method, path: &str, body: Option<&serde_json::Value>) -> Response {
        let options = std::mem::take(&mut self.options);
        self.options.dns.clone_from(&options.dns);
        let number = self.number;
        let skip = if path.contains('?') { "&" } else { "?" };
        let mut request = match body {
            Some(body) => Request::post(path, body.to_string()),
            None => Request::get(path),
        };
        request.method = method;
        if request.is_write() {
            request.path_and_query = format!("{path}{skip}insecure_skip_check=true");
        }
        let response = handle(self, &request, 0);
        self.options = options;
        self.number = number;
        response
    }

    /// What is missing behind the API after writes that were half done: `Product p`, `CodeRepo p/r`, `Cluster
    /// v`.
    pub fn incomplete(&self) -> Vec<String> {
        let name = |what: &Incomplete| match what {
            Incomplete::Product(group) => format!("Product {}", self.group(*group).facts.path),
            Incomplete::CodeRepo(id) => {
                let mut groups = self.gitlab.groups.values();
                let found = groups.find_map(|group| Some((group, group.repositories.get(id)?)));
                found.map_or_else(String::new, |(group, found)| {
                    format!("CodeRepo {}/{}", group.facts.path, found.path)
                })
            }
            Incomplete::VirtualCluster(name) => format!("Cluster {name}"),
        };
        self.incomplete.iter().map(name).collect()
    }

    /// GitLab's projects that no manifest names, half-deleted repositories among them, as `product/path`.
    pub fn stray_repositories(&self) -> Vec<String> {
        let groups = self.gitlab.groups.values();
        let strays = groups.flat_map(|group| {
            let is_stray = |repository: &&Repository| {
                repository.deleting.is_none()
                    && repository.path != CONFIG
                    && !group.tree.code_repos.contains_key(&repository.id)
            };
            let path = |repository: &Repository| format!("{}/{}", group.facts.path, repository.path);
            group.projects().filter(is_stray).map(path)
        });
        strays.collect()
    }

    /// Restarts the server in no time: what it held in memory is lost.
    pub fn restart(&mut self, now: Now) {
        self.crash(self.number, now);
        self.away_until = None;
    }

    /// Removes a cluster from Kubernetes only, as if its sync had been undone; the next write or sync brings
    /// it back.
    pub fn remove_cluster_from_kubernetes(&mut self, name: &str) {
        self.kubernetes.clusters.remove(name);
        self.out_of_band_edits += 1;
    }

    /// Renames a group in GitLab: its display name only (§4.0).
    pub fn rename_group(&mut self, product: &str, name: &str) -> bool {
        let Some(id) = self.gitlab.at_path(product) else { return false };
        let mut facts = self.group(id).facts.clone();
        name.clone_into(&mut facts.name);
        self.commit(Change::Group(facts), 0);
        true
    }

    /// Renames a project in GitLab: its display name only; LIST then hides the CodeRepo (§4.4).
    pub fn rename_repository(&mut self, product: &str, path: &str, name: &str) -> bool {
        self.change_repository(product, path, |repository| name.clone_into(&mut repository.name))
    }

    /// Describes a project in GitLab out of band: live values show up in replies (§4.4).
    pub fn describe_repository(&mut self, product: &str, path: &str, description: &str) -> bool {
        self.change_repository(product, path, |repository| {
            description.clone_into(&mut repository.description);
        })
    }

    fn change_repository(&mut self, product: &str, path: &str, change: impl FnOnce(&mut Repository)) -> bool {
        let Some((group, mut repository)) = self.repository(product, path) else { return false };
        change(&mut repository);
        self.commit(Change::Repository { group, repository }, 0);
        true
    }

    /// A project and its group.
    fn repository(&self, product: &str, path: &str) -> Option<(u64, Repository)> {
        let group = self.gitlab.at_path(product)?;
        Some((group, self.group(group).repository_at(path)?.clone()))
    }

    /// Moves a project in GitLab to another path of its group; its display name stays.
    pub fn move_repository(&mut self, product: &str, path: &str, to: &str) -> bool {
        self.change_repository(product, path, |repository| to.clone_into(&mut repository.path))
    }

    /// Changes a project's visibility in GitLab.
    pub fn show_repository(&mut self, product: &str, path: &str, visibility: &str) -> bool {
        self.change_repository(product, path, |repository| visibility.clone_into(&mut repository.visibility))
    }

    /// Moves a project to the group of another product; whatever refers to it stays.
    pub fn transfer_repository(&mut self, product: &str, path: &str, to: &str) -> bool {
        let Some((from, repository)) = self.repository(product, path) else { return false };
        let Some(to) = self.gitlab.at_path(to) else { return false };
        self.commit(Change::RepositoryGone { group: from, id: repository.id }, 0);
        self.commit(Change::Repository { group: to, repository }, 0);
        true
    }

    /// Makes the product's config repository unreadable through GitLab itself, or readable again.
    pub fn hide_repository(&mut self, product: &str, hidden: bool) -> bool {
        self.change_group(product, |group| group.unreadable = hidden)
    }

    /// Hides a project from who asks GitLab itself, as from a token without rights on it.
    pub fn hide_project(&mut self, product: &str, path: &str) -> bool {
        self.repository(product, path).is_some_and(|(_, found)| self.gitlab_hidden.insert(found.id))
    }

    /// Takes a manifest out of the list for Kubernetes, as a push by hand may; the server's next write puts
    /// it back.
    pub fn unlist(&mut self, product: &str, path: &str) -> bool {
        self.change_group(product, |group| {
            group.unlisted.insert(path.to_owned());
        })
    }

    /// Pushes a file by hand that the server can't load, with what loading the product then fails with; or
    /// removes it.
    pub fn push_file(&mut self, product: &str, path: &str, file: Option<(&str, &str)>) -> bool {
        self.change_group(product, |group| {
            group.broken = file.map(|(_, error)| error.to_owned());
            match file {
                Some((text, _)) => drop(group.pushed.insert(path.to_owned(), text.to_owned())),
                None => drop(group.pushed.remove(path)),
            }
        })
    }

    /// GitLab refuses the next requests by its rate limit, each with so many seconds to wait.
    pub fn limit_gitlab(&mut self, seconds: &[u64]) {
        self.gitlab_refusals.extend(seconds);
    }

    /// The files of a virtual cluster at its host are lost, as by a crash right after its write.
    pub fn lose_virtual_cluster(&mut self, name: &str) {
        self.set_incomplete(Incomplete::VirtualCluster(name.to_owned()), true, 0);
    }

    /// GitLab gives at most so many files with one query, as newer versions do.
    pub fn limit_files(&mut self, files: usize) {
        self.gitlab_files = Some(files);
    }

    fn change_group(&mut self, product: &str, change: impl FnOnce(&mut Group)) -> bool {
        let group = self.gitlab.at_path(product).and_then(|id| self.gitlab.groups.get_mut(&id));
        group.map(change).is_some()
    }

    /// Deletes a project in GitLab only; its CodeRepo and whatever refers to it stay in the config repository
    /// (§4.5).
    pub fn delete_gitlab_project(&mut self, product: &str, path: &str) -> bool {
        let Some((group, repository)) = self.repository(product, path) else { return false };
        self.commit(Change::RepositoryGone { group, id: repository.id }, 0);
        true
    }

    /// Takes the additional resources out of a pipeline runtime, as in one written to git by other means: GET
    /// and LIST then panic (§4.6).
    pub fn drop_additional_resources(&mut self, product: &str, runtime: &str) -> bool {
        let Some(group) = self.gitlab.at_path(product) else { return false };
        let Some(mut pipeline) = self.group(group).tree.pipelines.get(runtime).cloned() else { return false };
        pipeline.additional_resources = None;
        let edit = Box::new(Edit::Pipeline(runtime.to_owned(), Some(pipeline)));
        self.commit(Change::Node { group, edit }, 0);
        true
    }

    /// Puts a name on the process-wide ignore list (§11 item 12).
    pub fn ignore(&mut self, name: &str) {
        self.ignored.insert(name.to_owned());
        self.out_of_band_edits += 1;
    }

    /// Makes GitLab answer 403 on the product's group, or no longer (§2.2).
    pub fn revoke_access(&mut self, product: &str, revoked: bool) -> bool {
        self.change_group(product, |group| group.forbidden = revoked)
    }

    /// Breaks a file of the product's config repository, or mends it: every operation on the product fails
    /// with the text (§4.0, §10).
    pub fn break_tree(&mut self, product: &str, text: Option<&str>) -> bool {
        self.change_group(product, |group| group.broken = text.map(str::to_owned))
    }
}
