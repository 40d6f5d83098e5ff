//! How close a run comes to the shortest time that any order could take, on random graphs. Time is virtual, so the figures are exact.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::super::fixture::{Server, Stage, address, change};
use crate::client::{LaneKey, Lanes};
use crate::plan::{Action, Change};

const LATENCY: Duration = Duration::from_millis(50);

/// A small generator of numbers, the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

/// Clusters, products, and projects in them that depend on earlier objects: on some of their own product, and on some clusters.
fn graph(dice: &mut Dice, size: usize, density: usize) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for number in 0..size {
        let product = dice.below(12);
        let (name, neighbours) = match dice.below(8) {
            0 => (format!("Cluster/c{number}"), "Cluster/".to_owned()),
            _ => (format!("Project/p{product}/o{number}"), format!("Project/p{product}/")),
        };
        let mut new = change(&name, Action::Create);
        let earlier: Vec<&Change> = changes
            .iter()
            .filter(|other| {
                let other = other.address.to_string();
                other.starts_with(&neighbours) || other.starts_with("Cluster/")
            })
            .collect();
        for _ in 0..dice.below(density) {
            if !earlier.is_empty() {
                new.dependencies.push(earlier[dice.below(earlier.len())].address.clone());
            }
        }
        new.dependencies.sort();
        new.dependencies.dedup();
        changes.push(new);
    }
    changes
}

/// The longest chain, the busiest lane, and all work shared out evenly: no order is faster than any of them.
fn lower_bound(changes: &[Change], lanes: Lanes, parallelism: usize) -> u32 {
    let mut depth: BTreeMap<String, usize> = BTreeMap::new();
    let mut busy: BTreeMap<LaneKey, usize> = BTreeMap::new();
    for change in changes {
        let below = change.dependencies.iter().map(|needed| depth[&needed.to_string()]).max().unwrap_or(0);
        depth.insert(change.address.to_string(), below + 1);
        *busy.entry(lanes.of(change.address.kind(), change.address.product())).or_default() += 1;
    }
    let longest = depth.into_values().max().unwrap_or(0);
    let busiest = busy.into_values().max().unwrap_or(0);
    u32::try_from(longest.max(busiest).max(changes.len().div_ceil(parallelism))).unwrap()
}

async fn worst(lanes: Lanes, parallelism: usize) -> f64 {
    let mut worst: f64 = 1.0;
    for seed in 0..40 {
        let mut dice = Dice(seed);
        let size = 100 + dice.below(200);
        let changes = graph(&mut dice, size, if seed % 2 == 0 { 3 } else { 9 });
        let bound = LATENCY * lower_bound(&changes, lanes, parallelism);
        let mut stage = Stage::new(Server::new());
        stage.server.latency = LATENCY;
        (stage.options.lanes, stage.options.parallelism) = (lanes, parallelism);
        let started = Instant::now();
        let outcomes = stage.carry_out(changes).await;
        assert!(outcomes.is_complete());
        worst = worst.max(started.elapsed().as_secs_f64() / bound.as_secs_f64());
    }
    worst
}

#[tokio::test(start_paused = true)]
async fn a_run_takes_at_most_a_tenth_longer_than_any_order_must() {
    assert!(address("Cluster/a").kind().lane != address("Project/p/a").kind().lane);
    for (lanes, parallelism) in
        [(Lanes::Shared, 10), (Lanes::PerProduct, 4), (Lanes::PerProduct, 8), (Lanes::PerProduct, 20)]
    {
        let worst = worst(lanes, parallelism).await;
        assert!(worst <= 1.10, "{lanes:?}, {parallelism} at once: {worst:.3} times the lower bound");
    }
}
