//! What a webhook is told at the end of an apply or a drift check: JSON with a `text` that chats show (Slack, Mattermost, Teams).
//!
//! Silent where there is nothing to tell. Invariants: no field's value is ever part of it, and foreign text stands in code without what
//! chats take for a command, so that it can neither call people nor make links.

use std::collections::HashMap;

use serde_json::{Map, Value as Json, json};

use crate::apply::Outcomes;
use crate::apply::event::End;
use crate::model::text::printable;
use crate::plan::drift::{Class, Finding, Findings, Known, News};
use crate::plan::{Action, Change, OperationKey, Plan};
use crate::resource::Address;
use crate::state::Verb;

use super::wording;

/// How many changes are told.
const MOST: usize = 10;
/// The longest piece of foreign text, in characters.
const LONGEST: usize = 300;

/// What it is about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The name of the directory.
    pub directory: &'a str,
    /// The URL of the CI job.
    pub job: Option<&'a str>,
}

/// How an apply (or, with `destroy`, a destroy) ended; `None` if nothing was done and nothing failed.
pub fn apply(plan: &Plan, outcomes: &Outcomes, destroy: bool, about: &About<'_>) -> Option<Json> {
    let idle = outcomes.ends.is_empty() && outcomes.forgotten == 0;
    if idle && outcomes.state_error.is_none() && plan.gaps.is_empty() {
        return None;
    }
    let counts = Counts::of(outcomes);
    let result = match outcomes {
        outcomes if outcomes.interrupted => "interrupted",
        outcomes if outcomes.is_complete() && plan.gaps.is_empty() => "complete",
        _ => "incomplete",
    };
    let (done, unread) = (outcomes.summary(), plan.gaps.len());
    let summary = json!({
        "added": done.add, "changed": done.change, "destroyed": done.destroy, "forgotten": done.forget,
        "failed": counts.failed, "unknown": counts.unknown, "skipped": counts.skipped,
        "not_started": counts.not_started, "unread": unread,
    });
    let mut headline = wording::end_sentence(outcomes, destroy);
    counts.say(outcomes.forgotten, &mut headline);
    if unread > 0 {
        headline.push_str(&format!(" {} could not be read.", wording::count(unread, "object")));
    }
    if let Some(error) = &outcomes.state_error {
        headline.push_str(&format!(" The state could not be saved: {}", code(error)));
    }
    let event = if destroy { "destroy" } else { "apply" };
    Some(message(event, result, &summary, &headline, &operations(plan, outcomes), about))
}

/// How many operations did not do what they should have done.
struct Counts {
    failed: usize,
    unknown: usize,
    skipped: usize,
    not_started: usize,
}

impl Counts {
    fn of(outcomes: &Outcomes) -> Self {
        Self {
            failed: outcomes.count(|end| matches!(end, End::Failed { .. })),
            unknown: outcomes.count(|end| matches!(end, End::Unknown { .. })),
            skipped: outcomes.count(|end| matches!(end, End::Skipped { .. })),
            not_started: outcomes.count(|end| *end == End::NotStarted),
        }
    }

    /// Those that are not zero.
    fn say(&self, forgotten: usize, headline: &mut String) {
        let all = [
            (forgotten, "forgotten"),
            (self.failed, "failed"),
            (self.unknown, "unknown"),
            (self.skipped, "skipped"),
            (self.not_started, "not started"),
        ];
        let some = all.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
        let some: Vec<String> = some.collect();
        if !some.is_empty() {
            headline.push_str(&format!(" {}.", some.join(", ")));
        }
    }
}

/// Every operation, what matters most first.
fn operations(plan: &Plan, outcomes: &Outcomes) -> Vec<Item> {
    let lost: HashMap<&Address, &str> =
        plan.changing().filter_map(|change| Some((&change.address, change.irreversible?))).collect();
    let item = |(key, end): (&OperationKey, &End)| {
        let lost = lost.get(&key.address).copied().filter(|_| key.verb == Verb::Delete);
        Item::of_operation(key, end, lost)
    };
    let mut items: Vec<Item> = outcomes.ends.iter().map(item).collect();
    items.sort_by_key(|item| item.rank);
    items
}

/// What a drift check found, as far as it is new and `told`; `None` if that leaves nothing. `since` is when the earlier check was.
pub fn drift(
    plan: &Plan,
    news: &News,
    since: Option<&str>,
    told: impl Fn(Class) -> bool,
    about: &About<'_>,
) -> Option<Json> {
    let findings = Findings::of(plan);
    let changes: HashMap<&Address, &Change> =
        plan.changes.iter().map(|change| (&change.address, change)).collect();
    let known: HashMap<(&Address, Class), Finding<'_>> =
        findings.all().map(|finding| ((finding.address, finding.class), finding)).collect();
    let new = news.new.iter().filter(|new| told(new.class));
    let new = new.filter_map(|new| known.get(&(&new.address, new.class)));
    let mut items: Vec<Item> =
        new.map(|finding| Item::of_finding(finding, changes.get(finding.address).copied())).collect();
    items.sort_by_key(|item| item.rank);
    items.extend(news.over.iter().filter(|over| told(over.class)).map(Item::over));
    if items.is_empty() {
        return None;
    }
    let mut headline = wording::drift_sentence(&findings);
    if let Some(since) = since {
        headline.push_str(&format!(" New since the check of {since}:"));
    }
    let summary = json!({
        "changed": findings.drifted.len(), "missing": findings.missing.len(), "pending": findings.pending.len(),
        "unmanaged": findings.unmanaged.len(), "unknown": findings.unknown.len(),
        "suppressed": findings.suppressed, "in_sync": findings.in_sync,
    });
    let result = if findings.has_drift() { "drift" } else { "no-drift" };
    Some(message("drift", result, &summary, &headline, &items, about))
}

fn message(
    event: &str,
    result: &str,
    summary: &Json,
    headline: &str,
    items: &[Item],
    about: &About<'_>,
) -> Json {
    let mut text = format!("nautform, {}: {headline}\n", code(about.directory));
    let shown = &items[..items.len().min(MOST)];
    let left_out = items.len() - shown.len();
    shown.iter().for_each(|item| text.push_str(&format!("• {}\n", item.words)));
    if left_out > 0 {
        text.push_str(&format!("… and {left_out} more\n"));
    }
    if let Some(job) = about.job.filter(|job| super::markdown::is_link(job)) {
        text.push_str(job);
    }
    let changes: Vec<&Map<String, Json>> = shown.iter().map(|item| &item.json).collect();
    json!({
        "format_version": "1.0",
        "nautform": env!("CARGO_PKG_VERSION"),
        "event": event,
        "text": text.trim_end(),
        "directory": about.directory,
        "job": about.job,
        "result": result,
        "summary": summary,
        "changes": changes,
        "left_out": left_out,
    })
}

/// One change, for people and for machines.
struct Item {
    rank: Rank,
    words: String,
    json: Map<String, Json>,
}

/// What is told first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Irreversible,
    Destroys,
    Trouble,
    Ordinary,
    Idle,
}

impl Item {
    fn of_operation(key: &OperationKey, end: &End, lost: Option<&str>) -> Self {
        let address = code(&key.address.to_string());
        let done = match lost {
            Some(lost) => format!("destroyed for good: {address} ({lost})"),
            None => format!("{} {address}", wording::past_tense(key.verb)),
        };
        let (result, words, error) = match end {
            End::Done { .. } => ("done", done, None),
            End::Failed { error } => {
                let words = format!("{} of {address} failed: {}", wording::noun(key.verb), code(error));
                ("failed", words, Some(error))
            }
            End::Unknown { error } => {
                let words = format!(
                    "{address} may or may not have been {}: {}",
                    wording::past_tense(key.verb),
                    code(error)
                );
                ("unknown", words, Some(error))
            }
            End::Skipped { .. } => ("skipped", format!("skipped: {address}"), None),
            End::NotStarted => ("not-started", format!("not started: {address}"), None),
        };
        let rank = match end {
            End::Skipped { .. } | End::NotStarted => Rank::Idle,
            _ if lost.is_some() => Rank::Irreversible,
            _ if key.verb == Verb::Delete => Rank::Destroys,
            End::Failed { .. } | End::Unknown { .. } => Rank::Trouble,
            End::Done { .. } => Rank::Ordinary,
        };
        let action = match key.verb {
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Delete => "delete",
        };
        let mut item = Self { rank, words, json: Map::new() };
        item.put("address", key.address.to_string()).put("action", action).put("result", result);
        if let Some(lost) = lost {
            item.put("irreversible", lost);
        }
        if let Some(error) = error {
            item.put("error", cut(error));
        }
        item
    }

    fn of_finding(finding: &Finding<'_>, change: Option<&Change>) -> Self {
        let lost = finding.action.and(change).and_then(|change| change.irreversible);
        let fields: Vec<String> =
            finding.attributes.iter().map(|attribute| attribute.path.to_string()).collect();
        let address = code(&finding.address.to_string());
        let fate = match (finding.action, lost) {
            (Some(_), Some(_)) => ", will be destroyed for good",
            (Some(Action::Delete), None) => ", will be destroyed",
            (Some(Action::Replace), None) => ", will be replaced",
            _ => "",
        };
        let named =
            if fields.is_empty() { String::new() } else { format!(" ({})", code(&fields.join(", "))) };
        let rank = match (finding.class, finding.action) {
            (_, Some(_)) if lost.is_some() => Rank::Irreversible,
            (Class::Missing, _) | (_, Some(Action::Delete | Action::Replace)) => Rank::Destroys,
            (Class::Changed | Class::Unknown, _) => Rank::Trouble,
            _ => Rank::Ordinary,
        };
        let words = format!("{}{fate}: {address}{named}", finding.class);
        let mut item = Self { rank, words, json: Map::new() };
        item.put("address", finding.address.to_string()).put("class", finding.class.to_string());
        if let Some(action) = finding.action.and_then(action) {
            item.put("action", action);
        }
        if !fields.is_empty() {
            item.put("fields", fields);
        }
        if let Some(lost) = lost {
            item.put("irreversible", lost);
        }
        item
    }

    fn over(known: &Known) -> Self {
        let address = known.address.to_string();
        let words = format!("no longer {}: {}", known.class, code(&address));
        let mut item = Self { rank: Rank::Idle, words, json: Map::new() };
        item.put("address", address).put("class", known.class.to_string()).put("over", true);
        item
    }

    fn put(&mut self, name: &str, value: impl Into<Json>) -> &mut Self {
        self.json.insert(name.to_owned(), value.into());
        self
    }
}

const fn action(action: Action) -> Option<&'static str> {
    match action {
        Action::NoOp => None,
        Action::Delete => Some("delete"),
        other => Some(wording::word(other)),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

/// Foreign text as code. Slack looks for `<…>` even there.
fn code(text: &str) -> String {
    let plain = printable(&cut(text)).replace("\\n", " ").replace('`', "'");
    format!("`{}`", plain.replace('<', "‹").replace('>', "›"))
}

#[cfg(test)]
mod tests;
