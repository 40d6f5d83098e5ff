//! Decides what has to be done, and whether it may be: changes, operations, guards.
//!
//! A [`Plan`] is inert and complete: it says everything that will happen, can be rendered, saved and refused, and does nothing.
//! [`plan`] makes it from configuration, state and snapshot; it is pure and deterministic.

mod desired;
pub mod diff;
pub mod drift;
pub mod file;
pub mod guard;
pub mod model;
pub mod moves;
pub mod operation;
mod planner;
mod product_index;
mod references;
mod removals;
mod replacement;
pub mod selection;
mod spelling;
mod users;

pub use model::{
    Action, Change, Drift, DriftKind, Gap, Plan, Reason, Refusal, RefusalKind, Summary, Suppressed, Unmanaged,
};
pub use operation::{Operation, OperationKey, Operations};
pub use planner::{Mode, PlanInput, extra_reads, plan, prefetchable, wanted};
