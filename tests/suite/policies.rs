//! Policies for Terraform's plans work with ours: Rego as conftest runs it, and the recipe of GitLab's
//! documentation.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::support::{Workspace, missing, repository};

/// The result of a policy of `testdata/policies` for a plan.
fn classify(policy: &str, rule: &str, plan: &str) -> serde_json::Value {
    let mut engine = regorus::Engine::new();
    let file = format!("testdata/policies/{policy}.rego");
    engine.add_policy(file.clone(), std::fs::read_to_string(repository(&file)).unwrap()).unwrap();
    engine.set_input(regorus::Value::from_json_str(plan).unwrap());
    let value = engine.eval_rule(format!("data.{rule}")).unwrap();
    serde_json::from_str(&value.to_json_str().unwrap()).unwrap()
}

fn denials(policy: &str, plan: &str) -> BTreeSet<String> {
    serde_json::from_value(classify(policy, &format!("terraform.{policy}.deny"), plan)).unwrap()
}

fn planned(workspace: &Workspace) -> String {
    workspace.run(&["plan", "--sandbox", "--format", "json"]).exits(0).stdout
}

/// The repository of a binding is fixed: another one is a replacement.
fn bind_another_repository(workspace: &Workspace) {
    let old = "coderepo: demo-deploy\n  projects";
    let new = "coderepo: demo-source\n  projects";
    workspace.edit("products/demo/repositories.yaml", old, new);
}

#[test]
fn delete_policy_names_deleted_objects() {
    let workspace = Workspace::applied_quickstart();
    assert!(denials("deletes", &planned(&workspace)).is_empty());
    std::fs::remove_file(workspace.file("products/demo/pipeline.yaml")).unwrap();
    assert!(denials("deletes", &planned(&workspace)).is_empty(), "neither a repository nor a product goes");
    std::fs::remove_dir_all(workspace.file("products")).unwrap();
    let found = denials("deletes", &planned(&workspace));
    let wanted = [
        "CodeRepo/demo/demo-deploy",
        "CodeRepo/demo/demo-pipelines",
        "CodeRepo/demo/demo-source",
        "Product/demo",
    ];
    assert_eq!(found, wanted.map(|address| format!("{address} would be deleted")).into());
}

#[test]
fn replacement_policy_names_replaced_objects() {
    let workspace = Workspace::applied_quickstart();
    bind_another_repository(&workspace);
    let found = denials("deletes", &planned(&workspace));
    assert!(found.contains("CodeRepoBinding/demo/demo-deploy-for-pipeline would be replaced"), "{found:?}");
}

#[test]
fn score_of_opa_tutorial_counts_actions() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let score = |plan: &str| classify("score", "terraform.analysis.score", plan);
    let allowed = |plan: &str| classify("score", "terraform.analysis.authz", plan);
    let all = planned(&workspace);
    assert_eq!(score(&all), 5 * 10 + 1, "five clusters and a project are created");
    assert_eq!(allowed(&all), false);
    workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0);
    workspace.edit("products/demo/product.yaml", "language: golang", "language: rust");
    let little = planned(&workspace);
    assert_eq!((score(&little), allowed(&little)), (1.into(), true.into()), "a project is modified");
}

#[test]
fn policies_see_values_before_and_after() {
    let workspace = Workspace::applied_quickstart();
    workspace.edit("products/demo/product.yaml", "language: golang", "language: cobol");
    let repositories = workspace.read("products/demo/repositories.yaml");
    workspace.write("products/demo/repositories.yaml", &repositories.replacen("private", "public", 1));
    workspace.edit("products/demo/product.yaml", "visibility: private", "visibility: public");
    let wanted =
        ["CodeRepo/demo/demo-source must be private", "Project/demo/demo-project: cobol is not supported"];
    assert_eq!(denials("fields", &planned(&workspace)), wanted.map(str::to_owned).into());
}

/// The recipe of GitLab's documentation for its merge request widget (`convert_report`), fed with our plan.
const RECIPE: &str = r#"([.resource_changes[]?.change.actions?]|flatten)|{"create":(map(select(.=="create"))|length),"update":(map(select(.=="update"))|length),"delete":(map(select(.=="delete"))|length)}"#;

#[test]
fn gitlab_recipe_counts_like_the_report() {
    let workspace = Workspace::applied_quickstart();
    bind_another_repository(&workspace);
    workspace.edit("products/demo/product.yaml", "language: golang", "language: rust");
    workspace.run(&["plan", "--sandbox", "--gitlab-report", ".report.json"]).exits(0);
    let report: serde_json::Value = serde_json::from_str(&workspace.read(".report.json")).unwrap();
    let spawned =
        Command::new("jq").args(["-c", RECIPE]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut jq) = spawned else {
        missing("jq");
        return;
    };
    jq.stdin.take().unwrap().write_all(planned(&workspace).as_bytes()).unwrap();
    let output = jq.wait_with_output().unwrap();
    assert!(output.status.success());
    let counted: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(counted, report);
    assert_eq!(counted, serde_json::json!({"create": 1, "update": 1, "delete": 1}));
}
