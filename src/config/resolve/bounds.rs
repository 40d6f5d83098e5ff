//! Fields that are above what the object's owner allows (`Kind::bound`). Pure.

use crate::model::diagnostic::{Diagnostic, Diagnostics};
use crate::model::value::Path;
use crate::resource::{ByAddress, Resource};

/// Reports a field that no order of writes can make valid, since object and owner are declared so.
pub(super) fn check(resource: &Resource, declared: &ByAddress<Resource>, diagnostics: &mut Diagnostics) {
    let Some(bound) = resource.address.kind().bound else { return };
    let Some(owner) = resource.address.owner().and_then(|owner| declared.get(&owner)) else { return };
    // What is ignored is not sent: the live value counts, when the plan is made.
    let is_ignored = |resource: &Resource| {
        resource.annotations.ignore_fields.iter().any(|path| Path::of(bound.field).starts_with(path))
    };
    if !bound.is_exceeded(&resource.spec, &owner.spec) || is_ignored(resource) || is_ignored(owner) {
        return;
    }
    let value = resource.spec.text_at(bound.field).unwrap_or_default();
    let limit = owner.spec.text_at(bound.field).unwrap_or_default();
    let field = bound.field();
    diagnostics.push(
        Diagnostic::error(
            "above-owner",
            format!("{field} is '{value}', and that of {} is '{limit}'", owner.address),
        )
        .at(resource.bounded.unwrap_or(resource.name_span))
        .also(owner.bounded.unwrap_or(owner.name_span), format!("{} allows '{limit}' at most", owner.address))
        .help(format!("{}: write '{limit}' here, or '{value}' there", bound.why))
        .about(&resource.address),
    );
}
