//! Every format for scripts matches its schema in `testdata/schemas`: the output of the real binary, checked
//! by a validator.

use serde_json::Value as Json;

use crate::formats::changed;
use crate::support::{Workspace, json, repository};

/// Fails with all violations, by place.
#[track_caller]
fn check(schema: &str, document: &Json) {
    let file = repository(&format!("testdata/schemas/{schema}.schema.json"));
    let schema: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let violations: Vec<String> =
        validator.iter_errors(document).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn plans_and_drift_match_their_schema() {
    let workspace = changed();
    let plan =
        workspace.run(&["plan", "--sandbox", "--format", "json", "--gitlab-report", ".report.json"]).exits(0);
    check("plan", &plan.json());
    check("gitlab-widget", &workspace.json(".report.json"));
    workspace.run(&["plan", "--sandbox", "--out", "saved.plan"]).exits(0);
    check("plan", &workspace.run(&["show", "saved.plan", "--format", "json"]).exits(0).json());
    check("plan", &workspace.run(&["drift", "--sandbox", "--format", "json"]).exits(0).json());
}

#[test]
fn listings_match_their_schema() {
    let workspace = Workspace::applied_quickstart();
    for source in ["--sandbox", "--state"] {
        let args = ["get", "--sandbox", source, "-o", "json"];
        let args = if source == "--sandbox" { [&args[..2], &args[3..]].concat() } else { args.to_vec() };
        let listing = workspace.run(&args).exits(0).stdout;
        assert!(!listing.contains("kubeconfig"), "{listing}");
        check("get", &json(&listing));
    }
}

#[test]
fn events_match_their_schema() {
    let workspace = changed();
    let plan = workspace.run(&["plan", "--sandbox", "--format", "ndjson"]).exits(0).stdout;
    let apply = ["apply", "--sandbox", "--auto-approve", "--format", "ndjson", "--events", ".events.ndjson"];
    let apply = workspace.run(&apply).exits(0).stdout;
    let events = workspace.read(".events.ndjson");
    assert_eq!(events.lines().count(), apply.lines().count(), "the file has the same events");
    for line in plan.lines().chain(apply.lines()) {
        check("event", &json(line));
    }
}

#[test]
fn diagnostics_match_the_schema_of_each_format() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let valid = ["json", "sarif", "codequality"]
        .map(|format| workspace.run(&["validate", "--format", format]).exits(0).json());
    workspace.edit("products/demo/product.yaml", "language: golang", "langage: golang");
    workspace.write("twice.yaml", &workspace.read("products/demo/deployment.yaml"));
    workspace.write("broken.yaml", "kind: [\n");
    let broken = ["json", "sarif", "codequality"]
        .map(|format| workspace.run(&["validate", "--format", format]).exits(1).json());
    assert!(broken[0]["error_count"].as_u64().unwrap() > 2, "{:#}", broken[0]);
    for [validate, sarif, code_quality] in [valid, broken] {
        check("validate", &validate);
        check("sarif", &sarif);
        check("code-quality", &code_quality);
    }
}
