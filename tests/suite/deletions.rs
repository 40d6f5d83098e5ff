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
