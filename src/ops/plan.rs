//! `plan` and `drift`: validate, refresh, plan. Only reads: the client can't write and the store is only loaded.

use crate::client::Reader;
use crate::plan::{self, Mode, Plan, PlanInput};
use crate::refresh::{self, RefreshOptions, Snapshot};
use crate::resolve::Configuration;
use crate::state::State;

use super::OpsError;

/// What to plan, and how.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// Apply or destroy.
    pub mode: Mode,
    /// Whether to compare the live state with the last apply.
    pub drift: bool,
    /// Whether to look for objects that nobody named.
    pub discover: bool,
    /// How to read.
    pub refresh: RefreshOptions,
}

/// A plan and what it was made from.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The live state as it was read.
    pub snapshot: Snapshot,
}

/// Reads the live state and plans.
///
/// # Errors
/// If the live state can't be read at all.
pub async fn plan(
    configuration: &Configuration,
    state: Option<&State>,
    reader: &Reader,
    options: &PlanOptions,
) -> Result<Planned, OpsError> {
    let mut snapshot = Snapshot::new();
    let mut wanted = plan::wanted(configuration, state, options.mode);
    wanted.discover = options.discover;
    refresh::refresh(reader, &wanted, &mut snapshot, &options.refresh).await?;
    let make = |snapshot: &Snapshot| {
        plan::plan(&PlanInput { configuration, state, snapshot, mode: options.mode, drift: options.drift })
    };
    let mut made = make(&snapshot);
    // Who uses an object that can't change in place is asked only when there is one.
    if let Some(wanted) = plan::wanted_for_replacements(&made) {
        refresh::refresh(reader, &wanted, &mut snapshot, &options.refresh).await?;
        made = make(&snapshot);
    }
    Ok(Planned { plan: made, snapshot })
}
