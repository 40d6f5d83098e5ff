//! How Kubernetes gets to see what git has (§5): cluster by cluster, runtime by runtime.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::sandbox::gitlab::Group;
use crate::sandbox::kubernetes::admission::{accepts_cluster, accepts_name, accepts_pipeline_runtime};
use crate::sandbox::kubernetes::{RuntimeId, RuntimeUse};
use crate::sandbox::model::World;

impl World {
    /// Lets Kubernetes see everything at once.
    pub fn sync(&mut self) {
        let names: BTreeSet<String> =
            self.clusters.keys().chain(self.kubernetes.clusters.keys()).cloned().collect();
        names.iter().for_each(|name| self.sync_cluster(name));
        let groups: Vec<u64> = self.gitlab.groups.keys().copied().collect();
        groups.into_iter().for_each(|group| self.sync_product(group));
    }

    pub(crate) fn sync_cluster(&mut self, name: &str) {
        let old = match self.clusters.get(name) {
            Some(cluster) if !accepts_cluster(cluster) => return,
            Some(cluster) => self.kubernetes.clusters.insert(name.to_owned(), Arc::clone(cluster)),
            None => self.kubernetes.clusters.remove(name),
        };
        if old.is_some() {
            self.out_of_band_edits += 1;
        }
    }

    pub(crate) fn sync_environment(&mut self, group: u64, environment: &str) {
        let Some(tree) = self.gitlab.groups.get(&group).map(|group| &group.tree) else { return };
        let runtimes = tree.runtimes_in(environment);
        let names: Vec<(bool, String)> = runtimes.map(|(pipeline, name)| (pipeline, name.clone())).collect();
        self.out_of_band_edits += u64::from(!names.is_empty());
        for (pipeline, name) in names {
            self.sync_runtime(group, pipeline, &name);
        }
    }

    pub(crate) fn sync_product(&mut self, group: u64) {
        let mut names: BTreeSet<(bool, String)> =
            self.kubernetes.runtimes_of(group).map(|(id, _)| (id.pipeline, id.name.clone())).collect();
        if let Some(group) = self.gitlab.groups.get(&group) {
            names.extend(group.tree.pipelines.keys().map(|name| (true, name.clone())));
            names.extend(group.tree.deployments.keys().map(|name| (false, name.clone())));
        }
        for (pipeline, name) in names {
            self.sync_runtime(group, pipeline, &name);
        }
    }

    pub(crate) fn sync_runtime(&mut self, group: u64, pipeline: bool, name: &str) {
        let id = RuntimeId { group, pipeline, name: name.to_owned() };
        match self.gitlab.groups.get(&group).map_or(RuntimeState::Gone, |group| runtime_state(group, &id)) {
            RuntimeState::Gone => self.kubernetes.put_runtime(&id, None),
            RuntimeState::Used(used) => self.kubernetes.put_runtime(&id, Some(used)),
            RuntimeState::Refused => {}
        }
    }
}

/// What a sync makes of a runtime.
enum RuntimeState {
    /// It is not in git.
    Gone,
    /// Kubernetes refuses it and keeps what it has.
    Refused,
    Used(RuntimeUse),
}

fn runtime_state(group: &Group, id: &RuntimeId) -> RuntimeState {
    let (accepted, environment, namespaces) = if id.pipeline {
        let Some(runtime) = group.tree.pipelines.get(&id.name) else { return RuntimeState::Gone };
        let accepted = accepts_pipeline_runtime(&id.name, runtime);
        (accepted, &runtime.destination.environment, runtime.namespaces(&id.name))
    } else {
        let Some(runtime) = group.tree.deployments.get(&id.name) else { return RuntimeState::Gone };
        (accepts_name(&id.name), &runtime.destination.environment, runtime.namespaces(&id.name))
    };
    if !accepted {
        return RuntimeState::Refused;
    }
    let found = group.tree.environments.get(environment).filter(|_| accepts_name(environment));
    let cluster = found.map(|environment| environment.cluster.clone());
    RuntimeState::Used(RuntimeUse { environment: environment.clone(), cluster, namespaces })
}
