//! Which writes and deletes are sent without the server's checks of their product. Pure.
//!
//! Invariant: only what the user names, only in a product that refuses every write, and only if the plan is
//! rehearsed, which refuses what does not help. Of a replacement only the half that needs it.

use std::collections::BTreeSet;

use crate::resource::Address;

#[cfg(feature = "sandbox")]
use super::OperationKey;
use super::{Action, Plan, Reason, Refusal, RefusalKind};

/// Marks the changes of these objects; the refusals of those that can't be sent unchecked.
pub(crate) fn allow(plan: &mut Plan, allowed: &BTreeSet<Address>, is_rehearsed: bool) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let mut marked = BTreeSet::new();
    for address in allowed {
        match problem(plan, address, is_rehearsed) {
            None => _ = marked.insert(address.clone()),
            Some(why) => {
                let message = format!("can't be sent unchecked: {why}");
                refusals.push(Refusal::new(RefusalKind::Rehearsal, message).about(address));
            }
        }
    }
    plan.give_reason(&marked, &Reason::Unchecked);
    refusals
}

#[cfg(feature = "sandbox")]
/// Of the replacements that are sent unchecked, leaves the checks to the half that needs no other.
pub(crate) fn narrow(plan: &mut Plan, needed: &BTreeSet<OperationKey>) {
    let replaced = plan.changes.iter_mut().filter(|change| change.action == Action::Replace);
    for change in replaced {
        let mut halves = needed.iter().filter(|key| key.address == change.address);
        let (Some(only), None) = (halves.next(), halves.next()) else { continue };
        let all = change.reasons.iter_mut().filter(|reason| **reason == Reason::Unchecked);
        all.for_each(|reason| *reason = Reason::UncheckedHalf(only.verb));
    }
}

fn problem(plan: &Plan, address: &Address, is_rehearsed: bool) -> Option<&'static str> {
    let owner = address.owner();
    let is_written = |address: &Address| {
        let found = plan.changing().find(|change| change.address == *address);
        found.is_some_and(|change| change.action != Action::Forget)
    };
    match owner {
        None => Some("the server makes no such checks for it"),
        Some(_) if !is_written(address) => Some("the plan neither writes nor deletes it"),
        Some(_) if !is_rehearsed => Some("that is only allowed in a plan that was carried out in a dry run"),
        Some(owner) if !plan.blocked.iter().any(|blocked| blocked.address == owner) => {
            Some("its product does not refuse writes")
        }
        Some(_) => None,
    }
}
