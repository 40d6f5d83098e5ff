//! `drift`: a plan that is only looked at. Only reads, no lock; what the settings keep quiet is noted in the plan.

use jiff::civil::Date;

use crate::config::resolve::Configuration;
use crate::config::settings::FieldRule;
use crate::live::client::Reader;
use crate::live::snapshot::Snapshot;
use crate::plan::Plan;
use crate::plan::drift::suppress;
use crate::state::State;

use super::OpsError;
use super::plan::{PlanOptions, plan_from};

/// Which findings need no alarm, and on which day.
#[derive(Clone, Copy, Debug)]
pub struct Suppressions<'a> {
    /// The rules.
    pub rules: &'a [FieldRule],
    /// Today.
    pub today: Date,
}

/// Reads what `known` does not know of the live state yet, and plans.
///
/// # Errors
/// If the live state can't be read at all.
pub async fn drift(
    known: Snapshot,
    configuration: &Configuration,
    state: Option<&State>,
    reader: &Reader,
    options: &PlanOptions,
    quiet: Suppressions<'_>,
) -> Result<Plan, OpsError> {
    let mut plan = plan_from(known, configuration, state, reader, options).await?.plan;
    suppress(&mut plan, quiet.rules, quiet.today);
    Ok(plan)
}
