//! How close a run comes to the shortest time that any order could take, on random graphs. Time is virtual,
//! so the figures are exact.

#[path = "../../../tests/suite/support/random.rs"]
mod random;

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::apply::tests::{Harness, Server, address, change};
use crate::plan::{Action, Change};
use crate::resource::{LaneKey, Lanes};

use random::Rng;

const LATENCY: Duration = Duration::from_millis(50);

/// Clusters, products, and projects in them that depend on earlier objects: on some of their own product, and
/// on some clusters.
fn graph(rng: &mut Rng, size: usize, density: usize) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    for number in 0..size {
        let product = rng.below(12);
        let (name, neighbours) = match rng.below(8) {
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
        for _ in 0..rng.below(density) {
            if !earlier.is_empty() {
                new.dependencies.push(earlier[rng.below(earlier.len())].address.clone());
            }
        }
        new.dependencies.sort();
        new.dependencies.dedup();
        changes.push(new);
    }
    changes
}

/// The longest chain, the busiest lane, and all work shared out evenly: no order is faster than any of them.
/// A lane is as busy as what is in it, counted from when it can begin at the earliest.
fn lower_bound(changes: &[Change], lanes: Lanes, parallelism: usize) -> u32 {
    let mut depth: BTreeMap<String, usize> = BTreeMap::new();
    let mut heads: BTreeMap<LaneKey, Vec<usize>> = BTreeMap::new();
    for change in changes {
        let before = change.dependencies.iter().map(|needed| depth[&needed.to_string()]).max().unwrap_or(0);
        depth.insert(change.address.to_string(), before + 1);
        heads.entry(lanes.of_object(&change.address)).or_default().push(before);
    }
    let busiest = heads.into_values().map(|mut heads| {
        heads.sort_unstable();
        let later = heads.len();
        heads.iter().enumerate().map(|(place, head)| head + later - place).max().unwrap_or(0)
    });
    let busiest = busiest.max().unwrap_or(0);
    let longest = depth.into_values().max().unwrap_or(0);
    u32::try_from(longest.max(busiest).max(changes.len().div_ceil(parallelism))).unwrap()
}

/// The time of each of 40 runs in multiples of its lower bound.
async fn times(lanes: Lanes, parallelism: usize, density: usize) -> Vec<f64> {
    let mut times = Vec::new();
    for seed in 0..40 {
        let mut rng = Rng(seed);
        let size = 100 + rng.below(200);
        let changes = graph(&mut rng, size, density);
        let bound = LATENCY * lower_bound(&changes, lanes, parallelism);
        let mut run = Harness::new(Server::new());
        run.server.latency = LATENCY;
        (run.options.lanes, run.options.parallelism) = (lanes, parallelism);
        let started = Instant::now();
        let outcomes = run.carry_out(changes).await;
        assert!(outcomes.is_complete());
        times.push(started.elapsed().as_secs_f64() / bound.as_secs_f64());
    }
    times
}

const MODES: [(Lanes, usize); 4] =
    [(Lanes::Shared, 10), (Lanes::PerProduct, 4), (Lanes::PerProduct, 8), (Lanes::PerProduct, 20)];

#[tokio::test(start_paused = true)]
async fn run_time_is_within_a_tenth_of_the_lower_bound() {
    assert!(address("Cluster/a").kind().lane != address("Project/p/a").kind().lane);
    for (lanes, parallelism) in MODES {
        let worst = times(lanes, parallelism, 3).await.into_iter().fold(1.0, f64::max);
        assert!(worst <= 1.10, "{lanes:?}, {parallelism} at once: {worst:.3} times the lower bound");
    }
}

/// Where everything hangs together, the bound is no longer one that any order could reach: clusters follow
/// each other in their lane, and what needs the last one can't begin before. On the whole, runs are as close
/// as elsewhere.
#[tokio::test(start_paused = true)]
async fn run_time_of_dense_graphs_is_near_the_lower_bound() {
    for (lanes, parallelism) in MODES {
        let times = times(lanes, parallelism, 9).await;
        let worst = times.iter().copied().fold(1.0, f64::max);
        let mean = times.iter().sum::<f64>() / 40.0;
        assert!(mean <= 1.05 && worst <= 1.2, "{lanes:?}, {parallelism} at once: {mean:.3}, {worst:.3}");
    }
}
