//! What prevents a plan from being applied. A guard never hides anything: it returns refusals, and a plan
//! with a refusal is not applied.

pub(super) mod bounds;
pub(super) mod in_use;
pub(super) mod protections;
pub(super) mod references;
pub(crate) mod rules;
pub(super) mod spelling;
pub(crate) mod thresholds;
pub(crate) mod unavailable;
pub(super) mod unmatched;
pub(super) mod users;
