//! `state rebind`: binds the state to another address of its server, to another name of its fleet, or to an
//! environment, on purpose.

use std::time::Duration;

use crate::config::settings::is_label;
use crate::live::client::Identity;
use crate::live::snapshot::{self, Live, Snapshot};
use crate::plan::{drift, prefetchable};
use crate::resource::Address;
use crate::state::State;

use super::binding::{Bound, check_fleet, check_state};
use super::connect::Connected;
use super::error::SessionError;
use super::open::Session;

/// What of a state is on a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerMatch {
    /// The server.
    pub server: Identity,
    /// The servers that the state is for already.
    pub servers: Vec<String>,
    /// Objects that are there as they were applied.
    pub matching: Vec<Address>,
    /// Objects that are there, and different.
    pub differing: Vec<Address>,
    /// Objects that are not there.
    pub missing: Vec<Address>,
    /// Objects that can't be read.
    pub unknown: Vec<Address>,
}

impl ServerMatch {
    /// Whether the state is for this server already.
    pub fn is_bound(&self) -> bool {
        self.servers.contains(&self.server.name)
    }

    fn of(state: &State, snapshot: &Snapshot, server: Identity) -> Self {
        let mut found = Self {
            server,
            servers: state.servers.clone(),
            matching: Vec::new(),
            differing: Vec::new(),
            missing: Vec::new(),
            unknown: Vec::new(),
        };
        let changed = drift::changed_since_apply(state, snapshot);
        for address in state.records.keys() {
            let list = match snapshot.live(address) {
                Live::Absent => &mut found.missing,
                Live::Present(_) if changed.contains(address) => &mut found.differing,
                Live::Present(_) => &mut found.matching,
                Live::Unreadable(_) | Live::Unknown(_) => &mut found.unknown,
            };
            list.push(address.clone());
        }
        found
    }
}

impl Session {
    /// Compares what the state has with the server of this session, whatever server the state is for. `None`
    /// if the state names no object: it can be used with any server.
    ///
    /// # Errors
    /// If there is no state, it is of another fleet, or the server can't be read.
    pub async fn compare_server(&self) -> Result<Option<ServerMatch>, SessionError> {
        let mut store = self.store()?;
        let state = store.load().await?.ok_or_else(|| SessionError::NoState(store.place()))?;
        self.check_rebindable(&state)?;
        if state.is_empty() {
            return Ok(None);
        }
        let connected = self.connect().await?;
        let found = matched(&state, &connected).await;
        self.close(connected).await;
        found.map(Some)
    }

    /// Adds a server to those that the state is for.
    ///
    /// # Errors
    /// As [`Session::edit_state`].
    pub async fn add_server(&self, server: &Identity, lock_timeout: Duration) -> Result<(), SessionError> {
        self.edit_any_state(lock_timeout, |state| {
            self.check_rebindable(state)?;
            if !state.servers.contains(&server.name) {
                state.servers.push(server.name.clone());
            }
            Ok(())
        })
        .await
    }

    /// Binds the state to the environment that is chosen. If that has none yet, it gets the one that the fleet
    /// had before there were environments; the place of which is given then.
    ///
    /// # Errors
    /// If there is no state, or it is of another fleet, of another environment that is still declared, or for
    /// another server.
    pub async fn bind_environment(&self, lock_timeout: Duration) -> Result<Option<String>, SessionError> {
        if self.store()?.load().await?.is_some_and(|state| !state.is_empty()) {
            self.edit_any_state(lock_timeout, |state| self.take_over(state)).await?;
            return Ok(None);
        }
        let before = self.without_environment();
        let mut store = before.store()?;
        let place = store.place();
        if store.load().await?.is_none_or(|state| state.is_empty()) {
            return Err(SessionError::NoState(place));
        }
        // First there, so that no other environment takes it, too.
        let taken = |state: &mut State| self.take_over(state).map(|()| state.clone());
        let found = before.edit_any_state(lock_timeout, taken).await?;
        self.edit_any_state(lock_timeout, |state| {
            *state = State { serial: state.serial.max(found.serial), ..found };
            Ok(())
        })
        .await?;
        Ok(Some(place))
    }

    /// Makes a state that of the environment that is chosen, if it may be.
    fn take_over(&self, state: &mut State) -> Result<(), SessionError> {
        let is_declared = |name: &String| self.environments().any(|declared| declared == name);
        if state.environment.as_ref().is_some_and(is_declared) {
            self.check_owner(state)?;
        }
        check_fleet(Bound::State, state.bound_fleet(), self.fleet_name(), &self.state_place())?;
        if let Some(server) = self.settings.server.url.as_deref().and_then(Identity::of_url) {
            self.located(check_state(Some(state), Some(&server)).map_err(SessionError::from))?;
        }
        state.environment.clone_from(&self.settings.environment);
        Ok(())
    }

    /// Refuses the state of another fleet, or of another environment if it is of one.
    fn check_rebindable(&self, state: &State) -> Result<(), SessionError> {
        if state.environment.is_some() {
            return self.check_owner(state);
        }
        check_fleet(Bound::State, state.bound_fleet(), self.fleet_name(), &self.state_place())?;
        Ok(())
    }

    /// Gives the fleet of the state another name.
    ///
    /// # Errors
    /// If it can't be a name, or as [`Session::edit_state`].
    pub async fn rename_fleet(&self, name: &str, lock_timeout: Duration) -> Result<(), SessionError> {
        if !is_label(name) {
            return Err(SessionError::FleetName);
        }
        self.edit_any_state(lock_timeout, |state| {
            state.fleet = Some(name.to_owned());
            Ok(())
        })
        .await
    }
}

/// Reads what the state names.
async fn matched(state: &State, connected: &Connected) -> Result<ServerMatch, SessionError> {
    let reader = connected.reader();
    let mut snapshot = Snapshot::new();
    snapshot::refresh(&reader, &prefetchable(state), &mut snapshot, &connected.refresh).await?;
    let server = reader.server().ok_or(SessionError::NoServer)?;
    Ok(ServerMatch::of(state, &snapshot, server))
}
