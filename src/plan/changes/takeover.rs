//! Objects that exist and were not managed until now, and that a plan changes or deletes. Pure.

use crate::live::snapshot::Live;
use crate::plan::{Action, Change, PlanInput, Reason};

/// Adds the reason to each of them. Without a state it is not known what is managed.
pub(in crate::plan) fn mark(input: &PlanInput<'_>, changes: &mut [Change]) {
    let Some(state) = input.state else { return };
    for change in changes {
        let reason = match change.action {
            Action::Update | Action::Replace => Reason::TakenOver,
            Action::Delete => Reason::NotManaged,
            Action::NoOp | Action::Create | Action::Forget => continue,
        };
        let exists = matches!(input.snapshot.live(&change.address), Live::Present(_) | Live::Unreadable(_));
        if exists && !state.manages(&change.address) {
            change.reasons.push(reason);
        }
    }
}
