//! Decides what has to be done, and whether it may be: changes, operations, guards.
//!
//! A [`Plan`] is inert and complete: it says everything that will happen, can be rendered, saved and refused, and does nothing.
//! [`plan`] makes it from configuration, state and snapshot; it is pure and deterministic.

mod changes;
pub mod diff;
pub mod drift;
mod guards;
mod input;
pub mod model;
mod order;
mod planner;
pub mod saved;

pub use changes::moves;
pub use guards::thresholds as guard;
pub use input::selection;
pub use model::{
    Action, Change, Drift, DriftKind, Gap, Plan, Reason, Refusal, RefusalKind, Summary, Suppressed, Unmanaged,
};
pub use order::{Operation, OperationKey, Operations};
pub use planner::{Mode, PlanInput, extra_reads, plan, prefetchable, wanted};
