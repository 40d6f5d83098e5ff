//! What happens to each object, before anything is in order or permitted.

pub(super) mod desired;
pub mod moves;
pub(super) mod removals;
pub(super) mod replacement;
pub(super) mod takeover;
pub(super) mod unread;
mod uses;
pub(super) mod withhold;
