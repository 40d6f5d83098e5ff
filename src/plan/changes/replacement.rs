//! What is replaced with an object: everything that uses it is deleted before it and created again after it.
//! Pure.
//!
//! Invariant: an object is only replaced together with all that use it, or the plan is refused.

use std::collections::BTreeMap;

use crate::model::diagnostic::Span;
use crate::model::hint::Hint;
use crate::model::text::first_few;
use crate::plan::guards::in_use::in_use;
use crate::plan::guards::users::Users;
use crate::plan::model::refusal::NAMES_SHOWN;
use crate::plan::{Action, Change, Mode, PlanInput, Reason, Refusal, RefusalKind};
use crate::resource::Address;

use super::desired;

/// Turns updates of what is fixed while used into replacements, and replaces the users of what is replaced.
pub(in crate::plan) fn propagate(input: &PlanInput<'_>, users: &Users, kept: &mut [Change]) -> Vec<Refusal> {
    if input.mode == Mode::Destroy {
        return Vec::new();
    }
    let starts: Vec<usize> = (0..kept.len()).filter(|index| is_fixed(&kept[*index], users)).collect();
    if starts.is_empty() {
        return Vec::new();
    }
    let place: BTreeMap<Address, usize> =
        kept.iter().enumerate().map(|(index, change)| (change.address.clone(), index)).collect();
    let mut replacement = Replacement { input, users, kept, place, refusals: Vec::new() };
    starts.into_iter().for_each(|start| replacement.start(start));
    replacement.refusals
}

struct Replacement<'a, 'i> {
    input: &'a PlanInput<'i>,
    users: &'a Users,
    kept: &'a mut [Change],
    /// Where each object is in `kept`.
    place: BTreeMap<Address, usize>,
    refusals: Vec<Refusal>,
}

impl Replacement<'_, '_> {
    /// Replaces an object and all that use it.
    fn start(&mut self, start: usize) {
        replace(self.input, &mut self.kept[start]);
        let root = self.kept[start].address.clone();
        let mut others = Vec::new();
        let mut open = vec![root.clone()];
        while let Some(replaced) = open.pop() {
            let new = self.replace_users(&replaced);
            others.extend(new.iter().cloned());
            open.extend(new);
        }
        if !others.is_empty() && !self.input.permissions.replace {
            self.refusals.push(not_allowed(&root, &others, self.kept[start].source));
        }
    }

    /// Replaces what uses an object; returns what was not replaced before.
    fn replace_users(&mut self, replaced: &Address) -> Vec<Address> {
        let all = self.users;
        let (users, in_the_way): (Vec<&Address>, Vec<&Address>) =
            all.of(replaced).iter().partition(|user| self.is_replaceable(user));
        if !in_the_way.is_empty() {
            let source = self.place.get(replaced).and_then(|index| self.kept[*index].source);
            self.refusals.push(in_use(self.input, replaced, source, "replaced", &in_the_way));
        }
        let mut new = Vec::new();
        for user in users {
            let change = &mut self.kept[self.place[user]];
            let reason = Reason::ReplacedWith(replaced.clone());
            if change.reasons.contains(&reason) {
                continue;
            }
            if change.action != Action::Replace {
                replace(self.input, change);
                change.reasons.clear();
                new.push(user.clone());
            }
            change.reasons.push(reason);
        }
        new
    }

    fn is_replaceable(&self, user: &Address) -> bool {
        let action = self.place.get(user).map(|index| self.kept[*index].action);
        matches!(action, Some(Action::NoOp | Action::Update | Action::Replace))
    }
}

/// Whether an object has to be replaced: a field is fixed, or is fixed while something uses the object (§5).
fn is_fixed(change: &Change, users: &Users) -> bool {
    change.action == Action::Replace
        || (change.changes_fixed_field() && !users.of(&change.address).is_empty())
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
        change.reasons = reasons.into();
    }
    change.after = change.after.take().or_else(|| desired::anew(input, &change.address));
    let record = change.record.take().or_else(|| input.record(&change.address).cloned().map(Box::new));
    // All of it is sent.
    change.record = record.map(|record| Box::new(record.sent()));
    change.reasons.retain(|reason| !matches!(reason, Reason::NeverSent(_)));
    change.action = Action::Replace;
    change.irreversible = change.address.kind().deleting.irreversible;
}

fn not_allowed(root: &Address, others: &[Address], span: Option<Span>) -> Refusal {
    let names = first_few(others, NAMES_SHOWN);
    let message = format!("its replacement also deletes and creates again what uses it: {names}");
    Refusal::new(RefusalKind::Replacement, message).about(root).hint(Hint::AllowReplace).at(span)
}
