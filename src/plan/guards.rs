//! What stands in the way of a plan. A guard never hides anything: it adds a refusal, which apply respects.

pub(super) mod references;
pub(super) mod spelling;
pub mod thresholds;
pub(super) mod users;
