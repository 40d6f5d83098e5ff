//! What nautform remembers between runs, where it keeps it, and who may write it.
//!
//! [`model`] is the memory itself, a pure value; `format` its document; a [`Store`] keeps it. Invariant: no secret is ever part
//! of it.
//!
//! [`local`] keeps it in a file. [`remote`] is what stores on servers have in common: each of their protocols
//! ([`http`], `s3`) only reads, writes and locks one document. [`edit`] is what people may do to a state, [`recovery`] what
//! becomes of it when no store takes it.

pub mod edit;
pub mod format;
pub mod http;
mod journal;
pub mod local;
pub mod lock;
pub mod memory;
pub mod model;
pub mod recovery;
pub mod remote;
#[cfg(feature = "s3")]
pub mod s3;
pub mod store;

pub use lock::LockInfo;
pub use model::{Entry, Intent, State, Verb};
pub use store::{Store, StoreError};
