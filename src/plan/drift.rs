//! What a drift check found: classified by what changed, suppressed where the settings say so, compared with
//! the last check.
//!
//! Everything is derived from a plan and pure; the clock and the file of the last check are the caller's. The
//! planned changes stay as they are, so what is suppressed here is still planned and applied.
//!
//! Invariant: a difference is a finding of exactly one class.

mod baseline;
mod find;
mod finding;
mod suppress;

pub(crate) use baseline::BaselineError;
pub(crate) use baseline::VERSION;
pub use baseline::{Baseline, BaselineDiff, Known};
pub(crate) use find::changed_since_apply;
pub(super) use find::find;
pub use finding::Class;
pub(crate) use finding::{Finding, Findings};
pub(crate) use suppress::suppress;
