//! Every format for scripts matches its schema in `testdata/schemas`: the output of the real binary, checked
//! by a validator.

use serde_json::Value as Json;

use crate::support::{Workspace, repository};

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

#[track_caller]
fn json(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

/// A fleet that is live, with manifests that create, change, replace and delete.
fn changed() -> Workspace {
    let workspace = Workspace::applied_quickstart();
    workspace.edit("products/demo/product.yaml", "language: golang", "language: rust");
    workspace.edit("products/demo/deployment.yaml", "envType: test", "envType: live");
    workspace.edit(
        "products/demo/repositories.yaml",
        "coderepo: demo-deploy\n  projects",
        "coderepo: demo-source\n  projects",
    );
    std::fs::remove_file(workspace.file("products/demo/pipeline.yaml")).unwrap();
    workspace
}

#[test]
fn plans_and_drift_match_their_schema() {
    let workspace = changed();
    let plan =
        workspace.run(&["plan", "--sandbox", "--format", "json", "--gitlab-report", ".report.json"]).exits(0);
    check("plan", &json(&plan.stdout));
    check("gitlab-widget", &json(&std::fs::read_to_string(workspace.file(".report.json")).unwrap()));
    workspace.run(&["plan", "--sandbox", "--out", "saved.plan"]).exits(0);
    check("plan", &json(&workspace.run(&["show", "saved.plan", "--format", "json"]).exits(0).stdout));
    check("plan", &json(&workspace.run(&["drift", "--sandbox", "--format", "json"]).exits(0).stdout));
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
    let events = std::fs::read_to_string(workspace.file(".events.ndjson")).unwrap();
    assert_eq!(events.lines().count(), apply.lines().count(), "the file has the same events");
    for line in plan.lines().chain(apply.lines()) {
        check("event", &json(line));
    }
}

#[test]
fn diagnostics_match_the_schema_of_each_format() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let valid = ["json", "sarif", "codequality"]
        .map(|format| json(&workspace.run(&["validate", "--format", format]).exits(0).stdout));
    workspace.edit("products/demo/product.yaml", "language: golang", "langage: golang");
    workspace.write(
        "twice.yaml",
        &std::fs::read_to_string(workspace.file("products/demo/deployment.yaml")).unwrap(),
    );
    workspace.write("broken.yaml", "kind: [\n");
    let broken = ["json", "sarif", "codequality"]
        .map(|format| json(&workspace.run(&["validate", "--format", format]).exits(1).stdout));
    assert!(broken[0]["error_count"].as_u64().unwrap() > 2, "{:#}", broken[0]);
    for [validate, sarif, code_quality] in [valid, broken] {
        check("validate", &validate);
        check("sarif", &sarif);
        check("code-quality", &code_quality);
    }
}
