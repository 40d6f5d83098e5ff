//! What a drift check found: told apart by who made the difference, muted where the settings say so, compared with the last check.
//!
//! Everything is read off a plan and pure; the clock and the file of the last check are the caller's. The plan itself is never
//! changed, so what is muted here is still planned and applied.
//!
//! Invariant: a difference is a finding of exactly one class.

mod baseline;
mod find;
mod finding;
mod suppress;

pub use baseline::{Baseline, BaselineError, Known, News};
pub(super) use find::find;
pub use finding::{Class, Finding, Findings};
pub use suppress::suppress;
