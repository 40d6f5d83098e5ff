//! Who may write manifests must not read the rest of the machine: links that lead out, pipes, settings, and
//! Git's configuration.
#![cfg(unix)]

use std::os::unix::fs::symlink;

use serde_json::Value as Json;

use crate::support::{HEAD, Workspace};

const PRODUCT: &str =
    "kind: Product\nspec: {name: shop, git: {gitlab: {name: shop, path: shop, visibility: private}}}\n";

/// A fleet in a directory of a work tree, and a file next to the work tree that must not be shown.
fn workspace() -> Workspace {
    let workspace = Workspace::new();
    workspace.write("repo/m/shop.yaml", &format!("{HEAD}{PRODUCT}"));
    workspace.write("repo/.git/HEAD", "ref: refs/heads/main\n");
    workspace.write("secret", "token: canary-secret\nserver: [\n");
    workspace
}

fn run(workspace: &Workspace, args: &[&str]) -> (Option<i32>, String) {
    let mut command = workspace.command(args);
    command.current_dir(workspace.file("repo")).env("CI", "true").env("NAUTFORM_TOKEN", "canary-token");
    let output = Workspace::finish(&mut command);
    let all = output.stdout + &output.stderr;
    assert!(!all.contains("canary"), "{args:?}: {all}");
    (output.code, all)
}

fn refused(workspace: &Workspace, args: &[&str]) -> String {
    let (code, said) = run(workspace, args);
    assert_eq!(code, Some(1), "{args:?}: {said}");
    said
}

#[test]
fn manifest_link_to_the_outside_is_refused() {
    let workspace = workspace();
    symlink("/proc/self/environ", workspace.file("repo/m/env.yaml")).unwrap();
    insta::assert_snapshot!(refused(&workspace, &["validate", "m"]), @"
    error[link-outside]: m/env.yaml is a symbolic link to /proc/self/environ, which is outside of the Git work tree
     |
     = help: remove the link, or copy what is needed; links to files of the same work tree are followed

    1 error
    ");
    let json = refused(&workspace, &["validate", "m", "--format", "json"]);
    let json: Json = serde_json::from_str(&json).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&json["diagnostics"]).unwrap(), @r#"
    [
      {
        "severity": "error",
        "code": "link-outside",
        "summary": "m/env.yaml is a symbolic link to /proc/self/environ, which is outside of the Git work tree",
        "detail": "remove the link, or copy what is needed; links to files of the same work tree are followed"
      }
    ]
    "#);
    for format in ["sarif", "github", "code-quality"] {
        refused(&workspace, &["validate", "m", "--format", format]);
    }
    refused(&workspace, &["plan", "m", "--sandbox"]);
    // The file alone as well.
    insta::assert_snapshot!(refused(&workspace, &["validate", "m/env.yaml"]), @"
    error[link-outside]: m/env.yaml is a symbolic link to /proc/self/environ, which is outside of the Git work tree
     |
     = help: remove the link, or copy what is needed; links to files of the same work tree are followed

    1 error
    ");
}

#[test]
fn directory_link_is_followed_only_within_the_work_tree() {
    let workspace = workspace();
    workspace
        .write("repo/shared/web.yaml", &format!("{HEAD}kind: Project\nspec: {{name: web, product: shop}}\n"));
    symlink("../shared", workspace.file("repo/m/shared")).unwrap();
    assert_eq!(run(&workspace, &["validate", "m"]).0, Some(0));
    symlink("/etc", workspace.file("repo/m/etc")).unwrap();
    insta::assert_snapshot!(refused(&workspace, &["validate", "m"]), @"
    error[link-outside]: m/etc is a symbolic link to /etc, which is outside of the Git work tree
     |
     = help: remove the link, or copy what is needed; links to files of the same work tree are followed

    1 error
    ");
}

#[test]
fn other_files_that_are_links_to_the_outside_are_refused() {
    let workspace = workspace();
    let link = |name: &str| symlink(workspace.file("secret"), workspace.file(name)).unwrap();
    let remove = |name: &str| std::fs::remove_file(workspace.file(name)).unwrap();
    let said = |args: &[&str]| {
        let said = refused(&workspace, args).replace(workspace.path().to_str().unwrap(), "DIR");
        said.lines().next().unwrap().to_owned()
    };
    link("repo/m/nautform.yaml");
    insta::assert_snapshot!(said(&["plan", "m", "--sandbox"]), @"error[link-outside]: m/nautform.yaml is a symbolic link to DIR/secret, which is outside of the Git work tree");
    remove("repo/m/nautform.yaml");
    std::fs::create_dir(workspace.file("repo/m/.nautform")).unwrap();
    link("repo/m/.nautform/state.json");
    insta::assert_snapshot!(said(&["state", "list", "--dir", "m"]), @"error: m/.nautform/state.json is a symbolic link to DIR/secret, which is outside of the Git work tree");
    insta::assert_snapshot!(said(&["plan", "m", "--sandbox"]), @"error: m/.nautform/state.json is a symbolic link to DIR/secret, which is outside of the Git work tree");
    remove("repo/m/.nautform/state.json");
    link("repo/ca.pem");
    workspace.write("repo/m/nautform.yaml", "server: {url: 'https://127.0.0.1:9', caFile: ../ca.pem}\n");
    insta::assert_snapshot!(said(&["plan", "m"]), @"error: DIR/repo/ca.pem is a symbolic link to DIR/secret, which is outside of the Git work tree");
    remove("repo/m/nautform.yaml");
    workspace.write("repo/m/a.yaml", &cluster("{file: kc}"));
    link("repo/m/kc");
    insta::assert_snapshot!(said(&["validate", "m"]), @"error[unreadable-secret]: 'kubeconfig': cannot read m/kc: m/kc is a symbolic link to DIR/secret, which is outside of the Git work tree");
}

fn cluster(kubeconfig: &str) -> String {
    format!(
        "{HEAD}kind: Cluster\nspec:\n  name: a\n  apiServer: https://10.0.0.1:6443\n  clusterKind: kubernetes\n  clusterType: physical\n  usage: host\n  kubeconfig: {kubeconfig}\n"
    )
}

#[test]
fn no_value_of_the_settings_is_shown() {
    let workspace = workspace();
    let said = |settings: &str| {
        workspace.write("repo/m/nautform.yaml", settings);
        refused(&workspace, &["plan", "m"])
    };
    let all = [
        "server: {url: http://x, token: canary}",
        "server: {url: http://x, requestTimeout: canary}",
        "server: {url: 'htps://u:canary@h'}",
        "state: {backend: http, address: 'canary', updateMethod: 'canary x'}\nserver: {url: http://127.0.0.1:9}",
        "server: [canary",
    ];
    insta::assert_snapshot!(all.map(said).join(""), @"
    error[unknown-field]: unknown setting 'token' in 'server'
    --> m/nautform.yaml:1:25
     = help: nautform.yaml holds no secrets: credentials come from the environment

    1 error
    error[invalid-value]: 'server.requestTimeout' must be a duration such as 90s, 10m or 1h30m, at least 1s and at most 168h
    --> m/nautform.yaml:1:41

    1 error
    error[invalid-value]: 'server.url' must be a URL such as https://nautes.example.com:8000
    --> m/nautform.yaml:1:15

    1 error
    error[invalid-value]: 'state.address' must be a URL such as https://nautes.example.com:8000
    --> m/nautform.yaml:1:33

    1 error
    error[syntax]: unclosed bracket '['
    --> m/nautform.yaml:1:9
     = help: close the bracket, or separate the items by ','

    1 error
    ");
    // Nor when they are taken for a manifest.
    refused(&workspace, &["validate", "m/nautform.yaml"]);
}

#[test]
fn no_excerpt_of_a_text_with_control_characters_is_shown() {
    let workspace = workspace();
    workspace.write("repo/m/env.yaml", "A=canary\0B=canary\0");
    insta::assert_snapshot!(refused(&workspace, &["validate", "m"]), @r"
    error[syntax]: unexpected character: `\u{0}'
    --> m/env.yaml:1:9
     = help: quote the text; if it is not a manifest, name it in .nautformignore

    1 error
    ");
    for format in ["json", "sarif", "github", "code-quality"] {
        refused(&workspace, &["validate", "m", "--format", format]);
    }
}

/// A fleet in a directory that is a bare repository as well, with a configuration that names a command.
#[test]
fn git_ignores_committed_repositories() {
    let workspace = Workspace::new();
    let project = |language: &str| {
        format!("{HEAD}kind: Project\nspec: {{name: web, product: shop, language: {language}}}\n")
    };
    workspace.write("repo/fleet/shop.yaml", &format!("{HEAD}{PRODUCT}"));
    workspace.write("repo/fleet/web.yaml", &project("go"));
    workspace.git("repo", &["init", "-q"]);
    workspace.git("repo", &["add", "."]);
    workspace.git("repo", &["commit", "-qm", "one"]);
    let ran = workspace.file("ran");
    let order = format!("(env; id) > {}; false", ran.display());
    workspace.write(
        "repo/fleet/config",
        &format!(
            "[core]\nrepositoryformatversion = 0\nbare = false\nworktree = .\nfsmonitor = \"{order}\"\n"
        ),
    );
    workspace.write("repo/fleet/HEAD", "ref: refs/heads/main\n");
    workspace.write("repo/fleet/objects/keep", "");
    workspace.write("repo/fleet/refs/keep", "");
    // The owner's own configuration runs programs with what the manifests' writers choose.
    workspace.write("repo/fleet/.gitattributes", "*.yaml filter=own diff=own\n");
    for (key, value) in [
        ("filter.own.clean", order.as_str()),
        ("filter.own.required", "true"),
        ("diff.own.command", order.as_str()),
        ("core.fsmonitor", order.as_str()),
    ] {
        workspace.git("repo", &["config", key, value]);
    }
    workspace.write("repo/fleet/web.yaml", &project("rust"));
    workspace.write("repo/fleet/new.yaml", &project("rust").replace("web", "new"));
    let mut command =
        workspace.command(&["plan", "repo/fleet", "--sandbox", "--changed-since", "HEAD", "--compact"]);
    command.env("NAUTFORM_TOKEN", "canary-token").env("GIT_DIR", "/nowhere");
    let output = Workspace::finish(&mut command).exits(0);
    assert!(!ran.exists(), "{}", std::fs::read_to_string(&ran).unwrap());
    insta::assert_snapshot!(output.stdout, @"
    Actions are indicated with the following symbols:
        + create

    nautform will perform the following actions:

        + Product/shop
        + Project/shop/new
        + Project/shop/web

    Plan: 3 to add, 0 to change, 0 to destroy.
    ");
}
