//! Takes the lock of the state for an operation, unless the user says that it has to go without.

use std::time::Duration;

use crate::state::{LockInfo, Locked, Store};

use super::backend;
use super::error::SessionError;
use super::open::{Notice, Session};

impl Session {
    /// Locks a store for this operation, waiting for up to `timeout` for another holder.
    pub(crate) async fn lock<'s>(
        &self,
        store: &'s mut dyn Store,
        operation: &str,
        timeout: Duration,
    ) -> Result<Locked<'s>, SessionError> {
        if self.options.connection.no_lock {
            return Ok(Locked::without_lock(store));
        }
        let info = backend::lock_info(operation, &self.options.environment, &self.now());
        let waits = |holder: &LockInfo| self.notify(Notice::WaitsForLock { holder, timeout });
        Ok(Locked::lock_or_wait(store, &info, timeout, waits).await?)
    }
}
