//! `ignore:` rules of `nautform.yaml`: fields of many objects that are neither compared nor changed. Pure.
//!
//! They become what `nautform.dev/ignore-fields` is in a manifest. A rule that has expired, or that names a field no object has,
//! does not pass in silence.

use jiff::civil::Date;
use serde::Deserialize;

use crate::config::load::field_path;
use crate::model::diagnostic::{Diagnostic, Diagnostics};
use crate::resource::Pattern;

use super::Configuration;

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IgnoreRule {
    /// The objects.
    pub address: Pattern,
    /// The fields' paths, with `.` between names.
    pub fields: Vec<String>,
    /// Why; for people.
    pub reason: Option<String>,
    /// The last day on which the rule holds.
    pub until: Option<Date>,
}

/// Adds the fields of the rules to what each object ignores.
pub fn ignore(
    configuration: &mut Configuration,
    rules: &[IgnoreRule],
    today: Date,
    diagnostics: &mut Diagnostics,
) {
    for rule in rules {
        if let Some(until) = rule.until.filter(|until| *until < today) {
            diagnostics.push(
                Diagnostic::warning(
                    "expired-rule",
                    format!("the ignore rule for {} ended on {until}", rule.address),
                )
                .help("remove it from nautform.yaml, or give it a later date"),
            );
            continue;
        }
        follow(configuration, rule, diagnostics);
    }
}

fn follow(configuration: &mut Configuration, rule: &IgnoreRule, diagnostics: &mut Diagnostics) {
    let matching =
        configuration.resources.values_mut().filter(|resource| rule.address.matches(&resource.address));
    let mut problems: Vec<Option<String>> = vec![None; rule.fields.len()];
    let mut found = vec![false; rule.fields.len()];
    for resource in matching {
        for (index, field) in rule.fields.iter().enumerate() {
            match field_path(field, resource.address.kind()) {
                Ok(path) => {
                    found[index] = true;
                    let ignored = &mut resource.annotations.ignore_fields;
                    if !ignored.contains(&path) {
                        ignored.push(path);
                    }
                }
                Err(help) => problems[index] = Some(help),
            }
        }
    }
    // A glob over several kinds may name a field that only one of them has.
    for (index, problem) in problems.into_iter().enumerate().filter(|(index, _)| !found[*index]) {
        let Some(help) = problem else { continue };
        let message = format!("ignore rule for {}: no such field: {}", rule.address, rule.fields[index]);
        diagnostics.push(Diagnostic::error("invalid-settings", message).help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::{LoadOptions, load_text};
    use crate::config::resolve::resolve_manifests;

    const MANIFEST: &str = "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Product\nspec: {name: shop, git: {gitlab: {visibility: private}}}\n";

    fn ignored(rule: &str) -> (Vec<String>, Vec<String>) {
        let mut manifests = load_text("a.yaml", MANIFEST, &LoadOptions::default());
        let mut configuration = resolve_manifests(&mut manifests);
        let rules: Vec<IgnoreRule> = serde_yaml::from_str(rule).unwrap();
        let mut diagnostics = Diagnostics::default();
        ignore(&mut configuration, &rules, jiff::civil::date(2026, 11, 24), &mut diagnostics);
        let resource = configuration.resources.into_values().next().unwrap();
        let fields = resource.annotations.ignore_fields.iter().map(ToString::to_string).collect();
        let said = diagnostics.iter().map(|diagnostic| diagnostic.message.clone()).collect();
        (fields, said)
    }

    #[test]
    fn a_rule_holds_on_its_last_day_and_is_said_to_be_over_after_it() {
        let rule = |until: &str| {
            format!(
                "[{{address: 'Product/*', fields: [git.gitlab.description], reason: edited by hand, until: {until}}}]"
            )
        };
        assert_eq!(ignored(&rule("2026-11-24")), (vec!["git.gitlab.description".to_owned()], vec![]));
        let (fields, said) = ignored(&rule("2026-11-23"));
        assert!(fields.is_empty());
        assert_eq!(said, ["the ignore rule for Product/* ended on 2026-11-23"]);
    }

    #[test]
    fn a_field_that_no_matching_object_has_is_an_error() {
        let (_, said) = ignored("[{address: '*', fields: [git.gitlab.discription]}]");
        assert_eq!(said, ["ignore rule for */*: no such field: git.gitlab.discription"]);
        let (fields, said) = ignored("[{address: 'Cluster/*', fields: [nonsense]}]");
        assert!(fields.is_empty() && said.is_empty(), "nobody can tell whether clusters have it");
    }
}
