//! What has no use in a whole fleet: rules of `nautform.yaml` that match nothing in the manifests, which most
//! likely are misspelt, and objects that no other one needs.

use crate::config::settings::{FieldRule, Settings};
use crate::model::diagnostic::{Diagnostic, Diagnostics, Span};

use super::model::Configuration;

/// Warns of each of them. What a `suppress:` rule without fields is about need not be declared.
pub fn warn(settings: &Settings, configuration: &Configuration, diagnostics: &mut Diagnostics) {
    let mut report = |message: String, span: Option<Span>| {
        let mut warning = Diagnostic::warning("unused-rule", message).help("correct it, or remove it");
        if let Some(span) = span {
            warning = warning.at(span);
        }
        diagnostics.push(warning);
    };
    let with_fields = settings.suppress.iter().filter(|rule| !rule.fields.is_empty());
    let rules = settings.ignore.iter().map(|rule| ("ignore", rule));
    for (list, rule) in rules.chain(with_fields.map(|rule| ("suppress", rule))) {
        if !matches_something(rule, configuration) {
            let message = format!("the {list} rule for {} matches no object of the manifests", rule.address);
            report(message, rule.span);
        }
    }
    for rule in &settings.moved {
        let to = &rule.addresses.to;
        let is_step = settings.moved.iter().any(|other| other.addresses.from == *to);
        if !is_step && !configuration.resources.contains_key(to) {
            let message = format!(
                "the moved rule for {} has no effect: no manifest declares {to}",
                rule.addresses.from
            );
            report(message, Some(rule.from_span));
        }
    }
}

/// Warns of objects that no other declared object needs, where their kind is there to be used.
pub fn objects(configuration: &Configuration, diagnostics: &mut Diagnostics) {
    for (address, resource) in &configuration.resources {
        let Some(unused) = address.kind().unused else { continue };
        if (unused.applies)(&resource.spec) && configuration.graph.dependents(address).next().is_none() {
            let message = format!("{address} {}", unused.message);
            let code = unused.code;
            let warning = Diagnostic::warning(code, message).at(resource.name_span);
            diagnostics.push(warning.help(unused.help).about(address));
        }
    }
}

fn matches_something(rule: &FieldRule, configuration: &Configuration) -> bool {
    let mut addresses = configuration.resources.keys();
    addresses.any(|address| rule.address.matches(address) && !rule.paths(address.kind()).is_empty())
}
