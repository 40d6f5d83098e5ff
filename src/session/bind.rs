//! What a session does about the binding of its state: refuses, binds, says where.

use crate::config::resolve::Configuration;
use crate::live::client::Identity;
use crate::state::State;

use super::binding::{self, Bound, OtherFleet, OtherServer, StatePlace, declares_none};
use super::error::SessionError;
use super::open::{Notice, Session};

impl Session {
    /// Refuses what belongs to a fleet of another name.
    pub(crate) fn check_fleet(&self, bound: Bound, theirs: Option<&String>) -> Result<(), SessionError> {
        Ok(binding::check_fleet(bound, theirs, self.settings.fleet.as_ref(), &self.state_place())?)
    }

    /// Refuses a state whose objects these manifests do not know, if no name says whose it is. A part of the
    /// fleet need not know them.
    pub(crate) fn check_declared(
        &self,
        configuration: &Configuration,
        state: Option<&State>,
        is_part: bool,
    ) -> Result<(), SessionError> {
        let Some(state) = state.filter(|_| !is_part) else { return Ok(()) };
        let ours = &self.settings.fleet;
        let is_named = ours.is_some() && *ours == state.fleet;
        if is_named || !declares_none(configuration, state, &self.settings.moves()) {
            return Ok(());
        }
        Err(OtherFleet::NothingDeclared {
            count: state.records.len(),
            place: self.state_place(),
            ours: ours.clone(),
        }
        .into())
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
        if let Some(server) = state.servers.first().filter(|_| was_used) {
            self.notify(Notice::Bound { server });
        }
        before != (state.fleet.clone(), state.servers.clone())
    }

    fn state_place(&self) -> StatePlace {
        let sandbox = self.options.connection.sandbox.clone();
        StatePlace { root: self.fleet.root.clone(), sandbox }
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
