//! What goes with a replaced object: everything that uses it is deleted before and created again after it. Pure.
//!
//! Invariant: an object is only replaced together with all that use it, or the plan is refused.

use std::collections::BTreeMap;

use crate::resource::Address;

use crate::plan::guards::users;
use crate::plan::guards::users::Users;
use crate::plan::{Action, Change, Mode, Plan, PlanInput, Reason, Refusal, RefusalKind};

use super::desired;

/// Turns updates of what is fixed while used into replacements, and replaces the users of what is replaced.
pub(in crate::plan) fn propagate(input: &PlanInput<'_>, users: &Users, kept: &mut [Change], plan: &mut Plan) {
    if input.mode == Mode::Destroy {
        return;
    }
    let starts: Vec<usize> = (0..kept.len()).filter(|index| is_fixed(&kept[*index], users)).collect();
    if starts.is_empty() {
        return;
    }
    let place: BTreeMap<Address, usize> =
        kept.iter().enumerate().map(|(index, change)| (change.address.clone(), index)).collect();
    for start in starts {
        let mut dragged = Vec::new();
        replace(input, &mut kept[start]);
        let root = kept[start].address.clone();
        let mut open = vec![root.clone()];
        while let Some(replaced) = open.pop() {
            let (movable, in_the_way): (Vec<&Address>, Vec<&Address>) =
                users.of(&replaced).iter().partition(|user| is_movable(&place, kept, user));
            if !in_the_way.is_empty() {
                let source = place.get(&replaced).and_then(|index| kept[*index].source);
                plan.refusals.push(users::in_use(input, &replaced, source, "replaced", &in_the_way));
            }
            for user in movable {
                let change = &mut kept[place[user]];
                let reason = Reason::ReplacedWith(replaced.clone());
                if change.reasons.contains(&reason) {
                    continue;
                }
                if change.action != Action::Replace {
                    replace(input, change);
                    change.reasons.clear();
                    dragged.push(user.clone());
                    open.push(user.clone());
                }
                change.reasons.push(reason);
            }
        }
        if !dragged.is_empty() && !input.permissions.replace {
            plan.refusals.push(unasked(&root, &dragged, kept[place[&root]].source));
        }
    }
    let replaced = kept.iter().filter(|change| change.action == Action::Replace);
    plan.refusals.extend(replaced.filter_map(|change| desired::protected(change, input)));
}

/// Whether it can't stay as it is: it is replaced, or changes what is fixed as long as something uses it (§5).
fn is_fixed(change: &Change, users: &Users) -> bool {
    let fixed_while_used = change.attributes.iter().any(|attribute| attribute.fixed_while_used);
    change.action == Action::Replace || (fixed_while_used && !users.of(&change.address).is_empty())
}

fn is_movable(place: &BTreeMap<Address, usize>, kept: &[Change], user: &Address) -> bool {
    let action = place.get(user).map(|index| kept[*index].action);
    matches!(action, Some(Action::NoOp | Action::Update | Action::Replace))
}

fn replace(input: &PlanInput<'_>, change: &mut Change) {
    if change.action == Action::Replace {
        return;
    }
    let fixed = change.attributes.iter_mut().filter(|attribute| attribute.fixed_while_used);
    let mut reasons = Vec::new();
    for attribute in fixed {
        attribute.forces_replacement = true;
        reasons.push(Reason::FixedField(attribute.path.clone()));
    }
    if !reasons.is_empty() {
        change.reasons = reasons;
    }
    change.after = change.after.take().or_else(|| desired::anew(input, &change.address));
    change.record = change.record.take().or_else(|| input.record(&change.address).cloned());
    change.action = Action::Replace;
    change.irreversible = change.address.kind().irreversible;
}

fn unasked(root: &Address, dragged: &[Address], span: Option<crate::model::diagnostic::Span>) -> Refusal {
    let names = users::names(&dragged.iter().collect::<Vec<_>>());
    Refusal {
        kind: RefusalKind::Replacement,
        address: Some(root.clone()),
        message: format!("its replacement also deletes and creates again what uses it: {names}"),
        help: "if that is what you want, pass --allow-replace".to_owned(),
        span,
    }
}
