//! Fields that do not go with the object they lead to: a runtime on the wrong kind of cluster. Pure.

use crate::model::diagnostic::{Diagnostic, Diagnostics};
use crate::resource::kinds;
use crate::resource::{Address, Resource};

use super::index::Index;
use super::requirements::span_of;

/// Reports what declared objects alone show to be wrong.
pub(super) fn check(resource: &Resource, index: &Index<'_>, diagnostics: &mut Diagnostics) {
    let Some(mismatches) = resource.address.kind().mismatches else { return };
    for mismatch in mismatches(&resource.spec, &index.siblings(&resource.address)) {
        let diagnostic = if mismatch.is_refused { Diagnostic::error } else { Diagnostic::warning };
        let diagnostic = diagnostic("mismatch", mismatch.message)
            .at(span_of(resource, &mismatch.path))
            .help(mismatch.help)
            .about(&resource.address);
        let (kind, name) = mismatch.with;
        let other = kinds::find(kind)
            .and_then(|kind| Address::sibling(&resource.address, kind, name))
            .and_then(|address| index.get(&address));
        diagnostics.push(match other {
            Some(other) => diagnostic.also(other.name_span, format!("{} is declared here", other.address)),
            None => diagnostic,
        });
    }
}
