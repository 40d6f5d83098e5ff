//! The graph and the ready-queue by themselves, at two sizes, up to five edges a node.
//!
//! `cargo bench --bench graph`. The edges come from a fixed formula, so every run measures the same graph.
//! Between the two sizes the graph outgrows the processor's caches, so ten times the nodes cost more than ten
//! times here; to see how the code itself grows, double the larger size: something quadratic would cost four
//! times as much. Neither hubs nor long chains are measured.

use std::collections::VecDeque;

use divan::{Bencher, black_box};

use nautform::internals::model::{Graph, Schedule};

fn main() {
    divan::main();
}

const SIZES: &[u64] = &[10_000, 100_000];
const EDGES_PER_NODE: u64 = 5;
/// How many nodes make a product.
const PRODUCT: u64 = 100;
/// What runs side by side.
const PARALLELISM: usize = 32;
const LANES: u64 = 64;

/// Each node and what it depends on: up to five earlier nodes of its product. Keys are text, as addresses
/// are.
///
/// Edges across the whole graph would measure the processor's caches: they cost several times as much per
/// node in a large graph.
fn edges(nodes: u64) -> Vec<(String, String)> {
    let scatter = |seed: u64, below: u64| (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20) % below;
    (0..nodes)
        .map(|node| (node, node % PRODUCT))
        .filter(|(_, place)| *place > 0)
        .flat_map(|(node, place)| {
            (0..EDGES_PER_NODE).map(move |n| {
                let earlier = node - place + scatter(node * EDGES_PER_NODE + n, place);
                (key(node), key(earlier))
            })
        })
        .collect()
}

fn key(node: u64) -> String {
    format!("CodeRepo/shop/{node:06}")
}

fn build(edges: &[(String, String)]) -> Graph<String, ()> {
    let mut graph = Graph::new();
    for (from, to) in edges {
        graph.depend(from.clone(), to.clone(), ());
    }
    graph
}

/// Runs a schedule to its end, the oldest running node finishing first; returns how many nodes ran.
fn drain(mut schedule: Schedule<String, u64>) -> usize {
    let (mut running, mut ended) = (VecDeque::new(), 0);
    loop {
        while running.len() < PARALLELISM {
            let Some(key) = schedule.start() else { break };
            running.push_back(key);
        }
        let Some(key) = running.pop_front() else { break };
        schedule.finish(&key);
        ended += 1;
    }
    assert!(schedule.is_done());
    ended
}

/// One node in four is free, the others share the lanes.
fn lane(key: &str) -> Option<u64> {
    let number = key.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    (!number.is_multiple_of(4)).then_some(number % LANES)
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn depend(bencher: Bencher<'_, '_>, nodes: u64) {
    let edges = edges(nodes);
    bencher.bench(|| build(&edges));
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn settle_soft_edges(bencher: Bencher<'_, '_>, nodes: u64) {
    // Every third edge is soft, and every sixth soft edge goes against the order.
    let mut graph = Graph::new();
    for (number, (from, to)) in edges(nodes).into_iter().enumerate() {
        match number % 18 {
            0 => graph.depend_softly(to, from, ()),
            n if n % 3 == 0 => graph.depend_softly(from, to, ()),
            _ => graph.depend(from, to, ()),
        }
    }
    bencher.with_inputs(|| graph.clone()).bench_refs(Graph::settle_soft_edges);
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn topological_order(bencher: Bencher<'_, '_>, nodes: u64) {
    let graph = build(&edges(nodes));
    bencher.bench(|| black_box(&graph).topological_order().len());
}

#[divan::bench(args = SIZES, sample_count = 10)]
fn schedule(bencher: Bencher<'_, '_>, nodes: u64) {
    let graph = build(&edges(nodes));
    bencher.bench(|| drain(Schedule::new(black_box(&graph), |key| lane(key))));
}
