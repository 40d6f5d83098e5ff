//! The README's first command, and the round of a fleet's life, with the real binary.

use crate::support::Workspace;

#[test]
fn quickstart_applies_then_plans_empty() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let applied = workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0);
    assert!(
        applied.stdout.ends_with("Apply complete! Resources: 16 added, 0 changed, 0 destroyed.\n"),
        "{}",
        applied.stdout
    );
    let plan = workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(0);
    assert!(plan.stdout.starts_with("No changes."), "{}", plan.stdout);
    workspace.run(&["drift", "--sandbox"]).exits(0);
    let refused = workspace.run(&["destroy", "--sandbox", "--auto-approve"]).exits(5);
    assert!(
        refused.stderr.contains("Product/demo") && refused.stderr.contains("--allow-irreversible"),
        "{}",
        refused.stderr
    );
    let destroyed =
        workspace.run(&["destroy", "--sandbox", "--auto-approve", "--allow-irreversible"]).exits(0);
    assert!(
        destroyed.stdout.ends_with("Destroy complete! Resources: 16 destroyed.\n"),
        "{}",
        destroyed.stdout
    );
    let plan = workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(2);
    assert!(plan.stdout.ends_with("Plan: 16 to add, 0 to change, 0 to destroy.\n"), "{}", plan.stdout);
}

#[test]
fn declined_prompt_changes_nothing() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let declined = workspace.run(&["apply", "--sandbox"]).exits(1);
    assert!(
        declined.stderr.contains("Only 'yes' will be accepted")
            && declined.stderr.contains("Apply cancelled.")
    );
    workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(2);
}

#[test]
fn plan_shows_edits_new_secrets_and_removed_manifests() {
    let workspace = Workspace::applied_quickstart();
    workspace.edit("products/demo/product.yaml", "language: golang", "language: rust");
    workspace.edit("kubeconfigs/worker-pipeline.kubeconfig", "not-a-real-token", "another-token");
    let text = workspace.read("products/demo/deployment.yaml");
    let kept = text.split("---\n").next().unwrap();
    workspace.write("products/demo/deployment.yaml", kept);
    let plan = workspace.run(&["plan", "--sandbox"]).exits(0).stdout;
    assert!(plan.contains("language = \"golang\" -> \"rust\""), "{plan}");
    assert!(plan.contains("(sensitive value)"), "{plan}");
    assert!(plan.contains("DeploymentRuntime/demo/demo-deployment will be destroyed"), "{plan}");
    assert!(plan.ends_with("Plan: 0 to add, 2 to change, 1 to destroy.\n"), "{plan}");
    workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0);
    workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(0);
}

#[test]
fn destroy_asks_for_the_number_of_objects() {
    let workspace = Workspace::applied_quickstart();
    workspace.write("answers", "yes\n");
    let with_answers = || {
        let mut command = workspace.command(&["destroy", "--sandbox"]);
        command.stdin(std::fs::File::open(workspace.file("answers")).unwrap());
        Workspace::finish(&mut command)
    };
    let declined = with_answers().exits(1);
    assert!(declined.stderr.contains("For good, 4 of them: CodeRepo/demo/"), "{}", declined.stderr);
    workspace.write("answers", "4\n");
    with_answers().exits(1);
    workspace.write("answers", "16\n");
    with_answers().exits(0);
}
