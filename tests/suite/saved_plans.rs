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
    let refused = workspace.run(&["apply", "plan.json", "--sandbox"]).exits(6);
    insta::assert_snapshot!(refused.stderr, @r"
    The saved plan is stale: 1 object has changed since it was made.

      Project/demo/demo-project
        its manifest, or a secret that it names, has changed

    Nothing was written. Make a new plan and have it approved.
    ");
    workspace.edit("products/demo/product.yaml", "language: zig", "language: rust");
    // Declarations of objects that the plan does not touch play no part.
    workspace.edit("kubeconfigs/host-a.kubeconfig", "not-a-real-token", "another-token");
    workspace.write("more.yaml", &format!("{HEAD}kind: Project\nspec: {{name: more, product: demo}}\n"));
    let applied = workspace.run(&["apply", "plan.json", "--sandbox"]).exits(0).stdout;
    assert!(applied.ends_with("Apply complete! Resources: 0 added, 1 changed, 0 destroyed.\n"), "{applied}");
}

#[test]
fn saved_plan_of_a_changed_secret_is_stale() {
    let workspace = Workspace::applied_quickstart();
    workspace.edit("kubeconfigs/host-a.kubeconfig", "not-a-real-token", "another-token");
    workspace.run(&["plan", "--sandbox", "--out", "plan.json"]).exits(0);
    let shown = workspace.run(&["show", "plan.json"]).exits(0).stdout;
    assert!(shown.contains("kubeconfig"), "{shown}");
    workspace.edit("kubeconfigs/host-a.kubeconfig", "another-token", "third-token");
    let refused = workspace.run(&["apply", "plan.json", "--sandbox"]).exits(6);
    assert!(refused.stderr.contains("Cluster/host-a"), "{}", refused.stderr);
    assert!(refused.stderr.contains("secret"), "{}", refused.stderr);
}

#[test]
fn saved_delete_is_stale_when_the_object_is_declared_again() {
    let workspace = Workspace::applied_quickstart();
    let manifest = format!("{HEAD}kind: Project\nspec: {{name: more, product: demo}}\n");
    workspace.write("more.yaml", &manifest);
    workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0);
    std::fs::remove_file(workspace.file("more.yaml")).unwrap();
    workspace.run(&["plan", "--sandbox", "--out", "plan.json"]).exits(0);
    workspace.write("again.yaml", &manifest);
    let refused = workspace.run(&["apply", "plan.json", "--sandbox"]).exits(6);
    let expected = "  Project/demo/more\n    no manifest declared it, and one does now\n";
    assert!(refused.stderr.contains(expected), "{}", refused.stderr);
    std::fs::remove_file(workspace.file("again.yaml")).unwrap();
    workspace.run(&["apply", "plan.json", "--sandbox"]).exits(0);
}

/// The checkout, its sandbox included, at another place; the first one is gone.
#[test]
fn saved_plan_is_applied_in_another_checkout() {
    let workspace = Workspace::new();
    std::fs::create_dir_all(workspace.file("a")).unwrap();
    crate::support::copy(&crate::support::repository("examples/quickstart"), &workspace.file("a/fleet"));
    let run = |directory: &str, args: &[&str]| {
        let mut command = workspace.command(args);
        Workspace::finish(command.current_dir(workspace.file(directory)))
    };
    run("a", &["plan", "fleet", "--sandbox", "--out", "change.plan"]).exits(0);
    std::fs::rename(workspace.file("a"), workspace.file("b")).unwrap();
    run("b", &["show", "change.plan"]).exits(0);
    run(".", &["apply", "b/change.plan", "--sandbox=b/fleet/.nautform/sandbox.json"]).exits(0);
    assert!(!workspace.file("a").exists());
}

#[test]
fn saved_plan_in_another_place_takes_its_directory() {
    let workspace = planned();
    let elsewhere = Workspace::new();
    let moved = elsewhere.file("plan.json");
    std::fs::rename(workspace.file("plan.json"), &moved).unwrap();
    let plan = moved.to_str().unwrap();
    workspace.run(&["apply", plan, "missing", "--sandbox"]).exits(1);
    // Where it was made, since nothing is next to it.
    let sandbox = format!("--sandbox={}", workspace.file(".nautform/sandbox.json").display());
    elsewhere.write("plan.json.txt", "no manifest");
    workspace.run(&["apply", plan, ".", "--sandbox"]).exits(0);
    let again = elsewhere.run(&["apply", "plan.json", &sandbox]).exits(6);
    assert!(again.stderr.contains("Project/demo/demo-project"), "{}", again.stderr);
    let wrong = workspace.run(&["apply", ".", ".", "--sandbox"]).exits(1);
    assert!(wrong.stderr.contains("a second directory goes with a saved plan only"), "{}", wrong.stderr);
}

#[test]
fn saved_plan_is_shown_before_it_is_applied() {
    let workspace = planned();
    let applied = workspace.run(&["apply", "plan.json", "--sandbox"]).exits(0).stdout;
    let shown = applied.find("~ language = \"golang\" -> \"rust\"").unwrap();
    let done = applied.find("Modifying").unwrap_or(applied.len());
    assert!(shown < done, "{applied}");
}

/// Unmanaged objects that were to be pruned: apply has to be told so, too.
#[test]
fn saved_plan_carries_no_prune() {
    let workspace = Workspace::applied_quickstart();
    meanwhile(&workspace, "kind: Project\nspec: {name: stray, product: demo}\n");
    let prune = "--prune=Project/demo/stray";
    workspace.run(&["plan", "--sandbox", prune, "--out", "plan.json"]).exits(0);
    let refused = workspace.run(&["apply", "plan.json", "--sandbox"]).exits(5);
    insta::assert_snapshot!(refused.stderr, @r"
    error: the saved plan was made with permissions that apply must be given again
    help: repeat them: --prune='Project/demo/stray'
    ");
    // A file that does not say so permits no more.
    let mut document = workspace.json("plan.json");
    document["selection"]["prune"] = serde_json::json!([]);
    workspace.write("edited.json", &document.to_string());
    workspace.run(&["apply", "edited.json", "--sandbox"]).exits(6);
    workspace.run(&["apply", "plan.json", "--sandbox", prune]).exits(0);
}

#[test]
fn saved_plan_carries_no_permissions() {
    let workspace = Workspace::applied_quickstart();
    let manifest = |protected: bool| {
        let annotations = format!("{{nautform.dev/prevent-destroy: \"{protected}\"}}");
        format!(
            "{HEAD}kind: Project\nmetadata: {{annotations: {annotations}}}\nspec: {{name: more, product: demo}}\n"
        )
    };
    workspace.write("more.yaml", &manifest(true));
    workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0);
    std::fs::remove_file(workspace.file("more.yaml")).unwrap();
    let allowed = ["--unprotect=Project/demo/more", "--allow-deletes=3"];
    let planned =
        workspace.run(&[&["plan", "--sandbox", "--out", "plan.json"], &allowed[..]].concat()).exits(0);
    let line = "nautform apply plan.json --unprotect=Project/demo/more --allow-deletes=3\n";
    assert!(planned.stderr.ends_with(line), "{}", planned.stderr);
    let refused = workspace.run(&["apply", "plan.json", "--sandbox"]).exits(5);
    let expected = "help: repeat them: --unprotect=Project/demo/more --allow-deletes=3\n";
    assert!(refused.stderr.ends_with(expected), "{}", refused.stderr);
    let mut document = workspace.json("plan.json");
    document["permissions"] = serde_json::json!({});
    document["refusals"] = serde_json::json!([]);
    workspace.write("edited.json", &document.to_string());
    let refused = workspace.run(&["apply", "edited.json", "--sandbox"]).exits(5);
    assert!(refused.stdout.contains("protected by"), "{}{}", refused.stdout, refused.stderr);
    workspace.run(&[&["apply", "plan.json", "--sandbox"], &allowed[..]].concat()).exits(0);
}

/// What a file says of a change is derived, or compared.
/// What is sent is part of the plan, not a permission.
#[test]
fn saved_plan_sends_the_secrets_it_was_made_to_send() {
    let workspace = Workspace::applied_quickstart();
    std::fs::remove_file(workspace.file(".nautform/sandbox/state.json")).unwrap();
    let plan = ["plan", "--sandbox", "--send-secrets", "--allow-updates=9", "--out", "plan.json"];
    let planned = workspace.run(&plan).exits(0);
    assert!(planned.stdout.contains("Plan: 0 to add, 5 to change"), "{}", planned.stdout);
    let applied = workspace.run(&["apply", "plan.json", "--sandbox", "--allow-updates=9"]).exits(0);
    assert!(applied.stdout.contains("5 changed"), "{}", applied.stdout);
    workspace.run(&["plan", "--sandbox", "--send-secrets", "--detailed-exitcode"]).exits(0);
}

#[test]
fn edited_plan_shows_what_it_does_or_is_refused() {
    let workspace = Workspace::applied_quickstart();
    workspace.edit("products/demo/product.yaml", "language: golang", "language: rust");
    workspace.edit("kubeconfigs/host-a.kubeconfig", "not-a-real-token", "another-token");
    workspace.run(&["plan", "--sandbox", "--out", "plan.json"]).exits(0);
    let text = workspace.read("plan.json");
    let show = workspace.run(&["show", "plan.json"]).exits(0).stdout;
    let edited = |edit: &dyn Fn(&mut serde_json::Value)| {
        let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
        for change in document["changes"].as_array_mut().unwrap() {
            edit(change);
        }
        workspace.write("edited.json", &document.to_string());
    };
    edited(&|change| {
        if change["address"] == "Project/demo/demo-project" {
            change["attributes"] = serde_json::json!([]);
        }
    });
    assert_eq!(workspace.run(&["show", "edited.json"]).exits(0).stdout, show);
    edited(&|change| {
        let fields = change.get_mut("attributes").and_then(serde_json::Value::as_array_mut);
        for field in fields.into_iter().flatten() {
            if field["path"] == "language" {
                field["after"] = "zig".into();
            }
        }
    });
    assert_eq!(workspace.run(&["show", "edited.json"]).exits(0).stdout, show);
    // The change of a secret is not derived from anything: it is compared.
    edited(&|change| {
        if change["address"] == "Cluster/host-a" {
            change["attributes"] = serde_json::json!([]);
        }
    });
    workspace.run(&["apply", "edited.json", "--sandbox"]).exits(6);
    edited(&|change| {
        if change["address"] == "Project/demo/demo-project" {
            change["after"]["language"] = "golang".into();
            change["attributes"] = serde_json::json!([]);
        }
    });
    workspace.run(&["apply", "edited.json", "--sandbox"]).exits(6);
    workspace.run(&["apply", "plan.json", "--sandbox"]).exits(0);
}

/// A plan of version 1 has no server and one digest of all manifests.
#[test]
fn plan_of_version_1_is_taken_and_permits_nothing() {
    let workspace = planned();
    let mut document = workspace.json("plan.json");
    for field in ["server", "relative", "declarations"] {
        document.as_object_mut().unwrap().remove(field).unwrap();
    }
    document["format_version"] = 1.into();
    document["inputs"] = "0".into();
    workspace.write("old.json", &document.to_string());
    workspace.run(&["show", "old.json"]).exits(0);
    let refused = workspace.run(&["apply", "old.json", "--sandbox"]).exits(6);
    assert!(refused.stderr.contains("secrets"), "{}", refused.stderr);
    // The digest that version 1 made of the quickstart with this key.
    document["salt"] = "3d86164438c14efdbaa42625d21bf619".into();
    document["inputs"] = "93ff4d80c5ef3384bc9260cd682c83e909ba7661ae7ef823a0df6b8b5036b1f7".into();
    workspace.write("old.json", &document.to_string());
    let applied = workspace.run(&["apply", "old.json", "--sandbox"]).exits(0);
    assert!(applied.stderr.contains("The saved plan names no server"), "{}", applied.stderr);
}

#[cfg(unix)]
#[test]
fn plan_file_is_private_and_holds_no_secrets() {
    use std::os::unix::fs::PermissionsExt as _;
    let workspace = Workspace::copy_of("examples/quickstart");
    workspace.run(&["plan", "--sandbox", "--out", "plan.json"]).exits(0);
    let mode = std::fs::metadata(workspace.file("plan.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!workspace.read("plan.json").contains("not-a-real-token"));
}

#[test]
fn newer_or_damaged_plan_file_is_an_error() {
    let workspace = planned();
    workspace.edit("plan.json", "\"format_version\": 2", "\"format_version\": 99");
    let newer = workspace.run(&["show", "plan.json"]).exits(1);
    assert!(newer.stderr.contains("newer nautform"), "{}", newer.stderr);
    workspace.edit("plan.json", "\"format_version\": 99", "\"format_version\": 2");
    let text = workspace.read("plan.json");
    for field in ["server", "lineage"] {
        let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
        document.as_object_mut().unwrap().remove(field).unwrap();
        workspace.write("less.plan", &document.to_string());
        let damaged = workspace.run(&["apply", "less.plan", "--sandbox"]).exits(1);
        assert!(damaged.stderr.contains(field), "{}", damaged.stderr);
    }
    let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
    document["format_version"] = 1.into();
    workspace.write("less.plan", &document.to_string());
    let damaged = workspace.run(&["apply", "less.plan", "--sandbox"]).exits(1);
    assert!(damaged.stderr.contains("it is damaged: inputs is missing"), "{}", damaged.stderr);
    workspace.write("plan.json", "{\"format\":");
    workspace.run(&["show", "plan.json"]).exits(1);
}

/// The URL of a repository says where the server is: it is another one with every start of the sandbox.
#[test]
fn saved_plan_of_a_repository_is_applied_although_its_url_has_changed() {
    let workspace = Workspace::new();
    let git = "{gitlab: {name: shop, path: shop, visibility: private}}";
    workspace.write("shop.yaml", &format!("{HEAD}kind: Product\nspec: {{name: shop, git: {git}}}\n"));
    workspace.write("web.yaml", &format!("{HEAD}kind: Project\nspec: {{name: web, product: shop}}\n"));
    let git = "{gitlab: {name: app, path: app, visibility: private}}";
    let spec = format!(
        "{{name: app, product: shop, project: web, deploymentRuntime: false, pipelineRuntime: true, \
         webhook: {{events: [push_events]}}, git: {git}}}"
    );
    workspace.write("app.yaml", &format!("{HEAD}kind: CodeRepo\nspec: {spec}\n"));
    workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0);
    workspace.edit("app.yaml", "deploymentRuntime: false", "deploymentRuntime: true");
    workspace.run(&["plan", "--sandbox", "--out", "update.plan"]).exits(0);
    workspace.run(&["apply", "update.plan", "--sandbox"]).exits(0);
    workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(0);
    std::fs::remove_file(workspace.file("app.yaml")).unwrap();
    workspace.run(&["plan", "--sandbox", "--out", "delete.plan"]).exits(0);
    workspace.run(&["apply", "delete.plan", "--sandbox", "--allow-irreversible"]).exits(0);
    workspace.run(&["plan", "--sandbox", "--detailed-exitcode"]).exits(0);
}
