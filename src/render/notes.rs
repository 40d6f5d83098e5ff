//! What is worth knowing of a plan and prevents nothing, as sentences: the same in text, Markdown and HTML.

use std::collections::BTreeMap;

use crate::model::hint::{Hint, HintText};
use crate::model::text::first_few;
use crate::plan::{Action, Change, Plan, Reason};
use crate::resource::Address;

use super::wording;

/// How many addresses a note names before it says "and 3 more".
const NAMES_SHOWN: usize = 10;

/// All notes, those that the planner made among them.
pub(super) fn of(plan: &Plan, hints: HintText) -> Vec<String> {
    let moved = plan.moved.iter().map(|moved| {
        format!("{} is now called {}; its entry in the state is renamed.", moved.from, moved.to)
    });
    let taken_over =
        [taken_over(plan), destroyed(plan), adopted(plan), never_sent(plan, hints)].into_iter().flatten();
    taken_over.chain(moved).chain(plan.notes.iter().cloned()).chain(partial(plan)).collect()
}

fn adopted(plan: &Plan) -> Option<String> {
    let is_adopted =
        |change: &&Change| change.action == Action::NoOp && change.reasons.contains(&Reason::Adopted);
    let number = plan.changes.iter().filter(is_adopted).count();
    let objects = wording::count(number, "object");
    let (match_, them) = if number == 1 { ("matches", "it") } else { ("match", "them") };
    (number > 0).then(|| {
        format!("{objects} on the server {match_} a manifest already; apply takes {them} into the state.")
    })
}

/// `kubeconfig of 3 clusters can't be compared: never sent by nautform`.
fn never_sent(plan: &Plan, hints: HintText) -> Option<String> {
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for change in &plan.changes {
        for reason in &change.reasons {
            let Reason::NeverSent(paths) = reason else { continue };
            for path in paths {
                *counts.entry((path.to_string(), change.address.kind().name)).or_default() += 1;
            }
        }
    }
    let of = |((path, kind), number): (&(String, &str), &usize)| {
        format!("{path} of {}", wording::count(*number, &kind.to_lowercase()))
    };
    let fields: Vec<String> = counts.iter().map(of).collect();
    (!fields.is_empty()).then(|| {
        let hint = hints(&Hint::SendSecrets);
        format!("{} can't be compared: never sent by nautform ({hint}).", fields.join(", "))
    })
}

/// Not managed until now, and changed.
fn taken_over(plan: &Plan) -> Option<String> {
    new_here(plan, &Reason::TakenOver, |objects, were, are| {
        format!("{objects} on the server {were} not managed here until now and {are} taken over")
    })
}

/// Not managed until now, and deleted.
fn destroyed(plan: &Plan) -> Option<String> {
    new_here(plan, &Reason::NotManaged, |objects, were, are| {
        format!("{objects} that {were} not managed here until now {are} destroyed")
    })
}

fn new_here(plan: &Plan, reason: &Reason, text: fn(String, &str, &str) -> String) -> Option<String> {
    let with_reason = plan.changing().filter(|change| change.reasons.contains(reason));
    let names: Vec<&Address> = with_reason.map(|change| &change.address).collect();
    let number = names.len();
    let text = text(wording::count(number, "object"), were(number), wording::are(number));
    (number > 0).then(|| format!("{text}: {}.", first_few(names, NAMES_SHOWN)))
}

const fn were(number: usize) -> &'static str {
    if number == 1 { "was" } else { "were" }
}

fn partial(plan: &Plan) -> Option<String> {
    let number = plan.left_out.len();
    let objects = wording::count(number, "object");
    (number > 0).then(|| format!("This plan is partial: {objects} {} left out on request.", were(number)))
}
