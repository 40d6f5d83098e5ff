//! Whether a saved plan is still exactly what would happen. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::value::{Path, Segment, Value};
use crate::plan::diff::AttributeChange;
use crate::plan::{Action, Change, Plan, ProtectionChange, Refusal, RefusalKind};
use crate::resource::Address;

/// An object that is no longer as it was when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The object.
    pub address: Address,
    /// What differs: field, planned from, found, wanted. Empty if it is the existence of the object.
    pub fields: Vec<StaleField>,
    /// What is wrong, if it is not a field.
    pub message: Option<String>,
}

/// A field that has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleField {
    /// The field.
    pub path: Path,
    /// The value that the plan was made from.
    pub planned_from: Option<Value>,
    /// The value that is there now.
    pub found: Option<Value>,
    /// The value that the plan would write.
    pub wanted: Option<Value>,
}

/// Reduces a fresh plan to what was saved: only the saved changes, and only if each of them is still exactly
/// what was approved. `guard` refuses what is too much at once.
///
/// # Errors
/// The objects that have changed.
pub fn still_valid(
    saved: &Plan,
    fresh: Plan,
    guard: impl FnOnce(&[Change]) -> Vec<Refusal>,
) -> Result<Plan, Vec<Stale>> {
    let Plan { changes: found, refusals, moved, protections, rules, gone, unavailable, .. } = fresh;
    let mut now: BTreeMap<Address, Change> =
        found.into_iter().map(|change| (change.address.clone(), change)).collect();
    let unseen: BTreeSet<Option<&Address>> = unseen(saved, &protections);
    let mut changes = Vec::new();
    let mut stale = Vec::new();
    for approved in saved.changing() {
        match now.remove(&approved.address) {
            Some(found) if is_same(approved, &found) && !unseen.contains(&Some(&found.address)) => {
                changes.push(found);
            }
            found => stale.push(compare(approved, found.as_ref())),
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
        drift: Vec::new(),
        gaps: Vec::new(),
        ..fresh_rest(saved)
    })
}

/// What protections have changed that the saved plan does not show: the objects, and none for the rules.
fn unseen<'a>(saved: &Plan, fresh: &'a [ProtectionChange]) -> BTreeSet<Option<&'a Address>> {
    let new = fresh.iter().filter(|change| !saved.protections.contains(change));
    new.map(|change| change.address.as_ref()).collect()
}

fn fresh_rest(saved: &Plan) -> Plan {
    Plan { notes: saved.notes.clone(), left_out: saved.left_out.clone(), ..Plan::default() }
}

fn is_same(approved: &Change, found: &Change) -> bool {
    let plain = |value: Option<&Value>| value.map(Value::to_json);
    approved.action == found.action
        && approved.is_unchecked() == found.is_unchecked()
        && plain(approved.before.as_deref()) == plain(found.before.as_deref())
        && plain(approved.after.as_ref()) == plain(found.after.as_ref())
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

fn compare(approved: &Change, found: Option<&Change>) -> Stale {
    let nothing = Value::Null;
    let before = approved.before.as_deref().unwrap_or(&nothing);
    let now = found.and_then(|change| change.before.as_deref()).unwrap_or(&nothing);
    let mut fields = Vec::new();
    let exists = |value: &Value| !matches!(value, Value::Null);
    let message = match (exists(before), exists(now)) {
        (false, true) => Some("it was to be created, and exists now"),
        (true, false) => Some("it existed when the plan was made, and is gone or can't be read"),
        _ if takes_more(approved, found) => Some("more would be destroyed with it"),
        _ => {
            differences(
                &mut Path::root(),
                before,
                now,
                approved.after.as_ref().unwrap_or(&nothing),
                &mut fields,
            );
            fields.is_empty().then_some("the change to it is no longer the planned one")
        }
    };
    Stale { address: approved.address.clone(), fields, message: message.map(str::to_owned) }
}

/// Whether an object would vanish with it that was not there before.
fn takes_more(approved: &Change, found: Option<&Change>) -> bool {
    found.is_some_and(|found| !found.takes_along.iter().all(|one| approved.takes_along.contains(one)))
}

fn differences(path: &mut Path, before: &Value, now: &Value, wanted: &Value, fields: &mut Vec<StaleField>) {
    if before == now {
        return;
    }
    let (Some(old), Some(new)) = (before.as_map(), now.as_map()) else {
        let some = |value: &Value| (!value.is_empty()).then(|| value.without_secrets());
        fields.push(StaleField {
            path: path.clone(),
            planned_from: some(before),
            found: some(now),
            wanted: some(wanted),
        });
        return;
    };
    let names: BTreeSet<_> = old.iter().chain(new.iter()).map(|(name, _)| name.clone()).collect();
    let nothing = Value::Null;
    for name in names {
        let of = |value: Option<&Value>| value.cloned().unwrap_or_default();
        path.push(Segment::Name(name.clone()));
        let old = of(old.get(&name));
        let new = of(new.get(&name));
        differences(path, &old, &new, wanted.get(&name).unwrap_or(&nothing), fields);
        path.pop();
    }
}
