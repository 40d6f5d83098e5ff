//! Addresses that differ in case only: one object for the server (nautes-api.md §7), so an error.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::model::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::resource::Address;

use super::Configuration;

/// Compares all declared objects, and what they live in and refer to.
pub(super) fn check(configuration: &Configuration, diagnostics: &mut Diagnostics) {
    let declared = configuration.resources.iter();
    let declared = declared.map(|(address, resource)| (address, resource.name_span, "declared"));
    let outside = configuration.outside.iter();
    let all: Vec<(&Address, Span, &str)> =
        declared.chain(outside.map(|outside| (&outside.target, outside.span, "named"))).collect();
    if all.iter().all(|(address, _, _)| address.is_lower_case()) {
        return;
    }
    let mut seen: HashMap<Address, Vec<(&Address, Span, &str)>, RandomState> = HashMap::default();
    for (address, span, how) in all {
        let spellings = seen.entry(address.to_lower_case()).or_default();
        if spellings.iter().any(|(known, _, _)| *known == address) {
            continue;
        }
        if let Some((first, first_span, first_how)) = spellings.first() {
            let message =
                format!("{first} and {address} differ in case only: the server takes them for one object");
            diagnostics.push(
                Diagnostic::error("same-object", message)
                    .labelled(span, format!("{address} is {how} here"))
                    .also(*first_span, format!("{first} is {first_how} here"))
                    .help("use one spelling, or give one another name")
                    .about(address),
            );
        }
        spellings.push((address, span, how));
    }
}
