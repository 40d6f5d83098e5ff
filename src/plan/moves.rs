//! Objects with a new name: what `moved:` in `nautform.yaml` says, and what looks as if it should say so. Pure.
//!
//! The server knows no renaming (§5). Where somebody has given the live object its new name, only the state has to follow;
//! everywhere else the old object is deleted and a new one created, and the plan says so.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::refresh::{Live, Snapshot};
use crate::resolve::Configuration;
use crate::resource::Address;
use crate::state::{State, edit};
use crate::value::Value;

use super::{Action, Change, Plan, PlanInput, Reason};

/// An object's old and new address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// The address in the state.
    pub from: Address,
    /// The address in the manifests.
    pub to: Address,
}

/// A move that can't be meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoveError {
    /// An object can't change its kind.
    #[error("moved: {} and {} are of different kinds", .0.from, .0.to)]
    OtherKind(Box<Move>),
    /// The old one is still wanted.
    #[error("moved: {0} is still in the manifests; remove its manifest, or the move")]
    StillDeclared(Address),
}

/// Checks moves against the manifests.
///
/// # Errors
/// The first one that can't be meant.
pub fn check(moves: &[Move], configuration: &Configuration) -> Result<(), MoveError> {
    for moved in moves {
        if moved.from.kind() != moved.to.kind() {
            return Err(MoveError::OtherKind(Box::new(moved.clone())));
        }
        if configuration.resources.contains_key(&moved.from) {
            return Err(MoveError::StillDeclared(moved.from.clone()));
        }
    }
    Ok(())
}

/// The moves that the live state has made already: the new name is there, the old one is gone, and the state knows the old one.
pub fn made(moves: &[Move], configuration: &Configuration, state: &State, snapshot: &Snapshot) -> Vec<Move> {
    let is_made = |moved: &&Move| {
        state.records.contains_key(&moved.from)
            && !state.manages(&moved.to)
            && configuration.resources.contains_key(&moved.to)
            && matches!(snapshot.live(&moved.from), Live::Absent)
            && matches!(snapshot.live(&moved.to), Live::Present(_) | Live::Unreadable(_))
    };
    let next = next_names(moves);
    let whole =
        moves.iter().map(|moved| Move { from: moved.from.clone(), to: end(&next, &moved.to).clone() });
    whole.filter(|moved| is_made(&moved)).collect()
}

/// Every old name, and the next one.
fn next_names(moves: &[Move]) -> BTreeMap<&Address, &Address> {
    moves.iter().map(|moved| (&moved.from, &moved.to)).collect()
}

/// The last of the names that an object was given one after the other: `moved:` may tell its whole history.
fn end<'a>(next: &BTreeMap<&Address, &'a Address>, mut name: &'a Address) -> &'a Address {
    // Moves in a circle end somewhere in it; `check` has refused those that lead away from a declared object.
    for _ in 0..next.len() {
        match next.get(name) {
            Some(later) => name = later,
            None => break,
        }
    }
    name
}

/// Carries moves out in the state. What can't be moved any more stays where it is.
pub fn follow(state: &mut State, moves: &[Move]) {
    for moved in moves {
        let _ = edit::rename(state, &moved.from, &moved.to);
    }
}

/// Says of deletes that are half of a rename what they are: by `moved:`, or because a new object has the same content.
pub(super) fn point_out(input: &PlanInput<'_>, plan: &mut Plan) {
    let created: Vec<&Change> =
        plan.changes.iter().filter(|change| change.action == Action::Create).collect();
    let deletes = plan.changes.iter().any(|change| change.action == Action::Delete);
    if created.is_empty() || !deletes {
        return;
    }
    let next = next_names(input.moves);
    let announced: HashMap<&Address, &Address> =
        input.moves.iter().map(|moved| (&moved.from, end(&next, &moved.to))).collect();
    let mut alike: HashMap<Content, &Address> = HashMap::new();
    for change in &created {
        if let Some(resource) = input.declared(&change.address) {
            alike.insert(content(&change.address, &resource.spec.without_secrets()), &change.address);
        }
    }
    let is_created = |address: &Address| created.iter().any(|change| change.address == *address);
    let mut found: Vec<(usize, Address)> = Vec::new();
    for (index, change) in plan.changes.iter().enumerate() {
        if change.action != Action::Delete {
            continue;
        }
        let told = announced.get(&change.address).copied().filter(|to| is_created(to));
        let record = input.record(&change.address);
        let guessed = || alike.get(&content(&change.address, &record?.applied)).copied();
        found.extend(told.or_else(guessed).map(|to| (index, to.clone())));
    }
    for (index, to) in found {
        plan.changes[index].reasons.push(Reason::Renamed(to));
    }
}

/// Kind, product, and the fields, with the object's own name taken out of them.
type Content = (&'static str, Option<String>, String);

fn content(address: &Address, spec: &Value) -> Content {
    let mut fields = spec.to_json();
    nameless(&mut fields, address.name());
    (address.kind().name, address.product().map(str::to_owned), fields.to_string())
}

fn nameless(value: &mut serde_json::Value, name: &str) {
    match value {
        serde_json::Value::String(text) if text == name => *value = serde_json::Value::Null,
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| nameless(item, name)),
        serde_json::Value::Object(members) => members.values_mut().for_each(|member| nameless(member, name)),
        _ => {}
    }
}
