//! What was asked for and allowed, and is about nothing in the plan: mostly a name with a typing error. Not an
//! error, since the same command is right again and again: what is pruned once is gone. Pure.

use crate::plan::{Action, Change, PlanInput, SendSecrets};
use crate::resource::{Address, Pattern};

use super::protections::is_guarded;

/// A sentence for each.
pub(in crate::plan) fn find(input: &PlanInput<'_>, changes: &[Change]) -> Vec<String> {
    let selection = &input.coverage.selection;
    let is_unmanaged = |pattern: &&Pattern| input.unmanaged_live().any(|address| pattern.covers(address));
    let pruned = selection.prune.iter().filter(|pattern| !is_unmanaged(pattern));
    let pruned =
        pruned.map(|pattern| format!("Nothing is pruned by {pattern}: it matches no unmanaged object."));
    let is_sent = |pattern: &&Pattern| {
        changes.iter().any(|change| change.action != Action::NoOp && pattern.covers(&change.address))
    };
    let sent = match &selection.send {
        SendSecrets::Of(pattern) => Some(pattern).filter(|pattern| !is_sent(pattern)),
        SendSecrets::Nothing | SendSecrets::NeverSent => None,
    };
    let sent = sent.map(|pattern| {
        format!(
            "Nothing is sent again by {pattern}: it matches no object with values that the server does not return."
        )
    });
    let is_lifted = |address: &&Address| {
        let goes = |change: &Change| matches!(change.action, Action::Delete | Action::Replace);
        is_guarded(input, address) && changes.iter().any(|change| goes(change) && change.address == **address)
    };
    let lifted = input.permissions.unprotected.iter().filter(|address| !is_lifted(address));
    let lifted = lifted.map(|address| {
        format!("No protection of {address} is lifted: this plan destroys no such protected object.")
    });
    pruned.chain(sent).chain(lifted).collect()
}
