//! Directed graphs and the ready-queue over them. Knows nothing about resources; imports nothing of the
//! crate.
//!
//! [`Graph`] says what depends on what; [`Schedule`] hands out what is ready, the longest remaining path
//! first, one node per lane. Everything is near-linear in nodes and edges and depends on keys only, never on
//! the order of insertion.

mod essential;
mod order;
mod schedule;
mod show;

pub(crate) use essential::essential;
pub use schedule::Schedule;
pub(crate) use show::{MOST_ARROWS, MOST_TEXT, Shown, to_dot, to_json, to_mermaid};

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;

// Most of what a graph does is finding nodes by their keys; these come from the user's own directory, so the
// hash needs no protection against attacks.
use foldhash::fast::RandomState;
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;

/// One step of a cycle: `from` depends on `to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'a, K, E> {
    /// What depends.
    pub from: &'a K,
    /// What it depends on.
    pub to: &'a K,
    /// What was said about the edge.
    pub label: E,
}

/// "a depends on b" between keys, each edge with a label.
#[derive(Clone, Debug)]
pub struct Graph<K, E> {
    inner: DiGraph<K, E>,
    index: HashMap<K, NodeIndex, RandomState>,
    /// The edges, so that hubs with many of them are as fast as other nodes. Empty after [`Graph::shrink`].
    known: HashSet<(NodeIndex, NodeIndex), RandomState>,
    /// Edges that are worth an order and never worth a cycle; kept by [`Graph::settle_soft_edges`].
    soft: Vec<(NodeIndex, NodeIndex, E)>,
}

impl<K, E> Default for Graph<K, E> {
    fn default() -> Self {
        Self { inner: DiGraph::new(), index: HashMap::default(), known: HashSet::default(), soft: Vec::new() }
    }
}

impl<K: Ord + Clone + Hash, E: Clone> Graph<K, E> {
    /// No nodes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes room for so many nodes and edges more.
    pub fn reserve(&mut self, nodes: usize, edges: usize) {
        self.inner.reserve_nodes(nodes);
        self.inner.reserve_edges(edges);
        self.index.reserve(nodes);
        self.known.reserve(edges);
    }

    /// Adds a node, if it is new.
    pub fn insert(&mut self, key: K) {
        self.node(key);
    }

    /// `from` depends on `to`; both are added if they are new. The first label of an edge stays.
    pub fn depend(&mut self, from: K, to: K, label: E) {
        let from = self.node(from);
        let to = self.node(to);
        self.connect(from, to, label);
    }

    /// `from` depends on `to`, if both are nodes; otherwise nothing happens, and the answer is `false`.
    pub fn depend_if_known(&mut self, from: &K, to: &K, label: E) -> bool {
        let (Some(from), Some(to)) = (self.index.get(from), self.index.get(to)) else { return false };
        self.connect(*from, *to, label);
        true
    }

    /// `from` depends on `to`, nodes by their numbers: the node that was added first is 0.
    pub fn depend_by_number(&mut self, from: usize, to: usize, label: E) {
        self.connect(NodeIndex::new(from), NodeIndex::new(to), label);
    }

    /// [`Graph::depend_softly`] for nodes by their numbers.
    pub fn depend_softly_by_number(&mut self, from: usize, to: usize, label: E) {
        self.soft.push((NodeIndex::new(from), NodeIndex::new(to), label));
    }

    /// `from` comes after `to`, unless that makes a cycle.
    pub fn depend_softly(&mut self, from: K, to: K, label: E) {
        let edge = (self.node(from), self.node(to), label);
        self.soft.push(edge);
    }

    /// Decides about the soft edges. Those that are in no loop are kept; of the others, those that agree with
    /// the one topological order of the hard edges. Linear, and the union can't have a cycle: a loop would
    /// lie inside one group, where the order rules.
    pub fn settle_soft_edges(&mut self) {
        let soft = std::mem::take(&mut self.soft);
        if soft.is_empty() {
            return;
        }
        let group = order::groups(&self.inner, soft.iter().map(|edge| (edge.0, edge.1)));
        // Targets of soft edges are put as early as the hard edges allow, so that most soft edges hold.
        let wanted: HashSet<NodeIndex> = soft.iter().map(|edge| edge.1).collect();
        let mut place = vec![usize::MAX; self.inner.node_count()];
        for (position, node) in
            order::kahn(&self.inner, |node| !wanted.contains(&node)).into_iter().enumerate()
        {
            place[node.index()] = position;
        }
        for (from, to, label) in soft {
            let a = from.index();
            let b = to.index();
            let agrees = group[a] != group[b] || (place[a] != usize::MAX && place[b] < place[a]);
            if agrees {
                self.connect(from, to, label);
            }
        }
    }

    /// Each pair is (what ends something, what follows it): the first waits for the second. Where the second
    /// can't come before the first, the first waits for all that the second needs, except what has to come
    /// between them. Never closes a cycle.
    ///
    /// What hangs together in loops of edges and pairs is one group; all of it waits for what any of it needs
    /// from outside.
    pub fn follow(&mut self, pairs: &[(K, K)], label: &E) {
        let ends = |pair: &(K, K)| Some((*self.index.get(&pair.0)?, *self.index.get(&pair.1)?));
        let pairs: Vec<(NodeIndex, NodeIndex)> = pairs.iter().filter_map(ends).collect();
        if pairs.is_empty() {
            return;
        }
        let group = order::groups(&self.inner, pairs.iter().copied());
        let mut looped: BTreeSet<usize> = BTreeSet::new();
        for (first, second) in pairs {
            if group[first.index()] == group[second.index()] {
                looped.insert(group[first.index()]);
            } else {
                self.connect(first, second, label.clone());
            }
        }
        for (from, to) in order::entrances(&self.inner, &group, &looped) {
            self.connect(from, to, label.clone());
        }
    }

    /// Gives back the memory that only more edges would need: half of what a large graph takes.
    pub fn shrink(&mut self) {
        self.known = HashSet::default();
        self.inner.shrink_to_fit();
        self.index.shrink_to_fit();
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.inner.node_count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of a node: the one that was added first is 0.
    pub fn number(&self, key: &K) -> Option<usize> {
        self.index.get(key).map(|node| node.index())
    }

    /// The key of the node that was added as `number`.
    pub fn key(&self, number: usize) -> &K {
        &self.inner[NodeIndex::new(number)]
    }

    /// The keys in the order in which they were added.
    pub fn added(&self) -> impl Iterator<Item = &K> {
        self.inner.node_weights()
    }

    /// The keys in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        let mut all: Vec<&K> = self.index.keys().collect();
        all.sort_unstable();
        all.into_iter()
    }

    /// Every edge as (what depends, on what, label), ordered by keys.
    pub fn edges(&self) -> Vec<(&K, &K, &E)> {
        let mut all: Vec<_> = self
            .inner
            .edge_references()
            .map(|edge| (&self.inner[edge.source()], &self.inner[edge.target()], edge.weight()))
            .collect();
        all.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        all
    }

    /// What `key` depends on directly, in order.
    pub fn dependencies(&self, key: &K) -> impl Iterator<Item = &K> {
        self.neighbours(key, Direction::Outgoing)
    }

    /// What the node that was added as `number` depends on directly, in order.
    pub fn dependencies_of_number(&self, number: usize) -> impl Iterator<Item = &K> {
        self.adjacent(NodeIndex::new(number), Direction::Outgoing)
    }

    /// What depends on `key` directly, in order.
    pub fn dependents(&self, key: &K) -> impl Iterator<Item = &K> {
        self.neighbours(key, Direction::Incoming)
    }

    /// Everything that depends on `key`, directly or not, in order; without `key` itself unless it is in a
    /// cycle.
    pub fn transitive_dependents(&self, key: &K) -> Vec<&K> {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&K> = self.dependents(key).collect();
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                open.extend(self.dependents(next));
            }
        }
        seen.into_iter().collect()
    }

    /// Dependencies before dependents, ties by key. Nodes in or behind a cycle are missing.
    pub fn topological_order(&self) -> Vec<&K> {
        order::kahn(&self.inner, |_| ()).into_iter().map(|node| &self.inner[node]).collect()
    }

    /// [`Graph::topological_order`] as numbers: the node that was added first is 0.
    pub fn topological_numbers(&self) -> Vec<usize> {
        order::kahn(&self.inner, |_| ()).into_iter().map(NodeIndex::index).collect()
    }

    /// A shortest loop through the first key of each group of nodes that reach each other, ordered by first
    /// key.
    pub fn cycles(&self) -> Vec<Vec<Step<'_, K, E>>> {
        order::cycles(&self.inner)
            .into_iter()
            .map(|edges| {
                let step = |edge| {
                    let (from, to) = self.inner.edge_endpoints(edge).expect("the edge was just found");
                    Step { from: &self.inner[from], to: &self.inner[to], label: self.inner[edge].clone() }
                };
                edges.into_iter().map(step).collect()
            })
            .collect()
    }

    fn node(&mut self, key: K) -> NodeIndex {
        if let Some(node) = self.index.get(&key) {
            return *node;
        }
        let node = self.inner.add_node(key.clone());
        self.index.insert(key, node);
        node
    }

    /// Adds an edge, if it is new.
    fn connect(&mut self, from: NodeIndex, to: NodeIndex, label: E) {
        if self.known.len() != self.inner.edge_count() {
            self.known = self.inner.edge_references().map(|edge| (edge.source(), edge.target())).collect();
        }
        if self.known.insert((from, to)) {
            self.inner.add_edge(from, to, label);
        }
    }

    fn neighbours(&self, key: &K, direction: Direction) -> impl Iterator<Item = &K> {
        self.index.get(key).into_iter().flat_map(move |node| self.adjacent(*node, direction))
    }

    fn adjacent(&self, node: NodeIndex, direction: Direction) -> impl Iterator<Item = &K> {
        let mut all: Vec<&K> =
            self.inner.neighbors_directed(node, direction).map(|node| &self.inner[node]).collect();
        all.sort();
        all.into_iter()
    }
}

#[cfg(test)]
mod tests;
