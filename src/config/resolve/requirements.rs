//! Permissions: a runtime may only use a repository that its project owns or that a binding lends it (§6).

use crate::model::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::model::graph::Graph;
use crate::model::value::Path;
use crate::resource::kinds;
use crate::resource::{Address, Resource};

use super::index::Index;
use super::model::Unmet;

/// Adds an edge to every object that grants what `resource` needs; reports where the directory can't be
/// enough.
pub(super) fn connect(
    resource: &Resource,
    index: &Index<'_>,
    graph: &mut Graph<Address, Span>,
    unmet: &mut Vec<Unmet>,
    diagnostics: &mut Diagnostics,
) {
    let Some(requirements) = resource.address.kind().requirements else { return };
    let siblings = index.siblings(&resource.address);
    for requirement in requirements(&resource.spec, &siblings) {
        let kind = kinds::find(requirement.grants);
        let sibling = |name: &String| Address::sibling(&resource.address, kind?, name.as_str());
        for target in requirement.granted_by.iter().filter_map(sibling) {
            graph.depend(resource.address.clone(), target, resource.name_span);
        }
        if requirement.satisfied {
            continue;
        }
        let span = span_of(resource, &requirement.path);
        let message = requirement.message;
        let help = requirement.help;
        if requirement.decided {
            diagnostics.push(
                Diagnostic::warning("missing-permission", message.clone())
                    .at(span)
                    .help(help.clone())
                    .about(&resource.address),
            );
        }
        unmet.push(Unmet { from: resource.address.clone(), path: requirement.path, span, message, help });
    }
}

/// The place of a field that names another object; else, that of the object.
pub(super) fn span_of(resource: &Resource, path: &Path) -> Span {
    resource
        .references
        .iter()
        .find(|reference| reference.path == *path)
        .map_or(resource.name_span, |reference| reference.span)
}
