//! Decides by the live object whether a write happened, and what the server made of it. Pure.

use std::collections::BTreeMap;

use crate::live::client::Presence;
use crate::model::value::{Path, Value};
use crate::plan::diff::{self, AttributeChange, LiveSide, Sides};
use crate::plan::{Operation, OperationKey, Reason};
use crate::resource::{DisplayNames, Observed};
use crate::state::Verb;

/// What a read-back showed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ReadBack {
    /// The object is as planned.
    Landed,
    /// It is not, or reading can't show it.
    NotLanded,
    /// A delete took the manifest of the object and not what it manages.
    Remains,
    /// The read failed.
    Unknown(String),
}

/// Classifies a live object, or its absence.
pub(super) fn classify(
    key: &OperationKey,
    operation: &Operation<'_>,
    live: Presence,
    names: &DisplayNames,
) -> ReadBack {
    let landed = match (operation.verb, live) {
        (Verb::Delete, Presence::Remains) => return ReadBack::Remains,
        (Verb::Delete, live) => matches!(live, Presence::Absent),
        (_, Presence::Absent | Presence::Remains) => false,
        (verb, Presence::Present(live)) => {
            let translated = names.translate(&key.address, &live.spec);
            let live = translated.as_ref().unwrap_or(&live.spec);
            let is_shown = verb == Verb::Create || shows(operation, live);
            is_shown && differences(key, operation, live).is_empty()
        }
    };
    if landed { ReadBack::Landed } else { ReadBack::NotLanded }
}

/// The fields that have been written twice with the same value, and what the server returns for them in its
/// place right after the second time.
pub(super) fn returned(
    key: &OperationKey,
    operation: &Operation<'_>,
    live: &Observed,
    names: &DisplayNames,
) -> BTreeMap<Path, Value> {
    let translated = names.translate(&key.address, &live.spec);
    let live = translated.as_ref().unwrap_or(&live.spec);
    let found = differences(key, operation, live);
    let differs = |path: &&Path| found.iter().any(|change| change.path == **path);
    let sent = |path: &Path| operation.change.after.as_deref()?.at(path);
    let value = |path: &Path| {
        let value = live.at(path).cloned().unwrap_or_default();
        let is_secret = sent(path).is_some_and(Value::holds_secret);
        (path.clone(), if is_secret { Value::Secret(value.digestible()) } else { value })
    };
    written_before(operation).filter(differs).map(value).collect()
}

/// The fields of an update that were applied with the same value before.
pub(super) fn written_before<'a>(operation: &Operation<'a>) -> impl Iterator<Item = &'a Path> {
    let reasons = operation.change.reasons.iter().filter(|_| operation.verb == Verb::Update);
    reasons.flat_map(|reason| match reason {
        Reason::WrittenBefore(paths) => paths.as_slice(),
        _ => &[],
    })
}

/// An object that the server can't show exists: that proves a create, and nothing else.
pub(super) fn unreadable(verb: Verb) -> ReadBack {
    if verb == Verb::Create { ReadBack::Landed } else { ReadBack::NotLanded }
}

/// Whether something changes that the server returns, and whether what goes is gone.
fn shows(operation: &Operation<'_>, live: &Value) -> bool {
    let mut visible = operation
        .change
        .attributes
        .iter()
        .filter(|change| !change.sensitive && change.note.is_none())
        .peekable();
    let is_gone =
        |change: &AttributeChange| change.after.is_some() || live.at(&change.path) != change.before.as_ref();
    visible.peek().is_some() && visible.all(is_gone)
}

/// How the live object differs from what was sent.
fn differences(key: &OperationKey, operation: &Operation<'_>, live: &Value) -> Vec<AttributeChange> {
    let address = &key.address;
    let nothing = Value::Null;
    let sent = operation.change.after.as_deref().unwrap_or(&nothing);
    diff::compare(&Sides::of_values(address, sent, LiveSide::Present(live))).changes
}

#[cfg(test)]
mod tests;
