//! What Kubernetes has seen of git (§5, §12.2): Cluster resources, and the namespaces that runtimes occupy on
//! each cluster.

pub(crate) mod admission;
mod sync;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::sandbox::model::Cluster;

/// Names a runtime across products.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct RuntimeId {
    pub(crate) group: u64,
    pub(crate) pipeline: bool,
    pub(crate) name: String,
}

/// A runtime as Kubernetes knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RuntimeUse {
    pub(crate) environment: String,
    /// `None` if the environment does not exist.
    pub(crate) cluster: Option<String>,
    /// The namespaces it occupies, and whether each was written down.
    pub(crate) namespaces: Vec<(String, bool)>,
}

/// The mirror.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kubernetes {
    pub(crate) clusters: HashMap<String, Arc<Cluster>>,
    runtimes: BTreeMap<RuntimeId, RuntimeUse>,
    /// cluster -> namespace -> runtimes
    occupied: HashMap<String, HashMap<String, Vec<(RuntimeId, bool)>>>,
    /// Runtimes whose environment is gone.
    unresolved: BTreeMap<RuntimeId, String>,
}

impl Kubernetes {
    /// Replaces what is known of one runtime.
    pub(crate) fn put_runtime(&mut self, id: &RuntimeId, used: Option<RuntimeUse>) {
        if let Some(old) = self.runtimes.remove(id) {
            self.vacate(id, &old);
        }
        self.unresolved.remove(id);
        let Some(used) = used else { return };
        match &used.cluster {
            None => {
                self.unresolved.insert(id.clone(), used.environment.clone());
            }
            Some(cluster) => {
                let namespaces = self.occupied.entry(cluster.clone()).or_default();
                for (namespace, explicit) in &used.namespaces {
                    // Mostly it is the only one.
                    let users = namespaces.entry(namespace.clone());
                    users.or_insert_with(|| Vec::with_capacity(1)).push((id.clone(), *explicit));
                }
            }
        }
        self.runtimes.insert(id.clone(), used);
    }

    fn vacate(&mut self, id: &RuntimeId, old: &RuntimeUse) {
        let Some(namespaces) = old.cluster.as_ref().and_then(|cluster| self.occupied.get_mut(cluster)) else {
            return;
        };
        for (namespace, _) in &old.namespaces {
            if let Some(runtimes) = namespaces.get_mut(namespace) {
                runtimes.retain(|(runtime, _)| runtime != id);
            }
        }
    }

    /// The runtimes of one product that Kubernetes has seen.
    pub(crate) fn runtimes_of(&self, group: u64) -> impl Iterator<Item = (&RuntimeId, &RuntimeUse)> {
        let first = RuntimeId { group, pipeline: false, name: String::new() };
        self.runtimes.range(first..).take_while(move |(id, _)| id.group == group)
    }

    /// Whether what the checks of a product say may depend on the runtimes of others: one of its own occupies a
    /// namespace together with them, or it runs pipelines and an environment of theirs is gone. A runtime
    /// without a cluster here may have one in the product's tree.
    pub(crate) fn depends_on_others(&self, group: u64) -> bool {
        let is_other = |id: &RuntimeId| id.group != group;
        let mut runtimes = self.runtimes_of(group);
        runtimes.any(|(id, used)| {
            let Some(cluster) = &used.cluster else { return true };
            let mut users = used.namespaces.iter().flat_map(|(namespace, _)| self.users(cluster, namespace));
            users.any(|(user, _)| is_other(user)) || (id.pipeline && self.unresolved.keys().any(is_other))
        })
    }

    /// Whether another runtime occupies the namespace (PPR rule, §4.6).
    pub(crate) fn occupied_by_other(&self, cluster: &str, namespace: &str, but: &RuntimeId) -> bool {
        self.users(cluster, namespace).iter().any(|(runtime, _)| runtime != but)
    }

    /// Whether a DR of another product names the namespace (DR rule, §4.7).
    pub(crate) fn named_by_other_product(&self, cluster: &str, namespace: &str, group: u64) -> bool {
        self.users(cluster, namespace)
            .iter()
            .any(|(runtime, explicit)| *explicit && !runtime.pipeline && runtime.group != group)
    }

    fn users(&self, cluster: &str, namespace: &str) -> &[(RuntimeId, bool)] {
        let users = self.occupied.get(cluster).and_then(|namespaces| namespaces.get(namespace));
        users.map_or(&[], Vec::as_slice)
    }

    /// The environment of a runtime, other than the given one, that is gone: it breaks every PPR check (§4.6).
    pub(crate) fn inconsistent(&self, but: &RuntimeId) -> Option<&str> {
        self.unresolved.iter().find(|(id, _)| *id != but).map(|(_, environment)| environment.as_str())
    }
}
