//! `nautform get`: kinds and names as the official CLI takes them, patterns, formats, server and state.

use crate::support::Workspace;

fn get(workspace: &Workspace, args: &[&str]) -> String {
    workspace.run(&[&["get", "--sandbox"], args].concat()).exits(0).stdout
}

#[test]
fn get_lists_kinds_names_and_patterns() {
    let workspace = Workspace::applied_quickstart();
    let clusters = get(&workspace, &["cls", "-o", "name"]);
    assert_eq!(clusters.lines().count(), 5, "{clusters}");
    assert_eq!(get(&workspace, &["Cluster/host-*", "-o", "name"]), "Cluster/host-a\n");
    assert_eq!(get(&workspace, &["cluster", "host-a", "-o", "name"]), "Cluster/host-a\n");
    assert_eq!(get(&workspace, &["products", "-o", "name"]), "Product/demo\n");
    let environments = get(&workspace, &["env", "-p", "demo"]);
    assert!(environments.starts_with("ENVIRONMENT"), "{environments}");
    assert!(environments.contains("PRODUCT") && environments.contains("CLUSTER"), "{environments}");
    let all = get(&workspace, &["-o", "name"]);
    let inside = get(&workspace, &["*/demo/*", "-o", "name"]);
    assert_eq!(all.lines().count(), inside.lines().count() + 6, "{all}");
    assert_eq!(get(&workspace, &["--state", "-o", "name"]), all);
    let columns = get(&workspace, &["clusters", "--columns", "apiServer,vcluster.httpsNodePort"]);
    assert!(columns.starts_with("CLUSTER") && !columns.contains("USAGE"), "{columns}");
}

#[test]
fn get_writes_manifests_and_says_what_is_managed() {
    let workspace = Workspace::applied_quickstart();
    let manifests = get(&workspace, &["*/demo/*", "-o", "yaml"]);
    let exported = Workspace::new();
    exported.write("all.yaml", &manifests);
    exported.run(&["validate"]).exits(0);
    let before = get(&workspace, &["Product/demo"]);
    assert!(before.contains("yes"), "{before}");
    workspace.run(&["forget", "--sandbox", "Product/demo"]).exits(0);
    assert!(get(&workspace, &["Product/demo"]).contains("no"), "{before}");
}

#[test]
fn get_of_what_is_not_there_is_an_error() {
    let workspace = Workspace::applied_quickstart();
    let output = workspace.run(&["get", "--sandbox", "env", "none", "-p", "demo"]).exits(1);
    assert!(output.stderr.contains("there is no Environment/demo/none"), "{}", output.stderr);
    let output = workspace.run(&["get", "--sandbox", "cluser"]).exits(1);
    assert!(output.stderr.contains("Cluster"), "{}", output.stderr);
    assert_eq!(get(&workspace, &["Cluster/none-*"]), "No objects.\n");
}
