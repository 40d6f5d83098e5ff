//! The state, read without a server and edited under its lock.

use std::path::Path;
use std::time::Duration;

use crate::files;
use crate::resource::Address;
use crate::state::edit::{self, EditError, Owner};
use crate::state::{State, format};

use super::binding::check_environment_of;
use super::error::SessionError;
use super::open::Session;
use crate::config::settings::{Backend, Settings};

/// The state of a directory that has none.
pub(crate) fn new_state() -> State {
    State::new(uuid::Uuid::new_v4().to_string(), uuid::Uuid::new_v4().simple().to_string())
}

/// Reads a state from a file, as `state pull` or a failed apply wrote it.
///
/// # Errors
/// If it can't be read.
pub fn read_state(path: &Path) -> Result<State, SessionError> {
    let bytes = files::read(path, files::LARGE).map_err(SessionError::unread(path))?;
    format::read(&bytes).map_err(|source| SessionError::StateFile { path: path.to_owned(), source })
}

/// The state as a file, for [`read_state`].
pub fn write_state(state: &State) -> Vec<u8> {
    format::write(state)
}

impl Session {
    /// The state.
    ///
    /// # Errors
    /// If there is none, it can't be read, or it is of another environment.
    pub async fn state(&self) -> Result<State, SessionError> {
        let mut store = self.store()?;
        let state = store.load().await?.ok_or_else(|| SessionError::NoState(store.place()))?;
        check_environment_of(&state, &self.state_place())?;
        Ok(state)
    }

    /// The state, if it is on this disk.
    pub async fn local_state(&self) -> Option<State> {
        let is_local =
            self.options.connection.sandbox.is_some() || self.settings.state.backend == Backend::Local;
        if is_local { self.state().await.ok() } else { None }
    }

    /// The addresses in the state, if it is on this disk, for a shell to suggest.
    pub fn suggestions(&self) -> Vec<String> {
        self.store().map_or_else(|_| Vec::new(), |store| store.suggestions())
    }

    /// The record of an object as text.
    ///
    /// # Errors
    /// If there is no state, or the object is not in it.
    pub async fn record(&self, address: &Address) -> Result<String, SessionError> {
        let state = self.state().await?;
        let record = state.records.get(address).ok_or_else(|| EditError::Unknown(address.clone()))?;
        Ok(format::show_record(record))
    }

    /// Edits the state under its lock; an edit that fails changes nothing.
    ///
    /// # Errors
    /// If the edit fails, the state is of another fleet, or the state can't be locked, read or written.
    pub async fn edit_state(
        &self,
        lock_timeout: Duration,
        edit: impl FnOnce(&mut State) -> Result<(), EditError>,
    ) -> Result<(), SessionError> {
        self.edit_any_state(lock_timeout, |state| {
            self.check_owner(state)?;
            Ok(edit(state)?)
        })
        .await
    }

    /// Edits the state of whatever fleet under its lock; gives what the edit does.
    pub(crate) async fn edit_any_state<T>(
        &self,
        lock_timeout: Duration,
        edit: impl FnOnce(&mut State) -> Result<T, SessionError>,
    ) -> Result<T, SessionError> {
        let mut store = self.store()?;
        let mut locked = self.lock(store.as_mut(), "state", lock_timeout).await?;
        let result: Result<T, SessionError> = async {
            let mut state = locked.load().await?.unwrap_or_else(new_state);
            let edited = edit(&mut state)?;
            locked.replace(&mut state).await?;
            Ok(edited)
        }
        .await;
        let unlocked = locked.unlock().await;
        let edited = result?;
        unlocked?;
        Ok(edited)
    }

    /// Removes objects from the state without deleting them: all or none.
    ///
    /// # Errors
    /// As [`Session::edit_state`].
    pub async fn forget(&self, addresses: &[Address], lock_timeout: Duration) -> Result<(), SessionError> {
        self.edit_state(lock_timeout, |state| {
            addresses.iter().try_for_each(|address| edit::remove(state, address))
        })
        .await
    }

    /// Renames an object in the state.
    ///
    /// # Errors
    /// As [`Session::edit_state`].
    pub async fn rename(
        &self,
        from: &Address,
        to: &Address,
        lock_timeout: Duration,
    ) -> Result<(), SessionError> {
        self.edit_state(lock_timeout, |state| edit::rename(state, from, to)).await
    }

    /// Replaces the state; with `force` also by that of another fleet or lineage, an older serial or another
    /// state of the same serial.
    ///
    /// # Errors
    /// As [`Session::edit_state`].
    pub async fn push(&self, pushed: State, force: bool, lock_timeout: Duration) -> Result<(), SessionError> {
        let Settings { fleet, environment, .. } = &self.settings;
        let ours = Owner { fleet: fleet.as_ref(), environment: environment.as_ref() };
        self.edit_state(lock_timeout, |state| edit::push(state, pushed, ours, force)).await
    }

    /// Removes the lock with this ID, although another process may hold it; without an ID the lock of any
    /// holder, where the store can do that.
    ///
    /// # Errors
    /// If it is not the held one.
    pub async fn force_unlock(&self, id: Option<&str>) -> Result<(), SessionError> {
        Ok(self.store()?.force_unlock(id).await?)
    }
}
