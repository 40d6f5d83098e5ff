//! The fields that a saved change touches, derived from the values in the file. Pure.

use std::collections::BTreeMap;

use crate::model::value::{Path, Secret, Value};
use crate::plan::Action;
use crate::plan::diff::{self, AttributeChange, LiveSide, Sides};
use crate::resource::{Address, Record};

/// The fields that differ between the two values. What the values do not tell is taken from the file: a
/// changed secret, a field that can't be read; applying compares those with a fresh plan.
pub(super) fn derived(
    address: &Address,
    action: Action,
    (before, after): (Option<&Value>, Option<&Value>),
    stored: Vec<AttributeChange>,
) -> Vec<AttributeChange> {
    let Some(after) = after.filter(|_| before.is_some() || action == Action::Create) else { return stored };
    // What is sent for an update has every live field that stays: what it lacks is set back.
    let kept = before.filter(|_| action == Action::Update);
    let record = kept.map(|before| Record { applied: before.clone().into(), ..Record::default() });
    let values = Sides::of_values(address, after, before.map_or(LiveSide::Absent, LiveSide::Present));
    let found = diff::compare(&Sides { record: record.as_ref(), ..values });
    let readable = found.changes.into_iter().filter(|field| field.note.is_none());
    let mut derived: BTreeMap<Path, AttributeChange> =
        readable.map(|field| (field.path.clone(), field)).collect();
    // What is called sensitive is not among the values; a fresh plan says whether it is.
    let mut from_values = |stored: AttributeChange| {
        derived.remove(&stored.path).filter(|_| !stored.sensitive).unwrap_or(stored)
    };
    let mut fields: Vec<AttributeChange> = stored.into_iter().map(&mut from_values).collect();
    fields.extend(derived.into_values());
    fields
}

/// The values with a secret in the place of each sensitive one that the file does not have: it is shown that
/// there is one.
pub(super) fn with_sensitive(mut values: Value, fields: &[AttributeChange]) -> Value {
    for field in fields.iter().filter(|field| field.sensitive) {
        if values.at(&field.path).is_none() {
            let secret = Secret::missing("a saved plan holds no secrets");
            values.put(field.path.segments(), Value::Secret(secret));
        }
    }
    values
}
