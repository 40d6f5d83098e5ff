//! Orders and cycles over dense node numbers.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use petgraph::Direction;
use petgraph::algo::{kosaraju_scc, toposort};
use petgraph::graph::{DiGraph, EdgeIndex, NodeIndex};
use petgraph::visit::EdgeRef;

/// Kahn's algorithm with an ordered ready set: targets of edges first, ties by `rank`, then by key. Nodes in
/// or behind cycles are missing.
pub(super) fn kahn<K: Ord, E, R: Ord>(
    graph: &DiGraph<K, E>,
    rank: impl Fn(NodeIndex) -> R,
) -> Vec<NodeIndex> {
    let mut waiting = needs(graph);
    // Keys are compared once, to number the nodes; from then on numbers are.
    let mut by_key: Vec<NodeIndex> = graph.node_indices().collect();
    by_key.sort_by(|a, b| (&graph[*a], a).cmp(&(&graph[*b], b)));
    let mut number = vec![0; by_key.len()];
    by_key.iter().enumerate().for_each(|(place, node)| number[node.index()] = place);
    let key = |node: NodeIndex| (rank(node), number[node.index()]);
    let mut ready: BTreeSet<(R, usize)> =
        graph.node_indices().filter(|node| waiting[node.index()] == 0).map(key).collect();
    let mut order = Vec::with_capacity(graph.node_count());
    while let Some((_, place)) = ready.pop_first() {
        let node = by_key[place];
        order.push(node);
        for dependent in graph.neighbors_directed(node, Direction::Incoming) {
            waiting[dependent.index()] -= 1;
            if waiting[dependent.index()] == 0 {
                ready.insert(key(dependent));
            }
        }
    }
    order
}

/// On how many others each node depends.
fn needs<K, E>(graph: &DiGraph<K, E>) -> Vec<usize> {
    let count = |node| graph.neighbors_directed(node, Direction::Outgoing).count();
    graph.node_indices().map(count).collect()
}

/// Dependencies before dependents, otherwise in any order: no key is compared. Nodes in or behind cycles are
/// missing.
pub(super) fn any<K, E>(graph: &DiGraph<K, E>) -> Vec<NodeIndex> {
    let mut waiting = needs(graph);
    let mut order: Vec<NodeIndex> = graph.node_indices().filter(|node| waiting[node.index()] == 0).collect();
    let mut done = 0;
    while let Some(node) = order.get(done).copied() {
        done += 1;
        for dependent in graph.neighbors_directed(node, Direction::Incoming) {
            waiting[dependent.index()] -= 1;
            if waiting[dependent.index()] == 0 {
                order.push(dependent);
            }
        }
    }
    order
}

/// For each node, the number of the group of nodes that reach each other over the graph's edges and `more`.
pub(super) fn groups<K, E>(
    graph: &DiGraph<K, E>,
    more: impl Iterator<Item = (NodeIndex, NodeIndex)>,
) -> Vec<usize> {
    let mut both: DiGraph<(), ()> = DiGraph::with_capacity(graph.node_count(), graph.edge_count());
    for _ in graph.node_indices() {
        both.add_node(());
    }
    for (from, to) in graph.edge_references().map(|edge| (edge.source(), edge.target())).chain(more) {
        both.add_edge(from, to, ());
    }
    let mut group = vec![0; graph.node_count()];
    for (number, members) in kosaraju_scc(&both).into_iter().enumerate() {
        members.into_iter().for_each(|node| group[node.index()] = number);
    }
    group
}

/// Edges that make each of the given groups wait, as a whole, for everything that its members depend on
/// outside of it: the first member by key of those that can begin waits for what is outside, the others that
/// can begin wait for it.
pub(super) fn entrances<K: Ord, E>(
    graph: &DiGraph<K, E>,
    group: &[usize],
    wanted: &BTreeSet<usize>,
) -> Vec<(NodeIndex, NodeIndex)> {
    let mut outside: BTreeMap<usize, BTreeSet<NodeIndex>> = BTreeMap::new();
    let mut begin: BTreeMap<usize, Vec<NodeIndex>> = BTreeMap::new();
    for node in graph.node_indices().filter(|node| wanted.contains(&group[node.index()])) {
        let own = group[node.index()];
        let (inner, outer): (Vec<NodeIndex>, Vec<NodeIndex>) = graph
            .neighbors_directed(node, Direction::Outgoing)
            .partition(|needed| group[needed.index()] == own);
        outside.entry(own).or_default().extend(outer);
        if inner.is_empty() {
            begin.entry(own).or_default().push(node);
        }
    }
    let mut edges = Vec::new();
    for (number, members) in begin {
        let Some(first) = members.iter().copied().min_by_key(|node| &graph[*node]) else { continue };
        edges.extend(outside[&number].iter().map(|needed| (first, *needed)));
        edges.extend(members.into_iter().filter(|member| *member != first).map(|member| (member, first)));
    }
    edges
}

/// One shortest loop for each strongly connected group, starting at its smallest key.
pub(super) fn cycles<K: Ord, E>(graph: &DiGraph<K, E>) -> Vec<Vec<EdgeIndex>> {
    // Nearly always there is none, which is cheaper to find out than the groups.
    if toposort(graph, None).is_ok() {
        return Vec::new();
    }
    let mut loops: Vec<(NodeIndex, Vec<EdgeIndex>)> = kosaraju_scc(graph)
        .into_iter()
        .filter(|group| group.len() > 1 || group.iter().any(|node| graph.contains_edge(*node, *node)))
        .filter_map(|group| {
            let first = *group.iter().min_by_key(|node| &graph[**node])?;
            let members: BTreeSet<NodeIndex> = group.into_iter().collect();
            Some((first, shortest_loop(graph, first, &members)?))
        })
        .collect();
    loops.sort_by(|a, b| graph[a.0].cmp(&graph[b.0]));
    loops.into_iter().map(|(_, edges)| edges).collect()
}

/// Breadth first from `start` back to `start`, neighbours by key; `None` if there is no way back.
fn shortest_loop<K: Ord, E>(
    graph: &DiGraph<K, E>,
    start: NodeIndex,
    members: &BTreeSet<NodeIndex>,
) -> Option<Vec<EdgeIndex>> {
    let mut came_by: HashMap<NodeIndex, EdgeIndex> = HashMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(node) = open.pop_front() {
        let mut edges: Vec<_> = graph.edges(node).filter(|edge| members.contains(&edge.target())).collect();
        edges.sort_by(|a, b| graph[a.target()].cmp(&graph[b.target()]));
        for edge in edges {
            if edge.target() == start {
                return Some(trace(graph, start, edge.id(), &came_by));
            }
            if let std::collections::hash_map::Entry::Vacant(entry) = came_by.entry(edge.target()) {
                entry.insert(edge.id());
                open.push_back(edge.target());
            }
        }
    }
    None
}

fn trace<K, E>(
    graph: &DiGraph<K, E>,
    start: NodeIndex,
    last: EdgeIndex,
    came_by: &HashMap<NodeIndex, EdgeIndex>,
) -> Vec<EdgeIndex> {
    let mut edges = vec![last];
    let source = |edge| graph.edge_endpoints(edge).expect("the edge was just walked").0;
    let mut node = source(last);
    while node != start {
        let edge = came_by[&node];
        edges.push(edge);
        node = source(edge);
    }
    edges.reverse();
    edges
}
