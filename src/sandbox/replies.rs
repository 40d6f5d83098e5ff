//! A world from live replies: the rehearsal (design.md). The caller knows JSON only, in the reply shapes of
//! §12.1.
//!
//! A world may be filled with more products than it holds: each is taken in, looked at and given back. What
//! Kubernetes has seen of it stays, and so do its numbers and its path. So it can be taken in again as if it had
//! been there all the time.

mod object;
mod product;

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use crate::sandbox::api::Kind;
use crate::sandbox::kinds::cluster;
use crate::sandbox::model::{Change, World};

pub use object::{ObjectReply, Replies, RepliesError};
use object::{at, decode};
use product::Product;

/// Where a product is in a world.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The number of its group.
    pub group: u64,
    /// The number of its first project.
    first_project: u64,
    /// Whether Kubernetes has seen all of its runtimes.
    is_seen: bool,
}

impl World {
    /// Takes in the clusters. It comes before all products and names all repositories that are gone: others get
    /// other numbers.
    ///
    /// # Errors
    /// A reply does not have the shape of its kind.
    pub fn take_in_tenant(&mut self, replies: &Replies<'_>) -> Result<(), RepliesError> {
        let last = replies.gone().map(|(_, number)| number).max();
        self.gitlab.next_project = self.gitlab.next_project.max(last.map_or(0, |last| last + 1));
        self.seen_at_once(|world| {
            for ObjectReply { name, body, .. } in replies.of(Kind::Cluster) {
                let cluster = decode(body).and_then(|body| cluster::from_reply(name, body, &world.options));
                let cluster = Some(Arc::new(cluster.map_err(at("clusters", name))?));
                world.commit(Change::Cluster { name: (*name).to_owned(), cluster }, 0);
            }
            Ok(())
        })
    }

    /// Takes in a product. What the API hides is filled with defaults; a repository that is referred to but not
    /// listed is assumed to exist and to be managed, if it is not gone. Kubernetes has seen everything.
    ///
    /// # Errors
    /// A reply does not have the shape of its kind.
    pub fn take_in(&mut self, product: &str, replies: &Replies<'_>) -> Result<Place, RepliesError> {
        let group = self.gitlab.next_group;
        let first_project = self.gitlab.next_project;
        self.fill(product, replies, group)?;
        let tree = &self.group(group).tree;
        let runtimes = tree.pipelines.len() + tree.deployments.len();
        let is_seen = self.kubernetes.runtimes_of(group).count() == runtimes;
        Ok(Place { group, first_project, is_seen })
    }

    fn fill(&mut self, product: &str, replies: &Replies<'_>, group: u64) -> Result<(), RepliesError> {
        self.seen_at_once(|world| Product::create(world, product, replies, group)?.fill(replies))
    }

    fn seen_at_once<T>(&mut self, change: impl FnOnce(&mut Self) -> T) -> T {
        let lag = mem::replace(&mut self.options.sync_lag, Duration::ZERO);
        let changed = change(self);
        self.options.sync_lag = lag;
        changed
    }

    /// Gives a product back: no request can be about it until it is taken in again.
    pub fn give_back(&mut self, place: &Place) {
        self.gitlab.groups.remove(&place.group);
    }

    /// Takes in a product again that was given back, by the same replies.
    ///
    /// # Errors
    /// A reply does not have the shape of its kind.
    pub fn take_in_again(
        &mut self,
        product: &str,
        replies: &Replies<'_>,
        place: &Place,
    ) -> Result<(), RepliesError> {
        // Another product may have taken its path since.
        let paths = mem::take(&mut self.gitlab.paths);
        let next = mem::replace(&mut self.gitlab.next_project, place.first_project);
        let filled = self.fill(product, replies, place.group);
        self.gitlab.next_project = next;
        self.gitlab.paths = paths;
        filled
    }

    /// The number of the group that answers to the name of a product, if there is one here or given back.
    pub fn group_of(&self, product: &str) -> Option<u64> {
        self.gitlab.number(product)
    }

    /// Whether the group is here.
    pub fn has_group(&self, group: u64) -> bool {
        self.gitlab.groups.contains_key(&group)
    }

    /// Whether what the checks of a product say may depend on what Kubernetes has seen of others.
    pub fn depends_on_others(&self, place: &Place) -> bool {
        !place.is_seen || self.kubernetes.depends_on_others(place.group)
    }
}
