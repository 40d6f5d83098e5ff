//! `graph`: the order of the configuration, or of a part of it, drawn.

use std::collections::BTreeSet;

use crate::config::resolve::Configuration;
use crate::model::graph::{self, Graph, MOST_ARROWS, MOST_TEXT, Shown};
use crate::resource::{Address, Pattern};

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawing {
    /// Graphviz.
    Dot,
    /// Mermaid.
    Mermaid,
    /// JSON with a `format_version`.
    Json,
}

/// A drawing, and what is not in it.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// The drawing.
    pub text: String,
    /// Why it shows less than the objects, if it does.
    pub note: Option<String>,
}

/// The dependency graph, of these objects and what they need if there are any `targets`. Arrows lead from what
/// comes first to what depends on it; in JSON, `from` depends on `to`.
pub fn graph(configuration: &Configuration, targets: &[Pattern], drawing: Drawing) -> Drawn {
    let part = selected(&configuration.graph, targets);
    let whole = |text| Drawn { text, note: None };
    match drawing {
        Drawing::Dot => whole(graph::to_dot(&part, shown)),
        Drawing::Json => whole(format!("{:#}\n", graph::to_json(&part, shown))),
        Drawing::Mermaid => match graph::to_mermaid(&part, shown) {
            Some(text) => whole(text),
            None => summarised(&part),
        },
    }
}

fn shown(address: &Address) -> Shown {
    Shown { label: address.to_string(), group: address.product_or_own().map(str::to_owned) }
}

/// A box for each product, and for each kind of the tenant.
fn summarised(whole: &Graph<Address, ()>) -> Drawn {
    let of = |address: &Address| match address.product_or_own() {
        Some(product) => format!("Product/{product}"),
        None => address.kind().name.to_owned(),
    };
    let mut boxes: Graph<String, ()> = Graph::new();
    let mut counts = std::collections::BTreeMap::<String, usize>::new();
    for address in whole.keys() {
        boxes.insert(of(address));
        *counts.entry(of(address)).or_default() += 1;
    }
    for (from, to, ()) in whole.edges() {
        if of(from) != of(to) {
            boxes.depend(of(from), of(to), ());
        }
    }
    let label = |name: &String| {
        let count = counts.get(name).copied().unwrap_or_default();
        let objects = if count == 1 { "object" } else { "objects" };
        Shown { label: format!("{name}: {count} {objects}"), ..Shown::default() }
    };
    let why =
        format!("mermaid draws up to {MOST_ARROWS} arrows and {MOST_TEXT} characters in GitLab and GitHub");
    match graph::to_mermaid(&boxes, label) {
        Some(text) => {
            let note = format!(
                "{why}: the drawing has a box for each product, not for each of {} objects",
                whole.len()
            );
            Drawn { text, note: Some(note) }
        }
        None => Drawn {
            text: format!("flowchart LR\n  n0[\"{} objects: too many to draw\"]\n", whole.len()),
            note: Some(format!("{why}: nothing is drawn of {} objects", whole.len())),
        },
    }
}

/// The objects that the patterns cover, and all that they need.
fn selected<E: Clone>(whole: &Graph<Address, E>, targets: &[Pattern]) -> Graph<Address, ()> {
    let is_target = |address: &&Address| targets.is_empty() || targets.iter().any(|one| one.covers(address));
    let mut open: Vec<&Address> = whole.keys().filter(is_target).collect();
    let mut kept: BTreeSet<&Address> = BTreeSet::new();
    while let Some(next) = open.pop() {
        if kept.insert(next) {
            open.extend(whole.dependencies(next));
        }
    }
    let mut part = Graph::new();
    kept.iter().for_each(|address| part.insert((*address).clone()));
    for (from, to, _) in whole.edges() {
        if kept.contains(from) && kept.contains(to) {
            part.depend(from.clone(), to.clone(), ());
        }
    }
    part
}
