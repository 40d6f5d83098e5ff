//! What happens, as a stream of JSON objects, one on a line, in the format of Terraform's `-json` UI:
//! version, planned changes, summary, progress of an apply, diagnostics. Readers skip keys and types they
//! don't know, so this stream may have more.

use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::apply::Outcomes;
use crate::apply::event::{End, Event, Reporter, Wait};
use crate::model::diagnostic::{Diagnostic, Diagnostics, Severity, SourceMap};
use crate::model::hint::{HintText, spell};
use crate::model::value::Value;
use crate::model::way_out::WayOut;
use crate::plan::diff::AttributeChange;
use crate::plan::{Action, DriftKind, Gap, OperationKey, Plan, Stale, StaleField, Summary};
use crate::resource::Address;

use super::json::{diagnostic as diagnostic_json, reason_code, write};
use super::{ways, wording};

/// The version of Terraform's UI format that is followed.
pub(super) const UI_VERSION: &str = "1.2";

/// Writes the stream. It never stops an apply: after an error nothing more is written, and [`Events::finish`]
/// gives the error.
pub struct Events<W, C> {
    out: W,
    clock: C,
    written: io::Result<()>,
    /// The environment of the plan, of a fleet that has several.
    environment: Option<String>,
}

impl<W: Write, C: FnMut() -> String> Events<W, C> {
    /// Writes to `out`; `clock` gives the time of each line, RFC 3339.
    pub const fn new(out: W, clock: C) -> Self {
        Self { out, clock, written: Ok(()), environment: None }
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

    /// A plan: what was read, the drift, the changes, the summary, and what prevents an apply.
    pub fn plan(&mut self, plan: &Plan, sources: Option<&SourceMap>, hints: HintText) {
        self.refreshed(plan);
        self.changes(plan);
        let summary = plan.summary();
        self.environment.clone_from(&plan.environment);
        self.summary(&summary, &wording::plan_sentence(&summary), "plan");
        self.problems(plan, sources, hints);
    }

    /// The objects that exist and were read.
    fn refreshed(&mut self, plan: &Plan) {
        let read = || plan.changes.iter().filter(|change| change.before.is_some());
        let steps = [("refresh_start", "Refreshing state..."), ("refresh_complete", "Refresh complete")];
        for (kind, what) in steps {
            for change in read() {
                let name = change.address.name();
                let message = format!("{}: {what} [name={name}]", change.address);
                let hook = json!({"resource": resource(&change.address), "id_key": "name", "id_value": name});
                self.line("info", &message, kind, json!({"hook": hook}));
            }
        }
    }

    /// Why a plan can't be applied, and what is wrong besides.
    fn problems(&mut self, plan: &Plan, sources: Option<&SourceMap>, hints: HintText) {
        let nowhere = SourceMap::new();
        let mut found = Vec::new();
        for refusal in &plan.refusals {
            let mut problem = Diagnostic::error(wording::refusal(refusal.kind), refusal.message.as_str());
            problem.address = refusal.address.as_ref().map(ToString::to_string);
            problem.help = spell(&refusal.hints, hints).or_else(|| best_way(plan, hints));
            if let Some(span) = refusal.span.filter(|_| sources.is_some()) {
                problem = problem.at(span);
            }
            found.push(problem);
        }
        let gap = |gap: &Gap| Diagnostic::error("unreadable", gap.why.as_str()).about(&gap.address);
        found.extend(plan.gaps.iter().map(gap));
        for blocked in wording::blocked(plan) {
            let mut problem = Diagnostic::warning("blocked", blocked.sentence()).about(&blocked.address);
            problem.help = ways::among(&blocked.ways_out).first().map(|way| help(way, hints));
            found.push(problem);
        }
        found.iter().for_each(|problem| self.diagnostic(problem, sources.unwrap_or(&nowhere)));
    }

    fn changes(&mut self, plan: &Plan) {
        for drift in &plan.drift {
            let action = if drift.kind == DriftKind::Missing { "delete" } else { "update" };
            let message = format!("{}: Drift detected ({action})", drift.address);
            let body = change(&drift.address, action, &drift.attributes);
            self.line("info", &message, "resource_drift", json!({"change": body}));
        }
        for planned in plan.changing() {
            let action = word(planned.action);
            let message = format!("{}: Plan to {action}", planned.address);
            let mut body = change(&planned.address, action, &planned.attributes);
            if let Some(reason) = planned.reasons.iter().find_map(reason_code) {
                // Terraform's stream has shorter words than its plans for why something is replaced.
                body["reason"] = reason.trim_start_matches("replace_because_").into();
            }
            if planned.adopts() {
                body["adopts"] = true.into();
            }
            if planned.is_unchecked() {
                body["sent_unchecked"] = true.into();
            }
            if let Some(what) = planned.irreversible {
                body["irreversible"] = what.into();
            }
            self.line("info", &message, "planned_change", json!({"change": body}));
        }
        for change in &plan.protections {
            let body = json!({"protection": change});
            self.line("warn", &wording::protection(change), "protection_change", body);
        }
    }

    /// What an apply (or, with `destroy`, a destroy) wrote, and why it did not write the rest.
    pub fn outcomes(&mut self, outcomes: &Outcomes, destroy: bool) {
        let nowhere = SourceMap::new();
        for (operation, end) in &outcomes.ends {
            let address = &operation.address;
            let problem = match end {
                End::Done { warning: Some(warning) } | End::Deleting { message: warning, .. } => {
                    Diagnostic::warning("unconfirmed", warning.as_str())
                }
                End::Failed { error } => Diagnostic::error("failed", error.as_str()),
                End::Incomplete { error } => Diagnostic::error("incomplete", error.as_str()),
                End::Unknown { error } => Diagnostic::error("unknown", error.as_str()),
                End::Changed { stale } => Diagnostic::error("stale", wording::stale(stale)),
                End::Done { warning: None } | End::Skipped { .. } | End::NotStarted => continue,
            };
            self.diagnostic(&problem.about(address), &nowhere);
        }
        if let Some(why) = &outcomes.halted {
            self.error("no new operation was started", why);
        }
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
        let mut body = json!({"changes": changes});
        if let Some(environment) = &self.environment {
            body["environment"] = environment.as_str().into();
        }
        self.line("info", message, "change_summary", body);
    }

    /// Diagnostics, in the order in which they are shown.
    pub fn diagnostics(&mut self, diagnostics: &Diagnostics, sources: &SourceMap) {
        diagnostics.sorted().into_iter().for_each(|diagnostic| self.diagnostic(diagnostic, sources));
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic, sources: &SourceMap) {
        let body = json!({"diagnostic": diagnostic_json(diagnostic, sources)});
        let about = diagnostic.address.as_ref().map(|address| format!("{address}: ")).unwrap_or_default();
        self.problem(diagnostic.severity, &format!("{about}{}", diagnostic.message), body);
    }

    /// A failure without a place in a manifest.
    pub fn error(&mut self, summary: &str, detail: &str) {
        self.without_place(Severity::Error, summary, detail);
    }

    /// The same, of what prevents nothing.
    pub fn warning(&mut self, summary: &str, detail: &str) {
        self.without_place(Severity::Warning, summary, detail);
    }

    fn without_place(&mut self, severity: Severity, summary: &str, detail: &str) {
        let problem = json!({"severity": wording::severity(severity), "summary": summary, "detail": detail});
        self.problem(severity, summary, json!({"diagnostic": problem}));
    }

    /// The objects that are not as they were when a saved plan was made.
    pub fn stale(&mut self, all: &[Stale]) {
        for stale in all {
            let problem = Diagnostic::error("stale", "it has changed since the plan was made");
            let problem = problem.about(&stale.address).help(wording::stale(stale));
            self.diagnostic(&problem, &SourceMap::new());
        }
    }

    fn problem(&mut self, severity: Severity, summary: &str, body: Json) {
        let (level, word) = match severity {
            Severity::Error => ("error", "Error"),
            Severity::Warning => ("warn", "Warning"),
        };
        self.line(level, &format!("{word}: {summary}"), "diagnostic", body);
    }

    fn line(&mut self, level: &str, message: &str, kind: &str, body: Json) {
        let mut line = json!({
            "@level": level,
            "@message": message,
            "@module": "nautform.ui",
            "@timestamp": (self.clock)(),
            "type": kind,
        });
        extend(&mut line, body);
        if self.written.is_ok() {
            self.written = write::compact(&line, &mut self.out).and_then(|()| self.out.flush());
        }
    }

    /// A line about an operation, with which its message begins.
    fn hook(&mut self, level: &str, message: &str, kind: &str, operation: &OperationKey, more: Json) {
        let OperationKey { address, verb } = operation;
        let mut hook = json!({"resource": resource(address), "action": verb.to_string()});
        extend(&mut hook, more);
        self.line(level, &format!("{address}: {message}"), kind, json!({"hook": hook}));
    }

    fn ended(&mut self, operation: &OperationKey, end: &End, elapsed: Duration) {
        let seconds = elapsed.as_secs();
        let noun = wording::noun(operation.verb);
        let done =
            || json!({"id_key": "name", "id_value": operation.address.name(), "elapsed_seconds": seconds});
        let failed = |error: &str| json!({"elapsed_seconds": seconds, "error": error});
        let (message, mut more) = match end {
            End::Done { .. } => {
                let complete = wording::progressive(operation.verb).1;
                (format!("{complete} complete after {seconds}s"), done())
            }
            End::Deleting { .. } => (format!("{noun} accepted after {seconds}s"), done()),
            End::Failed { error } => (format!("{noun} errored after {seconds}s"), failed(error)),
            End::Incomplete { error } => (format!("{noun} incomplete after {seconds}s"), failed(error)),
            End::Unknown { error } => (format!("the {noun} may or may not have happened"), failed(error)),
            End::Changed { stale } => {
                let why = wording::stale(stale);
                let not_sent = wording::not_sent(operation.verb);
                (format!("{not_sent}, changed since it was planned: {why}"), failed(&why))
            }
            End::Skipped { because } => {
                let more = json!({"because": resource(&because.address)});
                (format!("{noun} skipped because of {}", because.address), more)
            }
            End::NotStarted => {
                (format!("{noun} not started, the run was stopped"), json!({"because": Json::Null}))
            }
        };
        match end {
            End::Done { warning: Some(warning) } => more["warning"] = warning.as_str().into(),
            End::Deleting { message, .. } => {
                more["warning"] = message.as_str().into();
                more["deleting"] = true.into();
            }
            End::Incomplete { .. } => more["incomplete"] = true.into(),
            End::Unknown { .. } => more["unknown"] = true.into(),
            End::Changed { stale } => more["stale"] = stale_json(stale),
            _ => {}
        }
        let (level, kind) = match end {
            End::Done { .. } | End::Deleting { .. } => ("info", "apply_complete"),
            End::Skipped { .. } | End::NotStarted => ("warn", "apply_skipped"),
            _ => ("error", "apply_errored"),
        };
        self.hook(level, &message, kind, operation, more);
    }
}

impl<W: Write, C: FnMut() -> String> Reporter for Events<W, C> {
    fn report(&mut self, event: &Event) {
        match event {
            Event::Started { operation } => {
                let message = format!("{}...", wording::progressive(operation.verb).0);
                let more = json!({"id_key": "name", "id_value": operation.address.name()});
                self.hook("info", &message, "apply_start", operation, more);
            }
            Event::Waiting { operation, wait, delay, message, attempt, .. } => {
                let text = format!("{message}; next try in {}s", delay.as_secs());
                let more = json!({
                    "wait": waiting(*wait), "delay_seconds": delay.as_secs_f64(),
                    "attempt": attempt, "message": message,
                });
                self.hook("info", &text, "apply_progress", operation, more);
            }
            Event::Progress { operation, elapsed, wait } => {
                let verb = wording::progressive(operation.verb).0.to_lowercase();
                let seconds = elapsed.as_secs();
                let mut more = json!({"elapsed_seconds": seconds});
                if let Some(wait) = wait {
                    more["wait"] = waiting(*wait).into();
                }
                let text = format!("Still {verb}... [{seconds}s elapsed]");
                self.hook("info", &text, "apply_progress", operation, more);
            }
            Event::Ended { operation, end, elapsed } => self.ended(operation, end, *elapsed),
            Event::Interrupted => self.line("warn", wording::INTERRUPTED, "log", json!({})),
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

/// Adds the members of one object to another one.
fn extend(all: &mut Json, more: Json) {
    if let (Some(all), Json::Object(more)) = (all.as_object_mut(), more) {
        all.extend(more);
    }
}

/// A change, as far as drift and plan say the same of it.
fn change(address: &Address, action: &str, fields: &[AttributeChange]) -> Json {
    let paths: Vec<_> = fields.iter().map(|field| field.path.to_string()).collect();
    json!({"resource": resource(address), "action": action, "changed_paths": paths})
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

/// The way out that needs the least permission.
fn best_way(plan: &Plan, hints: HintText) -> Option<String> {
    plan.ways_out.as_ref()?.ways.first().map(|way| help(way, hints))
}

fn help(way: &WayOut, hints: HintText) -> String {
    format!("{way}:\n{}", ways::lines(way, hints).join("\n"))
}

const fn word(action: Action) -> &'static str {
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
