//! Exit codes, streams and errors of the commands.

use crate::support::{ClosedPort, HEAD, Workspace};

#[test]
fn validate_reports_on_stderr_and_exits_1() {
    let workspace = Workspace::new();
    workspace.write(
        "a.yaml",
        &format!("{HEAD}kind: Project\nspec:\n  name: a\n  product: shop\n  langage: rust\n"),
    );
    let output = workspace.run(&["validate"]).exits(1);
    assert!(
        output.stdout.is_empty() && output.stderr.contains("did you mean 'language'?"),
        "{}",
        output.stderr
    );
    workspace.edit("a.yaml", "langage", "language");
    let output = workspace.run(&["validate"]).exits(0);
    assert_eq!(
        (output.stdout.as_str(), output.stderr.as_str()),
        ("Success! The configuration is valid: 1 object.\n", "")
    );
}

#[test]
fn empty_directory_is_refused() {
    let workspace = Workspace::new();
    for command in ["validate", "plan", "apply", "destroy", "drift"] {
        let output = workspace.run(&[command]).exits(1);
        assert!(output.stderr.contains("no-manifests"), "{}", output.stderr);
    }
}

#[test]
fn standard_input_and_files_are_manifests() {
    let workspace = Workspace::new();
    workspace.write("a.yaml", &format!("{HEAD}kind: Project\nspec: {{name: a, product: shop}}\n"));
    workspace.run(&["validate", "a.yaml"]).exits(0);
    let mut command = workspace.command(&["validate", "-"]);
    command.stdin(std::fs::File::open(workspace.file("a.yaml")).unwrap());
    Workspace::finish(&mut command).exits(0);
}

#[test]
fn missing_server_token_or_connection_is_an_error() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let output = workspace.run(&["plan"]).exits(1);
    assert!(output.stderr.contains("no API server"), "{}", output.stderr);
    let output = workspace.run(&["plan", "--api-server", ClosedPort::new().url()]).exits(1);
    assert!(output.stderr.contains("no token"), "{}", output.stderr);
}

#[test]
fn held_lock_exits_7_with_its_holder() {
    let workspace = Workspace::copy_of("examples/quickstart");
    std::fs::create_dir_all(workspace.file(".nautform/sandbox")).unwrap();
    let lock = std::fs::File::create(workspace.file(".nautform/sandbox/lock")).unwrap();
    std::fs::write(workspace.file(".nautform/sandbox/lock"), "{\"Who\":\"alice@ci\"}").unwrap();
    lock.lock().unwrap();
    let output = workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(7);
    assert!(output.stderr.contains("locked by alice@ci"), "{}", output.stderr);
    workspace.run(&["plan", "--sandbox"]).exits(0);
}

#[test]
fn graph_has_three_formats() {
    let workspace = Workspace::copy_of("examples/quickstart");
    assert!(workspace.run(&["graph"]).exits(0).stdout.starts_with("digraph nautform {"));
    assert!(workspace.run(&["graph", "--format", "mermaid"]).exits(0).stdout.starts_with("flowchart LR"));
    let json: serde_json::Value =
        serde_json::from_str(&workspace.run(&["graph", "--format", "json"]).exits(0).stdout).unwrap();
    assert_eq!(json["format_version"], "1.0");
    assert_eq!(json["nodes"].as_array().unwrap().len(), 16);
}

#[test]
fn drift_exits_4_and_separates_pending_changes() {
    let workspace = Workspace::applied_quickstart();
    // An apply of another directory changes the live state.
    let other = Workspace::new();
    let file = workspace.file(".nautform/sandbox.json");
    other.write(
        "a.yaml",
        &format!("{HEAD}kind: Project\nspec: {{name: demo-project, product: demo, language: cobol}}\n"),
    );
    let sandbox = format!("--sandbox={}", file.display());
    other.run(&["apply", &sandbox, "--auto-approve", "--stateless"]).exits(0);
    workspace.edit("products/demo/deployment.yaml", "targetRevision: main", "targetRevision: v2");
    let drift = workspace.run(&["drift", "--sandbox"]).exits(4).stdout;
    assert!(drift.contains("\"golang\" -> \"cobol\""), "{drift}");
}

#[test]
fn completions_and_man_pages_have_all_commands() {
    let workspace = Workspace::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = workspace.run(&["completion", shell]).exits(0).stdout;
        assert!(script.contains("NAUTFORM_COMPLETE"), "{shell}: {script}");
        // What such a script asks for the third word of the line.
        let mut asked = workspace.command(&["--", "nautform", "plan", "--det"]);
        asked.env("NAUTFORM_COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", "2");
        let offered = Workspace::finish(&mut asked).exits(0).stdout;
        assert!(offered.contains("--detailed-exitcode"), "{shell}: {offered}");
    }
    workspace.run(&["man", "pages"]).exits(0);
    let page = workspace.read("pages/nautform-plan.1");
    assert!(page.contains("detailed\\-exitcode"), "{page}");
}

#[test]
fn quiet_leaves_out_progress_and_remarks() {
    let workspace = Workspace::copy_of("examples/quickstart");
    let applied = workspace.run(&["apply", "--sandbox", "--auto-approve", "--quiet"]).exits(0);
    assert_eq!(applied.stderr, "");
    assert!(applied.stdout.contains("Apply complete!"), "{}", applied.stdout);
    assert_eq!(workspace.run(&["forget", "--sandbox", "-q", "Product/demo"]).exits(0).stderr, "");
    let failed = workspace.run(&["plan", "--quiet"]).exits(1).stderr;
    assert!(failed.starts_with("error: no API server\nhelp: "), "{failed}");
}

#[test]
fn first_mistakes_are_told_the_right_command() {
    let workspace = Workspace::copy_of("examples/quickstart");
    for (line, told) in [
        ("show .", "nautform plan . plans it"),
        ("plan Cluster/host-a --sandbox", "pass --target=Cluster/host-a"),
        ("plan --sandbox --target cluster.host-a", "write KIND/NAME or KIND/PRODUCT/NAME"),
        ("plan nowhere", "name a directory of manifests"),
        ("help geting-started", "getting-started"),
        ("help state mv", "Usage: nautform state mv"),
        ("help kubeconfigs", "Rotating one"),
    ] {
        let output = workspace.run(&line.split(' ').collect::<Vec<_>>());
        let said = output.stdout + &output.stderr;
        assert!(said.contains(told), "{line}\n{said}");
    }
}
