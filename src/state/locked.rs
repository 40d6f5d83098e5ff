//! A store whose lock is held, as a type: writing needs one.

use std::time::Duration;

use super::{LockInfo, State, Store, StoreError};

/// A store that is locked for this process. Only [`Locked::lock`] makes one, unless the user wants no lock,
/// and it is needed to write:
///
/// ```compile_fail,E0308
/// use nautform::internals::apply::{ApplyOptions, Run, apply};
/// use nautform::{Approved, Outcomes, Store};
///
/// async fn carry_out<'r>(plan: Approved<'_>, store: &'r mut dyn Store, run: Run<'r>) -> Outcomes {
///     apply(plan, store, run, &ApplyOptions::default()).await
/// }
/// ```
///
/// After the lock is released it can't be used any more:
///
/// ```compile_fail,E0382
/// use nautform::{Locked, State, StoreError};
///
/// async fn write(mut locked: Locked<'_>, state: &mut State) -> Result<(), StoreError> {
///     locked.unlock().await?;
///     locked.replace(state).await
/// }
/// ```
///
/// Dropping it does not release the lock, as the store may have to send a request for that. What becomes of
/// such a lock is the store's affair: that of a file ends with the process, a lease expires.
pub struct Locked<'s> {
    store: &'s mut dyn Store,
}

impl<'s> Locked<'s> {
    /// Locks a store, waiting for up to `timeout` for another holder.
    ///
    /// # Errors
    /// If another process holds the lock, or the store can't be reached.
    pub async fn lock(
        store: &'s mut dyn Store,
        info: &LockInfo,
        timeout: Duration,
    ) -> Result<Self, StoreError> {
        Self::lock_or_wait(store, info, timeout, |_| {}).await
    }

    /// Locks a store; `waits` gets the holder for whom it has to wait.
    pub(crate) async fn lock_or_wait(
        store: &'s mut dyn Store,
        info: &LockInfo,
        timeout: Duration,
        waits: impl FnOnce(&LockInfo),
    ) -> Result<Self, StoreError> {
        match store.lock(info, Duration::ZERO).await {
            Err(StoreError::Held { holder }) if !timeout.is_zero() => {
                waits(&holder);
                store.lock(info, timeout).await?;
            }
            result => result?,
        }
        Ok(Self { store })
    }

    /// A store that the user wants to be written without its lock.
    pub(crate) fn without_lock(store: &'s mut dyn Store) -> Self {
        Self { store }
    }

    /// The state; `None` if there never was one.
    ///
    /// # Errors
    /// If it can't be read.
    pub async fn load(&mut self) -> Result<Option<State>, StoreError> {
        self.store.load().await
    }

    /// Writes the whole state under its next serial.
    ///
    /// # Errors
    /// If it can't be written.
    pub async fn replace(&mut self, state: &mut State) -> Result<(), StoreError> {
        self.store.replace(state).await
    }

    /// The last serial that was written, of which `state` may not know yet.
    pub fn serial(&self, state: &State) -> u64 {
        self.store.serial(state)
    }

    /// Whether all steps that were appended are on a disk although the last save failed.
    pub fn has_all(&self) -> bool {
        self.store.has_all()
    }

    /// Whether the journal of a killed run was added to the state that was loaded.
    pub(crate) fn has_folded(&self) -> bool {
        self.store.has_folded()
    }

    /// The store, for the steps of an apply.
    pub(crate) fn store(&mut self) -> &mut dyn Store {
        self.store
    }

    /// Releases the lock.
    ///
    /// # Errors
    /// If that fails, or the lock was lost.
    pub async fn unlock(self) -> Result<(), StoreError> {
        self.store.unlock().await
    }
}
