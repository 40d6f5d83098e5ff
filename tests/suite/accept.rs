//! `drift --blame` and `drift --accept`: who did it, and taking it over.

use serde_json::json;

use crate::support::{ClosedPort, GitLabRest, Sandbox, Workspace};

/// A quickstart that was applied to a sandbox, whose project another one has changed.
fn drifted() -> (Workspace, Sandbox) {
    let workspace = Workspace::copy_of("examples/quickstart");
    let sandbox = Sandbox::start(&workspace);
    sandbox.run(&workspace, &["apply", "--auto-approve"]).exits(0);
    workspace.edit("products/demo/product.yaml", "language: golang", "language: rust");
    sandbox.run(&workspace, &["apply", "--auto-approve", "--stateless"]).exits(0);
    workspace.edit("products/demo/product.yaml", "language: rust", "language: golang # ours");
    (workspace, sandbox)
}

#[test]
fn accepted_drift_is_in_the_manifest_and_the_plan_is_empty() {
    let (workspace, sandbox) = drifted();
    let run = |args: &[&str]| sandbox.run(&workspace, args);
    let drift = run(&["drift"]).exits(4).stdout;
    let line = drift.lines().find(|line| line.contains("# Project/demo/")).unwrap();
    let address = line.split_whitespace().nth(1).unwrap().to_owned();
    let accepted = run(&["drift", "--accept", &address]).exits(0).stdout;
    assert!(accepted.contains("\n-  language: golang # ours\n+  language: rust # ours\n"), "{accepted}");
    run(&["plan", "--detailed-exitcode"]).exits(0);
    let again = run(&["drift", "--accept", &address]).exits(0);
    assert!(again.stdout.is_empty() && again.stderr.contains("says so already"), "{}", again.stderr);
    run(&["apply", "--auto-approve"]).exits(0);
    run(&["drift"]).exits(0);
}

#[test]
fn accept_of_what_has_not_drifted_changes_nothing() {
    let (workspace, sandbox) = drifted();
    let before = workspace.read("products/demo/product.yaml");
    let output = sandbox.run(&workspace, &["drift", "--accept", "Product/demo"]);
    assert!(output.exits(1).stderr.contains("Product/demo has not drifted"));
    assert_eq!(workspace.read("products/demo/product.yaml"), before);
}

#[test]
fn blame_names_the_commit() {
    let (workspace, sandbox) = drifted();
    let commit = json!([{"short_id": "1a2b3c4d", "title": "save project", "author_name": "Ann Other",
        "author_email": "ann@example.com", "committed_date": "2026-11-24T10:00:00.000+08:00"}]);
    let rest = GitLabRest::new(json!({"projects/demo/default.project/repository/commits": commit}));
    let mut command = sandbox.command(&workspace, &["drift", "--blame", "--refresh", "auto"]);
    let output = Workspace::finish(command.env("NAUTFORM_GITLAB", &rest.url)).exits(4).stdout;
    let line = "Ann Other <ann@example.com>, 2026-11-24 02:00:00 UTC, commit 1a2b3c4d: save project";
    assert!(output.contains(line), "{output}");
    let unknown = Workspace::finish(command.env("NAUTFORM_GITLAB", ClosedPort::new().url())).exits(4).stdout;
    assert!(unknown.contains("Written last by:\n  Project/demo/"), "{unknown}");
}
