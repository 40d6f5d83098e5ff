//! `validate --fix`: what is written, what is shown, and what is left alone.

use std::fs;

use crate::support::{Workspace, repository};

/// The lines of a page that are indented, behind a line.
fn block(page: &str, line: &str) -> String {
    let (_, rest) = page.split_once(&format!("{line}\n")).unwrap();
    let lines = rest.trim_start_matches('\n').lines();
    let lines = lines.take_while(|line| line.is_empty() || line.starts_with("    "));
    let text: Vec<&str> = lines.map(|line| line.strip_prefix("    ").unwrap_or(line)).collect();
    format!("{}\n", text.join("\n").trim_end())
}

const PAGE: &str = "docs/older-manifests.md";

#[test]
fn page_does_what_it_says() {
    let page = fs::read_to_string(repository(PAGE)).unwrap();
    let workspace = Workspace::new();
    workspace.write("worker.yaml", &block(&page, "> worker.yaml"));
    let shown = workspace.run(&["validate", "--diff"]).exits(1).stdout;
    assert_eq!(shown, block(&page, "    $ nautform validate --diff"), "{shown}");
    let fixed = workspace.run(&["validate", "--fix"]).exits(0).stdout;
    assert_eq!(fixed, format!("{shown}Success! The configuration is valid: 1 object.\n"));
}

const BROKEN: &str = "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Project\nspec: {name: a, product: p, langage: go}\n";

#[test]
fn diff_writes_nothing_and_valid_manifests_stay() {
    let workspace = Workspace::new();
    workspace.write("a.yaml", BROKEN);
    workspace.run(&["validate", "--diff"]).exits(1);
    assert_eq!(fs::read_to_string(workspace.file("a.yaml")).unwrap(), BROKEN);
    workspace.run(&["validate", "--fix"]).exits(0);
    let modified = || workspace.file("a.yaml").metadata().unwrap().modified().unwrap();
    let before = modified();
    let again = workspace.run(&["validate", "--fix"]).exits(0);
    assert_eq!(again.stdout, "Success! The configuration is valid: 1 object.\n");
    assert_eq!(modified(), before);
}

#[test]
fn standard_input_is_shown_and_not_edited() {
    let workspace = Workspace::new();
    workspace.write("a.yaml", BROKEN);
    let run = |flag: &str| {
        let input = fs::File::open(workspace.file("a.yaml")).unwrap();
        Workspace::finish(workspace.command(&["validate", flag, "-"]).stdin(input)).exits(1)
    };
    let diff = run("--diff").stdout;
    assert!(diff.contains("\n+spec: {name: a, product: p, language: go}\n"), "{diff}");
    let fix = run("--fix").stderr;
    assert!(fix.contains("standard input can't be edited: use --diff"), "{fix}");
}

#[cfg(unix)]
#[test]
fn read_only_files_keep_all_files_as_they_are() {
    use std::os::unix::fs::PermissionsExt as _;
    let workspace = Workspace::new();
    for file in ["a.yaml", "b.yaml"] {
        workspace.write(file, &BROKEN.replace("name: a", &format!("name: {}", &file[..1])));
    }
    fs::set_permissions(workspace.file("b.yaml"), fs::Permissions::from_mode(0o444)).unwrap();
    let output = workspace.run(&["validate", "--fix"]).exits(1);
    assert!(output.stderr.contains("cannot write b.yaml: the file is read-only"), "{}", output.stderr);
    assert_eq!(fs::read_to_string(workspace.file("a.yaml")).unwrap(), BROKEN);
}

#[test]
fn secrets_are_in_no_diff_and_no_report() {
    let workspace = Workspace::new();
    let secret = "canary-0123456789";
    let manifest = format!(
        "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Cluster\nspec:\n  name: a\n  apiServer: https://10.0.0.1:6443\n  clusterKind: kubernetes\n  clusterType: physical\n  usage: host\n  traefik: {{httpNodePort: 30080, token: {secret}}}\n  kubeconfg: |\n    token: {secret}\n"
    );
    workspace.write("a.yaml", &manifest);
    for args in
        [&["validate", "--diff"][..], &["validate", "--format", "sarif"], &["validate", "--format", "json"]]
    {
        let output = workspace.run(args).exits(1);
        assert!(
            !format!("{}{}", output.stdout, output.stderr).contains(secret),
            "{args:?}: {}",
            output.stdout
        );
    }
}

#[test]
fn reports_hold_the_same_edits() {
    let workspace = Workspace::new();
    workspace.write("a.yaml", BROKEN);
    let json = |format: &str| -> serde_json::Value {
        let output = workspace.run(&["validate", "--format", format]).exits(1);
        serde_json::from_str(&output.stdout).unwrap()
    };
    let sarif = json("sarif");
    let fix = &sarif["runs"][0]["results"][0]["fixes"][0];
    assert_eq!(fix["description"]["text"], "did you mean 'language'?");
    let replacement = &fix["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "language");
    assert_eq!(replacement["deletedRegion"]["startColumn"], 29);
    let edit = &json("json")["diagnostics"][0]["fix"]["edits"][0];
    assert_eq!((&edit["text"], &edit["range"]["start"]["line"]), (&"language".into(), &3.into()));
}
