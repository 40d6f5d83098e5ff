//! Lanes that rest: after some writes the server's clones are in the way until the next second (§8.2).

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::client::LaneKey;

/// Lanes and when they wake.
#[derive(Debug, Default)]
pub(super) struct Resting(BTreeMap<LaneKey, Instant>);

impl Resting {
    /// Lets a lane rest until the next wall-clock second has begun.
    pub(super) fn add(&mut self, lane: LaneKey) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let left =
            Duration::from_secs(1).saturating_sub(Duration::from_nanos(u64::from(since.subsec_nanos())));
        // The server's clock may be a little behind ours.
        self.0.insert(lane, Instant::now() + left + Duration::from_millis(50));
    }

    /// When the next lane wakes.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.values().min().copied()
    }

    /// The lanes that wake by `now`.
    pub(super) fn take(&mut self, now: Instant) -> Vec<LaneKey> {
        let awake: Vec<LaneKey> =
            self.0.iter().filter(|(_, at)| **at <= now).map(|(lane, _)| lane.clone()).collect();
        self.0.retain(|_, at| *at > now);
        awake
    }
}
