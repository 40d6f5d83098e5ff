//! How long a run takes against the shortest time that any order could take, on random graphs of operations
//! whose latencies vary: the longest chain, the busiest lane, or all work shared out evenly. Time is
//! simulated, so the figures are exact and the same everywhere; `src/apply/executor/lower_bound_tests.rs`
//! holds the whole executor to them.
//!
//!     cargo bench --bench schedule
//!     cargo test --bench schedule -- --test    # one small graph for each line: whether it works

#[path = "../tests/suite/support/random.rs"]
mod random;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use nautform::Address;
use nautform::internals::model::{Graph, Schedule};
use nautform::internals::resource::{LaneKey, Lanes};

use random::Rng;

/// How many graphs for each line.
const GRAPHS: u64 = 40;
/// Milliseconds: a fast server and a slow one, and everything between.
const LATENCIES: std::ops::Range<usize> = 20..200;

/// Operations and how long each takes, each after those it depends on.
struct Work {
    objects: Vec<(Address, u64, Vec<usize>)>,
}

impl Work {
    /// Clusters, and projects in a dozen products that depend on earlier ones of their product and on
    /// clusters.
    fn random(rng: &mut Rng, size: usize, density: usize) -> Self {
        let mut objects: Vec<(Address, u64, Vec<usize>)> = Vec::new();
        let mut places: BTreeMap<Option<usize>, Vec<usize>> = BTreeMap::new();
        for number in 0..size {
            let product = (rng.below(8) > 0).then(|| rng.below(12));
            let text = match product {
                Some(product) => format!("Project/p{product}/o{number}"),
                None => format!("Cluster/c{number}"),
            };
            let own = places.get(&product).map(Vec::as_slice).unwrap_or_default();
            let clusters = places.get(&None).map(Vec::as_slice).unwrap_or_default();
            let earlier: Vec<usize> = own.iter().chain(clusters).copied().collect();
            let wanted = if earlier.is_empty() { 0 } else { rng.below(density) };
            let needed = (0..wanted).map(|_| earlier[rng.below(earlier.len())]).collect();
            let latency = LATENCIES.start + rng.below(LATENCIES.len());
            objects.push((text.parse().expect("it is an address"), latency as u64, needed));
            places.entry(product).or_default().push(number);
        }
        Self { objects }
    }

    /// No order takes less: a lane is as busy as what is in it, counted from when it can begin at the
    /// earliest.
    fn lower_bound(&self, lanes: Lanes, parallelism: usize) -> u64 {
        let mut ends: Vec<u64> = Vec::new();
        let mut heads: BTreeMap<LaneKey, Vec<(u64, u64)>> = BTreeMap::new();
        for (address, latency, needed) in &self.objects {
            let begin = needed.iter().map(|needed| ends[*needed]).max().unwrap_or(0);
            ends.push(begin + latency);
            heads.entry(lanes.of_object(address)).or_default().push((begin, *latency));
        }
        let busiest = heads.into_values().map(|mut lane| {
            lane.sort_unstable();
            lane.into_iter().fold(0, |end, (begin, latency)| begin.max(end) + latency)
        });
        let total: u64 = self.objects.iter().map(|(_, latency, _)| latency).sum();
        let longest = ends.iter().copied().max().unwrap_or(0);
        longest.max(busiest.max().unwrap_or(0)).max(total.div_ceil(parallelism as u64))
    }

    /// Simulated milliseconds until all is done. The schedule does not know how long anything will take.
    fn run(&self, lanes: Lanes, parallelism: usize) -> u64 {
        let mut graph: Graph<Address, ()> = Graph::new();
        for (address, _, needed) in &self.objects {
            graph.insert(address.clone());
            for needed in needed {
                graph.depend(address.clone(), self.objects[*needed].0.clone(), ());
            }
        }
        let latency: BTreeMap<&Address, u64> =
            self.objects.iter().map(|(address, latency, _)| (address, *latency)).collect();
        let mut schedule = Schedule::new(&graph, |address| Some(lanes.of_object(address)));
        let (mut now, mut running) = (0, BinaryHeap::new());
        loop {
            while running.len() < parallelism
                && let Some(next) = schedule.start()
            {
                running.push((Reverse(now + latency[&next]), next));
            }
            let Some((Reverse(end), done)) = running.pop() else { return now };
            now = end;
            schedule.finish(&done);
        }
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints")]
fn main() {
    let is_test = std::env::args().any(|arg| arg == "--test");
    let graphs = if is_test { 1 } else { GRAPHS };
    let size = |size: usize| if is_test { 20 } else { size };
    println!(
        "{:12} {:>8} {:>10} {:>8} {:>8} {:>8}",
        "lanes", "at once", "operations", "density", "mean", "worst"
    );
    for (lanes, parallelism) in
        [(Lanes::Shared, 10), (Lanes::PerProduct, 4), (Lanes::PerProduct, 8), (Lanes::PerProduct, 20)]
    {
        for (size, density) in [(size(200), 3), (size(200), 9), (size(5_000), 3)] {
            let ratio = |seed| {
                let work = Work::random(&mut Rng(seed), size, density);
                work.run(lanes, parallelism) as f64 / work.lower_bound(lanes, parallelism) as f64
            };
            let ratios: Vec<f64> = (0..graphs).map(ratio).collect();
            let (mean, worst) = (
                ratios.iter().sum::<f64>() / ratios.len() as f64,
                ratios.iter().copied().fold(1.0, f64::max),
            );
            let mode = format!("{lanes:?}");
            println!("{mode:12} {parallelism:>8} {size:>10} {density:>8} x{mean:7.3} x{worst:7.3}");
        }
    }
}
