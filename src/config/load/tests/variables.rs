use super::*;
use crate::model::value::Value;

fn project(language: &str) -> String {
    format!("{HEAD}kind: Project\nspec:\n  name: a\n  product: shop\n  language: {language}\n")
}

/// The language that comes out, or the diagnostics.
fn language(text: &str, pairs: &[(&str, &str)]) -> String {
    let manifests = load_text("a.yaml", &project(text), &with_variables(pairs));
    match manifests.resources.first() {
        Some(resource) if manifests.diagnostics.is_empty() => {
            resource.spec.text_at(&["language"]).unwrap_or_default().to_owned()
        }
        _ => codes(&manifests).join(" "),
    }
}

#[test]
fn variables_are_text_not_yaml() {
    let pairs = [("A", "x"), ("b.c-d", "y"), ("Y", "{k: [v]}\nz: *a # ${A}"), ("EMPTY", "")];
    assert_eq!(language("${A}-${b.c-d}-${A}", &pairs), "x-y-x");
    assert_eq!(language("'${Y}'", &pairs), "{k: [v]}\nz: *a # ${A}");
    assert_eq!(language("${Y}", &pairs), "{k: [v]}\nz: *a # ${A}");
    assert_eq!(language("'a${EMPTY}b'", &pairs), "ab");
    assert_eq!(language("$${A} $A $ $$ $$${A}", &pairs), "${A} $A $ $$ $${A}");
}

#[test]
fn variable_reference_errors() {
    for wrong in ["${}", "${A", "'${A B}'", "${1}", "'${A:-x}'", "${${A}}"] {
        assert_eq!(language(wrong, &[("A", "x")]), "wrong-variable", "{wrong}");
    }
    assert_eq!(language("${B} ${C}", &[("A", "x")]), "undefined-variable undefined-variable");
}

#[test]
fn variables_in_keys_must_not_collide() {
    let text = |keys: &str| {
        format!("{HEAD}kind: Cluster\nspec:\n  name: a\n  productAllowedClusterResources: {{{keys}}}\n")
    };
    let options = with_variables(&[("P", "shop")]);
    let manifests = load_text("a.yaml", &text("'${P}': [], shop: []"), &options);
    assert!(codes(&manifests).contains(&"duplicate-key"), "{}", shown(&manifests));
    let manifests = load_text("a.yaml", &text("'${P}': [], shop2: []"), &options);
    assert!(!codes(&manifests).contains(&"duplicate-key"), "{}", shown(&manifests));
}

#[test]
fn undefined_variables_have_places() {
    let text = format!(
        "{HEAD}kind: Environment\nspec:\n  name: ${{STAEG}}\n  product: \"shop-${{SHOP}}\"\n  cluster: a\n  envType: ${{TYPE}}\n  x: y\n"
    );
    insta::assert_snapshot!(shown(&load_text("a.yaml", &text, &with_variables(&[("STAGE", "dev")]))), @r#"
    error[undefined-variable]: variable 'STAEG' is not defined
     --> a.yaml:4:9
      |
    4 |   name: ${STAEG}
      |         ^^^^^^^^
      |
      = help: did you mean 'STAGE'? otherwise set the variable STAEG

    error[undefined-variable]: variable 'SHOP' is not defined
     --> a.yaml:5:18
      |
    5 |   product: "shop-${SHOP}"
      |                  ^^^^^^^
      |
      = help: set the variable SHOP

    error[undefined-variable]: variable 'TYPE' is not defined
     --> a.yaml:7:12
      |
    7 |   envType: ${TYPE}
      |            ^^^^^^^
      |
      = help: set the variable TYPE

    error[unknown-field]: unknown field 'x'
     --> a.yaml:8:3
      |
    8 |   x: y
      |   ^
      |
      = help: known fields: cluster, envType

    4 errors
    "#);
}

#[test]
fn variables_replace_secret_fields_only_as_a_whole() {
    let kubeconfig = "clusters: [{name: '${x} $suffix $kubeconfig'}]\nusers: [{}]\n";
    let cluster = |kubeconfig: &str| {
        format!(
            "{HEAD}kind: Cluster\nspec:\n  name: a\n  apiServer: https://a.io\n  clusterKind: kubernetes\n  clusterType: physical\n  usage: host\n  kubeconfig: {kubeconfig}\n"
        )
    };
    let secret = |text: &str, pairs: &[(&str, &str)]| {
        let manifests = load_text("a.yaml", &cluster(text), &with_variables(pairs));
        match manifests.resources.first().and_then(|resource| resource.spec.get("kubeconfig")) {
            Some(Value::Secret(secret)) => secret.expose().to_owned(),
            _ => codes(&manifests).join(" "),
        }
    };
    let inline = format!("{kubeconfig:?}");
    assert_eq!(secret(&inline, &[]), kubeconfig);
    assert_eq!(secret("${K}", &[("K", kubeconfig)]), kubeconfig);
    assert_eq!(secret("|\n    ${K}\n", &[("K", kubeconfig)]), kubeconfig);
    assert_eq!(secret("|\n    $kubeconfig\n", &[("kubeconfig", kubeconfig)]), kubeconfig);
    assert_eq!(secret("${K}", &[]), "undefined-variable");
    assert_eq!(secret("$kubeconfig", &[]), "unfilled-placeholder");
    assert_eq!(secret("x ${K}", &[("K", kubeconfig)]), "invalid-secret");
    assert_eq!(secret("{env: '${NAME}'}", &[]), "undefined-variable");
}

#[test]
fn variables_precedence() {
    let folder = tempfile::tempdir().unwrap();
    let first = folder.path().join("1.yaml");
    let second = folder.path().join("2.json");
    std::fs::write(&first, "A: file\nB: file\nC: file\n").unwrap();
    std::fs::write(&second, "{\"C\": \"file2\", \"E\": 5}").unwrap();
    let environment = ["A", "B", "C", "D"].map(|name| (format!("NAUTFORM_VAR_{name}"), "env".to_owned()));
    let options = LoadOptions {
        variable_files: vec![first, second],
        environment: environment.into(),
        ..with_variables(&[("A", "flag")])
    };
    let manifests = load_text("a.yaml", &project("${A} ${B} ${C} ${D} ${E}"), &options);
    assert_eq!(
        manifests.resources[0].spec.text_at(&["language"]),
        Some("flag file file2 env 5"),
        "{}",
        shown(&manifests)
    );
}

#[test]
fn variable_files_are_checked_without_showing_values() {
    let folder = tempfile::tempdir().unwrap();
    for (text, code) in [
        ("A: CANARY\nA: CANARY\n", "duplicate-key"),
        ("- CANARY\n", "wrong-variables"),
        ("A: {b: CANARY}\n", "wrong-variables"),
        ("A B: CANARY\n", "wrong-variables"),
        ("A: ~\n", "wrong-variables"),
        ("A: 1\n---\nB: CANARY\n", "wrong-variables"),
        ("token: CANARY: x\n", "syntax"),
    ] {
        let path = folder.path().join("v.yaml");
        std::fs::write(&path, text).unwrap();
        let options = LoadOptions { variable_files: vec![path], ..LoadOptions::default() };
        let manifests = load_text("a.yaml", &project("go"), &options);
        assert_eq!(codes(&manifests), [code], "{text}");
        assert!(!shown(&manifests).contains("CANARY"), "{}", shown(&manifests));
    }
    let options = LoadOptions { variable_files: vec![folder.path().join("none")], ..LoadOptions::default() };
    assert_eq!(codes(&load_text("a.yaml", &project("go"), &options)), ["unreadable"]);
}
