//! The state: what nautform remembers between runs, where it is kept, and who may write it.
//!
//! [`model`] is the state itself, a pure value; [`format`] its document; a [`Store`] keeps it. Invariant: it
//! never has a secret.
//!
//! [`local`] keeps it in a file. [`remote`] is what stores on servers have in common: each of their protocols
//! ([`http`], `s3`) only reads, writes and locks one document. [`edit`] has edits by hand, [`recovery`] writes a
//! state that could not be saved to a file.

pub mod edit;
pub mod format;
pub mod http;
mod journal;
pub mod local;
pub mod lock;
mod locked;
mod loss;
pub mod memory;
pub mod model;
pub mod recovery;
pub mod remote;
#[cfg(feature = "s3")]
pub mod s3;
pub mod store;

pub use lock::LockInfo;
pub use locked::Locked;
pub use loss::LockLoss;
pub use model::{Entry, Intent, State, Verb};
pub use store::{Store, StoreError};
