//! What every store of a state can do, and how it can fail.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::model::error::Cause;

use super::format::FormatError;
use super::loss::LockLoss;
use super::{Entry, LockInfo, State};

/// What can go wrong with state. The cause, if there is one, is the error's source and not part of its text.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another run holds the lock.
    #[error("the state is locked by {holder}")]
    Held {
        /// Who, as far as it is known.
        holder: Box<LockInfo>,
    },
    /// There is no lock.
    #[error("the state at {place} can't be locked: {setting} is not set")]
    NoLock {
        /// Where.
        place: String,
        /// The setting that a lock needs.
        setting: &'static str,
    },
    /// We held the lock and no longer do.
    #[error("the lock of the state at {place} was lost")]
    Lost {
        /// Where.
        place: String,
        /// How.
        #[source]
        loss: LockLoss,
    },
    /// The state is not the one that was read.
    #[error("the state at {place} was changed by another process: {reason}")]
    Conflict {
        /// Where.
        place: String,
        /// What was seen.
        reason: String,
    },
    /// The document can't be understood.
    #[error("the state at {place} can't be used: {error}{help}")]
    Format {
        /// Where.
        place: String,
        /// Why.
        error: FormatError,
        /// What to do, as the end of the sentence; may be empty.
        help: String,
    },
    /// It can't be read, written or locked.
    #[error("cannot {action} the state at {place}")]
    Unavailable {
        /// What was tried.
        action: &'static str,
        /// Where.
        place: String,
        /// Why.
        #[source]
        cause: Cause,
    },
}

impl StoreError {
    /// Whether another process freed the lock or wrote the state: what this one knows of it is out of date.
    pub fn is_overtaken(&self) -> bool {
        matches!(self, Self::Lost { .. } | Self::Conflict { .. })
    }

    /// The state can't be read, written or locked.
    pub(crate) fn unavailable(action: &'static str, place: String, cause: impl Into<Cause>) -> Self {
        Self::Unavailable { action, place, cause: cause.into() }
    }
}

/// A future that borrows its store.
pub type Storing<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Keeps a state. `plan` and `drift` only [`Store::load`]; commands that write lock first.
pub trait Store: Send {
    /// The state, with the journal of a killed run folded in; `None` if there never was one.
    fn load(&mut self) -> Storing<'_, Option<State>>;
    /// Takes the lock, waiting up to `timeout` for its holder.
    fn lock<'a>(&'a mut self, info: &'a LockInfo, timeout: Duration) -> Storing<'a, ()>;
    /// Makes steps durable; `state` has them folded in already. Its cost grows with the steps, not with the
    /// state. The first steps of a run prove that the state can be written; a store on a server may bundle
    /// later ones (`remote`).
    fn append<'a>(&'a mut self, entries: &'a [Entry], state: &'a State) -> Storing<'a, ()>;
    /// Writes the whole state under its next serial, if steps were appended, and drops the journal.
    fn save<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()>;
    /// Writes the whole state under its next serial in any case: after edits that are not steps.
    fn replace<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()> {
        self.save(state)
    }
    /// Whether steps may be lost with this machine although they were appended: later ones of a run are
    /// bundled.
    fn bundles(&self) -> bool {
        false
    }
    /// Whether all steps that were appended are on a disk although the last save failed, so that the next run
    /// has them.
    fn has_all(&self) -> bool {
        false
    }
    /// Whether the last load added the steps of a journal: those of a killed run.
    fn has_folded(&self) -> bool {
        false
    }
    /// The addresses of the objects in a state on this disk, unchecked and without what only a journal has: what
    /// a shell may suggest while a line is typed. Empty where a server would have to be asked.
    fn suggestions(&self) -> Vec<String> {
        Vec::new()
    }
    /// Frees the lock of another run, if this kind of lock can be left behind. The lock's ID must be the held
    /// one; some servers name none, and free the lock of whoever holds it.
    fn force_unlock<'a>(&'a mut self, id: Option<&'a str>) -> Storing<'a, ()>;
    /// Gives the lock back.
    fn unlock(&mut self) -> Storing<'_, ()>;
    /// Where it is, for messages.
    fn place(&self) -> String;
    /// The last serial that was written, of which `state` may not know yet.
    fn serial(&self, state: &State) -> u64 {
        state.serial
    }
}
