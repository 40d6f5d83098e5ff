//! What lies among manifests and is none is skipped and counted; what is skipped is not gone.

use crate::support::{self, Output, Workspace, product, repository};

const COUNT: &str = "3 files are not Nautes manifests: skipped (-v lists them, --strict makes them errors)\n";

fn project(name: &str) -> String {
    support::project("shop", name)
}

/// A fleet of a product and two projects in a file of their own each, applied.
fn applied() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("shop.yaml", &product("shop"));
    workspace.write("api.yaml", &project("api"));
    workspace.write("web.yaml", &(project("web") + &project("ui")));
    workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0);
    workspace
}

#[test]
fn directory_may_hold_files_of_other_programs() {
    let workspace = applied();
    workspace.write("package.json", r#"{"name": "shop", "version": "1.0.0"}"#);
    workspace.write("deploy/deployment.yaml", "apiVersion: apps/v1\nkind: Deployment\nspec: {replicas: 1}\n");
    workspace.write("deploy/kustomization.yaml", "resources: [deployment.yaml]\n");
    // What nautform itself writes is of no interest.
    workspace.run(&["plan", "--sandbox", "--out", "a.plan", "--gitlab-report", "plan.json"]).exits(0);
    workspace.run(&["validate", "--format", "codequality"]).exits(0);
    for (file, args) in [
        ("codequality.json", &["validate", "--format", "codequality"][..]),
        ("report.yaml", &["plan", "--sandbox", "--format", "json"]),
        ("events.yml", &["plan", "--sandbox", "--format", "ndjson"]),
        ("validate.yaml", &["validate", "--format", "json"]),
        ("state.yaml", &["state", "pull", "--sandbox"]),
        ("sarif.json", &["validate", "--format", "sarif"]),
        ("get.json", &["get", "--sandbox", "-o", "json"]),
    ] {
        let written = workspace.run(args).exits(0).stdout;
        workspace.write(file, &written);
    }
    let validated = workspace.run(&["validate"]).exits(0);
    let hint = "deploy/kustomization.yaml is for Kustomize, which nautform does not run: kubectl kustomize deploy | nautform plan -\n";
    assert_eq!(validated.stderr, format!("{COUNT}{hint}"));
    let plan = workspace.run(&["plan", "--sandbox"]).exits(0);
    assert!(plan.stdout.starts_with("No changes.") && plan.stderr.contains(COUNT), "{}", plan.stderr);
    let listed = workspace.run(&["-v", "validate"]).exits(0).stderr;
    assert!(listed.contains("package.json: no apiVersion and kind of a manifest"), "{listed}");
    let json = workspace.run(&["validate", "--format", "json"]).exits(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let reasons: Vec<&str> =
        json["skipped"].as_array().unwrap().iter().map(|one| one["reason"].as_str().unwrap()).collect();
    assert_eq!(reasons.iter().filter(|reason| **reason != "written by nautform").count(), 3, "{reasons:?}");
    let strict = workspace.run(&["validate", "--strict"]).exits(1).stderr;
    assert!(strict.contains("error[api-version]") && strict.contains("error[not-a-manifest]"), "{strict}");
    workspace.run(&["plan", "--sandbox", "--strict"]).exits(1);
    workspace.write(".nautformignore", "package.json\ndeploy/\n");
    assert_eq!(workspace.run(&["validate", "--strict"]).exits(0).stderr, "");
}

/// The plan deletes nothing without being refused, however an object came to be skipped.
#[track_caller]
fn is_refused(workspace: &Workspace, parts: &[&str]) {
    let refused =
        workspace.run(&["apply", "--sandbox", "--auto-approve", "--allow-deletes=9"]).exits(5).stdout;
    for part in parts {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    let state = workspace.run(&["state", "list", "--sandbox"]).exits(0).stdout;
    assert_eq!(state.lines().count(), 4, "{state}");
}

#[test]
fn ignored_manifests_are_not_gone() {
    let workspace = applied();
    workspace.write(".nautformignore", "api.yaml\nold/\n");
    is_refused(
        &workspace,
        &[
            "Project/shop/api: its manifest in api.yaml is not read: .nautformignore leaves it out",
            "[skipped-manifest]",
        ],
    );
    // Moved to where nothing is read.
    std::fs::create_dir(workspace.file("old")).unwrap();
    std::fs::rename(workspace.file("api.yaml"), workspace.file("old/all.yaml")).unwrap();
    is_refused(&workspace, &["its manifest in old/all.yaml is not read"]);
    // What can't be read may be the manifest.
    workspace.write("api.yaml", "kind: [");
    std::fs::remove_dir_all(workspace.file("old")).unwrap();
    is_refused(&workspace, &["its manifest in api.yaml is not read"]);
    workspace.write(".nautformignore", "*\n");
    let nothing = workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(1).stderr;
    assert!(nothing.contains("error[no-manifests]") && nothing.contains(".nautformignore"), "{nothing}");
    // A saved plan is refused as well.
    workspace.write(".nautformignore", "api.yaml\n");
    workspace.run(&["plan", "--sandbox", "--out", "saved.plan"]).exits(0);
    workspace.run(&["apply", "saved.plan", "--sandbox"]).exits(5);
    std::fs::remove_file(workspace.file("api.yaml")).unwrap();
    let removed = workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0).stdout;
    assert!(removed.ends_with("0 added, 0 changed, 1 destroyed.\n"), "{removed}");
}

#[test]
fn renamed_manifests_are_not_gone() {
    for name in ["api.txt", "api.yaml.bak", ".api.yaml", "api", "api.jsonl", ".old/api.yaml", "v.d/api.off"] {
        let workspace = applied();
        workspace.write(name, &project("api"));
        std::fs::remove_file(workspace.file("api.yaml")).unwrap();
        let why = format!("its manifest in {name} is not read: manifests end in .yaml");
        is_refused(&workspace, &[&why, "[skipped-manifest]"]);
    }
}

#[test]
fn copies_of_manifests_do_not_keep_objects() {
    let workspace = applied();
    for name in
        ["api.yaml~", ".git-worktrees/b/api.yaml", "notes.txt", ".history/api_1.yaml", ".api.d/x.yaml"]
    {
        workspace.write(name, &project("api"));
    }
    workspace.write(".git-worktrees/b/.git", "gitdir: x\n");
    // An editor's copy of a file that is still there.
    workspace.write("web.yaml.bak", &(project("web") + &project("ui")));
    workspace.write("web.yaml", &project("web"));
    std::fs::remove_file(workspace.file("api.yaml")).unwrap();
    let removed = workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0).stdout;
    assert!(removed.ends_with("0 added, 0 changed, 2 destroyed.\n"), "{removed}");
}

#[test]
fn manifests_that_are_given_for_something_else_are_not_gone() {
    let workspace = Workspace::new();
    let settings = |file: &str| {
        let dev = format!("dev: {{server: {{url: 'http://127.0.0.1:1'}}, variableFiles: [{file}]}}");
        workspace.write("nautform.yaml", &format!("environments: {{{dev}, prod: {{}}}}\n"));
    };
    settings("vars.yaml");
    workspace.write("vars.yaml", "A: b\n");
    workspace.write("shop.yaml", &product("shop"));
    workspace.write("api.yaml", &project("api"));
    let apply = ["apply", "-e", "prod", "--sandbox", "--auto-approve"];
    workspace.run(&apply).exits(0);
    settings("api.yaml");
    let refused = workspace.run(&apply).exits(5).stdout;
    assert!(refused.contains("api.yaml is not read: the file is given as one of variables"), "{refused}");
}

#[test]
fn manifests_with_an_edited_version_are_not_gone() {
    let workspace = applied();
    let text = workspace.read("web.yaml");
    workspace.write("web.yaml", &text.replacen("nautes.resource.nautes.io/v1alpha1", "example.com/v1", 1));
    is_refused(
        &workspace,
        &["Project/shop/web: its manifest in web.yaml is not read", "apiVersion of another system"],
    );
    workspace.write("web.yaml", &text.replace("nautes.resource.nautes.io/v1alpha1", "example.com/v1"));
    is_refused(&workspace, &["Project/shop/web: its manifest", "Project/shop/ui: its manifest"]);
    workspace.write("web.yaml", "apiVersion: v1\nkind: ConfigMap\n");
    is_refused(&workspace, &["web.yaml declares nothing any more"]);
    workspace.write(
        "web.yaml",
        &text.replace("nautes.resource.nautes.io/v1alpha1", "nautes.resource.nautes.io/v1"),
    );
    workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(1);
    workspace.write("web.yaml", text.rsplit_once("---\n").unwrap().0);
    let removed = workspace.run(&["apply", "--sandbox", "--auto-approve"]).exits(0).stdout;
    assert!(removed.ends_with("0 added, 0 changed, 1 destroyed.\n"), "{removed}");
}

/// Gives a text as standard input.
fn piped(workspace: &Workspace, args: &[&str], input: &str) -> Output {
    Workspace::piped(&mut workspace.command(args), input)
}

/// `kubectl kustomize testdata/kustomize/prod`, as kubectl 1.32 printed it; `.ci/consumers` asks a real one.
#[test]
fn output_of_kustomize_is_a_fleet() {
    let workspace = Workspace::new();
    let built = std::fs::read_to_string(repository("testdata/kustomize/prod.yaml")).unwrap();
    let apply = ["apply", "-", "--sandbox", "--auto-approve"];
    let applied = piped(&workspace, &apply, &built).exits(0);
    assert!(applied.stdout.ends_with("3 added, 0 changed, 0 destroyed.\n"), "{}", applied.stdout);
    assert!(applied.stderr.contains("1 document is not a Nautes manifest: skipped"), "{}", applied.stderr);
    let plan = ["plan", "-", "--sandbox", "--detailed-exitcode"];
    piped(&workspace, &plan, &built).exits(0);
    let (fewer, _) = built.rsplit_once("---\n").unwrap();
    piped(&workspace, &plan, fewer).exits(0);
    let complete = [&plan[..], &["--complete"]].concat();
    let planned = piped(&workspace, &complete, fewer).exits(2).stdout;
    assert!(planned.ends_with("Plan: 0 to add, 0 to change, 1 to destroy.\n"), "{planned}");
    piped(&workspace, &plan, "apiVersion: v1\nkind: ConfigMap\n").exits(1);
    let asked = piped(&workspace, &["apply", "-", "--sandbox"], &product("other")).exits(1).stderr;
    assert!(
        asked.contains("The manifests were all of standard input; --auto-approve does not ask."),
        "{asked}"
    );
}
