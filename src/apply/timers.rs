//! When lanes and operations wake: lanes that rest until the next second (nautes-api.md §8.2), operations
//! that wait for the server.

use std::collections::BTreeSet;

use tokio::time::Instant;

/// Keys and when they wake.
#[derive(Debug)]
pub(super) struct Timers<K>(BTreeSet<(Instant, K)>);

impl<K> Default for Timers<K> {
    fn default() -> Self {
        Self(BTreeSet::new())
    }
}

impl<K: Ord> Timers<K> {
    /// Lets `key` wake at `at`.
    pub(super) fn add(&mut self, at: Instant, key: K) {
        self.0.insert((at, key));
    }

    /// When the next one wakes.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// The next one that wakes by `now`.
    pub(super) fn take(&mut self, now: Instant) -> Option<K> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, key)| key)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn timers_wake_in_order_and_on_time() {
        let mut timers = Timers::default();
        let now = Instant::now();
        timers.add(now + Duration::from_secs(2), "b");
        timers.add(now + Duration::from_secs(1), "c");
        timers.add(now + Duration::from_secs(1), "a");
        assert_eq!(timers.take(now), None);
        assert_eq!(timers.next(), Some(now + Duration::from_secs(1)));
        let later = now + Duration::from_secs(1);
        assert_eq!(
            (timers.take(later), timers.take(later), timers.take(later)),
            (Some("a"), Some("c"), None)
        );
    }
}
