//! Carries a plan out: the one loop that owns schedule, state and reporter.

pub mod event;
