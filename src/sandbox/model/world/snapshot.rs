//! The state as changes: what a new data file begins with.

use std::sync::Arc;

use crate::sandbox::gitlab::Group;
use crate::sandbox::model::{Change, Edit, World};

impl World {
    /// The changes that rebuild this world from nothing.
    pub(crate) fn snapshot(&self) -> Vec<Change> {
        let mut changes =
            vec![Change::NextIds { group: self.gitlab.next_group, project: self.gitlab.next_project }];
        for (name, cluster) in &self.clusters {
            changes.push(Change::Cluster { name: name.clone(), cluster: Some(Arc::clone(cluster)) });
        }
        for (cluster, digest) in &self.kubeconfigs {
            changes.push(Change::Kubeconfig { cluster: cluster.clone(), digest: digest.clone() });
        }
        for (id, group) in &self.gitlab.groups {
            changes.push(Change::Group(group.facts.clone()));
            for repository in group.projects() {
                changes.push(Change::Repository { group: *id, repository: repository.clone() });
            }
            changes.extend(tree_edits(group).map(|edit| Change::Node { group: *id, edit: Box::new(edit) }));
        }
        let incomplete = self.incomplete.iter().cloned();
        changes.extend(incomplete.map(|what| Change::Incomplete { what, missing: true }));
        changes
    }
}

fn tree_edits(group: &Group) -> impl Iterator<Item = Edit> + '_ {
    let tree = &group.tree;
    let projects = tree.projects.iter().map(|(k, v)| Edit::Project(k.clone(), Some(v.clone())));
    let environments = tree.environments.iter().map(|(k, v)| Edit::Environment(k.clone(), Some(v.clone())));
    let code_repos = tree.code_repos.iter().map(|(k, v)| Edit::CodeRepo(*k, Some(v.clone())));
    let bindings = tree.bindings.iter().map(|(k, v)| Edit::Binding(k.clone(), Some(v.clone())));
    let pipelines = tree.pipelines.iter().map(|(k, v)| Edit::Pipeline(k.clone(), Some(v.clone())));
    let deployments = tree.deployments.iter().map(|(k, v)| Edit::Deployment(k.clone(), Some(v.clone())));
    projects.chain(environments).chain(code_repos).chain(bindings).chain(pipelines).chain(deployments)
}
