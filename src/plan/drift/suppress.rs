//! `suppress:` rules of `nautform.yaml`: known findings that are not reported, until a day.
//!
//! Unlike `ignore:`, a rule changes nothing about what is planned and applied.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::config::settings::FieldRule;
use crate::model::value::Path;
use crate::plan::{Plan, Suppressed};
use crate::resource::Address;

use super::Findings;

/// Notes in the plan which findings the rules suppress.
pub(crate) fn suppress(plan: &mut Plan, rules: &[FieldRule], today: Date) {
    let found = paths(plan);
    let mut suppressed = Vec::new();
    for rule in rules.iter().filter(|rule| !rule.is_expired(today)) {
        for (address, paths) in found.iter().filter(|(address, _)| rule.address.matches(address)) {
            let fields = rule.paths(address.kind());
            let about = |field: &Path| paths.iter().any(|path| path.starts_with(field));
            if rule.fields.is_empty() || fields.iter().any(about) {
                suppressed.push(Suppressed {
                    address: address.clone(),
                    fields,
                    reason: rule.reason.clone(),
                    until: rule.until,
                });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::Value;
    use crate::plan::diff::AttributeChange;
    use crate::plan::model::unread::Unread;
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
            object: Value::Null,
            unread: Unread::default(),
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

    fn rule(address: &str, fields: &[&str], until: Option<Date>) -> FieldRule {
        FieldRule {
            address: address.parse().unwrap(),
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
            reason: None,
            until,
            span: None,
        }
    }

    /// The findings that are left, and how many are suppressed.
    fn after(rules: &[FieldRule]) -> (Vec<String>, usize) {
        let mut plan = plan();
        suppress(&mut plan, rules, jiff::civil::date(2026, 11, 24));
        let findings = Findings::of(&plan);
        let left = findings.all().map(|finding| {
            let fields: Vec<_> =
                finding.attributes.iter().map(|attribute| attribute.path.to_string()).collect();
            format!("{} {:?} {}", finding.address, finding.class, fields.join(" ")).trim_end().to_owned()
        });
        (left.collect(), findings.suppressed)
    }

    #[test]
    fn suppress_rule_covers_fields_or_whole_objects() {
        let last = Some(jiff::civil::date(2026, 11, 24));
        let (left, suppressed) = after(&[
            rule("CodeRepo/*/*", &["git.gitlab.description"], None),
            rule("Environment/shop/*", &[], None),
            rule("Cluster/old", &[], last),
        ]);
        assert_eq!(left, ["Project/shop/api Changed language", "CodeRepo/shop/web Changed project"]);
        assert_eq!(suppressed, 3);
        let (left, suppressed) = after(&[rule("Project/shop/api", &["language"], None)]);
        assert!(!left.iter().any(|left| left.starts_with("Project")), "{left:?}");
        assert_eq!(suppressed, 1);
    }

    #[test]
    fn suppress_ignores_expired_rules_and_other_fields() {
        let yesterday = Some(jiff::civil::date(2026, 11, 23));
        for rule in [rule("*/*/*", &[], yesterday), rule("Project/shop/*", &["langage"], None)] {
            let (left, suppressed) = after(&[rule]);
            assert_eq!((left.len(), suppressed), (4, 0));
        }
    }
}
