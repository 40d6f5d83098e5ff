//! What happens, as a stream of JSON objects, one on a line, in the format of Terraform's `-json` UI:
//! version, planned changes, summary, progress of an apply, diagnostics. Readers skip keys and types they
//! don't know, so this stream may have more.

use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::apply::Outcomes;
use crate::apply::event::{End, Event, Reporter, Wait};
use crate::model::diagnostic::{Diagnostics, Severity, SourceMap};
use crate::model::value::Value;
use crate::plan::{Action, DriftKind, OperationKey, Plan, Stale, StaleField, Summary};
use crate::resource::Address;

use super::json::{diagnostic as diagnostic_json, reason_code, write};
use super::wording;

/// The version of Terraform's UI format that is followed.
const UI_VERSION: &str = "1.2";

/// Writes the stream. It never stops an apply: after an error nothing more is written, and [`Events::finish`]
/// gives the error.
pub struct Events<W, C> {
    out: W,
    clock: C,
    written: io::Result<()>,
}

impl<W: Write, C: FnMut() -> String> Events<W, C> {
    /// Writes to `out`; `clock` gives the time of each line, RFC 3339.
    pub const fn new(out: W, clock: C) -> Self {
        Self { out, clock, written: Ok(()) }
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// If not all of it could be written.
    pub fn finish(self) -> io::Result<()> {
        self.written
    }

    /// The error that ended the stream, if one did: what was written before an apply is then not complete.
    ///
    /// # Errors
    /// If not all of it could be written.
    pub fn check(&mut self) -> io::Result<()> {
        std::mem::replace(&mut self.written, Ok(()))
    }

    /// The first line of a stream.
    pub fn version(&mut self) {
        let version = env!("CARGO_PKG_VERSION");
        let message = format!("nautform {version}");
        self.line("info", &message, "version", json!({"nautform": version, "ui": UI_VERSION}));
    }

    /// The drift, the changes and the summary of a plan.
    pub fn plan(&mut self, plan: &Plan) {
        for drift in &plan.drift {
            let action = if drift.kind == DriftKind::Missing { "delete" } else { "update" };
            let message = format!("{}: Drift detected ({action})", drift.address);
            let paths: Vec<_> = drift.attributes.iter().map(|field| field.path.to_string()).collect();
            let change =
                json!({"resource": resource(&drift.address), "action": action, "changed_paths": paths});
            self.line("info", &message, "resource_drift", json!({"change": change}));
        }
        for change in plan.changing() {
            let action = planned(change.action);
            let message = format!("{}: Plan to {action}", change.address);
            let paths: Vec<_> = change.attributes.iter().map(|field| field.path.to_string()).collect();
            let mut body =
                json!({"resource": resource(&change.address), "action": action, "changed_paths": paths});
            if let Some(reason) = change.reasons.iter().find_map(reason_code) {
                // Terraform's stream has shorter words than its plans for why something is replaced.
                body["reason"] = reason.trim_start_matches("replace_because_").into();
            }
            if change.adopts() {
                body["adopts"] = true.into();
            }
            if change.is_unchecked() {
                body["sent_unchecked"] = true.into();
            }
            if let Some(what) = change.irreversible {
                body["irreversible"] = what.into();
            }
            self.line("info", &message, "planned_change", json!({"change": body}));
        }
        for change in &plan.protections {
            let body = json!({"protection": change});
            self.line("warn", &wording::protection(change), "protection_change", body);
        }
        let summary = plan.summary();
        self.summary(&summary, &wording::plan_sentence(&summary), "plan");
    }

    /// What an apply (or, with `destroy`, a destroy) wrote.
    pub fn outcomes(&mut self, outcomes: &Outcomes, destroy: bool) {
        let summary = outcomes.summary();
        let message = wording::end_sentence(outcomes, destroy);
        self.summary(&summary, &message, if destroy { "destroy" } else { "apply" });
    }

    fn summary(&mut self, summary: &Summary, message: &str, operation: &str) {
        let Summary { add, change, destroy, .. } = *summary;
        // Nothing needs importing; readers of Terraform's stream expect the count all the same.
        let mut changes =
            json!({"add": add, "change": change, "import": 0, "remove": destroy, "operation": operation});
        if summary.forget > 0 {
            changes["forget"] = summary.forget.into();
        }
        self.line("info", message, "change_summary", json!({"changes": changes}));
    }

    /// Diagnostics, in the order in which they are shown.
    pub fn diagnostics(&mut self, diagnostics: &Diagnostics, sources: &SourceMap) {
        for diagnostic in diagnostics.sorted() {
            let (level, word) = match diagnostic.severity {
                Severity::Error => ("error", "Error"),
                Severity::Warning => ("warn", "Warning"),
            };
            let message = format!("{word}: {}", diagnostic.message);
            let body = json!({"diagnostic": diagnostic_json(diagnostic, sources)});
            self.line(level, &message, "diagnostic", body);
        }
    }

    /// A failure without a place in a manifest.
    pub fn error(&mut self, summary: &str, detail: &str) {
        let body = json!({"diagnostic": {"severity": "error", "summary": summary, "detail": detail}});
        self.line("error", &format!("Error: {summary}"), "diagnostic", body);
    }

    fn line(&mut self, level: &str, message: &str, kind: &str, body: Json) {
        let mut line = json!({
            "@level": level,
            "@message": message,
            "@module": "nautform.ui",
            "@timestamp": (self.clock)(),
            "type": kind,
        });
        if let (Some(line), Json::Object(body)) = (line.as_object_mut(), body) {
            line.extend(body);
        }
        if self.written.is_ok() {
            self.written = write::compact(&line, &mut self.out).and_then(|()| self.out.flush());
        }
    }

    fn hook(&mut self, level: &str, message: &str, kind: &str, operation: &OperationKey, more: Json) {
        let mut hook =
            json!({"resource": resource(&operation.address), "action": wording::verb(operation.verb)});
        if let (Some(hook), Json::Object(more)) = (hook.as_object_mut(), more) {
            hook.extend(more);
        }
        self.line(level, message, kind, json!({"hook": hook}));
    }

    fn ended(&mut self, operation: &OperationKey, end: &End, elapsed: Duration) {
        let seconds = elapsed.as_secs();
        let ((_, complete), noun) = (wording::progressive(operation.verb), wording::noun(operation.verb));
        let address = &operation.address;
        match end {
            End::Done { warning } => {
                let message = format!("{address}: {complete} complete after {seconds}s");
                let mut more =
                    json!({"id_key": "name", "id_value": address.name(), "elapsed_seconds": seconds});
                if let Some(warning) = warning {
                    more["warning"] = warning.as_str().into();
                }
                self.hook("info", &message, "apply_complete", operation, more);
            }
            End::Failed { error } => {
                let message = format!("{address}: {noun} errored after {seconds}s");
                let more = json!({"elapsed_seconds": seconds, "error": error});
                self.hook("error", &message, "apply_errored", operation, more);
            }
            End::Incomplete { error } => {
                let message = format!("{address}: {noun} incomplete after {seconds}s");
                let more = json!({"elapsed_seconds": seconds, "error": error, "incomplete": true});
                self.hook("error", &message, "apply_errored", operation, more);
            }
            End::Deleting { message: what, .. } => {
                let message = format!("{address}: {noun} accepted after {seconds}s");
                let more = json!({
                    "id_key": "name", "id_value": address.name(), "elapsed_seconds": seconds,
                    "warning": what, "deleting": true,
                });
                self.hook("info", &message, "apply_complete", operation, more);
            }
            End::Unknown { error } => {
                let message = format!("{address}: the {noun} may or may not have happened");
                let more = json!({"elapsed_seconds": seconds, "error": error, "unknown": true});
                self.hook("error", &message, "apply_errored", operation, more);
            }
            End::Changed { stale } => {
                let message = format!(
                    "{address}: {}, changed since it was planned: {}",
                    wording::not_sent(operation.verb),
                    wording::stale(stale)
                );
                let more = json!({
                    "elapsed_seconds": seconds, "error": wording::stale(stale), "stale": stale_json(stale),
                });
                self.hook("error", &message, "apply_errored", operation, more);
            }
            End::Skipped { because } => {
                let message = format!("{address}: {noun} skipped because of {}", because.address);
                let more = json!({"because": resource(&because.address)});
                self.hook("warn", &message, "apply_skipped", operation, more);
            }
            End::NotStarted => {
                let message = format!("{address}: {noun} not started, the run was stopped");
                self.hook("warn", &message, "apply_skipped", operation, json!({"because": Json::Null}));
            }
        }
    }
}

impl<W: Write, C: FnMut() -> String> Reporter for Events<W, C> {
    fn report(&mut self, event: &Event) {
        match event {
            Event::Started { operation } => {
                let message = format!("{}: {}...", operation.address, wording::progressive(operation.verb).0);
                let more = json!({"id_key": "name", "id_value": operation.address.name()});
                self.hook("info", &message, "apply_start", operation, more);
            }
            Event::Waiting { operation, wait, delay, message, attempt, .. } => {
                let text = format!("{}: {message}; next try in {}s", operation.address, delay.as_secs());
                let more = json!({
                    "wait": waiting(*wait), "delay_seconds": delay.as_secs_f64(),
                    "attempt": attempt, "message": message,
                });
                self.hook("info", &text, "apply_progress", operation, more);
            }
            Event::Progress { operation, elapsed, wait } => {
                let verb = wording::progressive(operation.verb).0.to_lowercase();
                let seconds = elapsed.as_secs();
                let text = format!("{}: Still {verb}... [{seconds}s elapsed]", operation.address);
                let mut more = json!({"elapsed_seconds": seconds});
                if let Some(wait) = wait {
                    more["wait"] = waiting(*wait).into();
                }
                self.hook("info", &text, "apply_progress", operation, more);
            }
            Event::Ended { operation, end, elapsed } => self.ended(operation, end, *elapsed),
            Event::Interrupted => {
                self.line("warn", wording::INTERRUPTED, "log", json!({}));
            }
            Event::StateNotSaved { error } => self.error("the state could not be saved", error),
        }
    }
}

/// What others changed since it was planned.
fn stale_json(stale: &Stale) -> Json {
    let value = |value: &Option<Value>| value.as_ref().map_or(Json::Null, Value::to_json);
    let field = |field: &StaleField| {
        json!({
            "path": field.path.to_string(), "planned_from": value(&field.planned_from),
            "found": value(&field.found), "wanted": value(&field.wanted),
        })
    };
    json!({"message": stale.message, "fields": stale.fields.iter().map(field).collect::<Vec<_>>()})
}

fn resource(address: &Address) -> Json {
    json!({
        "addr": address.to_string(),
        "module": "",
        "resource": address.to_string(),
        "implied_provider": "nautes",
        "resource_type": address.kind().name,
        "resource_name": address.name(),
        "resource_key": Json::Null,
        "product": address.product(),
    })
}

const fn planned(action: Action) -> &'static str {
    match action {
        Action::NoOp => "noop",
        Action::Create => "create",
        Action::Update => "update",
        Action::Replace => "replace",
        Action::Delete => "delete",
        // Terraform's word for removing an object from the state only.
        Action::Forget => "remove",
    }
}

const fn waiting(wait: Wait) -> &'static str {
    match wait {
        Wait::Sync => "sync",
        Wait::Deletion => "deletion",
        Wait::Retry => "retry",
        Wait::Server => "server",
    }
}

#[cfg(test)]
mod tests;
