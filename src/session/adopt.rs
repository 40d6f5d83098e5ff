//! `adopt`: takes live objects that the manifests declare into the state, without writing to the server.
//!
//! What differs from its manifest is remembered as it is, so that the next plan shows the difference as a
//! change to be made.

use std::time::Duration;

use crate::config::resolve::Configuration;
use crate::model::rare::Rare;
use crate::model::value::Value;
use crate::plan::Selection;
use crate::plan::selection::NothingMatches;
use crate::plan::{Action, Change, Mode, Plan};
use crate::resource::{Address, Pattern, Record};
use crate::state::{Entry, Locked, State};

use super::connect::Connected;
use super::edit_state::new_state;
use super::error::SessionError;
use super::open::Session;
use super::plan::{PlanOptions, plan};

/// The result for each requested object.
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

impl Session {
    /// Takes the declared objects that one of the patterns covers (all, if there are none) into the state.
    ///
    /// # Errors
    /// If no manifest declares them, or the state can't be locked, read or written.
    pub async fn adopt(&self, patterns: &[Pattern], lock_timeout: Duration) -> Result<Adopted, SessionError> {
        let configuration = self.load()?.configuration;
        let mut connected = self.connect().await?;
        let mut store = connected.store.take().ok_or(SessionError::Stateless)?;
        let mut locked = self.lock(store.as_mut(), "adopt", lock_timeout).await?;
        let result = self.adopt_locked(patterns, &configuration, &connected, &mut locked).await;
        let unlocked = locked.unlock().await;
        self.close(connected).await;
        let adopted = result?;
        unlocked?;
        Ok(adopted)
    }

    async fn adopt_locked(
        &self,
        patterns: &[Pattern],
        configuration: &Configuration,
        connected: &Connected,
        locked: &mut Locked<'_>,
    ) -> Result<Adopted, SessionError> {
        let mut state = locked.load().await?.unwrap_or_else(new_state);
        self.check_owner(&state)?;
        self.check_begun(Some(&state)).await?;
        self.check_declared(configuration, Some(&state), self.fleet.is_part)?;
        let targets = (!patterns.is_empty()).then(|| patterns.to_vec());
        let selection = Selection { targets, declared_only: self.fleet.is_part, ..Selection::default() };
        let options = PlanOptions { selection, ..PlanOptions::new(Mode::Apply, connected.refresh.clone()) };
        let reader = connected.reader();
        let planned = self.located(plan(configuration, Some(&state), &reader, &options).await);
        let planned = match planned {
            Err(SessionError::Selection(NothingMatches { pattern })) => {
                return Err(SessionError::NotDeclared(pattern));
            }
            planned => planned?,
        };
        let is_old = state.serial > 0;
        let is_bound = self.bind(&mut state, reader.server().as_ref());
        let adopted = adopt(&planned.plan, patterns, &mut state);
        if (is_old && is_bound) || !(adopted.adopted.is_empty() && adopted.differing.is_empty()) {
            locked.replace(&mut state).await?;
        }
        Ok(adopted)
    }
}

/// Adopts every declared object of a plan that one of the patterns covers (all, if there are none).
fn adopt(plan: &Plan, patterns: &[Pattern], state: &mut State) -> Adopted {
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
                    record_as_known(state, address, *record);
                    result.adopted.push(address.clone());
                }
            }
            Action::Update | Action::Replace => {
                if let Some(record) = as_it_is(change) {
                    record_as_known(state, address, record);
                    result.differing.push(address.clone());
                }
            }
        }
    }
    result
}

/// What the server has not finished of an object stays to be sent again.
fn record_as_known(state: &mut State, address: &Address, record: Record) {
    if state.unfinished(address).is_some() {
        state.records.insert(address.clone(), record);
    } else {
        state.fold(Entry::Recorded(address.clone(), Box::new(record)));
    }
}

/// The record of an object that is not as its manifest says: the declared fields with their live values. Its
/// secrets are not sent.
fn as_it_is(change: &Change) -> Option<Record> {
    let record = change.record.as_deref()?;
    let live = change.before.as_deref();
    let applied = live.map(|live| live_values(&record.applied, live)).unwrap_or_default().into();
    let unsent = record.hashes.clone();
    Some(Record { applied, hashes: Rare::default(), unsent, adopted: true, ..record.clone() })
}

fn live_values(declared: &Value, live: &Value) -> Value {
    let (Some(declared), Some(live)) = (declared.as_map(), live.as_map()) else {
        return live.without_secrets();
    };
    let both = declared.iter().filter_map(|(name, value)| Some((name, value, live.get(name)?)));
    Value::Map(both.map(|(name, value, live)| (*name, live_values(value, live))).collect())
}
