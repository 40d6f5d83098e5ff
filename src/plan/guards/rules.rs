//! What has changed of the protections since the last apply: annotations of managed objects, and rules of the
//! settings. Pure.
//!
//! Invariant: only what was known at the last apply is compared. Of a state that holds no rules yet, and of
//! an object that is new in it, nothing is said.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::load::{DELETION_POLICY, IGNORE_FIELDS, PREVENT_DESTROY};
use crate::config::resolve::Configuration;
use crate::config::settings::{FieldRule, Settings, Threshold};
use crate::model::value::Path;
use crate::plan::model::protection::ProtectionChange;
use crate::plan::{Change, Mode, PlanInput};
use crate::resource::{Address, Record};
use crate::state::Rules;

/// What settings and manifests let pass. The configuration is as it was declared: without `ignore:` rules.
pub(crate) fn of(settings: &Settings, configuration: &Configuration) -> Rules {
    let thresholds = &settings.thresholds;
    let mut limits = BTreeMap::from([("thresholds.minimum".to_owned(), Some(thresholds.minimum))]);
    for (name, Threshold { share, count }) in
        [("deletes", &thresholds.deletes), ("updates", &thresholds.updates)]
    {
        limits.insert(format!("thresholds.{name}.share"), Some(share.percent()));
        limits.insert(format!("thresholds.{name}.count"), *count);
    }
    let mut exceptions = BTreeMap::new();
    settings.ignore.iter().for_each(|rule| add("ignore", rule, &mut exceptions));
    settings.suppress.iter().for_each(|rule| add("suppress", rule, &mut exceptions));
    for moved in settings.moves() {
        exceptions.insert(format!("moved {} to {}", moved.from, moved.to), None);
    }
    let resources = configuration.resources.values();
    let ignoring = resources.filter(|resource| !resource.annotations.ignore_fields.is_empty());
    let ignored_fields = ignoring
        .map(|resource| (resource.address.to_string(), sorted(&resource.annotations.ignore_fields)))
        .collect();
    Rules { limits, exceptions, ignored_fields }
}

/// One exception for each field. Of two rules for the same field, the one that lasts longer counts.
fn add(list: &str, rule: &FieldRule, exceptions: &mut BTreeMap<String, Option<String>>) {
    let until = rule.until.map(|until| until.to_string());
    let whole = [String::new()];
    let fields = if rule.fields.is_empty() { &whole[..] } else { &rule.fields };
    for field in fields {
        let name = format!("{list} {} {field}", rule.address).trim_end().to_owned();
        let known = exceptions.get(&name);
        if known.is_none_or(|known| lasts_longer(until.as_ref(), known.as_ref())) {
            exceptions.insert(name, until.clone());
        }
    }
}

/// Dates as ISO 8601 has them; none is for ever.
fn lasts_longer(until: Option<&String>, than: Option<&String>) -> bool {
    than.is_some_and(|than| until.is_none_or(|until| until > than))
}

fn sorted(paths: &[Path]) -> Vec<String> {
    let paths: BTreeSet<String> = paths.iter().map(ToString::to_string).collect();
    paths.into_iter().collect()
}

/// The changes of protections, objects first, and the rules that the state will remember, if they are new.
pub(in crate::plan) fn check(
    input: &PlanInput<'_>,
    changes: &[Change],
) -> (Vec<ProtectionChange>, Option<Rules>) {
    if input.mode == Mode::Destroy {
        return (Vec::new(), None);
    }
    let mut found: Vec<ProtectionChange> =
        changes.iter().flat_map(|change| annotations(input, change)).collect();
    let rules = remembered(input);
    if let (Some(now), Some(known)) = (&rules, input.state.and_then(|state| state.rules.as_ref())) {
        found.extend(ignored_fields(input, known, now));
        found.sort_by(|a, b| a.address.cmp(&b.address));
        found.extend(limits(known, now));
        found.extend(exceptions(known, now));
    } else {
        found.sort_by(|a, b| a.address.cmp(&b.address));
    }
    (found, rules.filter(|rules| input.state.is_some_and(|state| state.rules.as_ref() != Some(rules))))
}

/// What an apply of this plan would make the state remember. A part of the fleet does not know what other
/// manifests ignore: that stays as it was, and unknown if nothing was known.
fn remembered(input: &PlanInput<'_>) -> Option<Rules> {
    let known = input.state?.rules.as_ref();
    let rules = input.rules?;
    if input.coverage.selection.declared_only && known.is_none() {
        return None;
    }
    let is_included = |address: &String| {
        let address = address.parse::<Address>().ok();
        let declared = |address: &Address| input.configuration.resources.contains_key(address);
        let part = input.coverage.selection.declared_only;
        address.is_some_and(|address| input.includes(&address) && (!part || declared(&address)))
    };
    let Some(known) = known else { return Some(rules.clone()) };
    let others = known.ignored_fields.iter().filter(|(address, _)| !is_included(address));
    let ours = rules.ignored_fields.iter().filter(|(address, _)| is_included(address));
    let ignored_fields =
        others.chain(ours).map(|(address, paths)| (address.clone(), paths.clone())).collect();
    Some(Rules { ignored_fields, ..rules.clone() })
}

/// What the record of a managed object will say otherwise.
fn annotations(input: &PlanInput<'_>, change: &Change) -> Vec<ProtectionChange> {
    let (Some(old), Some(new)) = (input.record(&change.address), &change.record) else { return Vec::new() };
    let word = |on: bool, word: &str| on.then(|| word.to_owned());
    let of = |name: &str, before: Option<String>, after: Option<String>| ProtectionChange {
        address: Some(change.address.clone()),
        name: name.to_owned(),
        permits_more: after.is_none(),
        before,
        after,
    };
    let protection = |record: &Record| word(record.prevent_destroy, "true");
    let policy = |record: &Record| word(record.orphan, "orphan");
    let mut found = Vec::new();
    if old.prevent_destroy != new.prevent_destroy {
        found.push(of(PREVENT_DESTROY, protection(old), protection(new)));
    }
    if old.orphan != new.orphan {
        found.push(of(DELETION_POLICY, policy(old), policy(new)));
    }
    found
}

/// Annotations of objects that were managed already.
fn ignored_fields(input: &PlanInput<'_>, known: &Rules, now: &Rules) -> Vec<ProtectionChange> {
    let names: BTreeSet<&String> = known.ignored_fields.keys().chain(now.ignored_fields.keys()).collect();
    let managed = names.into_iter().filter_map(|name| {
        let address = name.parse::<Address>().ok()?;
        (input.record(&address).is_some() && input.declared(&address).is_some()).then_some((name, address))
    });
    let mut found = Vec::new();
    for (name, address) in managed {
        let before = known.ignored_fields.get(name).map(Vec::as_slice).unwrap_or_default();
        let after = now.ignored_fields.get(name).map(Vec::as_slice).unwrap_or_default();
        if before == after {
            continue;
        }
        let list = |fields: &[String]| (!fields.is_empty()).then(|| fields.join(", "));
        found.push(ProtectionChange {
            address: Some(address),
            name: IGNORE_FIELDS.to_owned(),
            before: list(before),
            after: list(after),
            permits_more: after.iter().any(|field| !before.contains(field)),
        });
    }
    found
}

fn limits(known: &Rules, now: &Rules) -> Vec<ProtectionChange> {
    let changed = now.limits.iter().filter_map(|(name, after)| {
        let before = known.limits.get(name)?;
        (before != after).then(|| ProtectionChange {
            address: None,
            name: name.clone(),
            before: before.map(|before| number(name, before)),
            after: after.map(|after| number(name, after)),
            permits_more: before.is_some_and(|before| after.is_none_or(|after| after > before)),
        })
    });
    changed.collect()
}

fn number(name: &str, number: usize) -> String {
    if name.ends_with(".share") { format!("{number}%") } else { number.to_string() }
}

fn exceptions(known: &Rules, now: &Rules) -> Vec<ProtectionChange> {
    let names: BTreeSet<&String> = known.exceptions.keys().chain(now.exceptions.keys()).collect();
    let changed = names.into_iter().filter_map(|name| {
        let before = known.exceptions.get(name);
        let after = now.exceptions.get(name);
        let permits_more = match (before, after) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(before), Some(after)) => lasts_longer(after.as_ref(), before.as_ref()),
        };
        let last_day = |until: &Option<String>| {
            until.as_ref().map_or_else(|| "in force".to_owned(), |until| format!("until {until}"))
        };
        (before != after).then(|| ProtectionChange {
            address: None,
            name: name.clone(),
            before: before.map(last_day),
            after: after.map(last_day),
            permits_more,
        })
    });
    changed.collect()
}
