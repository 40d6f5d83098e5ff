//! Which hosts the server may not have rendered (nautes-api.md §3.5): it answers a write of a virtual cluster,
//! renders the files of the host afterwards, and forgets that if it is restarted before. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::plan::Change;
use crate::resource::Address;

/// How long the server may take to render: some seconds, and time until a lost connection is noticed.
const RENDERING: Duration = Duration::from_secs(10);

/// How long after a write the server is watched at least: it was never seen to render for a second. One that
/// is slow to write is as slow to render.
const WATCHED: Duration = Duration::from_secs(1);
/// The time between two looks: a server that is restarted is away for longer, and breaks off a look that is
/// under way.
const WATCH_INTERVAL: Duration = Duration::from_millis(100);

/// The hosts that were written, by name.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    /// When, and by which object.
    written: BTreeMap<String, (Instant, Address)>,
    /// Until when the server is watched.
    watched: Option<Instant>,
    /// When it was last looked whether the server is still there.
    pub(super) looked: Option<Instant>,
    /// The objects to be sent again, since the files of their hosts may be missing.
    pub(super) lost: BTreeSet<Address>,
}

impl Hosts {
    /// A write of this object was answered with success, which took so long.
    pub(super) fn note(&mut self, change: &Change, took: Duration) {
        if let Some(host) = host(change) {
            let now = Instant::now();
            self.written.insert(host.to_owned(), (now, change.address.clone()));
            self.watched = self.watched.max(Some(now + took.clamp(WATCHED, RENDERING)));
        }
    }

    /// When it is to be looked next whether the server is still there, if it is.
    pub(super) fn next_look(&self) -> Option<Instant> {
        let last = self.written.values().map(|(at, _)| *at).max()?;
        let from = self.looked.map_or(last, |looked| looked.max(last));
        Some(from + WATCH_INTERVAL).filter(|next| self.watched.is_some_and(|until| *next <= until))
    }

    /// The server went away: the hosts that it may not have rendered, with the object that was written last.
    pub(super) fn take_written_before(&mut self, at: Instant) -> Vec<(String, Address)> {
        let recent =
            |written: Instant| at.checked_duration_since(written).is_some_and(|since| since <= RENDERING);
        let (lost, rest) = std::mem::take(&mut self.written)
            .into_iter()
            .partition::<BTreeMap<_, _>, _>(|(_, (written, _))| recent(*written));
        self.written = rest;
        lost.into_iter().map(|(host, (_, address))| (host, address)).collect()
    }
}

/// The host whose files the server renders after a write.
pub(super) fn host(change: &Change) -> Option<&str> {
    let spec = change.after.as_deref().or(change.before.as_deref())?;
    (change.address.kind().writing.renders_later)(spec)
}
