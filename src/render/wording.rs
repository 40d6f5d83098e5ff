//! Actions, reasons and counts in words: in one place, so that text, Markdown, HTML and JSON have the same.

use crate::apply::Outcomes;
use crate::model::diagnostic::Severity;
use crate::model::value::{Path, Value};
use crate::plan::drift::Findings;
use crate::plan::{
    Action, Blocked, Change, DriftKind, Plan, ProtectionChange, Reason, RefusalKind, Stale, StaleField,
    Summary, Suppressed,
};
use crate::resource::Address;
use crate::state::Verb;

use super::diff_view::Sign;

/// The sentence that an address begins, without it: "will be created".
pub(super) fn outcome(change: &Change) -> &'static str {
    match change.action {
        Action::Forget if change.reasons.contains(&Reason::Vanished) => {
            "no longer exists on the server and will be forgotten"
        }
        Action::NoOp => "stays as it is",
        Action::Create => "will be created",
        Action::Update if change.resends() && change.attributes.is_empty() => "will be sent again",
        Action::Update => "will be updated in-place",
        Action::Replace => "must be replaced",
        Action::Delete => "will be destroyed",
        Action::Forget => "will no longer be managed by nautform, and stays on the server",
    }
}

/// The run was asked to stop.
pub(super) const INTERRUPTED: &str = "Interrupt received. No new operations are started; running writes end \
                                      first. Interrupt again to stop now.";

/// The sign in front of an object.
pub(super) const fn symbol(action: Action) -> Sign {
    match action {
        Action::NoOp => Sign::Same,
        Action::Create => Sign::Add,
        Action::Update => Sign::Change,
        Action::Replace => Sign::Replace,
        Action::Delete => Sign::Remove,
        Action::Forget => Sign::Forget,
    }
}

/// An action in the legend.
pub(super) const fn legend(action: Action) -> &'static str {
    match action {
        Action::NoOp => "no change",
        Action::Create => "create",
        Action::Update => "update in-place (current -> planned)",
        Action::Replace => "destroy and then create replacement",
        Action::Delete => "destroy",
        Action::Forget => "forget, without destroying",
    }
}

/// One word for an action: the class of a line, a column of a table.
pub(super) const fn word(action: Action) -> &'static str {
    match action {
        Action::NoOp => "no-op",
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace => "replace",
        Action::Delete => "destroy",
        Action::Forget => "forget",
    }
}

/// The order in which actions are listed.
pub(super) const ACTIONS: [Action; 5] =
    [Action::Create, Action::Update, Action::Replace, Action::Delete, Action::Forget];

/// Those that a plan has.
pub(super) fn used_actions(plan: &Plan) -> Vec<Action> {
    let is_used = |action: &Action| plan.changing().any(|change| change.action == *action);
    ACTIONS.into_iter().filter(is_used).collect()
}

/// How bad a diagnostic is.
pub(super) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// An operation while it runs and when it is done: "Creating", "Creation".
pub(super) const fn progressive(verb: Verb) -> (&'static str, &'static str) {
    match verb {
        Verb::Create => ("Creating", "Creation"),
        Verb::Update => ("Modifying", "Modifications"),
        Verb::Delete => ("Destroying", "Destruction"),
    }
}

/// The name of an operation that failed.
pub(super) const fn noun(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "creation",
        Verb::Update => "update",
        Verb::Delete => "destruction",
    }
}

/// What has been done to an object.
pub(super) const fn past_tense(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "created",
        Verb::Update => "changed",
        Verb::Delete => "destroyed",
    }
}

/// `Environment "dev" (product "shop")`.
pub(super) fn title(address: &Address) -> String {
    match address.product() {
        Some(product) => format!("{} {:?} (product {product:?})", address.kind().name, address.name()),
        None => format!("{} {:?}", address.kind().name, address.name()),
    }
}

/// The reason as a remark, unless the action implies it.
pub(super) fn reason(reason: &Reason) -> Option<String> {
    Some(match reason {
        Reason::NotLive | Reason::Differs | Reason::WrittenBefore(_) => return None,
        Reason::FixedField(path) => format!("because {path} can't be changed in place"),
        Reason::ReplacedWith(address) => format!("because {address}, which it depends on, is replaced"),
        Reason::ManifestGone(Some(file)) => {
            format!("because it is no longer in the manifests; last seen in {file}")
        }
        Reason::ManifestGone(None) => "because it is no longer in the manifests".to_owned(),
        Reason::Destroy => "because it is to be destroyed".to_owned(),
        Reason::Unchecked => "sent unchecked, with insecure_skip_check=true, as was allowed".to_owned(),
        Reason::UncheckedHalf(verb) => {
            format!("the {verb} is sent unchecked, with insecure_skip_check=true, as was allowed")
        }
        Reason::Blocking => "every write to its product is refused as long as it is as it is".to_owned(),
        Reason::Pruned => "because no manifest declares it, and it was to be pruned".to_owned(),
        Reason::Vanished => "because it was deleted outside of nautform since the last apply".to_owned(),
        Reason::Interrupted => "because an earlier run was interrupted while it wrote it".to_owned(),
        Reason::Incomplete(why) => format!("because an earlier write of it is incomplete: {why}"),
        Reason::Adopted => "it exists already; apply takes it into the state".to_owned(),
        Reason::TakenOver => "not managed here until now: will be taken over".to_owned(),
        Reason::NotManaged => "not managed here until now".to_owned(),
        Reason::Orphaned => "because of the annotation nautform.dev/deletion-policy: orphan".to_owned(),
        Reason::Renamed(to) => {
            format!(
                "it looks like {to} under another name; the server can't rename, so this one is destroyed"
            )
        }
        Reason::NeverSent(paths) => {
            format!("{} can't be compared: never sent by nautform", list(paths))
        }
        Reason::Resets(paths) => format!(
            "this write resets what the server does not return and the manifest does not declare: {}",
            list(paths)
        ),
        Reason::Unreadable(why) => format!("compared with the last apply only: {why}"),
    })
}

fn list(paths: &[Path]) -> String {
    paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What a change permanently destroys, as a sentence, if it does.
pub(super) fn destroyed(change: &Change) -> Option<String> {
    change.irreversible.map(|what| format!("Permanently destroys {what}. This can't be undone."))
}

/// How an object changed outside of nautform: "has changed".
pub(super) const fn happened(kind: DriftKind) -> &'static str {
    match kind {
        DriftKind::Changed => "has changed",
        DriftKind::Missing => "has been deleted",
    }
}

/// A word for a refusal.
pub(super) const fn refusal(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::InUse => "in-use",
        RefusalKind::MissingReference => "missing-reference",
        RefusalKind::Protected => "protected",
        RefusalKind::Irreversible => "irreversible",
        RefusalKind::EmptiedFile => "emptied-file",
        RefusalKind::SkippedManifest => "skipped-manifest",
        RefusalKind::Threshold => "threshold",
        RefusalKind::Rehearsal => "rehearsal",
        RefusalKind::Replacement => "replacement",
        RefusalKind::Unknown => "unknown",
        RefusalKind::MissingSecret => "missing-secret",
        RefusalKind::AboveOwner => "above-owner",
        RefusalKind::SameObject => "same-object",
    }
}

/// A change of a protection: `Product/shop: nautform.dev/prevent-destroy: true -> (not set), permits more`.
pub(super) fn protection(change: &ProtectionChange) -> String {
    let about = change.address.as_ref().map_or("nautform.yaml".to_owned(), ToString::to_string);
    let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "(not set)".to_owned());
    let effect = if change.permits_more { "permits more" } else { "permits less" };
    format!("{about}: {}: {} -> {}, {effect}", change.name, side(&change.before), side(&change.after))
}

/// What stands above the changes of protections.
pub(super) const PROTECTIONS: &str = "Protections change with this plan:";

/// Terraform's sentence: `Plan: 1 to add, 2 to change, 0 to destroy.`
pub(super) fn plan_sentence(summary: &Summary) -> String {
    let forget = if summary.forget > 0 { format!(", {} to forget", summary.forget) } else { String::new() };
    let protections = match summary.protections {
        0 => String::new(),
        number => format!(", {} to change", count(number, "protection")),
    };
    format!(
        "Plan: {} to add, {} to change, {} to destroy{forget}{protections}.",
        summary.add, summary.change, summary.destroy
    )
}

/// Terraform's sentence at the end of a run: `Apply complete! Resources: 1 added, 0 changed, 0 destroyed.`
pub(super) fn end_sentence(outcomes: &Outcomes, destroy: bool) -> String {
    let Summary { add, change, destroy: destroyed, .. } = outcomes.summary();
    let (run, counts) = if destroy {
        ("Destroy", format!("Resources: {destroyed} destroyed."))
    } else {
        ("Apply", format!("Resources: {add} added, {change} changed, {destroyed} destroyed."))
    };
    let end = if outcomes.is_complete() {
        "complete!"
    } else if outcomes.interrupted {
        "interrupted."
    } else {
        "incomplete."
    };
    format!("{run} {end} {counts}")
}

/// What did not happen to an object that others changed.
pub(super) const fn not_sent(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "not created",
        Verb::Update => "not updated",
        Verb::Delete => "not destroyed",
    }
}

/// What others changed, in one line: `language: planned from "go", found "java", wanted "rust"`.
pub(super) fn stale(stale: &Stale) -> String {
    let shown = |value: &Option<Value>| {
        value.as_ref().map_or_else(|| "nothing".to_owned(), |value| value.to_json().to_string())
    };
    let field = |field: &StaleField| {
        let StaleField { path, planned_from, found, wanted } = field;
        let values = [planned_from, found, wanted].map(shown);
        format!("{path}: planned from {}, found {}, wanted {}", values[0], values[1], values[2])
    };
    let all: Vec<String> = stale.message.iter().cloned().chain(stale.fields.iter().map(field)).collect();
    all.join("; ")
}

/// The sentence in place of a plan when there is nothing to do, and the reason for it.
pub(super) fn nothing_to_do(plan: &Plan, destroy: bool) -> (&'static str, String) {
    let compared = count(plan.changes.len(), "object");
    let left_out = plan.left_out.len();
    if destroy && left_out == 0 {
        let base = "Nothing that nautform manages here exists on the server.".to_owned();
        ("No changes. No objects need to be destroyed.", base)
    } else if plan.gaps.is_empty() && left_out > 0 {
        let requests = count(plan.requests, "request");
        let base = format!(
            "nautform has compared {compared} in {requests}; {} left out.",
            if left_out == 1 { "1 object was".to_owned() } else { format!("{left_out} objects were") }
        );
        ("No changes. The selected objects match the configuration.", base)
    } else if plan.gaps.is_empty() {
        let requests = requests(plan);
        let base = format!(
            "nautform has compared {compared} in {requests} and found no differences, so no changes \
             are needed."
        );
        ("No changes. Your Nautes platform matches the configuration.", base)
    } else {
        let unknown = count(plan.gaps.len(), "object");
        let base = format!("But {unknown} could not be read, so there may be more differences.");
        ("No changes found.", base)
    }
}

/// The blocked products of a plan that no refusal is about.
pub(super) fn blocked(plan: &Plan) -> impl Iterator<Item = &Blocked> {
    plan.blocked.iter().filter(|found| plan.is_apart(found))
}

/// Of objects that the API shows as if nothing was wrong, or not at all, since something is wrong in Git.
pub(super) const BROKEN: &str = "broken behind the API";

/// `9 requests`, `1 request and 40 to GitLab`.
pub(super) fn requests(plan: &Plan) -> String {
    let requests = count(plan.requests, "request");
    match plan.read_from.gitlab_requests {
        0 => requests,
        number => format!("{requests} and {number} to GitLab"),
    }
}

/// What a drift check found: `Drift: 1 changed, 1 missing; 2 pending, 0 unmanaged, 0 unknown, 14 in sync.`
/// What makes it fail stands before the semicolon.
pub(super) fn drift_sentence(findings: &Findings<'_>) -> String {
    if findings.is_clean() {
        return "No drift. Your Nautes platform still matches the configuration.".to_owned();
    }
    let worse = [
        (findings.incomplete.len(), "incomplete"),
        (findings.broken.len(), "broken"),
        (
            findings.blocked.len(),
            if findings.blocked.len() == 1 { "product blocked" } else { "products blocked" },
        ),
    ];
    let worse = worse.into_iter().filter(|(number, _)| *number > 0);
    let worse = worse.map(|(number, what)| format!("{number} {what}")).collect::<Vec<_>>().join(", ");
    let drift = match (findings.has_drift(), worse.is_empty()) {
        (true, is_all) => {
            let also = if is_all { String::new() } else { format!(", {worse}") };
            format!("Drift: {} changed, {} missing{also}", findings.drifted.len(), findings.missing.len())
        }
        (false, true) => "No drift".to_owned(),
        (false, false) => format!("No drift, but {worse}"),
    };
    let suppressed = match findings.suppressed {
        0 => String::new(),
        number => format!(", {number} suppressed"),
    };
    format!(
        "{drift}; {} pending, {} unmanaged, {} unknown, {} in sync{suppressed}.",
        findings.pending.len(),
        findings.unmanaged.len(),
        findings.unknown.len(),
        findings.in_sync
    )
}

/// `suppressed until 2027-01-31: language (the teams choose)`.
pub(super) fn suppressed(rule: &Suppressed) -> String {
    let until = rule.until.map(|until| format!(" until {until}")).unwrap_or_default();
    let fields: Vec<String> = rule.fields.iter().map(ToString::to_string).collect();
    let fields = if fields.is_empty() { "everything".to_owned() } else { fields.join(", ") };
    let reason = rule.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    format!("suppressed{until}: {fields}{reason}")
}

/// The verb of so many objects.
pub(super) const fn are(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// `1 object`, `2 objects`.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
