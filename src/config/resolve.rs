//! From manifests to a configuration: duplicates, references, permissions, cycles. Offline; reports
//! everything at once.
//!
//! Invariant: in a [`Configuration`] without errors every hard reference leads to a desired object or is
//! listed in [`Configuration::outside`], to be looked up in the live state.

mod bounds;
pub mod expiry;
pub mod ignore;
mod index;
pub mod levels;
mod lints;
mod mismatches;
mod model;
pub mod moves;
pub(crate) mod places;
mod requirements;
mod spelling;
pub mod unused;
pub(crate) mod uses;

use std::collections::HashMap;

use foldhash::fast::RandomState;
use rayon::prelude::*;

use crate::config::load::Manifests;
use crate::model::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::model::graph::Graph;
use crate::model::value::Path;
use crate::resource::schema::{FieldPath, Strength, group_words};
use crate::resource::{Address, ByAddress, Interner, Resource};

use index::Index;
pub use model::{Configuration, Outside, Unmet};

/// Resolves what was loaded; diagnostics join those of the manifests.
pub fn resolve(resources: Vec<Resource>, diagnostics: &mut Diagnostics) -> Configuration {
    let resources = unique(resources, diagnostics);
    // Neither needs what the other one finds.
    let ((connections, found), alone) = rayon::join(|| connect(&resources), || check_values(&resources));
    diagnostics.append(alone);
    diagnostics.append(found);
    let Connections { graph, order, outside, unmet } = connections;
    let configuration = Configuration { resources, graph, order, outside, unmet, ..Configuration::default() };
    spelling::check(&configuration, diagnostics);
    if configuration.order.len() < configuration.resources.len() {
        report_cycles(&configuration, diagnostics);
    }
    configuration
}

/// Resolves manifests in place: their resources become the configuration.
pub fn resolve_manifests(manifests: &mut Manifests) -> Configuration {
    let empty_files = std::mem::take(&mut manifests.empty_files);
    let resources = std::mem::take(&mut manifests.resources);
    let skipped = manifests.skipped.iter().flat_map(|skipped| {
        let file = &skipped.file;
        skipped.addresses.iter().map(|address| (address.clone(), file.clone()))
    });
    let configuration = Configuration {
        empty_files,
        skipped: skipped.collect(),
        ignored: std::mem::take(&mut manifests.ignored),
        ..resolve(resources, &mut manifests.diagnostics)
    };
    lints::check(&configuration, &manifests.sources, &mut manifests.diagnostics);
    configuration
}

/// By address; of several manifests of one object, the first in the order of files.
fn unique(mut resources: Vec<Resource>, diagnostics: &mut Diagnostics) -> ByAddress<Resource> {
    let mut known = Interner::with_capacity(resources.len());
    for resource in &resources {
        known.intern(resource.address.clone());
    }
    resources.par_iter_mut().flat_map_iter(|resource| &mut resource.references).for_each(|reference| {
        let declared = known.known(&reference.address);
        declared.into_iter().for_each(|declared| reference.address.clone_from(declared));
    });
    resources.par_sort_by_cached_key(|resource| resource.address.clone());
    resources.dedup_by(|again, first| {
        let is_same = again.address == first.address;
        if is_same {
            diagnostics.push(
                Diagnostic::error("duplicate-object", format!("{} is declared twice", again.address))
                    .labelled(again.name_span, "declared again here")
                    .also(first.name_span, "first declared here")
                    .help("keep one of them, or give one another name")
                    .about(&again.address),
            );
        }
        is_same
    });
    resources.into_iter().map(|resource| (resource.address.clone(), resource)).collect()
}

/// What declared values alone show to be wrong.
fn check_values(resources: &ByAddress<Resource>) -> Diagnostics {
    let mut found = Diagnostics::new();
    check_unique_fields(resources, &mut found);
    resources.values().for_each(|resource| bounds::check(resource, resources, &mut found));
    found
}

/// Fields whose values may occur once per product (§4.3: one environment for each cluster).
fn check_unique_fields(resources: &ByAddress<Resource>, diagnostics: &mut Diagnostics) {
    let all: Vec<&Resource> = resources.values().collect();
    // Objects of one kind and product lie side by side.
    let side_by_side = |a: &&Resource, b: &&Resource| {
        a.address.kind().name == b.address.kind().name && a.address.product() == b.address.product()
    };
    for neighbours in all.chunk_by(side_by_side).filter(|neighbours| neighbours.len() > 1) {
        for group in neighbours[0].address.kind().unique {
            check_unique_group(group, neighbours, diagnostics);
        }
    }
}

fn check_unique_group(group: &[FieldPath], neighbours: &[&Resource], diagnostics: &mut Diagnostics) {
    let mut seen: HashMap<Vec<&str>, &Resource, RandomState> = HashMap::default();
    for resource in neighbours {
        let Some(values) = group_values(group, resource) else { continue };
        let Some(first) = seen.insert(values, resource) else { continue };
        let words = group_values(group, resource).unwrap_or_default().join(", ");
        let fields = group_words(group);
        let message = format!("{} and {} have the same {fields} ({words})", first.address, resource.address);
        diagnostics.push(
            Diagnostic::error("duplicate-use", message)
                .labelled(resource.name_span, "used again here")
                .also(first.name_span, "first used here")
                .help("the server refuses the second one: within a product these values may be used once")
                .about(&resource.address),
        );
    }
}

fn group_values<'r>(group: &[FieldPath], resource: &'r Resource) -> Option<Vec<&'r str>> {
    group.iter().map(|path| resource.spec.text_at(path).filter(|text| !text.is_empty())).collect()
}

/// What objects have to do with each other: the parts of a [`Configuration`] of the same names.
#[derive(Default)]
struct Connections {
    graph: Graph<Address, Span>,
    order: Vec<usize>,
    outside: Vec<Outside>,
    unmet: Vec<Unmet>,
}

fn connect(resources: &ByAddress<Resource>) -> (Connections, Diagnostics) {
    let mut connections = Connections::default();
    let mut diagnostics = Diagnostics::new();
    let Connections { graph, order, outside, unmet } = &mut connections;
    let index = Index::new(resources);
    // An object has one owner and, mostly, one reference.
    graph.reserve(resources.len(), 2 * resources.len());
    for address in resources.keys() {
        graph.insert(address.clone());
    }
    for (address, resource) in resources {
        if let Some(owner) = address.owner() {
            let place = resource.product_span.unwrap_or(resource.name_span);
            link(graph, outside, resource, &owner, &Path::root(), place);
        }
        for reference in &resource.references {
            match reference.strength {
                Strength::Hard => {
                    link(graph, outside, resource, &reference.address, &reference.path, reference.span);
                }
                Strength::Soft if resources.contains_key(&reference.address) => {
                    graph.depend_softly(address.clone(), reference.address.clone(), reference.span);
                }
                Strength::Soft => {}
            }
        }
        requirements::connect(resource, &index, graph, unmet, &mut diagnostics);
        mismatches::check(resource, &index, &mut diagnostics);
    }
    graph.settle_soft_edges();
    graph.shrink();
    // Objects are nodes in their order, so the number of a node is the place of its object.
    *order = graph.topological_numbers();
    (connections, diagnostics)
}

/// Every declared object is a node by now.
fn link(
    graph: &mut Graph<Address, Span>,
    outside: &mut Vec<Outside>,
    resource: &Resource,
    target: &Address,
    path: &Path,
    span: Span,
) {
    if !graph.depend_if_known(&resource.address, target, span) {
        outside.push(Outside {
            target: target.clone(),
            from: resource.address.clone(),
            path: path.clone(),
            span,
        });
    }
}

fn report_cycles(configuration: &Configuration, diagnostics: &mut Diagnostics) {
    for cycle in configuration.graph.cycles() {
        let words: Vec<String> = cycle.iter().map(|step| step.from.to_string()).collect();
        let closing = words.first().cloned().unwrap_or_default();
        let mut steps = cycle.iter();
        let Some(first) = steps.next() else { continue };
        let diagnostic = Diagnostic::error(
            "cycle",
            format!("these objects need each other: {} -> {closing}", words.join(" -> ")),
        )
        .labelled(first.label, format!("{} needs {}", first.from, first.to))
        .help("remove one of these references")
        .about(first.from);
        diagnostics.push(steps.fold(diagnostic, |diagnostic, step| {
            diagnostic.also(step.label, format!("{} needs {}", step.from, step.to))
        }));
    }
}
