//! `graph`: the order of the configuration, drawn.

use crate::config::resolve::Configuration;
use crate::model::graph::{self, Shown};
use crate::resource::Address;

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

/// The dependency graph; arrows lead from what depends to what it depends on.
pub fn graph(configuration: &Configuration, drawing: Drawing) -> String {
    let show = |address: &Address| Shown {
        label: address.to_string(),
        group: address.product().map(str::to_owned),
        colour: None,
    };
    match drawing {
        Drawing::Dot => graph::to_dot(&configuration.graph, show),
        Drawing::Mermaid => graph::to_mermaid(&configuration.graph, show),
        Drawing::Json => format!("{:#}\n", graph::to_json(&configuration.graph, show)),
    }
}
