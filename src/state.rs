//! The state: what nautform records between runs, where it is kept, and who may write it.
//!
//! [`model`] is the state itself, a pure value; [`mod@format`] its document; a [`Store`] keeps it. Invariant:
//! it never has a secret.
//!
//! [`local`] keeps it in a file. [`remote`] is what stores on servers have in common: each of their protocols
//! ([`http`], `s3`) only reads, writes and locks one document. [`edit`] has edits by hand, [`recovery`]
//! writes a state that could not be saved to a file.

pub mod edit;
pub mod format;
pub(crate) mod http;
mod journal;
pub(crate) mod local;
pub(crate) mod lock;
mod locked;
mod loss;
pub(crate) mod memory;
pub(crate) mod model;
pub(crate) mod recovery;
pub(crate) mod remote;
mod rules;
#[cfg(feature = "s3")]
pub(crate) mod s3;
pub(crate) mod store;
mod unfinished;

pub use lock::LockInfo;
pub use locked::Locked;
pub(crate) use loss::LockLoss;
pub(crate) use model::{Deletion, Incomplete, Intent};
pub use model::{Entry, State, Verb};
pub(crate) use rules::Rules;
pub use store::{Store, StoreError};
