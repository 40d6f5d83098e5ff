//! Which writes and deletes are sent without the server's checks of their product. Pure.
//!
//! Invariant: only what the user names, only in a product that refuses every write, and only if the plan is
//! rehearsed, which refuses what does not help.

use std::collections::BTreeSet;

use crate::model::hint::Hint;
use crate::resource::Address;

use super::{Action, Plan, Reason, Refusal, RefusalKind};

/// Marks the changes of these objects; the refusals of those that can't be sent unchecked.
pub(crate) fn allow(plan: &mut Plan, allowed: &BTreeSet<Address>, is_rehearsed: bool) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let mut marked = BTreeSet::new();
    for address in allowed {
        match problem(plan, address, is_rehearsed) {
            None => _ = marked.insert(address.clone()),
            Some(message) => refusals.push(Refusal {
                kind: RefusalKind::Rehearsal,
                address: Some(address.clone()),
                message: format!("can't be sent unchecked: {message}"),
                hints: Vec::new(),
                span: None,
            }),
        }
    }
    plan.give_reason(&marked, &Reason::Unchecked);
    let is_taken = |hint: &Hint| match hint {
        Hint::Repair { prune, unchecked } => {
            prune.is_empty()
                && unchecked.iter().all(|address| marked.iter().any(|one| one.to_string() == *address))
        }
        _ => false,
    };
    for blocked in &mut plan.blocked {
        if blocked.ways_out.iter().any(is_taken) {
            blocked.ways_out.clear();
        }
    }
    refusals
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
