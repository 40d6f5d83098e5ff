//! `suppress:` rules of `nautform.yaml`: findings that somebody knows of and that need no alarm, until a day.
//!
//! Unlike `ignore:`, a rule changes nothing about what is planned and applied.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Deserialize;

use crate::config::load::field_path;
use crate::model::diagnostic::{Diagnostic, Diagnostics};
use crate::model::value::Path;
use crate::plan::{Plan, Suppressed};
use crate::resource::{Address, Pattern};

use super::Findings;

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suppression {
    /// The objects.
    pub address: Pattern,
    /// The fields' paths, with `.` between names; all findings about the objects if there are none.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Why; for people.
    pub reason: Option<String>,
    /// The last day on which the rule holds.
    pub until: Option<Date>,
}

/// Notes in the plan which findings the rules mute; what is wrong with the rules goes to the collector.
pub fn suppress(plan: &mut Plan, rules: &[Suppression], today: Date, diagnostics: &mut Diagnostics) {
    let found = paths(plan);
    let mut suppressed = Vec::new();
    for rule in rules {
        if let Some(until) = rule.until.filter(|until| *until < today) {
            let message = format!("the suppression of {} ended on {until}", rule.address);
            let help = "remove it from nautform.yaml, or give it a later date";
            diagnostics.push(Diagnostic::warning("expired-rule", message).help(help));
            continue;
        }
        for (address, paths) in found.iter().filter(|(address, _)| rule.address.matches(address)) {
            let Some(fields) = fields(rule, address, diagnostics) else { continue };
            let about = |field: &Path| paths.iter().any(|path| path.starts_with(field));
            if rule.fields.is_empty() || fields.iter().any(about) {
                let (reason, until) = (rule.reason.clone(), rule.until);
                suppressed.push(Suppressed { address: address.clone(), fields, reason, until });
            }
        }
    }
    suppressed.sort_by(|a, b| a.address.cmp(&b.address));
    plan.suppressed = suppressed;
}

/// Every object with a finding, and the fields that differ.
fn paths(plan: &Plan) -> BTreeMap<Address, BTreeSet<Path>> {
    let mut all: BTreeMap<Address, BTreeSet<Path>> = BTreeMap::new();
    for finding in Findings::of(plan).all() {
        let paths = all.entry(finding.address.clone()).or_default();
        paths.extend(finding.attributes.iter().map(|attribute| attribute.path.clone()));
    }
    all
}

/// The rule's fields under their canonical names; `None` if none of them is a field of such an object.
fn fields(rule: &Suppression, address: &Address, diagnostics: &mut Diagnostics) -> Option<Vec<Path>> {
    let mut known = Vec::with_capacity(rule.fields.len());
    for field in &rule.fields {
        match field_path(field, address.kind()) {
            Ok(path) => known.push(path),
            // A glob over several kinds may name a field that only one of them has.
            Err(_) if rule.address.to_string().starts_with('*') => {}
            Err(help) => {
                let message = format!("suppression of {}: no such field: {field}", rule.address);
                diagnostics.push(Diagnostic::warning("invalid-settings", message).help(help));
            }
        }
    }
    (rule.fields.is_empty() || !known.is_empty()).then_some(known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::Value;
    use crate::plan::diff::AttributeChange;
    use crate::plan::{Drift, DriftKind, Unmanaged};

    fn attribute(path: &str) -> AttributeChange {
        AttributeChange {
            path: path.parse().unwrap(),
            before: Some(Value::text("a")),
            after: Some(Value::text("b")),
            sensitive: false,
            forces_replacement: false,
            fixed_while_used: false,
            note: None,
        }
    }

    fn plan() -> Plan {
        let drift = |address: &str, kind, paths: &[&str]| Drift {
            address: address.parse().unwrap(),
            kind,
            attributes: paths.iter().map(|path| attribute(path)).collect(),
        };
        Plan {
            drift: vec![
                drift("Project/shop/api", DriftKind::Changed, &["language"]),
                drift("CodeRepo/shop/web", DriftKind::Changed, &["project", "git.gitlab.description"]),
                drift("Environment/shop/dev", DriftKind::Missing, &[]),
            ],
            unmanaged: vec![Unmanaged { address: "Cluster/old".parse().unwrap() }],
            ..Plan::default()
        }
    }

    /// What is left to tell, what is muted, and what is said about the rules.
    fn after(rules: &str) -> (Vec<String>, usize, Vec<String>) {
        let (mut plan, mut diagnostics) = (plan(), Diagnostics::default());
        let rules: Vec<Suppression> = serde_yaml::from_str(rules).unwrap();
        suppress(&mut plan, &rules, jiff::civil::date(2026, 11, 24), &mut diagnostics);
        let findings = Findings::of(&plan);
        let left = findings.all().map(|finding| {
            let fields: Vec<_> =
                finding.attributes.iter().map(|attribute| attribute.path.to_string()).collect();
            format!("{} {:?} {}", finding.address, finding.class, fields.join(" ")).trim_end().to_owned()
        });
        let said = diagnostics.iter().map(|diagnostic| diagnostic.message.clone()).collect();
        (left.collect(), findings.suppressed, said)
    }

    #[test]
    fn a_rule_mutes_fields_or_whole_objects() {
        let (left, suppressed, said) = after(
            "[{address: 'CodeRepo/*/*', fields: [git.gitlab.description]}, {address: 'Environment/shop/*'}, {address: 'Cluster/old', until: 2026-11-24}]",
        );
        assert_eq!(left, ["Project/shop/api Changed language", "CodeRepo/shop/web Changed project"]);
        assert_eq!((suppressed, said.len()), (3, 0));
        let (left, suppressed, _) = after("[{address: 'Project/shop/api', fields: [language]}]");
        assert!(!left.iter().any(|left| left.starts_with("Project")), "{left:?}");
        assert_eq!(suppressed, 1);
    }

    #[test]
    fn a_rule_that_is_over_mutes_nothing_and_says_so() {
        let (left, suppressed, said) = after("[{address: '*/*/*', until: 2026-11-23}]");
        assert_eq!((left.len(), suppressed), (4, 0));
        assert_eq!(said, ["the suppression of */*/* ended on 2026-11-23"]);
    }

    #[test]
    fn a_misspelt_field_mutes_nothing_and_says_so() {
        let (left, suppressed, said) = after("[{address: 'Project/shop/*', fields: [langage]}]");
        assert_eq!((left.len(), suppressed), (4, 0));
        assert_eq!(said, ["suppression of Project/shop/*: no such field: langage"]);
    }
}
