//! `plan` and `drift`: validate, refresh, plan. Only reads: the client can't write and the store is only
//! loaded.

use std::sync::Arc;

use crate::config::resolve::Configuration;
use crate::config::settings::{Move, Thresholds};
use crate::live::client::Reader;
use crate::live::snapshot::{self, RefreshOptions, Snapshot, Wanted};
use crate::plan::{self, Coverage, Mode, Permissions, Plan, PlanInput, Selection, unchecked};
use crate::resource::catalogue::Catalogue;
use crate::state::{Rules, State};

use super::binding;
use super::error::SessionError;
#[cfg(feature = "sandbox")]
use super::rehearse::{Ground, carry_out, mark_blocked};

/// What to plan, and how.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// The environment, of a fleet that has several.
    pub environment: Option<String>,
    /// What the platform offers, if it is not what v0.4.2 brings.
    pub catalogue: Option<Arc<Catalogue>>,
    /// Apply or destroy.
    pub mode: Mode,
    /// Whether to compare the live state with the last apply.
    pub drift: bool,
    /// Whether to look for unmanaged objects.
    pub discover: bool,
    /// The selected part of the directory.
    pub selection: Selection,
    /// Objects with a new name.
    pub moves: Vec<Move>,
    /// What may change at once.
    pub thresholds: Thresholds,
    /// What the settings let pass, to compare with the last apply.
    pub rules: Option<Rules>,
    /// What is permitted for this run.
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
            environment: None,
            catalogue: None,
            mode,
            drift: false,
            discover: false,
            selection: Selection::default(),
            moves: Vec::new(),
            thresholds: Thresholds::default(),
            rules: None,
            permissions: Permissions::default(),
            rehearse: false,
            refresh,
        }
    }

    /// What is planned, of these.
    pub(super) fn input<'a>(
        &'a self,
        configuration: &'a Configuration,
        state: Option<&'a State>,
        snapshot: &'a Snapshot,
        coverage: &'a Coverage,
    ) -> PlanInput<'a> {
        PlanInput {
            configuration,
            state,
            snapshot,
            mode: self.mode,
            drift: self.drift,
            coverage,
            moves: &self.moves,
            thresholds: &self.thresholds,
            rules: self.rules.as_ref(),
            permissions: &self.permissions,
        }
    }
}

/// A plan and what it was made from.
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// The live state as it was read.
    pub snapshot: Snapshot,
}

/// Reads, from the server that the state is for: which one it is may be known only when it has answered.
///
/// # Errors
/// If it is another one, or the live state can't be read at all.
pub(super) async fn refresh(
    reader: &Reader,
    state: Option<&State>,
    wanted: &Wanted,
    snapshot: &mut Snapshot,
    options: &RefreshOptions,
) -> Result<(), SessionError> {
    binding::check_state(state, reader.server().as_ref())?;
    snapshot::refresh(reader, wanted, snapshot, options).await?;
    Ok(binding::check_state(state, reader.server().as_ref())?)
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
) -> Result<Planned, SessionError> {
    plan_from(Snapshot::new(), configuration, state, reader, options).await
}

/// Reads what `snapshot` does not know yet, and plans.
///
/// # Errors
/// If the live state can't be read at all.
pub(crate) async fn plan_from(
    mut snapshot: Snapshot,
    configuration: &Configuration,
    state: Option<&State>,
    reader: &Reader,
    options: &PlanOptions,
) -> Result<Planned, SessionError> {
    binding::check_state(state, reader.server().as_ref())?;
    let mode = options.mode;
    let coverage = options.selection.coverage(configuration, state, mode)?;
    let mut wanted = plan::wanted(configuration, state, mode, &coverage);
    wanted.discover = options.discover;
    // Whether an object has its new name already is known only if the old one is read, too.
    let old_names = options.moves.iter().map(|moved| &moved.from);
    let old_names = old_names.filter(|from| state.is_some_and(|state| state.records.contains_key(from)));
    wanted.addresses.extend(old_names.cloned());
    snapshot.conceal(plan::concealed(configuration, state));
    refresh(reader, state, &wanted, &mut snapshot, &options.refresh).await?;
    // It names as many objects as are planned.
    drop(wanted);
    snapshot.share(&configuration.resources);
    let make = |snapshot: &Snapshot| plan::plan(&options.input(configuration, state, snapshot, &coverage));
    let mut made = make(&snapshot);
    // What uses an object is read only if there is an object that is deleted or can't change in place.
    if let Some(wanted) = plan::extra_reads(&made.changes, state, &coverage) {
        snapshot::refresh(reader, &wanted, &mut snapshot, &options.refresh).await?;
        made = make(&snapshot);
    }
    made.refusals.extend(plan::ignored_manifests(&configuration.ignored, &made.changes));
    made.environment.clone_from(&options.environment);
    Ok(rehearsed(made, snapshot, options))
}

/// The plan with what its rehearsal found.
#[cfg(feature = "sandbox")]
fn rehearsed(mut plan: Plan, snapshot: Snapshot, options: &PlanOptions) -> Planned {
    let ground = (options.rehearse || options.drift)
        .then(|| Ground::below(&plan, &snapshot, options.catalogue.as_deref()));
    let unchecked = &options.permissions.unchecked;
    match &ground {
        Some(ground) if options.rehearse => _ = carry_out(&mut plan, ground, unchecked),
        _ => {
            ground.iter().for_each(|ground| mark_blocked(&mut plan, ground));
            let refusals = unchecked::allow(&mut plan, unchecked, false);
            plan.refusals.extend(refusals);
        }
    }
    Planned { plan, snapshot }
}

#[cfg(not(feature = "sandbox"))]
fn rehearsed(mut plan: Plan, snapshot: Snapshot, options: &PlanOptions) -> Planned {
    let refusals = unchecked::allow(&mut plan, &options.permissions.unchecked, false);
    plan.refusals.extend(refusals);
    Planned { plan, snapshot }
}
