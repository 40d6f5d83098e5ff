//! What every keeper of state can do.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::format::FormatError;
use super::{Entry, State};

/// Who holds a lock: Terraform's fields, so that GitLab understands it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct LockInfo {
    /// The lock's own name.
    #[serde(rename = "ID")]
    pub id: String,
    /// `apply`, `destroy`, …
    pub operation: String,
    /// Anything else; the CI job's URL.
    pub info: String,
    /// `user@host`.
    pub who: String,
    /// nautform's version.
    pub version: String,
    /// When it was taken, RFC 3339.
    pub created: String,
    /// What is locked.
    pub path: String,
}

impl std::fmt::Display for LockInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let who = if self.who.is_empty() { "somebody" } else { &self.who };
        write!(f, "{who}")?;
        if !self.operation.is_empty() {
            write!(f, " ({})", self.operation)?;
        }
        if !self.created.is_empty() {
            write!(f, " since {}", self.created)?;
        }
        if self.info.is_empty() { Ok(()) } else { write!(f, ", {}", self.info) }
    }
}

/// What can go wrong with state.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else holds the lock.
    #[error("the state is locked by {holder}")]
    Held {
        /// Who, as far as it is known.
        holder: Box<LockInfo>,
    },
    /// The lock was lost, or somebody else has written.
    #[error("the state at {place} was changed by somebody else: {reason}")]
    Conflict {
        /// Where.
        place: String,
        /// What was seen.
        reason: String,
    },
    /// The document can't be understood.
    #[error("the state at {place} can't be used: {source}")]
    Format {
        /// Where.
        place: String,
        /// Why.
        #[source]
        source: FormatError,
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
    /// Makes steps durable; `state` has them folded in already. Costs what the steps cost, not what the state does.
    fn append<'a>(&'a mut self, entries: &'a [Entry], state: &'a State) -> Storing<'a, ()>;
    /// Writes the whole state under its next serial, if steps were appended, and drops the journal.
    fn save<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()>;
    /// Writes the whole state under its next serial in any case: after edits that are no steps.
    fn replace<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()>;
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
