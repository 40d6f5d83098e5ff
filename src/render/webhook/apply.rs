//! The end of an apply or a destroy.

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use crate::apply::Outcomes;
use crate::apply::event::End as Ended;
use crate::plan::{OperationKey, Plan};
use crate::render::wording;
use crate::resource::Address;
use crate::state::Verb;

use super::message::{About, End, Item, code, cut};

/// How an apply (or, with `destroy`, a destroy) ended; `None` if nothing was done and nothing failed.
pub fn apply(plan: &Plan, outcomes: &Outcomes, destroy: bool, about: &About<'_>) -> Option<Json> {
    let idle = outcomes.ends.is_empty() && outcomes.forgotten == 0;
    if idle && outcomes.state_error.is_none() && plan.gaps.is_empty() {
        return None;
    }
    let result = if outcomes.interrupted {
        "interrupted"
    } else if outcomes.is_complete() && plan.gaps.is_empty() {
        "complete"
    } else {
        "incomplete"
    };
    let (summary, not_done) = counted(outcomes, plan.gaps.len());
    let end = End {
        event: if destroy { "destroy" } else { "apply" },
        result,
        summary,
        headline: headline(plan, outcomes, destroy, &not_done),
        items: items(plan, outcomes),
    };
    Some(end.message(about))
}

fn headline(plan: &Plan, outcomes: &Outcomes, destroy: bool, not_done: &str) -> String {
    let mut headline = wording::end_sentence(outcomes, destroy) + not_done;
    if !plan.gaps.is_empty() {
        headline.push_str(&format!(" {} could not be read.", wording::count(plan.gaps.len(), "object")));
    }
    if let Some(error) = &outcomes.state_error {
        headline.push_str(&format!(" The state could not be saved: {}", code(error)));
    }
    headline
}

/// The numbers of operations by their ends, and a sentence of those that were not done, if any were not.
fn counted(outcomes: &Outcomes, unread: usize) -> (Json, String) {
    let done = outcomes.summary();
    let failed = outcomes.count(|end| matches!(end, Ended::Failed { .. }));
    let stale = outcomes.count(|end| matches!(end, Ended::Changed { .. }));
    let unknown = outcomes.count(|end| matches!(end, Ended::Unknown { .. }));
    let skipped = outcomes.count(|end| matches!(end, Ended::Skipped { .. }));
    let not_started = outcomes.count(|end| *end == Ended::NotStarted);
    let summary = json!({
        "added": done.add, "changed": done.change, "destroyed": done.destroy, "forgotten": done.forget,
        "failed": failed, "unknown": unknown, "stale": stale, "skipped": skipped,
        "not_started": not_started, "unread": unread,
    });
    let all = [
        (outcomes.forgotten, "forgotten"),
        (failed, "failed"),
        (stale, "changed since the plan"),
        (unknown, "unknown"),
        (skipped, "skipped"),
        (not_started, "not started"),
    ];
    let some = all.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    let some: Vec<String> = some.collect();
    let sentence = if some.is_empty() { String::new() } else { format!(" {}.", some.join(", ")) };
    (summary, sentence)
}

fn items(plan: &Plan, outcomes: &Outcomes) -> Vec<Item> {
    let losses: HashMap<&Address, &str> =
        plan.changing().filter_map(|change| Some((&change.address, change.irreversible?))).collect();
    let loss = |key: &OperationKey| losses.get(&key.address).copied().filter(|_| key.verb == Verb::Delete);
    outcomes.ends.iter().map(|(key, end)| item(key, end, loss(key))).collect()
}

fn item(key: &OperationKey, end: &Ended, loss: Option<&str>) -> Item {
    let address = code(&key.address.to_string());
    let past = wording::past_tense(key.verb);
    let (result, text, error) = match end {
        Ended::Done { .. } => {
            let text = match loss {
                Some(loss) => format!("permanently destroyed: {address} ({loss})"),
                None => format!("{past} {address}"),
            };
            ("done", text, None)
        }
        Ended::Failed { error } => {
            let text = format!("{} of {address} failed: {}", wording::noun(key.verb), code(error));
            ("failed", text, Some(error.clone()))
        }
        Ended::Incomplete { error } => {
            let text = format!("{} of {address} is incomplete: {}", wording::noun(key.verb), code(error));
            ("incomplete", text, Some(error.clone()))
        }
        Ended::Deleting { message, .. } => {
            ("deleting", format!("deletion of {address}: {}", code(message)), None)
        }
        Ended::Unknown { error } => {
            let text = format!("{address} may or may not have been {past}: {}", code(error));
            ("unknown", text, Some(error.clone()))
        }
        Ended::Changed { stale } => {
            let why = wording::stale(stale);
            let text = format!(
                "{} of {address} was not sent, changed since it was planned: {}",
                wording::noun(key.verb),
                code(&why)
            );
            ("stale", text, Some(why))
        }
        Ended::Skipped { .. } => ("skipped", format!("skipped: {address}"), None),
        Ended::NotStarted => ("not-started", format!("not started: {address}"), None),
    };
    let is_destroyed = end.is_success() && key.verb == Verb::Delete;
    let urgent = is_destroyed || error.is_some();
    let mut json =
        json!({"address": key.address.to_string(), "action": key.verb.to_string(), "result": result});
    if let Some(loss) = loss {
        json["irreversible"] = loss.into();
    }
    if let Some(error) = error {
        json["error"] = cut(&error).into();
    }
    Item { urgent, text, json }
}
