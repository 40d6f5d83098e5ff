//! Rules across the fields of a ProjectPipelineRuntime (§4.6).

use std::collections::HashSet;

use crate::diagnostic::Diagnostics;
use crate::kinds::rule::{complain, items, no_duplicates};
use crate::schema::{Located, Rule};
use crate::value::{Path, Value};

pub(super) const ALL: &[Rule] = &[
    |located, diagnostics| no_duplicates(located, diagnostics, "pipelines", "name"),
    |located, diagnostics| no_duplicates(located, diagnostics, "pipelines", "path"),
    |located, diagnostics| no_duplicates(located, diagnostics, "eventSources", "name"),
    not_named_like_its_project,
    sources_say_what_fires,
    triggers_lead_somewhere,
    inputs_have_one_source,
    hooks_can_be_told_apart,
];

/// Both would be the same file on the server (§7).
fn not_named_like_its_project(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    if located.spec.text_at(&["project"]) == Some(located.name) {
        let message = format!("the runtime must not have the name of its project, '{}'", located.name);
        complain(located, diagnostics, &Path::of(&["project"]), message, "give the runtime another name");
    }
}

fn sources_say_what_fires(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    for (index, source) in items(located.spec, "eventSources").iter().enumerate() {
        let path = Path::of(&["eventSources"]).index(index);
        match (source.get("gitlab").is_some(), source.get("calendar").is_some()) {
            (true, true) => {
                complain(
                    located,
                    diagnostics,
                    &path,
                    "an event source has gitlab or calendar, not both",
                    "make two event sources of it",
                );
            }
            (false, false) => {
                complain(
                    located,
                    diagnostics,
                    &path,
                    "the event source has neither gitlab nor calendar",
                    "say what fires it",
                );
            }
            _ => {}
        }
    }
}

fn triggers_lead_somewhere(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    let mut seen = HashSet::new();
    for (index, trigger) in items(located.spec, "pipelineTriggers").iter().enumerate() {
        let path = Path::of(&["pipelineTriggers"]).index(index);
        for (field, list) in [("eventSource", "eventSources"), ("pipeline", "pipelines")] {
            let name = trigger.text_at(&[field]).unwrap_or_default();
            let known: Vec<&str> =
                items(located.spec, list).iter().filter_map(|item| item.text_at(&["name"])).collect();
            if !known.contains(&name) {
                let help = format!("{list}: {}", known.join(", "));
                complain(
                    located,
                    diagnostics,
                    &path.join(field),
                    format!("no item of {list} is named '{name}'"),
                    help,
                );
            }
        }
        let key = ["eventSource", "pipeline", "revision"]
            .map(|field| trigger.text_at(&[field]).unwrap_or_default());
        if !seen.insert(key) {
            complain(
                located,
                diagnostics,
                &path,
                "two triggers lead from the same event source to the same pipeline",
                "keep one",
            );
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
                complain(located, diagnostics, &path.join("source"), message, "give one of them");
            }
            if input.text_at(&["transmissionMethod", "kustomization", "path"]).is_none() {
                let message = "an input needs transmissionMethod.kustomization.path";
                complain(located, diagnostics, &path, message, "say where the value goes");
            }
        }
    }
}

fn hooks_can_be_told_apart(located: &Located<'_>, diagnostics: &mut Diagnostics) {
    let mut seen = HashSet::new();
    for list in ["preHooks", "postHooks"] {
        let hooks = located.spec.member(&["hooks", list]).map(Value::items).unwrap_or_default();
        for (index, hook) in hooks.iter().enumerate() {
            let called = hook.text_at(&["alias"]).or_else(|| hook.text_at(&["name"])).unwrap_or_default();
            if !seen.insert(called) {
                let path = Path::of(&["hooks", list]).index(index);
                complain(
                    located,
                    diagnostics,
                    &path,
                    format!("two hooks are called '{called}'"),
                    "give one an alias of its own",
                );
            }
        }
    }
}
