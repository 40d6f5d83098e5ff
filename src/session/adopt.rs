//! `adopt`: takes live objects that the manifests declare into the state, without writing to the server.
//!
//! What differs from its manifest is remembered as it is, so that the next plan shows the difference as a change to be made.

use crate::model::value::{Map, Value};
use crate::plan::{Action, Change, Plan};
use crate::resource::{Address, Pattern, Record};
use crate::state::{Entry, State};

/// What became of the objects that were asked for.
#[derive(Debug, Default)]
pub struct Adopted {
    /// Taken into the state.
    pub adopted: Vec<Address>,
    /// Taken into the state, though they are not yet as the manifests say.
    pub differing: Vec<Address>,
    /// Managed already.
    pub known: Vec<Address>,
    /// Not on the server.
    pub missing: Vec<Address>,
}

/// Adopts every declared object of a plan that one of the patterns covers (all, if there are none).
pub fn adopt(plan: &Plan, patterns: &[Pattern], state: &mut State) -> Adopted {
    let mut result = Adopted::default();
    for change in &plan.changes {
        let address = &change.address;
        if !patterns.is_empty() && !patterns.iter().any(|pattern| pattern.covers(address)) {
            continue;
        }
        match change.action {
            Action::Delete | Action::Forget => {}
            _ if state.records.contains_key(address) => result.known.push(address.clone()),
            Action::Create => result.missing.push(address.clone()),
            Action::NoOp => {
                if let Some(record) = change.record.clone() {
                    state.fold(Entry::Recorded(address.clone(), Box::new(record)));
                    result.adopted.push(address.clone());
                }
            }
            Action::Update | Action::Replace => {
                if let Some(record) = as_it_is(change) {
                    state.fold(Entry::Recorded(address.clone(), Box::new(record)));
                    result.differing.push(address.clone());
                }
            }
        }
    }
    result
}

/// The record of an object that is not as its manifest says: the declared fields with their live values. What its secrets are,
/// nobody knows.
fn as_it_is(change: &Change) -> Option<Record> {
    let record = change.record.as_ref()?;
    let live = change.before.as_deref();
    let applied = live.map(|live| live_values(&record.applied, live)).unwrap_or_default();
    Some(Record { applied, hashes: std::collections::BTreeMap::new(), ..record.clone() })
}

fn live_values(declared: &Value, live: &Value) -> Value {
    let (Some(declared), Some(live)) = (declared.as_map(), live.as_map()) else {
        return live.without_secrets();
    };
    let mut values = Map::new();
    for (name, value) in declared.iter() {
        if let Some(live) = live.get(name) {
            values.insert(name.clone(), live_values(value, live));
        }
    }
    Value::Map(values)
}
