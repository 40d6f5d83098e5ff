//! Decides what has to be done, and whether it may be done: changes, operations, guards.
//!
//! A [`Plan`] is inert and complete: it says everything that will happen, can be rendered, saved and refused,
//! and does nothing. [`plan()`] makes it from configuration, state and snapshot; it is pure and
//! deterministic.
//!
//! The road inside: [`PlanInput`] -> `changes` (what happens to each object) -> `guards` (what must not
//! happen) -> `order` (which requests, in which order) -> [`Plan`].

pub(crate) mod agreement;
mod approved;
mod changes;
pub mod diff;
pub(crate) mod drift;
mod guards;
mod input;
pub(crate) mod model;
mod order;
mod planner;
mod read_from;
mod renewal;
pub mod saved;
mod stale;
pub(crate) mod unchecked;
mod why;

pub use approved::{Approved, Refusals};
pub use changes::moves;
pub(crate) use guards::protections::ignored_manifests;
pub(crate) use guards::unavailable::Unavailable;
pub(crate) use guards::{rules, thresholds};
pub use input::reads::wanted;
pub(crate) use input::reads::{concealed, extra_reads, prefetchable, touched};
pub(crate) use input::selection;
pub use input::{Coverage, Mode, Permissions, PlanInput, Selection, SendSecrets};
pub(crate) use model::attributes::Attributes;
pub(crate) use model::change::HALF_DELETED;
pub use model::change::{Action, Change, Reason};
pub use model::finding::DriftKind;
pub(crate) use model::finding::{Blocked, Drift, Gap, Suppressed, Unmanaged};
pub use model::origin::Origin;
pub(crate) use model::protection::ProtectionChange;
pub use model::refusal::{Refusal, RefusalKind};
pub use model::{Plan, Summary};
pub(crate) use order::Operation;
pub use order::{OperationKey, Operations, Order};
pub use planner::plan;
pub(crate) use read_from::{Broken, ReadFrom};
pub use renewal::Basis;
pub(crate) use renewal::Found;
pub use stale::{Stale, StaleField};
pub use why::Why;
pub(crate) use why::{Effect, Relation, Removal, why};
