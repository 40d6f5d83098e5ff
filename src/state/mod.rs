//! What nautform remembers between runs, where it keeps it, and who may write it.
//!
//! [`model`] is the memory itself, a pure value; `format` its document; a [`Store`] keeps it. Invariant: no secret is ever part
//! of it.

pub mod format;
pub mod http;
mod journal;
pub mod local;
pub mod memory;
pub mod model;
pub mod store;

pub use model::{Entry, Intent, State, Verb};
pub use store::{LockInfo, Store, StoreError};
