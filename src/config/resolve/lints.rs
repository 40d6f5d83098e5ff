//! What the kinds' lints say of all declared objects, as warnings. Pure.

use crate::model::diagnostic::{Diagnostic, Diagnostics, SourceMap};
use crate::resource::Resource;
use crate::resource::kinds::KINDS;
use crate::resource::schema::{Declared, Finding};

use super::Configuration;
use super::places::Places;

/// Warns of what is worth a look.
pub(super) fn check(configuration: &Configuration, sources: &SourceMap, diagnostics: &mut Diagnostics) {
    let mut places = Places::new(sources);
    for kind in KINDS.iter().filter(|kind| !kind.lints.is_empty()) {
        let resources: Vec<&Resource> =
            configuration.resources.values().filter(|resource| resource.address.kind() == *kind).collect();
        let declared: Vec<Declared<'_>> = resources
            .iter()
            .map(|resource| Declared { name: resource.address.name(), spec: &resource.spec })
            .collect();
        for finding in kind.lints.iter().flat_map(|lint| lint(&declared)) {
            diagnostics.push(warning(finding, &resources, &mut places));
        }
    }
}

fn warning(finding: Finding, resources: &[&Resource], places: &mut Places<'_>) -> Diagnostic {
    let Finding { code, at, other, message, help } = finding;
    let (index, path) = at;
    let resource = resources[index];
    let warning = Diagnostic::warning(code, message)
        .at(places.value(resource, &path))
        .help(help)
        .about(&resource.address);
    match other {
        Some((index, path, text)) => warning.also(places.value(resources[index], &path), text),
        None => warning,
    }
}
