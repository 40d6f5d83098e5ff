//! The ready-queue: hands out nodes whose dependencies have finished, critical path first, at most one per
//! lane. Pure.
//!
//! A node may pause while it waits for something that needs no lane, or be held before it begins; it is
//! handed out again when it is resumed.
//!
//! Invariant: every node is handed out at most once, and once more for each time it was resumed, and ends in
//! exactly one of finished, failed or skipped. Every step costs a logarithm.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use foldhash::fast::RandomState;
use petgraph::Direction;
use petgraph::graph::NodeIndex;

use super::{Graph, order};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Waiting,
    Running,
    Paused,
    /// Paused before, and ready again.
    Resumed,
    /// Handed out, and not begun.
    Held,
    Ended,
}

/// What comes first in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    /// What is put last.
    Last,
    /// Only nodes of the same lane wait for it, so that most orders take the same time.
    Inside,
    /// Nodes of other lanes wait for it.
    OpensOthers,
}

/// A queue entry: the class, then the longest way to the end (for lanes, the number of its open nodes if that
/// is more; 0 for what comes last), then what makes others no slower, then the smallest rank (keys in order).
type Entry = (Class, u64, bool, Reverse<usize>);

const LEAST: Entry = (Class::Last, 0, false, Reverse(usize::MAX));
const MOST: Entry = (Class::OpensOthers, u64::MAX, true, Reverse(0));

/// What is ready in one lane.
#[derive(Debug, Default)]
struct Ready {
    all: BTreeSet<Entry>,
    by_group: BTreeSet<(usize, Entry)>,
    /// The group of what was handed out last.
    group: Option<usize>,
}

impl Ready {
    /// What comes next: where others do not wait, of the same group as the one before.
    fn first(&self) -> Option<Entry> {
        let best = *self.all.last()?;
        let near = |group| self.by_group.range((group, LEAST)..=(group, MOST)).next_back();
        let near = self.group.and_then(near).map(|(_, near)| *near);
        let inside = |entry: &Entry| entry.0 == Class::Inside;
        Some(near.filter(|near| inside(&best) && inside(near)).unwrap_or(best))
    }
}

/// Hands out the nodes of a graph in a good order. `L` is the type of lanes; nodes without one run in
/// parallel with everything.
#[derive(Debug)]
pub struct Schedule<K, L> {
    keys: Vec<K>,
    index: HashMap<K, usize, RandomState>,
    lanes: Vec<Option<L>>,
    dependents: Vec<Vec<usize>>,
    /// For each node, those that are skipped if it is.
    skipped_with: HashMap<usize, Vec<usize>, RandomState>,
    waiting_for: Vec<usize>,
    weight: Vec<u64>,
    /// Whether nodes of other lanes wait for it.
    opens_others: Vec<bool>,
    /// Nodes of one group are handed out one after the other where nothing else decides.
    groups: Vec<usize>,
    /// Of equal weights, these come first.
    is_early: Vec<bool>,
    status: Vec<Status>,
    ready: BTreeMap<Option<L>, Ready>,
    /// The first of each lane that is free, and where it is listed.
    open_lanes: BTreeSet<(Entry, Option<L>)>,
    listed: BTreeMap<Option<L>, Entry>,
    busy: BTreeSet<L>,
    resting: BTreeSet<L>,
    /// What is left to do in each lane.
    left: BTreeMap<L, u64>,
    open: usize,
}

impl<K: Ord + Clone + Hash, L: Ord + Clone> Schedule<K, L> {
    /// Builds the queue. `lane` says in which lane a node runs.
    pub fn new<E: Clone>(graph: &Graph<K, E>, lane: impl Fn(&K) -> Option<L>) -> Self {
        // Dense numbers in the order of the keys, so that ties are broken by key.
        let keys: Vec<K> = graph.keys().cloned().collect();
        let index: HashMap<K, usize, RandomState> = keys.iter().cloned().zip(0..).collect();
        let mut numbers = vec![0; keys.len()];
        keys.iter().zip(0..).for_each(|(key, number)| numbers[graph.index[key].index()] = number);
        let number = |node: NodeIndex| numbers[node.index()];
        let mut dependents = vec![Vec::new(); keys.len()];
        let mut waiting_for = vec![0; keys.len()];
        // The nodes on the longest way from each to the end, itself included.
        let mut weight = vec![1; keys.len()];
        for node in graph.inner.node_indices() {
            waiting_for[number(node)] = graph.inner.neighbors_directed(node, Direction::Outgoing).count();
            dependents[number(node)] =
                graph.inner.neighbors_directed(node, Direction::Incoming).map(number).collect();
        }
        let lanes: Vec<Option<L>> = keys.iter().map(&lane).collect();
        let mut opens_others = vec![false; keys.len()];
        for node in order::any(&graph.inner).into_iter().rev().map(number) {
            weight[node] += dependents[node].iter().map(|next| weight[*next]).max().unwrap_or(0);
            let opens = |next: &usize| opens_others[*next] || lanes[*next] != lanes[node];
            opens_others[node] = dependents[node].iter().any(opens);
        }
        let mut left = BTreeMap::new();
        for lane in lanes.iter().flatten() {
            *left.entry(lane.clone()).or_default() += 1;
        }
        let is_early = vec![true; keys.len()];
        let status = vec![Status::Waiting; keys.len()];
        let open = keys.len();
        let mut schedule = Self {
            keys,
            index,
            lanes,
            dependents,
            skipped_with: HashMap::default(),
            waiting_for,
            weight,
            opens_others,
            groups: (0..open).collect(),
            is_early,
            status,
            ready: BTreeMap::new(),
            open_lanes: BTreeSet::new(),
            listed: BTreeMap::new(),
            busy: BTreeSet::new(),
            resting: BTreeSet::new(),
            left,
            open,
        };
        schedule.queue_all();
        schedule
    }

    /// These nodes are handed out only when no other is ready in a free lane. To be said before the first one
    /// is handed out.
    pub fn put_last(mut self, is_last: impl Fn(&K) -> bool) -> Self {
        for (key, weight) in self.keys.iter().zip(&mut self.weight) {
            if is_last(key) {
                *weight = 0;
            }
        }
        self.requeue()
    }

    /// Where nothing else decides, these nodes come after others: each makes later ones slower. To be said
    /// before the first one is handed out.
    pub fn put_late(mut self, is_late: impl Fn(&K) -> bool) -> Self {
        for (key, is_early) in self.keys.iter().zip(&mut self.is_early) {
            *is_early = !is_late(key);
        }
        self.requeue()
    }

    /// Where nothing else decides, nodes of one group come one after the other. To be said before the first
    /// one is handed out.
    pub fn keep_together<G: Hash + Eq>(mut self, group: impl Fn(&K) -> G) -> Self {
        let mut numbers: HashMap<G, usize, RandomState> = HashMap::default();
        for (key, number) in self.keys.iter().zip(&mut self.groups) {
            let next = numbers.len();
            *number = *numbers.entry(group(key)).or_insert(next);
        }
        self.requeue()
    }

    fn requeue(mut self) -> Self {
        self.ready.clear();
        self.listed.clear();
        self.open_lanes.clear();
        self.queue_all();
        self
    }

    /// Of each pair, the first is skipped if the second is and the first has not begun, even if it does not
    /// depend on it. To be said before the first one is handed out.
    pub fn skip_together<'k>(mut self, pairs: impl IntoIterator<Item = &'k (K, K)>) -> Self
    where
        K: 'k,
    {
        for (first, second) in pairs {
            if let (Some(first), Some(second)) = (self.index.get(first), self.index.get(second)) {
                self.skipped_with.entry(*second).or_default().push(*first);
            }
        }
        self
    }

    /// The next node to start, if one is ready whose lane is free; it counts as running from now on.
    pub fn start(&mut self) -> Option<K> {
        let (_, lane) = self.open_lanes.last().cloned()?;
        let (.., Reverse(node)) = self.ready.get(&lane)?.first()?;
        self.unqueue(node);
        self.ready.entry(lane.clone()).or_default().group = Some(self.groups[node]);
        self.status[node] = Status::Running;
        self.busy.extend(lane.clone());
        self.list(&lane);
        Some(self.keys[node].clone())
    }

    /// A running node waits for something: its lane is free until [`Schedule::resume`] puts it back into the
    /// queue.
    pub fn pause(&mut self, key: &K) {
        let Some(node) = self.index.get(key).copied() else { return };
        if self.status[node] == Status::Running {
            self.status[node] = Status::Paused;
            self.leave_lane(node);
        }
    }

    /// A node that was handed out does not begin yet: its lane is free until [`Schedule::resume`] puts it back.
    pub fn hold(&mut self, key: &K) {
        let Some(node) = self.index.get(key).copied() else { return };
        if self.status[node] == Status::Running {
            self.status[node] = Status::Held;
            self.leave_lane(node);
        }
    }

    /// A paused or held node is to go on: [`Schedule::start`] hands it out again.
    pub fn resume(&mut self, key: &K) {
        let Some(node) = self.index.get(key).copied() else { return };
        self.status[node] = match self.status[node] {
            Status::Paused => Status::Resumed,
            Status::Held => Status::Waiting,
            _ => return,
        };
        self.queue(node);
    }

    /// A running or paused node is done: its dependents may become ready.
    pub fn finish(&mut self, key: &K) {
        let Some(node) = self.end(key) else { return };
        for next in std::mem::take(&mut self.dependents[node]) {
            self.waiting_for[next] -= 1;
            if self.waiting_for[next] == 0 && self.status[next] == Status::Waiting {
                self.queue(next);
            }
        }
    }

    /// A running or paused node failed: everything that depends on it, or is skipped together with such a
    /// node, and is not skipped already, is skipped now and returned in order.
    pub fn fail(&mut self, key: &K) -> Vec<K> {
        let Some(node) = self.end(key) else { return Vec::new() };
        let mut skipped = BTreeSet::new();
        let mut open = std::mem::take(&mut self.dependents[node]);
        open.extend(self.skipped_with.remove(&node).unwrap_or_default());
        while let Some(next) = open.pop() {
            if matches!(self.status[next], Status::Waiting | Status::Held) {
                self.status[next] = Status::Ended;
                self.count_off(next);
                skipped.insert(next);
                open.extend(std::mem::take(&mut self.dependents[next]));
                open.extend(self.skipped_with.remove(&next).unwrap_or_default());
            }
        }
        // Some of them may have been ready.
        skipped.iter().for_each(|node| self.unqueue(*node));
        let lanes: BTreeSet<Option<L>> = skipped.iter().map(|node| self.lanes[*node].clone()).collect();
        lanes.iter().for_each(|lane| self.list(lane));
        skipped.into_iter().map(|node| self.keys[node].clone()).collect()
    }

    /// Nothing of this lane starts until [`Schedule::wake`].
    pub fn rest(&mut self, lane: L) {
        self.resting.insert(lane.clone());
        self.list(&Some(lane));
    }

    /// The lane goes on.
    pub fn wake(&mut self, lane: &L) {
        self.resting.remove(lane);
        self.list(&Some(lane.clone()));
    }

    /// Whether every node has ended.
    pub const fn is_done(&self) -> bool {
        self.open == 0
    }

    fn is_free(&self, lane: &L) -> bool {
        !self.busy.contains(lane) && !self.resting.contains(lane)
    }

    /// Queues what waits for nothing.
    fn queue_all(&mut self) {
        for node in 0..self.keys.len() {
            if self.waiting_for[node] == 0 {
                self.queue(node);
            }
        }
    }

    fn entry(&self, node: usize) -> Entry {
        let class = match (self.weight[node], self.opens_others[node]) {
            (0, _) => Class::Last,
            (_, false) => Class::Inside,
            (_, true) => Class::OpensOthers,
        };
        (class, self.weight[node], self.is_early[node], Reverse(node))
    }

    fn queue(&mut self, node: usize) {
        let lane = self.lanes[node].clone();
        let entry = self.entry(node);
        let ready = self.ready.entry(lane.clone()).or_default();
        ready.all.insert(entry);
        ready.by_group.insert((self.groups[node], entry));
        self.list(&lane);
    }

    fn unqueue(&mut self, node: usize) {
        let entry = self.entry(node);
        if let Some(ready) = self.ready.get_mut(&self.lanes[node]) {
            ready.all.remove(&entry);
            ready.by_group.remove(&(self.groups[node], entry));
        }
    }

    /// Lists the first of a lane, if the lane is free and has one.
    fn list(&mut self, lane: &Option<L>) {
        if let Some(entry) = self.listed.remove(lane) {
            self.open_lanes.remove(&(entry, lane.clone()));
        }
        let first = self.ready.get(lane).and_then(Ready::first);
        // A lane with much to do is as urgent as a long way to the end.
        let left = lane.as_ref().and_then(|lane| self.left.get(lane).copied()).unwrap_or_default();
        let urgency = |weight: u64| if weight == 0 { 0 } else { weight.max(left) };
        let class = |weight| if weight == 0 { Class::Last } else { Class::Inside };
        let first = first.map(|(_, weight, is_early, node)| (class(weight), urgency(weight), is_early, node));
        if let Some(entry) = first.filter(|_| lane.as_ref().is_none_or(|lane| self.is_free(lane))) {
            self.listed.insert(lane.clone(), entry);
            self.open_lanes.insert((entry, lane.clone()));
        }
    }

    fn leave_lane(&mut self, node: usize) {
        if let Some(lane) = self.lanes[node].clone() {
            self.busy.remove(&lane);
            self.list(&Some(lane));
        }
    }

    fn end(&mut self, key: &K) -> Option<usize> {
        let node = *self.index.get(key)?;
        match std::mem::replace(&mut self.status[node], Status::Ended) {
            Status::Running => {
                self.count_off(node);
                self.leave_lane(node);
            }
            Status::Paused | Status::Held => self.count_off(node),
            other => {
                self.status[node] = other;
                return None;
            }
        }
        Some(node)
    }

    /// A node has ended.
    fn count_off(&mut self, node: usize) {
        self.open -= 1;
        if let Some(left) = self.lanes[node].as_ref().and_then(|lane| self.left.get_mut(lane)) {
            *left -= 1;
        }
    }
}
