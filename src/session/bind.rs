//! What a session does about the binding of its state: refuses, binds, says where.

use crate::config::resolve::Configuration;
use crate::config::settings::Backend;
use crate::live::client::Identity;
use crate::state::State;

use super::addresses::SettingsFrom;
use super::binding::{self, Bound, OtherFleet, OtherServer, StatePlace, declares_none};
use super::error::SessionError;
use super::open::{Notice, OpenOptions, Session};

impl Session {
    /// Refuses what belongs to a fleet of another name.
    pub(crate) fn check_fleet(&self, bound: Bound, theirs: Option<&String>) -> Result<(), SessionError> {
        Ok(binding::check_fleet(bound, theirs, self.settings.fleet.as_ref(), &self.state_place())?)
    }

    /// Refuses a state whose objects these manifests do not know, if no name says whose it is. For a part of
    /// the fleet it is enough that the rest knows one: a part writes into the state as well.
    pub(crate) fn check_declared(
        &self,
        configuration: &Configuration,
        state: Option<&State>,
        is_part: bool,
    ) -> Result<(), SessionError> {
        let Some(state) = state else { return Ok(()) };
        let ours = &self.settings.fleet;
        let is_named = ours.is_some() && *ours == state.fleet;
        if is_named || !declares_none(configuration, state, &self.settings.moves()) {
            return Ok(());
        }
        // A state in the directory is the directory's own.
        let is_own =
            self.options.connection.sandbox.is_some() || self.settings.state.backend == Backend::Local;
        if is_part && (is_own || self.whole_declares_any(state)?) {
            return Ok(());
        }
        Err(OtherFleet::NothingDeclared {
            count: state.records.len(),
            place: self.state_place(),
            ours: ours.clone(),
        }
        .into())
    }

    /// Whether the manifests of the whole fleet declare an object of the state, or there are none. Errors in
    /// other manifests than the given ones do not matter here.
    fn whole_declares_any(&self, state: &State) -> Result<bool, SessionError> {
        let root = self.fleet.root.clone();
        let options = OpenOptions { path: root, standard_input: None, ..self.options.clone() };
        let whole = options.validate()?;
        Ok(!declares_none(&whole.configuration, state, &self.settings.moves()))
    }

    /// Binds a state to this fleet and to the server, where it is not bound yet; returns whether that changed
    /// it. If it was in use without, the user is told.
    pub(crate) fn bind(&self, state: &mut State, server: Option<&Identity>) -> bool {
        let before = (state.fleet.clone(), state.servers.clone());
        let was_used = state.servers.is_empty() && !state.is_empty();
        if state.bound_fleet().is_none() {
            state.fleet.clone_from(&self.settings.fleet);
        }
        if let Some(server) = server.filter(|server| state.bound_servers().is_empty() && server.is_certain) {
            state.servers = vec![server.name.clone()];
        }
        if let Some(server) = server.filter(|_| was_used && !state.servers.is_empty()) {
            self.notify(Notice::Bound { server });
        }
        before != (state.fleet.clone(), state.servers.clone())
    }

    fn state_place(&self) -> StatePlace {
        let sandbox = self.options.connection.sandbox.clone();
        let without_settings = self.options.trust.settings == SettingsFrom::Nowhere;
        StatePlace { root: self.fleet.root.clone(), sandbox, without_settings }
    }

    /// The result with the place of this fleet in its error.
    pub(crate) fn located<T>(&self, result: Result<T, SessionError>) -> Result<T, SessionError> {
        result.map_err(|error| match error {
            SessionError::OtherServer(other) => {
                SessionError::OtherServer(Box::new(OtherServer { place: self.state_place(), ..*other }))
            }
            error => error,
        })
    }
}
