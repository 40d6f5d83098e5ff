//! The end of a drift check.

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use crate::plan::drift::{BaselineDiff, Class, Finding, Findings, Known};
use crate::plan::{Action, Change, Plan};
use crate::render::json::drift_summary;
use crate::render::wording;
use crate::resource::Address;

use super::message::{About, End, Item, code};

/// What a drift check found, as far as it is new and `reported`; `None` if that leaves nothing. `since` is
/// when the earlier check was.
pub fn drift(
    plan: &Plan,
    since_baseline: &BaselineDiff,
    since: Option<&str>,
    reported: impl Fn(Class) -> bool,
    about: &About<'_>,
) -> Option<Json> {
    let findings = Findings::of(plan);
    let changes: HashMap<&Address, &Change> =
        plan.changes.iter().map(|change| (&change.address, change)).collect();
    let known: HashMap<(&Address, Class), Finding<'_>> =
        findings.all().map(|finding| ((finding.address, finding.class), finding)).collect();
    let new = since_baseline.new.iter().filter(|new| reported(new.class));
    let new = new.filter_map(|new| known.get(&(&new.address, new.class)));
    let new = new.map(|finding| found(finding, changes.get(finding.address).copied()));
    let items: Vec<Item> = new
        .chain(since_baseline.resolved.iter().filter(|known| reported(known.class)).map(resolved))
        .collect();
    if items.is_empty() {
        return None;
    }
    let mut headline = wording::drift_sentence(&findings);
    if let Some(since) = since {
        headline.push_str(&format!(" New since the check of {since}:"));
    }
    let result = if findings.has_drift() { "drift" } else { "no-drift" };
    let end = End { event: "drift", result, summary: drift_summary(&findings).into(), headline, items };
    Some(end.message(about))
}

fn found(finding: &Finding<'_>, change: Option<&Change>) -> Item {
    let loss = finding.action.and(change).and_then(|change| change.irreversible);
    let fields: Vec<String> = finding.attributes.iter().map(|attribute| attribute.path.to_string()).collect();
    let outcome = match (finding.action, loss) {
        (Some(_), Some(_)) => ", will be permanently destroyed",
        (Some(Action::Delete), None) => ", will be destroyed",
        (Some(Action::Replace), None) => ", will be replaced",
        _ => "",
    };
    let named = if fields.is_empty() { String::new() } else { format!(" ({})", code(&fields.join(", "))) };
    let address = finding.address.to_string();
    let mut json = json!({"address": address, "class": finding.class});
    if let Some(action) = finding.action.and_then(action) {
        json["action"] = action.into();
    }
    if !fields.is_empty() {
        json["fields"] = fields.into();
    }
    if let Some(loss) = loss {
        json["irreversible"] = loss.into();
    }
    let destroys = matches!(finding.action, Some(Action::Delete | Action::Replace));
    Item {
        urgent: destroys || !matches!(finding.class, Class::Pending | Class::Unmanaged),
        text: format!("{}{outcome}: {}{named}", finding.class, code(&address)),
        json,
    }
}

fn resolved(known: &Known) -> Item {
    let address = known.address.to_string();
    let text = format!("no longer {}: {}", known.class, code(&address));
    Item { urgent: false, text, json: json!({"address": address, "class": known.class, "over": true}) }
}

const fn action(action: Action) -> Option<&'static str> {
    match action {
        Action::NoOp => None,
        Action::Delete => Some("delete"),
        other => Some(wording::word(other)),
    }
}
