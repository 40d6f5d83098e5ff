//! Whether a saved plan is still exactly what would happen. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::value::{Secret, Value};
use crate::plan::diff::AttributeChange;
use crate::plan::stale::Stale;
use crate::plan::{Action, Change, Plan, ProtectionChange, Refusal, RefusalKind};
use crate::resource::Address;
use crate::state::Verb;

use super::computed::without_computed;

/// Reduces a fresh plan to what was saved: only the saved changes, and only if each of them is still exactly
/// what was approved; `is_as_sensitive` says so of what is not shown. `guard` refuses what is too much at
/// once.
///
/// # Errors
/// The objects that have changed.
pub fn still_valid(
    saved: &Plan,
    fresh: Plan,
    is_as_sensitive: impl Fn(&Change) -> bool,
    guard: impl FnOnce(&[Change]) -> Vec<Refusal>,
) -> Result<Plan, Vec<Stale>> {
    let Plan { changes: found, refusals, moved, protections, rules, gone, unavailable, .. } = fresh;
    let mut now: BTreeMap<Address, Change> =
        found.into_iter().map(|change| (change.address.clone(), change)).collect();
    let unseen: BTreeSet<Option<&Address>> = unseen(saved, &protections);
    let mut changes = Vec::new();
    let mut stale = Vec::new();
    for approved in saved.changing() {
        let found = now.remove(&approved.address);
        let is_as_sensitive = found.as_ref().is_some_and(&is_as_sensitive);
        match found {
            Some(found)
                if is_same(approved, &found)
                    && is_as_sensitive
                    && !unseen.contains(&Some(&found.address)) =>
            {
                changes.push(found);
            }
            found => stale.push(compare(approved, found.as_ref(), is_as_sensitive)),
        }
    }
    if !stale.is_empty() {
        return Err(stale);
    }
    // Unchanged objects matter for the order, and may be adopted.
    let listed: BTreeSet<&Address> = saved.changes.iter().map(|change| &change.address).collect();
    let same = |change: &Change| change.action == Action::NoOp && listed.contains(&change.address);
    changes.extend(now.into_values().filter(same).map(|change| Change {
        // A protection that changed since is shown by the next plan.
        record: change.record.filter(|_| !unseen.contains(&Some(&change.address))),
        ..change
    }));
    let rules = rules.filter(|_| !unseen.contains(&None));
    let touched: BTreeSet<&Address> = changes.iter().map(|change| &change.address).collect();
    // The fresh plan may do more; whether that is too much does not matter.
    let applies = |refusal: &Refusal| {
        refusal.kind != RefusalKind::Threshold
            && refusal.address.as_ref().is_none_or(|address| touched.contains(address))
    };
    let mut refusals: Vec<Refusal> = refusals.into_iter().filter(applies).collect();
    refusals.extend(guard(&changes));
    let moved = moved.into_iter().filter(|moved| saved.moved.contains(moved)).collect();
    // Rules are recorded as a whole.
    let is_recorded = |change: &ProtectionChange| change.address.is_some() || rules.is_some();
    let approved = |change: &ProtectionChange| saved.protections.contains(change) && is_recorded(change);
    let protections = protections.iter().filter(|change| approved(change)).cloned().collect();
    Ok(Plan {
        changes,
        refusals,
        moved,
        protections,
        rules,
        gone,
        unavailable,
        notes: saved.notes.clone(),
        left_out: saved.left_out.clone(),
        ..Plan::default()
    })
}

/// What differs between a plan as it was shown and the same plan made anew. What an update leaves as it finds
/// it is not shown, and may differ.
pub(crate) fn differences(shown: &Plan, fresh: &Plan) -> Vec<Stale> {
    let mut now: BTreeMap<&Address, &Change> =
        fresh.changes.iter().map(|change| (&change.address, change)).collect();
    let mut all = Vec::new();
    for approved in shown.changing() {
        let found = now.remove(&approved.address);
        let is_same = |found: &Change| is_same(approved, found) && sensitive(approved) == sensitive(found);
        if !found.is_some_and(|found| is_same(found) || is_same_update(approved, found)) {
            all.push(difference(approved, found));
        }
    }
    let new = fresh.changing().filter(|change| now.contains_key(&change.address));
    let message = "it was to stay as it is, and would be changed now";
    all.extend(new.map(|change| Stale::because(&change.address, message)));
    all
}

fn is_same_update(approved: &Change, found: &Change) -> bool {
    let is_same = |field: &AttributeChange| {
        let before =
            |change: &Change| change.before.as_ref().and_then(|before| before.at(&field.path).cloned());
        !field.sensitive || before(approved) == before(found)
    };
    approved.action == Action::Update
        && found.action == Action::Update
        && shown(approved) == shown(found)
        && approved.attributes.iter().all(is_same)
}

fn sensitive(change: &Change) -> Vec<Secret> {
    change.before.as_ref().map(|before| before.secrets()).unwrap_or_default()
}

fn difference(approved: &Change, found: Option<&Change>) -> Stale {
    let Change { address, attributes, .. } = approved;
    let unplanned = || {
        let before = approved.before.as_deref().filter(|_| approved.action == Action::Update)?;
        Stale::unplanned(address, before, attributes, &found?.attributes)
    };
    unplanned().unwrap_or_else(|| compare(approved, found, false))
}

/// What protections have changed that the saved plan does not show: the objects, and none for the rules.
fn unseen<'a>(saved: &Plan, fresh: &'a [ProtectionChange]) -> BTreeSet<Option<&'a Address>> {
    let new = fresh.iter().filter(|change| !saved.protections.contains(change));
    new.map(|change| change.address.as_ref()).collect()
}

fn is_same(approved: &Change, found: &Change) -> bool {
    let kind = approved.address.kind();
    let unchecked =
        |change: &Change| [Verb::Delete, Verb::Create, Verb::Update].map(|verb| change.sends_unchecked(verb));
    let plain = |value: Option<&Value>| value.map(|value| without_computed(kind, value).to_json());
    approved.action == found.action
        && unchecked(approved) == unchecked(found)
        && plain(approved.before.as_deref()) == plain(found.before.as_deref())
        && plain(approved.after.as_deref()) == plain(found.after.as_deref())
        && shown(approved) == shown(found)
        && !takes_more(approved, Some(found))
}

/// What is shown of each field that a change touches: it says of secrets that they change.
fn shown(change: &Change) -> BTreeSet<String> {
    let plain = |value: &Option<Value>| value.as_ref().map(Value::to_json).unwrap_or_default();
    let field = |field: &AttributeChange| {
        let AttributeChange { path, before, after, sensitive, .. } = field;
        format!("{path} {sensitive} {} {}", plain(before), plain(after))
    };
    change.attributes.iter().map(field).collect()
}

/// `is_as_sensitive`: what is not shown is the same, whether `approved` has it or not.
fn compare(approved: &Change, found: Option<&Change>, is_as_sensitive: bool) -> Stale {
    let now = found.and_then(|change| change.before.as_deref());
    if takes_more(approved, found) && approved.before.is_some() && now.is_some() {
        return Stale::because(&approved.address, "more would be destroyed with it");
    }
    let kind = approved.address.kind();
    let before = approved.before.as_deref().map(|before| without_computed(kind, before));
    let now = now.map(|now| without_computed(kind, now));
    let now = now.map(|now| if is_as_sensitive { now.without_secrets() } else { now });
    Stale::between(&approved.address, before.as_ref(), now.as_ref(), approved.after.as_deref())
}

/// Whether an object would vanish with it that was not there before.
fn takes_more(approved: &Change, found: Option<&Change>) -> bool {
    found.is_some_and(|found| !found.takes_along.iter().all(|one| approved.takes_along.contains(one)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;

    fn plan(action: Action, sensitive: &str, plain: &str) -> Plan {
        let gitlab = json!({"gitlab": {"visibility": plain, "description": sensitive}});
        let mut before = Value::from_json(json!({"git": gitlab}));
        let path = "git.gitlab.description".parse().unwrap();
        before.conceal(crate::model::value::Path::segments(&path));
        let attribute = AttributeChange {
            path,
            before: None,
            after: None,
            sensitive: true,
            forces_replacement: false,
            fixed_while_used: false,
            note: None,
        };
        let attributes = if action == Action::Update { vec![attribute] } else { Vec::new() };
        let address = "Product/shop".parse().unwrap();
        let change = Change {
            before: Some(Arc::new(before)),
            attributes: attributes.into(),
            ..Change::bare(address, action)
        };
        Plan { changes: vec![change], ..Plan::default() }
    }

    #[test]
    fn sensitive_values_that_others_changed_are_differences() {
        for action in [Action::Update, Action::Delete] {
            let shown = plan(action, "ours", "private");
            assert!(differences(&shown, &plan(action, "ours", "private")).is_empty());
            let found = differences(&shown, &plan(action, "theirs", "private"));
            let [Stale { fields, message: Some(message), .. }] = found.as_slice() else {
                panic!("{found:?}")
            };
            assert!(fields.is_empty());
            assert_eq!(
                message,
                "git.gitlab.description has changed since the plan was made (sensitive value)"
            );
        }
    }
}
