use std::path::Path;

use super::*;
use crate::report::diagnostics::{self, Style};
use crate::resolve;

fn complaints(text: &str) -> String {
    shown(load_text("a.yaml", text, &LoadOptions::default()))
}

fn shown(mut manifests: Manifests) -> String {
    resolve::resolve_manifests(&mut manifests);
    let mut out = Vec::new();
    diagnostics::text(&manifests.diagnostics, &manifests.sources, Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn codes(text: &str) -> Vec<&'static str> {
    let mut manifests = load_text("a.yaml", text, &LoadOptions::default());
    resolve::resolve_manifests(&mut manifests);
    manifests.diagnostics.sorted().iter().map(|diagnostic| diagnostic.code.0).collect()
}

const HEAD: &str = "apiVersion: nautes.resource.nautes.io/v1alpha1\n";

#[test]
fn every_problem_of_a_file_is_shown_at_its_place() {
    let text = format!(
        "{HEAD}kind: Environmint\nspec: {{}}\n---\n{HEAD}kind: Environment\nspec:\n  name: Dev\n  product: shop\n  clutser: a\n  envType: [x]\n"
    );
    insta::assert_snapshot!(complaints(&text), @"
    error[unknown-kind]: unknown kind 'Environmint'
     --> a.yaml:2:7
      |
    2 | kind: Environmint
      |       ^^^^^^^^^^^
      |
      = help: did you mean 'Environment'?

    error[missing-field]: required field 'cluster' is missing
     --> a.yaml:8:3
      |
    8 |   name: Dev
      |   ^^^^^^^^^
      |
      = help: cluster: The cluster; one environment of a product for each.

    error[invalid-name]: the name 'Dev' must be lower-case letters, digits, '-' and '.', at most 253, each part beginning and ending with a letter or digit
     --> a.yaml:8:9
      |
    8 |   name: Dev
      |         ^^^

    error[unknown-field]: unknown field 'clutser'
      --> a.yaml:10:3
       |
    10 |   clutser: a
       |   ^^^^^^^
       |
       = help: did you mean 'cluster'?

    error[wrong-type]: 'envType' must be text, not a list
      --> a.yaml:11:12
       |
    11 |   envType: [x]
       |            ^^^

    5 errors
    ");
}

#[test]
fn secrets_never_show_in_a_snippet() {
    let text =
        format!("{HEAD}kind: Cluster\nspec:\n  name: a\n  kubeconfig: canary-secret\n  apiServer: x\n");
    assert!(!complaints(&text).contains("canary"), "{}", complaints(&text));
    let broken = "spec:\n  kubeconfig: |\n    canary: [\n   canary\n\t- x\n";
    assert!(complaints(broken).contains("syntax"));
    assert!(!complaints(broken).contains("canary"), "{}", complaints(broken));
}

#[test]
fn hostile_texts_are_refused_quickly() {
    let bomb: String = (1..30).fold("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, n| {
        text + &format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(","))
    });
    assert!(codes(&bomb).contains(&"too-large"));
    assert!(codes(&"{a: ".repeat(100_000)).iter().any(|code| ["too-deep", "syntax"].contains(code)));
    assert!(codes(&"[".repeat(1000)).iter().any(|code| ["too-deep", "syntax"].contains(code)));
    assert!(codes("a: 1\na: 2\n").contains(&"duplicate-key"));
    assert!(codes("a: &x [*x]\n").contains(&"unknown-alias"));
    assert!(codes("? [a]\n: b\n").contains(&"wrong-key"));
    assert!(codes("a: !ruby/object x\n").contains(&"unknown-tag"));
}

#[test]
fn the_official_examples_complain_about_their_placeholders_and_nothing_else() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/seed/cli-examples");
    let manifests = load(&folder, &LoadOptions::default());
    assert!(!manifests.diagnostics.is_empty());
    let other: Vec<_> = manifests
        .diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.code.0 != "unfilled-placeholder")
        .map(|diagnostic| {
            (&diagnostic.message, manifests.sources.location(diagnostic.primary.as_ref().unwrap().span))
        })
        .collect();
    assert!(other.is_empty(), "{other:#?}");
}

#[test]
fn variables_fill_in_and_missing_ones_are_errors() {
    let options =
        LoadOptions { variables: [("STAGE".to_owned(), "dev".to_owned())].into(), ..LoadOptions::default() };
    let text = format!(
        "{HEAD}kind: Project\nspec:\n  name: ${{STAGE}}-a\n  product: shop\n  language: $${{x}} ${{STAEG}}\n"
    );
    let manifests = load_text("a.yaml", &text, &options);
    insta::assert_snapshot!(shown(manifests), @"
    error[undefined-variable]: variable 'STAEG' is not defined
     --> a.yaml:6:19
      |
    6 |   language: $${x} ${STAEG}
      |                   ^^^^^^^^
      |
      = help: did you mean 'STAGE'? otherwise pass --var STAEG=VALUE, --var-file FILE or set NAUTFORM_VAR_STAEG

    1 error
    ");
}
