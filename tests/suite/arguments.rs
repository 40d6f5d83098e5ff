//! Arguments as users write them: the directory in both places, words of other tools, what was not approved.

use std::fs;

use crate::support::Workspace;

#[test]
fn directory_is_an_argument_of_state_commands_too() {
    let workspace = Workspace::new();
    workspace.write(
        "fleet/a.yaml",
        "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Product\nspec: {name: shop, git: {gitlab: {visibility: private}}}\n",
    );
    workspace.run(&["apply", "fleet", "--sandbox", "--auto-approve"]).exits(0);
    for list in
        [&["state", "list", "fleet", "--sandbox"][..], &["state", "list", "--dir", "fleet", "--sandbox"]]
    {
        assert_eq!(workspace.run(list).exits(0).stdout, "Product/shop\n");
    }
    workspace.run(&["state", "show", "Product/shop", "fleet", "--sandbox"]).exits(0);
    let both = workspace.run(&["state", "list", "fleet", "--dir", "fleet"]).exits(1).stderr;
    assert!(both.contains("cannot be used with"), "{both}");
    let adopted = workspace.run(&["adopt", "Product/shop", "fleet", "--sandbox"]).exits(0).stdout;
    assert!(adopted.starts_with("Product/shop: managed already\n"), "{adopted}");
    workspace.run(&["forget", "fleet", "Product/shop", "--sandbox"]).exits(0);
    assert_eq!(workspace.run(&["state", "list", "fleet", "--sandbox"]).exits(0).stdout, "");
    let nothing = workspace.run(&["forget", "fleet", "--sandbox"]).exits(1).stderr;
    assert!(nothing.contains("name the objects to forget"), "{nothing}");
    let unlocked = workspace.run(&["force-unlock", "fleet"]).exits(1).stderr;
    assert!(unlocked.contains("fleet/.nautform"), "{unlocked}");
}

#[test]
fn destroy_that_is_not_approved_says_so() {
    let workspace = Workspace::applied_quickstart();
    let output = workspace.run(&["destroy", "--sandbox"]).exits(1);
    assert!(output.stderr.contains("\nDestroy cancelled.\n"), "{}", output.stderr);
    assert!(output.stderr.contains("--auto-approve does not ask"), "{}", output.stderr);
}

#[test]
fn version_is_told_in_text_and_json() {
    let workspace = Workspace::new();
    let text = workspace.run(&["version"]).exits(0).stdout;
    assert!(text.starts_with(concat!("nautform ", env!("CARGO_PKG_VERSION"), "\ncommit ")), "{text}");
    let json = workspace.run(&["version", "--format", "json"]).exits(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["formats"]["state"], "1");
    assert_eq!(json["server_versions"], serde_json::json!(["v0.4.2"]));
    assert!(json["commit"].is_string() && json["date"].is_string(), "{json}");
}

#[test]
fn settings_are_explained() {
    let workspace = Workspace::new();
    let all = workspace.run(&["explain", "nautform.yaml"]).exits(0).stdout;
    assert!(all.contains("  state.lockAddress  <URL>\n"), "{all}");
    let one = workspace.run(&["explain", "nautform.yaml.moved"]).exits(0).stdout;
    assert!(one.contains("  moved[].from  <address> -required-\n") && !one.contains("server"), "{one}");
    let none = workspace.run(&["explain", "nautform.yaml.sever"]).exits(1).stderr;
    assert!(none.contains("nautform.yaml has no setting 'sever'"), "{none}");
}

#[test]
fn unused_variable_is_warned_of_in_a_whole_fleet_only() {
    let workspace = Workspace::new();
    let project = "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: CodeRepo\nspec: {name: api, product: shop, deploymentRuntime: \"${YES}\", git: {gitlab: {visibility: private}}}\n";
    workspace.write("a.yaml", project);
    let validate = |path: &str| {
        workspace.run(&["validate", path, "--var", "YES=true", "--var", "TYPO=1"]).exits(0).stderr
    };
    let found = validate(".");
    assert!(found.contains("warning[unused-variable]: variable 'TYPO' is set and used nowhere"), "{found}");
    assert!(!found.contains("'YES'"), "{found}");
    workspace.write("nautform.yaml", "fleet: shop\n");
    assert_eq!(validate("a.yaml").matches("unused-variable").count(), 0);
    fs::remove_file(workspace.file("a.yaml")).unwrap();
}

#[test]
fn variable_between_brackets_needs_quotes_and_the_error_says_so() {
    let workspace = Workspace::new();
    workspace.write("a.yaml", "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Project\nspec: {name: a, product: p, language: ${X}}\n");
    let found = workspace.run(&["validate", "--var", "X=go"]).exits(1).stderr;
    assert!(found.contains("between { } or [ ] a variable needs quotes"), "{found}");
}

#[test]
fn missing_reference_points_at_the_name_and_asks_for_a_near_one() {
    let workspace = Workspace::new();
    workspace.write(
        "a.yaml",
        "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Environment\nspec:\n  name: dev\n  product: shp\n  cluster: x\n  envType: dev\n---\napiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Product\nspec: {name: shop, git: {gitlab: {visibility: private}}}\n",
    );
    let plan = workspace.run(&["plan", "--sandbox"]).stdout;
    assert!(plan.contains("--> a.yaml:5:12\n"), "{plan}");
    assert!(plan.contains("did you mean 'shop'? otherwise add a manifest for Product/shp"), "{plan}");
}

#[test]
fn commands_that_export_proposes_work_as_they_are() {
    let workspace = Workspace::new();
    workspace.write(
        "fleet/shop.yaml",
        "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Project\nmetadata: {name: api}\nspec: {product: shop, language: go}\n---\napiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Product\nspec: {name: shop, git: {gitlab: {visibility: private}}}\n",
    );
    workspace.run(&["apply", "fleet", "--sandbox=box.json", "--auto-approve"]).exits(0);
    let said = workspace.run(&["export", "out", "--sandbox=box.json"]).exits(0).stderr;
    assert!(said.contains("`nautform plan out --sandbox=box.json` shows no changes"), "{said}");
    workspace.run(&["plan", "out", "--sandbox=box.json", "--detailed-exitcode"]).exits(0);
}
