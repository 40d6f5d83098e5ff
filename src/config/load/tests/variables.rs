use super::*;
use crate::model::value::Value;

fn project(language: &str) -> String {
    format!("{HEAD}kind: Project\nspec:\n  name: a\n  product: shop\n  language: {language}\n")
}

/// The language that comes out, or the diagnostics.
fn language(text: &str, pairs: &[(&str, &str)]) -> String {
    let manifests = Manifests::default().load_text("a.yaml", &project(text), &with_variables(pairs));
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
    let manifests = Manifests::default().load_text("a.yaml", &text("'${P}': [], shop: []"), &options);
    assert!(codes(&manifests).contains(&"duplicate-key"), "{}", shown(&manifests));
    let manifests = Manifests::default().load_text("a.yaml", &text("'${P}': [], shop2: []"), &options);
    assert!(!codes(&manifests).contains(&"duplicate-key"), "{}", shown(&manifests));
}

#[test]
fn undefined_variables_have_places() {
    let text = format!(
        "{HEAD}kind: Environment\nspec:\n  name: ${{STAEG}}\n  product: \"shop-${{SHOP}}\"\n  cluster: a\n  envType: ${{TYPE}}\n  x: y\n"
    );
    insta::assert_snapshot!(shown(&Manifests::default().load_text("a.yaml", &text, &with_variables(&[("STAGE", "dev")]))), @r#"
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
        let manifests = Manifests::default().load_text("a.yaml", &cluster(text), &with_variables(pairs));
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
    let manifests = Manifests::default().load_text("a.yaml", &project("${A} ${B} ${C} ${D} ${E}"), &options);
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
        let manifests = Manifests::default().load_text("a.yaml", &project("go"), &options);
        assert_eq!(codes(&manifests), [code], "{text}");
        assert!(!shown(&manifests).contains("CANARY"), "{}", shown(&manifests));
    }
    let options = LoadOptions { variable_files: vec![folder.path().join("none")], ..LoadOptions::default() };
    assert_eq!(codes(&Manifests::default().load_text("a.yaml", &project("go"), &options)), ["unreadable"]);
}

fn with_secret(value: &str) -> LoadOptions {
    let environment = [("NAUTFORM_SECRET_VAR_S".to_owned(), value.to_owned())].into();
    LoadOptions { environment, ..with_variables(&[("P", "invented-plain")]) }
}

#[test]
fn secret_variables_make_secrets_of_texts() {
    let options = with_secret("invented");
    let manifests = Manifests::default().load_text("a.yaml", &project("'a ${S} ${P}'"), &options);
    let Some(Value::Secret(secret)) = manifests.resources[0].spec.get("language") else { panic!("a text") };
    assert_eq!(secret.expose(), "a invented invented-plain");
    let hooks = format!(
        "{HEAD}kind: Cluster\nspec:\n  name: a\n  componentsList: {{gateway: {{additions: {{a: '${{S}}', b: x}}}}}}\n  \
         productAllowedClusterResources: {{shop: [{{kind: '${{S}}', group: g}}]}}\n  apiServer: https://a.io\n  \
         clusterKind: kubernetes\n  clusterType: physical\n  usage: host\n  kubeconfig: {{env: NONE}}\n"
    );
    let manifests = Manifests::default().load_text("a.yaml", &hooks, &options);
    assert!(!manifests.diagnostics.has_errors(), "{}", shown(&manifests));
    let mut places = Vec::new();
    let spec = &manifests.resources[0].spec;
    spec.each_secret(&mut crate::model::value::Path::root(), &mut |path, _| places.push(path.to_string()));
    assert_eq!(
        places,
        ["componentsList.gateway.additions.a", "kubeconfig", "productAllowedClusterResources.shop[0].kind"]
    );
}

#[test]
fn secret_variables_are_refused_in_names_keys_and_words() {
    let spec = |spec: &str| {
        let text = format!("{HEAD}kind: CodeRepo\nspec: {{product: shop, {spec}}}\n");
        codes(&Manifests::default().load_text("a.yaml", &text, &with_secret("private"))).join(" ")
    };
    let git = "git: {gitlab: {visibility: private}}";
    for (text, code) in [
        (format!("name: a, {git}"), ""),
        (format!("name: '${{S}}', {git}"), "secret-variable"),
        (format!("name: a, project: '${{S}}', {git}"), "secret-variable"),
        (format!("name: a, deploymentRuntime: '${{S}}', {git}"), "secret-variable"),
        (format!("name: a, '${{S}}': x, {git}"), "secret-variable"),
        ("name: a, git: {gitlab: {visibility: '${S}'}}".to_owned(), "secret-variable"),
        ("name: a, git: {gitlab: {visibility: private, name: '${S}'}}".to_owned(), "secret-variable"),
        ("name: a, git: {gitlab: {visibility: private, description: '${S}'}}".to_owned(), ""),
    ] {
        assert_eq!(spec(&text), code, "{text}");
    }
}

/// The value of a variable is in no error, wherever the error points.
#[test]
fn errors_show_what_was_written_instead_of_the_value() {
    let cluster = "name: b, apiServer: 'https://${V}:99999', clusterKind: '${V}', clusterType: physical, usage: host, \
                   primaryDomain: '${V}_', kubeconfig: SOURCE, productAllowedClusterResources: {'${V}': [], '${V}': []}";
    let texts = [
        format!("kind: Cluster\nspec: {{{}}}\n", cluster.replace("SOURCE", "{file: 'x/${V}'}")),
        format!("kind: Cluster\nspec: {{{}}}\n", cluster.replace("SOURCE", "{env: '${V}'}")),
        "kind: '${V}'\nspec: {name: b}\n".to_owned(),
        "kind: Project\nspec: {name: '${V}/b', product: shop, '${V}': x}\n".to_owned(),
        "kind: Project\nmetadata: {annotations: {nautform.dev/ignore-fields: '${V}', 'nautform.dev/${V}': x}}\n\
         spec: {name: b, product: '${V}/'}\n"
            .to_owned(),
        "kind: ProjectPipelineRuntime\nspec: {name: b, product: shop, project: b, pipelineSource: b, pipelines: \
         [{name: '${V}', path: a}, {name: '${V}', path: b}], eventSources: [{name: '${V}', gitlab: {repoName: a, \
         events: [a]}}], pipelineTriggers: [{eventSource: x, pipeline: y}], isolation: '${V}', destination: \
         {environment: '${V}'}, hooks: {preHooks: [{name: '${V}'}, {name: '${V}'}], postHooks: [{name: log, alias: \
         '${V}'}, {name: ls, alias: '${V}'}]}}\n"
            .to_owned(),
    ];
    for text in texts {
        for (name, value) in [("P", "invented-plain"), ("S", "invented-secret")] {
            let text = format!("{HEAD}{}", text.replace('V', name));
            let mut manifests =
                Manifests::default().load_text("a.yaml", &text, &with_secret("invented-secret"));
            let hidden: Vec<_> =
                manifests.resources.iter().filter_map(|found| found.spec.missing_secret()).collect();
            assert!(hidden.iter().all(|why| !why.contains(value)), "{hidden:?}");
            manifests.resources.clear();
            let shown = shown(&manifests);
            assert!(!manifests.diagnostics.is_empty() && !shown.contains(value), "{text}\n{shown}");
        }
    }
}

#[test]
fn empty_variables_leave_errors_as_they_are() {
    let text =
        format!("{HEAD}kind: Project\nspec: {{name: \"''\", product: shop, language: 'a${{E}}', x: y}}\n");
    let with =
        |value| shown(&Manifests::default().load_text("a.yaml", &text, &with_variables(&[("E", value)])));
    assert!(with("").contains("''"), "{}", with(""));
    assert_eq!(with(""), with("word"));
}
