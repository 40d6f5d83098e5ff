//! `plan` and `drift`: validate, refresh, plan. Only reads: the client can't write and the store is only loaded.

use crate::config::resolve::Configuration;
use crate::live::client::Reader;
use crate::live::snapshot::{self, RefreshOptions, Snapshot};
use crate::plan::guard::{Permissions, Thresholds};
use crate::plan::moves::{self, Move};
use crate::plan::selection::Selection;
use crate::plan::{self, Mode, Plan, PlanInput};
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
    /// What was asked for besides the directory.
    pub selection: Selection,
    /// What gets another name.
    pub moves: Vec<Move>,
    /// What may change at once.
    pub thresholds: Thresholds,
    /// What was allowed for this run.
    pub permissions: Permissions,
    /// Whether to carry the plan out against a copy of the live state, to find what the server would refuse.
    pub rehearse: bool,
    /// How to read.
    pub refresh: RefreshOptions,
}

impl PlanOptions {
    /// All of the directory, nothing allowed.
    pub fn new(mode: Mode, refresh: RefreshOptions) -> Self {
        Self {
            mode,
            drift: false,
            discover: false,
            selection: Selection::default(),
            moves: Vec::new(),
            thresholds: Thresholds::default(),
            permissions: Permissions::default(),
            rehearse: false,
            refresh,
        }
    }
}

/// A plan and what it was made from.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The live state as it was read.
    pub snapshot: Snapshot,
}

/// Reads what the state names: a plan of the whole directory reads it in any case, so it may be read while the manifests are still
/// being loaded.
///
/// # Errors
/// If the live state can't be read at all.
pub async fn prefetch(
    state: &State,
    reader: &Reader,
    options: &RefreshOptions,
) -> Result<Snapshot, OpsError> {
    let mut snapshot = Snapshot::new();
    snapshot::refresh(reader, &plan::prefetchable(state), &mut snapshot, options).await?;
    Ok(snapshot)
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
    plan_from(Snapshot::new(), configuration, state, reader, options).await
}

/// Reads what `snapshot` does not know yet, and plans.
///
/// # Errors
/// If the live state can't be read at all.
pub async fn plan_from(
    mut snapshot: Snapshot,
    configuration: &Configuration,
    state: Option<&State>,
    reader: &Reader,
    options: &PlanOptions,
) -> Result<Planned, OpsError> {
    let PlanOptions { mode, selection, .. } = options;
    moves::check(&options.moves, configuration)?;
    let left_out = selection.left_out(configuration, state, *mode)?;
    let mut wanted = plan::wanted(configuration, state, *mode, selection, &left_out);
    wanted.discover = options.discover;
    // Whether an object has got its new name is known by looking at the old one, too.
    let old_names = options.moves.iter().map(|moved| &moved.from);
    let old_names = old_names.filter(|from| state.is_some_and(|state| state.records.contains_key(from)));
    wanted.addresses.extend(old_names.cloned());
    snapshot::refresh(reader, &wanted, &mut snapshot, &options.refresh).await?;
    let moved = state
        .map(|state| moves::resolved(&options.moves, configuration, state, &snapshot))
        .unwrap_or_default();
    let renamed = state.filter(|_| !moved.is_empty()).map(|state| {
        let mut state = state.clone();
        moves::apply(&mut state, &moved);
        state
    });
    let make = |snapshot: &Snapshot| {
        plan::plan(&PlanInput {
            configuration,
            state: renamed.as_ref().or(state),
            snapshot,
            mode: *mode,
            drift: options.drift,
            selection,
            left_out: &left_out,
            moves: &options.moves,
            thresholds: &options.thresholds,
            permissions: &options.permissions,
        })
    };
    let mut made = make(&snapshot);
    // Who uses what goes or can't change in place is asked only when there is such an object.
    if let Some(wanted) = plan::extra_reads(&made, state, &left_out) {
        snapshot::refresh(reader, &wanted, &mut snapshot, &options.refresh).await?;
        made = make(&snapshot);
    }
    made.moved = moved;
    #[cfg(feature = "sandbox")]
    if options.rehearse && may_be_rehearsed(&made) {
        let rehearsed = super::rehearse::rehearse(&made, &snapshot);
        made.refusals.extend(rehearsed.refusals);
        made.notes.extend(rehearsed.notes);
    }
    Ok(Planned { plan: made, snapshot })
}

/// Whether a plan could be carried out if somebody allowed it: flags lift protections, thresholds and replacements, and whoever
/// decides about that should know what the server would say. Everything else is the rehearsal's own finding in better words.
#[cfg(feature = "sandbox")]
fn may_be_rehearsed(plan: &Plan) -> bool {
    use crate::plan::{Operations, RefusalKind};
    let liftable = |kind| {
        matches!(
            kind,
            RefusalKind::Protected
                | RefusalKind::Irreversible
                | RefusalKind::Threshold
                | RefusalKind::Replacement
        )
    };
    plan.changing().next().is_some()
        && plan.refusals.iter().all(|refusal| liftable(refusal.kind))
        && (plan.refusals.is_empty() || Operations::of(plan).cycle().is_none())
}
