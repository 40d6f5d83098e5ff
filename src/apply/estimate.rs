//! About how long a plan takes on a server, from how long it took to read. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::plan::Plan;
use crate::resource::{LaneKey, Lanes};

/// A write clones as a read does, checks, and pushes.
const READS: u32 = 2;

/// The busiest lane, or all work shared out evenly, if each write takes as long as two reads: pauses and
/// repetitions come on top.
pub(crate) fn estimate(plan: &Plan, lanes: Lanes, parallelism: usize, read: Duration) -> Duration {
    let mut busy: BTreeMap<LaneKey, usize> = BTreeMap::new();
    for key in plan.operations().keys() {
        *busy.entry(lanes.of_object(&key.address)).or_default() += 1;
    }
    let all: usize = busy.values().sum();
    let busiest = busy.values().copied().max().unwrap_or_default();
    let writes = busiest.max(all.div_ceil(parallelism.max(1)));
    (read * READS).saturating_mul(u32::try_from(writes).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Action, Change};

    #[test]
    fn busiest_lane_counts() {
        let new = |address: &str| Change::bare(address.parse().unwrap(), Action::Create);
        let changes = ["Cluster/a", "Product/p", "Project/p/a", "Product/q", "Project/q/a"].map(new).to_vec();
        let plan = Plan { changes, ..Plan::default() };
        let seconds =
            |lanes, parallelism| estimate(&plan, lanes, parallelism, Duration::from_secs(1)).as_secs();
        assert_eq!(seconds(Lanes::Shared, 10), 8);
        assert_eq!(seconds(Lanes::PerProduct, 10), 4);
        assert_eq!(seconds(Lanes::PerProduct, 1), 10);
        let nothing = estimate(&Plan::default(), Lanes::Shared, 10, Duration::from_secs(1));
        assert_eq!(nothing, Duration::ZERO);
    }
}
