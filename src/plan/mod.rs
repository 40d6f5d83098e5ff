//! Decides what has to be done, and whether it may be: changes, operations, guards.
//!
//! A [`Plan`] is inert and complete: it says everything that will happen, can be rendered, saved and refused, and does nothing.

pub mod model;
pub mod operation;

pub use model::{
    Action, Change, Drift, DriftKind, Gap, Plan, Reason, Refusal, RefusalKind, Summary, Unmanaged,
};
pub use operation::{Operation, OperationKey, Operations};
