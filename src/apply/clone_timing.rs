//! When in a second a request starts that clones twice (nautes-api.md §8.2): its clones must fall into two
//! seconds of the server's clock, whatever the time between them.
//!
//! What a collision shows is how long the server took to get to its second clone. Started half of that before
//! the end of a second, the first clone is in this second and the second clone in the next one. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
/// How long before the end of a second the first request starts: longer than what is between the clones of a
/// fast server is too long, longer than a clock is wrong is long enough.
const FIRST: Duration = Duration::from_millis(100);
/// Times in a second that differ by less are the same.
const SAME: Duration = Duration::from_millis(4);
/// The longer part of the golden section, in thousandths: multiples of it spread over a second.
const SPREAD: u32 = 618;

/// What is known about the server, by the kind of the deleted object: what comes before the first clone
/// differs.
#[derive(Debug, Default)]
pub(super) struct CloneTiming(BTreeMap<&'static str, Leads>);

#[derive(Debug)]
struct Leads {
    /// How long before the end of a second the next request starts.
    lead: Duration,
    /// Leads that failed since the last success.
    failed: Vec<Duration>,
}

impl Default for Leads {
    fn default() -> Self {
        Self { lead: FIRST, failed: Vec::new() }
    }
}

impl CloneTiming {
    /// How long before the end of a second a request starts.
    pub(super) fn lead(&self, kind: &'static str) -> Duration {
        self.0.get(kind).map_or(FIRST, |leads| leads.lead)
    }

    /// A request that started with this lead collided, after so long.
    pub(super) fn collided(&mut self, kind: &'static str, lead: Duration, took: Duration) {
        let leads = self.0.entry(kind).or_default();
        leads.failed.push(lead);
        leads.lead = leads.next(took);
    }

    /// A request that started with this lead did not collide.
    pub(super) fn succeeded(&mut self, kind: &'static str, lead: Duration) {
        self.0.insert(kind, Leads { lead, failed: Vec::new() });
    }
}

impl Leads {
    /// Half of the time, then other parts of it, then anywhere in the second: never where it failed.
    fn next(&self, took: Duration) -> Duration {
        let parts = [(1, 2), (3, 4), (1, 4), (1, 1), (3, 2)].map(|(n, d)| took * n / d);
        let anywhere = (1..).map(|number: u32| SECOND * (number * SPREAD % 1000) / 1000);
        let mut all = parts.into_iter().chain(anywhere).map(within_a_second);
        let is_new = |lead: &Duration| !self.failed.iter().any(|failed| distance(*lead, *failed) < SAME);
        all.find(|lead| !lead.is_zero() && is_new(lead)).unwrap_or(FIRST)
    }
}

fn within_a_second(lead: Duration) -> Duration {
    Duration::from_nanos(lead.subsec_nanos().into())
}

/// Between two times in a second, which is a circle.
fn distance(a: Duration, b: Duration) -> Duration {
    let apart = a.abs_diff(b);
    apart.min(SECOND.saturating_sub(apart))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "CodeRepo";

    /// How many requests it takes until one has its clones in two seconds. `before` is what the server does
    /// before the first clone, `gap` what it does between them, `ahead` how far its clock is ahead.
    fn tries(timing: &mut CloneTiming, before: u64, gap: u64, ahead: u64) -> usize {
        let mut leads: Vec<Duration> = Vec::new();
        loop {
            let lead = timing.lead(KIND);
            assert!(leads.iter().all(|old| distance(*old, lead) >= SAME), "{lead:?} again: {leads:?}");
            leads.push(lead);
            let first = 1_000 - u64::try_from(lead.as_millis()).unwrap() + ahead + before;
            if first / 1_000 != (first + gap) / 1_000 {
                timing.succeeded(KIND, lead);
                return leads.len();
            }
            timing.collided(KIND, lead, Duration::from_millis(before + gap));
        }
    }

    #[test]
    fn clones_fall_into_two_seconds_after_at_most_one_collision() {
        for gap in 20..3_000 {
            let mut timing = CloneTiming::default();
            assert!(tries(&mut timing, 0, gap, 0) <= 2, "{gap} ms");
            assert_eq!(tries(&mut timing, 0, gap, 0), 1, "{gap} ms: what was learned holds");
            assert!(tries(&mut timing, 0, gap * 3 / 4, 0) <= 2, "{gap} ms: and nearly for less");
        }
    }

    #[test]
    fn clocks_that_differ_cost_a_few_tries() {
        for gap in [60, 120, 400, 900] {
            for ahead in [20, 50] {
                let found = tries(&mut CloneTiming::default(), 15, gap, ahead);
                assert!(found <= 6, "{gap} ms, {ahead} ms ahead: {found}");
            }
        }
    }
}
