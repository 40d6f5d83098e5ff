//! What nautform remembers between runs, where it keeps it, and who may write it.
//!
//! [`model`] is the memory itself, a pure value; stores keep it. Invariant: no secret is ever part of it.

pub mod model;

pub use model::{Entry, Intent, State, Verb};
