//! `apply` and `destroy`: carries out a plan that somebody has agreed to.

use tokio::sync::watch;

use crate::apply::event::Reporter;
use crate::apply::{self, ApplyOptions, Outcomes, Run};
use crate::live::client::Writer;
use crate::plan::{Plan, RefusalKind};
use crate::resource::Address;
use crate::state::{State, Store};

/// Whether a plan may be carried out, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// It may.
    Granted,
    /// A guard stands in the way.
    Refused,
    /// It leads nowhere: references to nothing, missing secrets.
    Impossible,
}

/// The objects whose history a plan destroys for good: they need a leave of their own.
pub fn irreversible(plan: &Plan) -> Vec<&Address> {
    plan.changing().filter(|change| change.irreversible.is_some()).map(|change| &change.address).collect()
}

/// Judges a plan's refusals.
pub fn approval(plan: &Plan) -> Approval {
    let broken = |kind| matches!(kind, RefusalKind::MissingReference | RefusalKind::Unknown);
    match plan.refusals.as_slice() {
        [] => Approval::Granted,
        refusals if refusals.iter().any(|refusal| broken(refusal.kind)) => Approval::Impossible,
        _ => Approval::Refused,
    }
}

/// Carries the plan out.
pub async fn apply(
    plan: &Plan,
    writer: &Writer,
    store: &mut dyn Store,
    state: &mut State,
    reporter: &mut dyn Reporter,
    stop: watch::Receiver<bool>,
    options: &ApplyOptions,
) -> Outcomes {
    apply::apply(plan, Run { writer, store, state, reporter, stop }, options).await
}
