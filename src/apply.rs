//! Carries a plan out: one loop that owns schedule, state and reporter.
//!
//! [`apply`] starts what is ready, one operation per lane, the longest remaining path first; an operation is
//! one request with its retries and read-backs. After a success: record it in the state, make it durable,
//! release dependents, report. A kill can lose running requests only, and the next run reads their outcome.

mod clock_phase;
mod clone_timing;
mod estimate;
pub(crate) mod event;
mod executor;
mod operation;
mod outcome;
mod read_back;
#[cfg(test)]
mod tests;
mod timers;

pub use clock_phase::ServerClock;
pub(crate) use estimate::estimate;
pub(crate) use executor::stopped;
pub use executor::{ApplyOptions, Readings, Run, apply};
pub use outcome::Outcomes;
