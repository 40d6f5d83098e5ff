//! What a session does about the binding of its state: refuses, binds, says where.

use crate::config::resolve::Configuration;
use crate::config::settings::Backend;
use crate::live::client::Identity;
use crate::plan::drift::Baseline;
use crate::plan::saved::SavedPlan;
use crate::state::State;

use super::addresses::SettingsFrom;
use super::binding::{self, Bound, OtherFleet, OtherServer, StatePlace, declares_none};
use super::environments::EnvironmentError;
use super::error::SessionError;
use super::open::{Notice, OpenOptions, Session};

impl Session {
    /// Refuses the state of another fleet or environment.
    pub(crate) fn check_owner(&self, state: &State) -> Result<(), SessionError> {
        let place = self.state_place();
        binding::check_fleet(Bound::State, state.bound_fleet(), self.fleet_name(), &place)?;
        Ok(binding::check_environment_of(state, &place)?)
    }

    /// Refuses to begin a new state where the fleet has one of the time before there were environments.
    pub(crate) async fn check_begun(&self, state: Option<&State>) -> Result<(), SessionError> {
        let Some(chosen) = self.settings.environment.clone() else { return Ok(()) };
        let connection = &self.options.connection;
        let is_begun = state.is_some_and(|state| state.serial > 0 || !state.is_empty());
        if is_begun || connection.stateless || connection.sandbox.is_some() {
            return Ok(());
        }
        // What is there for all need not be a whole place.
        let Ok(mut store) = self.without_environment().store() else { return Ok(()) };
        let is_of_none = |state: &State| state.environment.is_none() && !state.is_empty();
        if store.load().await?.as_ref().is_some_and(is_of_none) {
            return Err(EnvironmentError::StateOfNone { place: store.place(), chosen }.into());
        }
        Ok(())
    }

    /// Refuses a saved plan of another environment.
    pub(crate) fn check_plan_owner(&self, saved: &SavedPlan) -> Result<(), SessionError> {
        let environment = saved.origin.environment.as_ref();
        Ok(binding::check_environment(Bound::Plan, environment, &self.state_place())?)
    }

    /// Refuses the baseline of another fleet or environment.
    pub(crate) fn check_baseline_owner(&self, baseline: &Baseline) -> Result<(), SessionError> {
        let Baseline { fleet, environment, .. } = baseline;
        let place = self.state_place();
        binding::check_fleet(Bound::Baseline, fleet.as_ref(), self.fleet_name(), &place)?;
        Ok(binding::check_environment(Bound::Baseline, environment.as_ref(), &place)?)
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
        Err(Box::new(OtherFleet::NothingDeclared {
            count: state.records.len(),
            place: self.state_place(),
            ours: ours.clone(),
        })
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
        let before = (state.fleet.clone(), state.environment.clone(), state.servers.clone());
        let was_used = state.servers.is_empty() && !state.is_empty();
        if state.bound_fleet().is_none() {
            state.fleet.clone_from(&self.settings.fleet);
        }
        if state.is_empty() {
            state.environment.clone_from(&self.settings.environment);
        }
        if let Some(server) = server.filter(|server| state.bound_servers().is_empty() && server.is_certain) {
            state.servers = vec![server.name.clone()];
        }
        if let Some(server) = server.filter(|_| was_used && !state.servers.is_empty()) {
            self.notify(Notice::Bound { server });
        }
        before != (state.fleet.clone(), state.environment.clone(), state.servers.clone())
    }

    pub(crate) fn state_place(&self) -> StatePlace {
        StatePlace {
            root: self.fleet.root.clone(),
            sandbox: self.options.connection.sandbox.clone(),
            environment: self.settings.environment.clone(),
            without_settings: self.options.trust.settings == SettingsFrom::Nowhere,
        }
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
