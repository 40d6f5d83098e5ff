//! Promise 5: a saved plan is exactly what happens, once, or nothing.

use crate::support::{HEAD, Workspace};

fn planned() -> Workspace {
    let workspace = Workspace::applied_quickstart();
    workspace.edit("products/demo/product.yaml", "language: golang", "language: rust");
    let output = workspace.run(&["plan", "--sandbox", "--out", "plan.json"]).exits(0);
    assert!(output.stderr.contains("nautform apply plan.json"), "{}", output.stderr);
    workspace
}

/// Another client writes to the same server.
fn meanwhile(workspace: &Workspace, manifest: &str) {
    let other = Workspace::new();
    other.write("a.yaml", &format!("{HEAD}{manifest}"));
    let sandbox = format!("--sandbox={}", workspace.file(".nautform/sandbox.json").display());
    other.run(&["apply", &sandbox, "--auto-approve", "--stateless"]).exits(0);
}

#[test]
fn saved_plan_is_applied_without_question_and_once() {
    let workspace = planned();
    let shown = workspace.run(&["show", "plan.json"]).exits(0).stdout;
    assert!(shown.contains("language = \"golang\" -> \"rust\""), "{shown}");
    assert!(shown.ends_with("Plan: 0 to add, 1 to change, 0 to destroy.\n"), "{shown}");
    workspace.run(&["apply", "plan.json", "--sandbox"]).exits(0);
    workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(0);
    let again = workspace.run(&["apply", "plan.json", "--sandbox"]).exits(6);
    assert!(again.stderr.contains("applied already"), "{}", again.stderr);
    workspace.run(&["show", "plan.json"]).exits(0);
}

#[test]
fn saved_plan_of_a_changed_object_is_stale() {
    let workspace = planned();
    meanwhile(&workspace, "kind: Project\nspec: {name: demo-project, product: demo, language: cobol}\n");
    let refused = workspace.run(&["apply", "plan.json", "--sandbox"]).exits(6);
    insta::assert_snapshot!(refused.stderr, @r#"
    The saved plan is stale: 1 object has changed since it was made.

      Project/demo/demo-project
        language
          planned from  "golang"
          found         "cobol"
          wanted        "rust"

    Nothing was written. Make a new plan and have it approved.
    "#);
}

#[test]
fn saved_plan_ignores_unrelated_changes() {
    let workspace = planned();
    meanwhile(&workspace, "kind: Project\nspec: {name: unrelated, product: demo}\n");
    workspace.run(&["apply", "plan.json", "--sandbox"]).exits(0);
}

#[test]
fn saved_plan_of_edited_manifests_is_stale() {
    let workspace = planned();
    workspace.edit("products/demo/product.yaml", "language: rust", "language: zig");
    workspace.run(&["apply", "plan.json", "--sandbox"]).exits(6);
    workspace.edit("products/demo/product.yaml", "language: zig", "language: rust");
    workspace.edit("kubeconfigs/host-a.kubeconfig", "not-a-real-token", "another-token");
    let refused = workspace.run(&["apply", "plan.json", "--sandbox"]).exits(6);
    assert!(refused.stderr.contains("secrets"), "{}", refused.stderr);
}

#[cfg(unix)]
#[test]
fn plan_file_is_private_and_holds_no_secrets() {
    use std::os::unix::fs::PermissionsExt as _;
    let workspace = Workspace::copy_of("examples/quickstart");
    workspace.run(&["plan", "--sandbox", "--out", "plan.json"]).exits(0);
    let mode = std::fs::metadata(workspace.file("plan.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!std::fs::read_to_string(workspace.file("plan.json")).unwrap().contains("not-a-real-token"));
}

#[test]
fn newer_or_damaged_plan_file_is_an_error() {
    let workspace = planned();
    workspace.edit("plan.json", "\"format_version\": 1", "\"format_version\": 99");
    let newer = workspace.run(&["show", "plan.json"]).exits(1);
    assert!(newer.stderr.contains("newer nautform"), "{}", newer.stderr);
    workspace.write("plan.json", "{\"format\":");
    workspace.run(&["show", "plan.json"]).exits(1);
}
