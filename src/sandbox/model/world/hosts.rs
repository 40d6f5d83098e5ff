//! Which clusters name which as their host, and the refresh of a host after a write (§3.5).

use std::sync::Arc;
use std::time::Duration;

use super::{Scheduled, World};
use crate::sandbox::api::{Now, millis};
use crate::sandbox::model::{Cluster, Incomplete};

impl World {
    pub(super) fn put_cluster(&mut self, name: &str, cluster: Option<Arc<Cluster>>) {
        let old = match &cluster {
            Some(cluster) => self.clusters.insert(name.to_owned(), Arc::clone(cluster)),
            None => self.clusters.remove(name),
        };
        if let Some(names) = old.and_then(|old| self.virtual_clusters.get_mut(&old.host_cluster)) {
            names.remove(name);
        }
        if let Some(new) = cluster.filter(|cluster| !cluster.host_cluster.is_empty()) {
            self.virtual_clusters.entry(new.host_cluster.clone()).or_default().insert(name.to_owned());
        }
    }

    /// Some cluster that names this one as its host, other than itself.
    pub(crate) fn virtual_cluster_of(&self, host: &str) -> Option<&str> {
        self.virtual_clusters.get(host)?.iter().map(String::as_str).find(|name| *name != host)
    }

    /// The files of a virtual cluster at its host are rendered a while after the reply, for all that name the
    /// host (§3.5).
    pub(crate) fn schedule_host_refresh(&mut self, cluster: &Cluster, now: Now) {
        let what = Incomplete::VirtualCluster(cluster.name.clone());
        self.set_incomplete(what, self.clusters.contains_key(&cluster.name), now);
        let host = cluster.host_cluster.clone();
        match self.options.host_refresh {
            Duration::ZERO => self.refresh_host(&host, now),
            duration => self.schedule(now + millis(self.duration + duration), Scheduled::HostRefresh(host)),
        }
    }

    pub(super) fn refresh_host(&mut self, host: &str, now: Now) {
        let names: Vec<String> = self.virtual_clusters.get(host).into_iter().flatten().cloned().collect();
        for name in names {
            self.set_incomplete(Incomplete::VirtualCluster(name), false, now);
        }
    }

    /// What the process was about to do is lost.
    pub(super) fn forget_what_is_in_memory(&mut self) {
        self.scheduled.retain(|_, what| !matches!(what, Scheduled::HostRefresh(_) | Scheduled::Crash(_)));
    }
}
