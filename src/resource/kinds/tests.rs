//! What the tables say of manifests, kind by kind: valid ones, and what is wrong with others.

mod cluster;
mod pipelines;
mod products;
mod tables;

use serde_json::{Value as Json, json};

use crate::config::load::{LoadOptions, Manifests};
use crate::model::value::Value;

/// A made-up kubeconfig.
pub(super) const KUBECONFIG: &str = "clusters: [{name: a}]\nusers: [{name: a}]\n";

/// Loads one object whose spec is `base` changed by `patch` (a JSON merge patch: null removes).
pub(super) fn load(kind: &str, base: &Json, patch: &Json) -> Manifests {
    let mut spec = base.clone();
    merge(&mut spec, patch);
    let document =
        json!({"apiVersion": "nautes.resource.nautes.io/v1alpha1", "kind": kind, "spec": spec}).to_string();
    Manifests::default().load_text("test.yaml", &document, &LoadOptions::default())
}

/// The diagnostics about it, one a line: severity, code, message and help.
pub(super) fn classify(kind: &str, base: &Json, patch: &Json) -> String {
    let found = load(kind, base, patch).diagnostics;
    let lines = found.sorted().into_iter().map(|diagnostic| {
        let mark =
            if diagnostic.severity == crate::model::diagnostic::Severity::Error { "" } else { "(warning) " };
        let help = diagnostic.help.as_deref().map(|help| format!(" => {help}")).unwrap_or_default();
        format!("{mark}{}: {}{help}", diagnostic.code.0, diagnostic.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Several changes to the same base, each with what is said about it.
#[track_caller]
pub(super) fn judge_all(kind: &str, base: &Json, patches: &[Json]) -> String {
    assert_eq!(classify(kind, base, &json!({})), "", "the base is valid");
    let judged = patches.iter().map(|patch| {
        let said = classify(kind, base, patch);
        let said = if said.is_empty() { "fine" } else { &said };
        format!("# {patch}\n{said}\n")
    });
    judged.collect::<Vec<_>>().join("\n")
}

/// The decoded spec of a valid object.
#[track_caller]
pub(super) fn spec(kind: &str, base: &Json, patch: &Json) -> Value {
    let manifests = load(kind, base, patch);
    assert!(!manifests.diagnostics.has_errors(), "{}", classify(kind, base, patch));
    Value::clone(&manifests.resources[0].spec)
}

fn merge(target: &mut Json, patch: &Json) {
    let (Json::Object(target), Json::Object(patch)) = (&mut *target, patch) else {
        *target = patch.clone();
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(key);
        } else {
            merge(target.entry(key.clone()).or_insert(Json::Null), value);
        }
    }
}
