//! Graphs as DOT, Mermaid and JSON. Escapes what the formats require; the same graph gives the same bytes.

use std::fmt::Write as _;
use std::hash::Hash;

use serde_json::json;

use super::{Graph, essential};

/// How a node is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    /// Its text.
    pub label: String,
    /// The box around it, if there is one.
    pub group: Option<String>,
}

/// Graphviz; an arrow leads from what comes first to what depends on it. Arrows that follow from others are left
/// out.
pub(crate) fn to_dot<K: Ord + Clone + Hash, E: Clone>(
    graph: &Graph<K, E>,
    show: impl Fn(&K) -> Shown,
) -> String {
    let mut out = String::from(
        "digraph nautform {\n  rankdir = LR;\n  node [shape = box, fontname = \"sans-serif\"];\n",
    );
    for (group, keys) in grouped(graph, &show) {
        let indent = if let Some(group) = &group {
            let _ = writeln!(
                out,
                "  subgraph {} {{\n    label = {};",
                quoted(&format!("cluster_{group}")),
                quoted(group)
            );
            "    "
        } else {
            "  "
        };
        for (id, shown) in keys {
            let _ = writeln!(out, "{indent}n{id} [label = {}];", quoted(&shown.label));
        }
        if group.is_some() {
            out.push_str("  }\n");
        }
    }
    for (from, to) in numbered_edges(graph) {
        let _ = writeln!(out, "  n{to} -> n{from};");
    }
    out.push_str("}\n");
    out
}

/// How many arrows mermaid draws where its limits can't be raised: in Markdown of GitLab and GitHub.
pub(crate) const MOST_ARROWS: usize = 500;
/// How many bytes of text it draws there.
pub(crate) const MOST_TEXT: usize = 50_000;

/// Mermaid, as GitLab and GitHub draw it in Markdown; arrows as in [`to_dot`]. `None` if it is more than they
/// draw.
pub(crate) fn to_mermaid<K: Ord + Clone + Hash, E: Clone>(
    graph: &Graph<K, E>,
    show: impl Fn(&K) -> Shown,
) -> Option<String> {
    let mut out = String::from("flowchart LR\n");
    for (number, (group, keys)) in grouped(graph, &show).into_iter().enumerate() {
        if let Some(group) = &group {
            let _ = writeln!(out, "  subgraph g{number}[\"{}\"]", entities(group));
        }
        for (id, shown) in keys {
            let _ = writeln!(out, "  n{id}[\"{}\"]", entities(&shown.label));
        }
        if group.is_some() {
            out.push_str("  end\n");
        }
    }
    let edges = numbered_edges(graph);
    for (from, to) in &edges {
        let _ = writeln!(out, "  n{to} --> n{from}");
    }
    (edges.len() <= MOST_ARROWS && out.len() <= MOST_TEXT).then_some(out)
}

/// `{"format_version":"1.0","nodes":[{"id","group"}],"edges":[{"from","to"}]}`; `from` depends on `to`.
pub(crate) fn to_json<K: Ord + Clone + Hash, E: Clone>(
    graph: &Graph<K, E>,
    show: impl Fn(&K) -> Shown,
) -> serde_json::Value {
    let nodes: Vec<_> = graph
        .keys()
        .map(|key| {
            let shown = show(key);
            json!({"id": shown.label, "group": shown.group})
        })
        .collect();
    let edges: Vec<_> = graph
        .edges()
        .into_iter()
        .map(|(from, to, _)| json!({"from": show(from).label, "to": show(to).label}))
        .collect();
    json!({"format_version": "1.0", "nodes": nodes, "edges": edges})
}

type Group = (Option<String>, Vec<(usize, Shown)>);

fn grouped<K: Ord + Clone + Hash, E: Clone>(graph: &Graph<K, E>, show: impl Fn(&K) -> Shown) -> Vec<Group> {
    let mut groups = std::collections::BTreeMap::<Option<String>, Vec<(usize, Shown)>>::new();
    for (id, key) in graph.keys().enumerate() {
        let shown = show(key);
        groups.entry(shown.group.clone()).or_default().push((id, shown));
    }
    groups.into_iter().collect()
}

/// The edges that do not follow from others, as numbers of the keys in order.
fn numbered_edges<K: Ord + Clone + Hash, E: Clone>(graph: &Graph<K, E>) -> Vec<(usize, usize)> {
    let ids: std::collections::HashMap<&K, usize> = graph.keys().zip(0..).collect();
    let mut needs = vec![Vec::new(); ids.len()];
    graph.edges().into_iter().for_each(|(from, to, _)| needs[ids[from]].push(ids[to]));
    let order: Vec<usize> = graph.topological_order().into_iter().map(|key| ids[key]).collect();
    essential(&needs, &order)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

/// Mermaid knows numeric entities inside quotes; everything that could end the quotes or start markup becomes
/// one.
fn entities(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        if c.is_alphanumeric() || matches!(c, ' ' | '/' | '-' | '_' | '.' | ':') {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
        out
    })
}
