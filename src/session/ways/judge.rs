//! Plans a candidate and carries it out in a copy of the live state: what is refused then. Pure.

use std::collections::BTreeSet;

use crate::model::hint::Hint;
use crate::model::way_out::Step;
use crate::plan::{Action, Blocked, Change, Plan, Refusal, RefusalKind};
use crate::resource::Address;
use crate::session::rehearse::{Ground, carry_out, go_through, two_steps};

use super::altered::Altered;
use super::case::{Case, Steps};

/// The plan with these steps, with its refusals; `None` if the steps can't be taken, or not everything that
/// they need is known.
pub(super) fn judge(case: &Case<'_>, steps: &Steps) -> Option<Plan> {
    let altered = Altered::new(case, steps)?;
    let mut plan = altered.plan(&[])?;
    case.narrow(&mut plan);
    let options = &case.ground.options;
    let other_ground = altered.snapshot.as_ref().map(|snapshot| Ground::of(snapshot, options.clone()));
    let ground = other_ground.as_ref().unwrap_or(case.ground);
    let is_open = ground.closed(&plan).is_subset(&case.ground.closed(case.first));
    let keeps = steps.iter().any(|step| matches!(step, Step::Keep(_)));
    if !is_open || (keeps && !does_all_else(case.first, &plan)) {
        return None;
    }
    if altered.later.is_empty() && altered.granting.is_empty() {
        let still_blocked = carry_out(&mut plan, ground, &altered.permissions.unchecked);
        let has_to_be_valid = |product: &Address| {
            let inside = |address: &Address| address.owner().as_ref() == Some(product);
            case.product == Some(product) || altered.permissions.unchecked.iter().any(inside)
        };
        let blocked = plan.blocked.iter().filter(|blocked| still_blocked.contains(&blocked.address));
        let blocked = blocked.filter(|blocked| plan.is_apart(blocked) && has_to_be_valid(&blocked.address));
        let refusals: Vec<Refusal> = blocked.map(Blocked::refusal).collect();
        plan.refusals.extend(refusals);
        return Some(plan);
    }
    // Each run has an order of its own.
    plan.refusals.retain(|refusal| {
        refusal.kind != RefusalKind::Replacement || refusal.hints.contains(&Hint::AllowReplace)
    });
    // In the first run something may not be written that is to be sent unchecked.
    if !altered.permissions.unchecked.is_empty() {
        return None;
    }
    let runs = if altered.later.is_empty() {
        two_steps::plans(&plan.changes, &altered.granting)
    } else {
        in_two(&plan, altered.plan(&altered.later)?)
    };
    let [first, _] = &runs;
    plan.refusals.extend(first.refusals.iter().cloned());
    go_through(&runs, ground).then_some(plan)
}

/// Whether nothing but deletes was left out.
fn does_all_else(first: &Plan, plan: &Plan) -> bool {
    let left: BTreeSet<(&Address, Action)> =
        plan.changing().map(|change| (&change.address, change.action)).collect();
    let writes = first.changing().filter(|change| !matches!(change.action, Action::Delete | Action::Forget));
    writes.into_iter().all(|change| left.contains(&(&change.address, change.action)))
}

/// A run without some objects, and one that does what it left.
fn in_two(whole: &Plan, first: Plan) -> [Plan; 2] {
    let done: BTreeSet<(&Address, Action)> =
        first.changing().map(|change| (&change.address, change.action)).collect();
    let rest = |change: &Change| match change.action {
        action if done.contains(&(&change.address, action)) => Change {
            action: Action::NoOp,
            after: None,
            used: change.dependencies.clone().into(),
            ..change.clone()
        },
        _ => change.clone(),
    };
    let changes = whole.changes.iter().map(rest).collect();
    [first, Plan { changes, ..Plan::default() }]
}
