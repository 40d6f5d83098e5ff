//! `moved:` rules of `nautform.yaml` against the manifests.

use crate::config::settings::MoveRule;
use crate::model::diagnostic::{Diagnostic, Diagnostics};

use super::model::Configuration;

/// Reports renames of objects that are still declared under the old name.
pub fn check(rules: &[MoveRule], configuration: &Configuration, diagnostics: &mut Diagnostics) {
    for rule in rules {
        if let Some(resource) = configuration.resources.get(&rule.addresses.from) {
            let message = format!("moved: {} is still in the manifests", resource.address);
            diagnostics.push(
                Diagnostic::error("wrong-move", message)
                    .at(rule.from_span)
                    .also(resource.name_span, "declared here")
                    .help("remove its manifest, or the rule")
                    .about(&resource.address),
            );
        }
    }
}
