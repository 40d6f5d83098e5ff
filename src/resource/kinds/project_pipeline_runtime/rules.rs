//! Rules across the fields of a ProjectPipelineRuntime (§4.6).

use std::collections::{BTreeSet, HashSet};

use crate::model::diagnostic::{Diagnostic, Diagnostics};
use crate::model::suggestion::suggestion;
use crate::model::value::{Path, Value};
use crate::resource::kinds::rule::{items, no_duplicates, wrong};
use crate::resource::schema::{Located, Rule};

pub(super) const ALL: &[Rule] = &[
    |located, diagnostics| no_duplicates(located, diagnostics, "pipelines", "name"),
    |located, diagnostics| no_duplicates(located, diagnostics, "pipelines", "path"),
    |located, diagnostics| no_duplicates(located, diagnostics, "eventSources", "name"),
    not_named_like_its_project,
    sources_say_what_fires,
    triggers_lead_somewhere,
    inputs_have_one_source,
    hooks_can_be_told_apart,
    hooks_are_known,
];

/// Both would be the same file on the server (§7).
fn not_named_like_its_project(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    if located.spec.text_at(&["project"]) == Some(located.name) {
        let message = format!("the runtime must not have the name of its project, '{}'", located.name);
        diagnostics.push(wrong(located, &Path::of(&["project"]), message, "give the runtime another name"));
    }
}

fn sources_say_what_fires(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    for (index, source) in items(located.spec, "eventSources").iter().enumerate() {
        let path = Path::of(&["eventSources"]).index(index);
        let (message, help) = match (source.get("gitlab"), source.get("calendar")) {
            (Some(_), Some(_)) => {
                ("an event source has gitlab or calendar, not both", "make two event sources of it")
            }
            (None, None) => ("the event source has neither gitlab nor calendar", "say what fires it"),
            (Some(gitlab), None) => {
                events_are_named(located, diagnostics, gitlab, &path.join("gitlab"));
                continue;
            }
            (None, Some(_)) => continue,
        };
        diagnostics.push(wrong(located, &path, message, help));
    }
}

/// The API accepts a source without events, and Kubernetes refuses it later, unseen (§11 item 15).
fn events_are_named(located: &Located<'_>, diagnostics: &mut Diagnostics, gitlab: &Value, path: &Path) {
    if items(gitlab, "events").is_empty() {
        let message = "the event source names no events, so the runtime would never run";
        let help = "add events, such as [push_events]: the API accepts a source without any, and Kubernetes \
                    refuses the runtime, unseen (nautes-api.md §13 item 16)";
        diagnostics.push(Diagnostic::error("no-events", message).at(located.span(path)).help(help));
    }
}

fn triggers_lead_somewhere(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    let names = |list| -> BTreeSet<&str> {
        items(located.spec, list).iter().filter_map(|item| item.text_at(&["name"])).collect()
    };
    let known = [("eventSource", "eventSources"), ("pipeline", "pipelines")]
        .map(|(field, list)| (field, list, names(list)));
    let mut seen = HashSet::new();
    for (index, trigger) in items(located.spec, "pipelineTriggers").iter().enumerate() {
        let path = Path::of(&["pipelineTriggers"]).index(index);
        for (field, list, known) in &known {
            let name = trigger.text_at(&[field]).unwrap_or_default();
            if !known.contains(name) {
                let all: Vec<&str> = known.iter().copied().collect();
                let help = format!("{list}: {}", all.join(", "));
                let message = format!("no item of {list} is named '{name}'");
                diagnostics.push(wrong(located, &path.join(*field), message, help));
            }
        }
        let key = ["eventSource", "pipeline", "revision"]
            .map(|field| trigger.text_at(&[field]).unwrap_or_default());
        if !seen.insert(key) {
            let message = "two triggers lead from the same event source to the same pipeline";
            diagnostics.push(wrong(located, &path, message, "keep one"));
        }
    }
}

fn inputs_have_one_source(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    for (index, trigger) in items(located.spec, "pipelineTriggers").iter().enumerate() {
        for (number, input) in items(trigger, "inputs").iter().enumerate() {
            let path = Path::of(&["pipelineTriggers"]).index(index).join("inputs").index(number);
            let given = ["builtInVar", "fromEvent"]
                .iter()
                .filter(|field| input.member(&["source", field]).is_some())
                .count();
            if given != 1 {
                let message = "an input comes from builtInVar or fromEvent: exactly one";
                diagnostics.push(wrong(located, &path.join("source"), message, "give one of them"));
            }
            if input.text_at(&["transmissionMethod", "kustomization", "path"]).is_none() {
                let message = "an input needs transmissionMethod.kustomization.path";
                let help = "say where the value goes: the server refuses an input without (nautes-api.md §13 item 13)";
                diagnostics.push(wrong(located, &path, message, help));
            }
        }
    }
}

/// Each list may have a hook once, and under a name of its own.
fn hooks_can_be_told_apart(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    let mut called = HashSet::new();
    for list in ["preHooks", "postHooks"] {
        let mut used = HashSet::new();
        let hooks = located.spec.member(&["hooks", list]).map(Value::items).unwrap_or_default();
        for (index, hook) in hooks.iter().enumerate() {
            let path = Path::of(&["hooks"]).join(list).index(index);
            let name = hook.text_at(&["name"]).unwrap_or_default();
            let alias = hook.text_at(&["alias"]).unwrap_or(name);
            if !used.insert(name) {
                let message = format!("hook '{name}' is listed twice in {list}");
                diagnostics.push(wrong(located, &path, message, "keep one of them"));
            } else if !called.insert(alias) {
                let message = format!("two hooks are called '{alias}'");
                diagnostics.push(wrong(located, &path, message, "give one an alias of its own"));
            }
        }
    }
}

/// The hooks that the examples and the documentation of Nautes use. Which ones a site has is decided by its
/// pipeline component, and can't be read through the API.
const HOOKS: &[&str] = &["log", "ls", "pull-code"];

fn hooks_are_known(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    for list in ["preHooks", "postHooks"] {
        let hooks = located.spec.member(&["hooks", list]).map(Value::items).unwrap_or_default();
        for (index, hook) in hooks.iter().enumerate() {
            let Some(name) = hook.text_at(&["name"]) else { continue };
            let path = Path::of(&["hooks"]).join(list).index(index).join("name");
            if let Some(all) = located.catalogue.and_then(|catalogue| catalogue.hooks.as_ref()) {
                if !all.iter().any(|known| known == name) {
                    let help = suggestion(name, "the platform has: ", all.iter().map(String::as_str));
                    let message = format!("the platform has no hook '{name}'");
                    diagnostics.push(wrong(located, &path, message, help));
                }
                continue;
            }
            if HOOKS.contains(&name) {
                continue;
            }
            let help = format!(
                "check that your site's pipeline component has it: the server refuses others (nautes-api.md \
                 §4.6); known are {}",
                HOOKS.join(", ")
            );
            diagnostics.push(
                Diagnostic::warning("unknown-hook", format!("hook '{name}' is not known"))
                    .at(located.value_span(&path))
                    .help(help),
            );
        }
    }
}
