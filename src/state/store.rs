//! What every keeper of state can do, and how it can fail.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use super::format::FormatError;
use super::{Entry, LockInfo, State};

/// What can go wrong with state.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else holds the lock.
    #[error("the state is locked by {holder}")]
    Held {
        /// Who, as far as it is known.
        holder: Box<LockInfo>,
    },
    /// We held the lock and no longer do.
    #[error("the lock of the state at {place} was lost: {reason}")]
    Lost {
        /// Where.
        place: String,
        /// What was seen.
        reason: String,
    },
    /// Somebody else has written.
    #[error("the state at {place} was changed by somebody else: {reason}")]
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
    /// It can't be read or written.
    #[error("cannot {action} the state at {place}: {reason}")]
    Unavailable {
        /// What was tried.
        action: &'static str,
        /// Where.
        place: String,
        /// Why.
        reason: String,
    },
}

/// A future that borrows its store.
pub type Storing<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Keeps a state. `plan` and `drift` only [`Store::load`]; whoever writes locks first.
pub trait Store: Send {
    /// The state, with the journal of a killed run folded in; `None` if there never was one.
    fn load(&mut self) -> Storing<'_, Option<State>>;
    /// Takes the lock, waiting up to `patience` for whoever has it.
    fn lock<'a>(&'a mut self, info: &'a LockInfo, patience: Duration) -> Storing<'a, ()>;
    /// Makes steps durable; `state` has them folded in already. Costs what the steps cost, not what the state does. The first
    /// steps of a run prove that the state can be written; a store on a server may bundle later ones ([`super::remote`]).
    fn append<'a>(&'a mut self, entries: &'a [Entry], state: &'a State) -> Storing<'a, ()>;
    /// Writes the whole state under its next serial, if steps were appended, and drops the journal.
    fn save<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()>;
    /// Writes the whole state under its next serial in any case: after edits that are no steps.
    fn replace<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()>;
    /// Whether all steps that were appended are on a disk although the last save failed, so that the next run
    /// has them.
    fn has_all(&self) -> bool {
        false
    }
    /// Frees a lock that somebody else holds, if the kind of lock can be left behind. The lock's ID must be the held one.
    fn force_unlock<'a>(&'a mut self, id: &'a str) -> Storing<'a, ()>;
    /// Gives the lock back.
    fn unlock(&mut self) -> Storing<'_, ()>;
    /// Where it is, for messages.
    fn place(&self) -> String;
    /// The last serial that was written, of which `state` may not know yet.
    fn serial(&self, state: &State) -> u64 {
        state.serial
    }
}
