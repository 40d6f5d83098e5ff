//! Deletions that GitLab schedules for a later day, read from a running sandbox.

use crate::support::{Output, Sandbox, Workspace};

const SHOP: &str = "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Product\n\
                    spec: {name: shop, git: {gitlab: {visibility: private}}}\n";
const DESTROY: [&str; 4] = ["destroy", "fleet", "--auto-approve", "--allow-irreversible"];

fn run(workspace: &Workspace, sandbox: &Sandbox, args: &[&str]) -> Output {
    let mut command = sandbox.command(workspace, args);
    Workspace::finish(command.env("NAUTFORM_GITLAB", sandbox.url()))
}

/// It says the day at once instead of waiting for it, remembers it, and writes nothing meanwhile.
#[test]
fn scheduled_deletion_is_said_with_its_day_and_remembered() {
    let workspace = Workspace::new();
    let sandbox = Sandbox::with(&workspace, &["--deletion-delay", "7d"]);
    workspace.write("fleet/shop.yaml", SHOP);
    run(&workspace, &sandbox, &["apply", "fleet", "--auto-approve"]).exits(0);
    let destroyed = run(&workspace, &sandbox, &DESTROY).exits(0);
    let day = destroyed.stdout.split_once("deletion scheduled for ").unwrap().1;
    let day = &day[.."2026-12-05".len()];
    let state = std::fs::read_to_string(workspace.file("fleet/.nautform/state.json")).unwrap();
    assert!(state.contains(&format!(r#""scheduled": "{day}""#)), "{state}");
    for command in [&["plan", "fleet"][..], &["apply", "fleet", "--auto-approve"]] {
        let output = run(&workspace, &sandbox, command).exits(1);
        assert!(output.stdout.contains(day), "{command:?}: {}", output.stdout);
        assert!(!output.stderr.contains("Creating"), "{command:?}: {}", output.stderr);
    }
}

const API: &str = "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: CodeRepo\n\
                   spec: {name: api, product: shop, git: {gitlab: {visibility: private}}}\n";

/// GitLab keeps the repository, and the product with it: both is said with the day, and both is success.
#[test]
fn product_whose_repositories_gitlab_keeps_is_scheduled() {
    let workspace = Workspace::new();
    let sandbox = Sandbox::with(&workspace, &["--deletion-delay", "7d"]);
    workspace.write("fleet/shop.yaml", &format!("{SHOP}---\n{API}"));
    run(&workspace, &sandbox, &["apply", "fleet", "--auto-approve"]).exits(0);
    // It was not deleted, so the next run tries again.
    for count in [1, 0] {
        let destroyed = run(&workspace, &sandbox, &DESTROY).exits(0);
        assert!(destroyed.stdout.contains(&format!("{count} destroyed.")), "{}", destroyed.stdout);
        assert!(!destroyed.stdout.contains("nothing is written into it"), "{}", destroyed.stdout);
        assert!(destroyed.stdout.contains("deletion scheduled for "), "{}", destroyed.stdout);
        assert!(destroyed.stdout.contains("(api-deletion_scheduled-"), "{}", destroyed.stdout);
    }
    let state = std::fs::read_to_string(workspace.file("fleet/.nautform/state.json")).unwrap();
    assert!(state.contains("Product/shop") && !state.contains("CodeRepo/shop/api"), "{state}");
}

/// What no state knows is not taken for existing, either.
#[test]
fn scheduled_product_is_not_adopted_by_a_fresh_run() {
    let workspace = Workspace::new();
    let sandbox = Sandbox::with(&workspace, &["--deletion-delay", "7d"]);
    workspace.write("fleet/shop.yaml", SHOP);
    run(&workspace, &sandbox, &["apply", "fleet", "--auto-approve"]).exits(0);
    run(&workspace, &sandbox, &DESTROY).exits(0);
    std::fs::remove_dir_all(workspace.file("fleet/.nautform")).unwrap();
    workspace.write("fleet/shop.yaml", &format!("{SHOP}---\n{API}"));
    for (command, code) in
        [(&["plan", "fleet"][..], 1), (&["apply", "fleet", "--auto-approve"], 1), (&["drift", "fleet"], 11)]
    {
        let output = run(&workspace, &sandbox, command).exits(code);
        let said = format!("{}{}", output.stdout, output.stderr);
        assert!(said.contains("; restore it"), "{command:?}: {said}");
        assert!(!output.stderr.contains("Creating"), "{command:?}: {}", output.stderr);
    }
    // Nothing is left to do.
    let destroyed = run(&workspace, &sandbox, &DESTROY).exits(0);
    assert!(!destroyed.stderr.contains("Destroying"), "{}", destroyed.stderr);
}
