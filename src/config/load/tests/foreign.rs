//! What lies among manifests and is none, and what is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::files::{folder, loaded, project};
use super::*;

/// A text beside a manifest: whether it is skipped, and what is said of it.
fn judged(text: &str) -> String {
    let manifest = project("web");
    let texts = [("a.yaml", manifest.as_str()), ("b.yaml", text)];
    let texts = texts.map(|(name, text)| (PathBuf::from(name), text.to_owned()));
    let manifests = load_texts(Path::new(""), texts, &LoadOptions::default());
    assert!(
        manifests.skipped.is_empty() || manifests.diagnostics.is_empty(),
        "{text}: {}",
        shown(&manifests)
    );
    match manifests.skipped.first() {
        Some(skipped) => format!("skipped: {}", skipped.why),
        None => codes(&manifests).join(" "),
    }
}

#[test]
fn files_of_other_programs_are_skipped() {
    let texts = [
        "apiVersion: v1\nkind: ConfigMap\ndata: {}\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 1, selector: {}}\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec: {project: default, destination: {}}\n",
        "apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata: {name: a}\nspec: {infrastructureRef: {}}\n",
        "apiVersion: project.openshift.io/v1\nkind: Project\nmetadata: {name: a}\n",
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n",
        "apiVersion: v2\nname: chart\ntype: application\nversion: 1.0.0\n",
        "apiVersion: v1\nkind: Config\nclusters: []\nusers: []\ncontexts: []\n",
        "replicaCount: 1\nimage:\n  tag: ${TAG}\nname: $cluster-name\n",
        "{\"name\": \"web\", \"version\": \"1.0.0\", \"private\": true}",
        "site_name: x\nmarkdown_extensions:\n- emoji: !!python/name:material.extensions.emoji.twemoji\n",
        "services: {web: {image: nginx}, web: {image: nginx}}\n",
        "- hosts: all\n  tasks: []\n",
        "just text\n",
        "openapi: 3.0.0\ninfo: {title: Project, version: 1}\npaths: {}\n",
    ];
    let said: String = texts.iter().map(|text| format!("{}\n", judged(text))).collect();
    insta::assert_snapshot!(said, @"
    skipped: the apiVersion of another system
    skipped: the apiVersion of another system
    skipped: the apiVersion of another system
    skipped: the apiVersion of another system
    skipped: the apiVersion of another system
    skipped: a file of Kustomize
    skipped: the apiVersion of another system
    skipped: the apiVersion of another system
    skipped: no apiVersion and kind of a manifest
    skipped: no apiVersion and kind of a manifest
    skipped: no apiVersion and kind of a manifest
    skipped: no apiVersion and kind of a manifest
    skipped: no apiVersion and kind of a manifest
    skipped: no apiVersion and kind of a manifest
    skipped: no apiVersion and kind of a manifest
    ");
}

/// What may have been meant to be a manifest is an error: left out, its object would look as if removed.
#[test]
fn near_misses_are_errors() {
    let spec = "spec: {name: a, product: shop, language: go}\n";
    let kind = "kind: Project\n";
    let texts = [
        format!("apiVersion: nautes.resource.nautes.io/v1\n{kind}{spec}"),
        format!("apiVersion: resource.nautes.io/v1alpha1\n{kind}{spec}"),
        format!("apiVersion: nauts.resource.nauts.io/v1alpha1\n{kind}{spec}"),
        format!("apiVersion: v1\n{kind}{spec}"),
        format!("apiVersion: v1alpha1\nkind: Proj\n{spec}"),
        format!("apiVersion:\n{kind}{spec}"),
        format!("apiVersion: [a]\n{kind}{spec}"),
        format!("{kind}{spec}"),
        format!("kind: Projekt\n{spec}"),
        spec.to_owned(),
        format!("{HEAD}kind: Projects\n{spec}"),
        format!("{HEAD}{spec}"),
        format!("{HEAD}knid: Project\n{spec}"),
        format!("apiversion: nautes.resource.nautes.io/v1alpha1\n{kind}{spec}"),
        "apiVersoin: nautes.resource.nautes.io/v1alpha1\nfoo: bar\n".to_owned(),
        "Kind: Project\nmetadata: {name: a}\n".to_owned(),
        format!("- {{kind: Project, {}}}\n", spec.trim()),
        format!("apiVersion: v1\nkind: List\nitems:\n- {{kind: Project, {}}}\n", spec.trim()),
        format!("{HEAD}kind Project\n{spec}"),
        "apiVersion nautes.resource.nautes.io/v1alpha1\n".to_owned(),
        "{{- if .Values.x }}\na: b\n{{- end }}\n".to_owned(),
        "a: [\n".to_owned(),
    ];
    let said: String = texts.iter().map(|text| format!("{}\n", judged(text))).collect();
    insta::assert_snapshot!(said, @"
    api-version
    api-version
    api-version
    api-version
    api-version
    api-version
    api-version
    api-version
    api-version
    api-version missing-field
    unknown-kind
    missing-field
    missing-field unknown-field
    api-version unknown-field
    api-version missing-field missing-field unknown-field unknown-field
    api-version missing-field missing-field unknown-field
    not-a-manifest
    api-version
    syntax
    not-a-manifest
    syntax
    syntax
    ");
}

#[test]
fn outputs_of_nautform_are_skipped_whatever_their_names() {
    for text in [
        "{\n  \"format\": \"nautform-plan\",\n  \"format_version\": 2}",
        "{\"format_version\":\"1.2\",\"terraform_version\":\"1.11.4\",\"nautform_version\":\"0.1.0\"}",
        "{\n  \"format_version\": \"1.0\",\n  \"valid\": true}",
        "{\"nautform_sandbox\":1,\"id\":\"x\"}",
        "{\"create\":16,\"update\":0,\"delete\":0}\n",
        "{\"@level\":\"info\",\"@message\":\"nautform 0.1.0\"}\n{\"@level\":\"info\"}\n",
        "[]\n",
        "[\n  {\n    \"description\": \"x\",\n    \"check_name\": \"syntax\"}]\n",
        "<!-- nautform:plan:o -->\n",
        "<?xml version=\"1.0\"?>\n<testsuites name=\"nautform drift\">",
        "# HELP nautform_drift_success Whether\n",
    ] {
        assert_eq!(judged(text), "skipped: written by nautform", "{text}");
    }
}

#[test]
fn strict_makes_errors_of_what_is_skipped() {
    let text = format!("{}---\napiVersion: v1\nkind: ConfigMap\n", project("web"));
    let folder = folder(&[
        ("a.yaml", text.as_bytes()),
        ("values.yaml", b"a: b\n"),
        ("plan.json", b"{\"format\": \"nautform-plan\"}"),
    ]);
    let manifests = loaded(folder.path());
    let skipped: Vec<_> = manifests.skipped.iter().map(|it| (it.file.as_str(), it.line)).collect();
    assert_eq!(skipped, [("a.yaml", Some(5)), ("plan.json", None), ("values.yaml", None)]);
    assert_eq!(codes(&manifests), [""; 0]);
    let strict = LoadOptions { strict: true, ..LoadOptions::default() };
    assert_eq!(codes(&load(folder.path(), &strict)), ["api-version", "not-a-manifest"]);
}

/// Whoever names a file means it.
#[test]
fn named_files_are_not_skipped() {
    let folder = folder(&[
        (".nautformignore", b"*\n"),
        ("ours.yaml", project("web").as_bytes()),
        ("values.yaml", b"a: b\n"),
        ("plan.json", b"{\"format\": \"nautform-plan\"}"),
        ("dir/a.yaml", project("api").as_bytes()),
    ]);
    let named = |name: &str| loaded(&folder.path().join(name));
    assert_eq!(addresses(&named("ours.yaml")), ["Project/shop/web"]);
    assert_eq!(codes(&named("values.yaml")), ["not-a-manifest"]);
    assert_eq!(codes(&named("plan.json")), ["not-a-manifest"]);
    let all = loaded(folder.path());
    assert_eq!(codes(&all), ["no-manifests"]);
    assert!(shown(&all).contains(".nautformignore leaves out"), "{}", shown(&all));
    let part = LoadOptions {
        fleet: Some(folder.path().to_owned()),
        below: PathBuf::from("dir"),
        ..LoadOptions::default()
    };
    assert_eq!(codes(&load(&folder.path().join("dir"), &part)), ["no-manifests"]);
}

#[test]
fn files_given_for_something_else_are_no_manifests() {
    let folder = folder(&[("a.yaml", project("'${N}'").as_bytes()), ("dev.yaml", b"N: web\n")]);
    let options =
        LoadOptions { variable_files: vec![folder.path().join("dev.yaml")], ..LoadOptions::default() };
    let manifests = load(folder.path(), &options);
    assert_eq!(addresses(&manifests), ["Project/shop/web"]);
    assert!(manifests.skipped.is_empty());
}

/// The files that are read below a folder with these patterns.
fn read_with(patterns: &[(&str, &str)], files: &[&str]) -> Vec<String> {
    let texts: Vec<(&str, String)> =
        files.iter().enumerate().map(|(number, name)| (*name, project(&format!("p{number}")))).collect();
    let mut all: Vec<(&str, &[u8])> = texts.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    all.extend(patterns.iter().map(|(name, text)| (*name, text.as_bytes())));
    let folder = folder(&all);
    let manifests = loaded(folder.path());
    assert_eq!(codes(&manifests), [""; 0], "{}", shown(&manifests));
    manifests.resources.into_iter().filter_map(|resource| Some(resource.file?.to_string())).collect()
}

#[test]
fn ignore_file_has_the_syntax_of_git() {
    const FILE: &str = ".nautformignore";
    let files = ["a.yaml", "b.yaml", "deep/a.yaml", "deep/b.yaml", "deep/er/c.yaml", "values/x.yaml"];
    let read = |patterns: &str| read_with(&[(FILE, patterns)], &files).join(" ");
    assert_eq!(read("# nothing\n\n"), files.join(" "));
    assert_eq!(read("a.yaml"), "b.yaml deep/b.yaml deep/er/c.yaml values/x.yaml");
    assert_eq!(read("/a.yaml\r\nvalues/\r\n"), "b.yaml deep/a.yaml deep/b.yaml deep/er/c.yaml");
    assert_eq!(read("*.yaml\n!b.yaml\n"), "b.yaml deep/b.yaml");
    assert_eq!(read("deep/*\n!deep/er\n"), "a.yaml b.yaml deep/er/c.yaml values/x.yaml");
    assert_eq!(
        read("deep\n!deep/er/c.yaml\n"),
        "a.yaml b.yaml values/x.yaml",
        "as Git: not below what is left out"
    );
    assert_eq!(read("**/er/**"), "a.yaml b.yaml deep/a.yaml deep/b.yaml values/x.yaml");
    let nested = read_with(&[(FILE, "b.yaml"), ("deep/.nautformignore", "!b.yaml\n/er\n")], &files);
    assert_eq!(nested.join(" "), "a.yaml deep/a.yaml deep/b.yaml values/x.yaml");
}

#[test]
fn ignore_file_with_a_wrong_line_is_an_error() {
    let folder = folder(&[(".nautformignore", b"a{b\n"), ("a.yaml", project("a").as_bytes())]);
    let manifests = loaded(folder.path());
    assert_eq!(codes(&manifests), ["ignore-pattern"]);
    assert!(shown(&manifests).contains("line 1 of"), "{}", shown(&manifests));
}

#[test]
fn what_is_within_a_foreign_document_is_found() {
    let found = |text: &str| -> Vec<String> {
        let manifests = loaded(folder(&[("a.yaml", text.as_bytes())]).path());
        assert!(manifests.resources.is_empty(), "{text}");
        let addresses = manifests.skipped.iter().flat_map(|skipped| &skipped.addresses);
        addresses.map(ToString::to_string).collect()
    };
    let manifest = project("web");
    let indented = |by: &str| manifest.lines().map(|line| format!("{by}{line}\n")).collect::<String>();
    for text in [
        format!("manifests:\n{}", indented("  ")),
        format!("apiVersion: kyverno.io/v1\nkind: Policy\nspec:\n  template:\n{}", indented("    ")),
        format!("apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n{}", indented("    ")),
        manifest.replace(HEAD, "apiVersion: apps/v1\n").replace("go}", "go, a: 1, b: 2, c: 3}"),
    ] {
        assert_eq!(found(&text), ["Project/shop/web"], "{text}");
    }
    for kind in ["kind: Projct", "kind: Deployment"] {
        let unknown = manifest.replace(HEAD, "apiVersion: apps/v1\n").replace("kind: Project", kind);
        assert!(found(&unknown).contains(&"Project/shop/web".to_owned()), "{unknown}");
    }
    assert_eq!(
        found("apiVersion: cluster.x-k8s.io/v1\nkind: Cluster\nmetadata: {name: a}\nspec: {x: 1}\n"),
        [""; 0]
    );
}

#[test]
fn missing_line_between_two_documents_is_an_error() {
    let json = "{\"apiVersion\": \"apps/v1\", \"apiVersion\": \"nautes.resource.nautes.io/v1alpha1\"}";
    for text in
        [format!("apiVersion: apps/v1\nkind: Deployment\nspec: {{}}\n{}", project("web")), json.to_owned()]
    {
        let manifests = loaded(folder(&[("a.yaml", text.as_bytes())]).path());
        assert_eq!(codes(&manifests), ["duplicate-key"], "{text}");
    }
}

#[test]
fn lists_and_encrypted_manifests_are_meant() {
    let items = format!("items:\n- {}", project("web").trim_end().replace('\n', "\n  "));
    let encrypted = "apiVersion: ENC[AES256_GCM,data:a/b=,type:str]\nkind: ENC[x]\nsops: {mac: x}\n";
    for text in [
        items.clone(),
        format!("kind: List\n{items}"),
        format!("apiVersion: apps/v1\nkind: List\n{items}"),
        encrypted.to_owned(),
    ] {
        let manifests = loaded(folder(&[("a.yaml", text.as_bytes())]).path());
        assert!(manifests.diagnostics.has_errors(), "{text}");
    }
    // What begins as a file of nautform and goes on with manifests is read.
    let text = format!("{{\"format\":\"nautform-plan\"}}\n---\n{}", project("web"));
    assert_eq!(addresses(&loaded(folder(&[("a.yaml", text.as_bytes())]).path())), ["Project/shop/web"]);
}

#[test]
fn objects_of_what_is_left_out_are_found_when_asked_for() {
    let foreign = format!("{}---\n", project("edited")).replace(HEAD, "apiVersion: example.com/v1\n");
    let folder = folder(&[
        (".nautformignore", b"old/\nbroken.yaml\n"),
        ("a.yaml", format!("{foreign}{}", project("kept")).as_bytes()),
        ("broken.yaml", format!("{HEAD}kind: [").as_bytes()),
        ("old/deep/b.yaml", project("moved").as_bytes()),
        ("old/deep/c.json", b"{\"name\": \"x\"}"),
    ]);
    let mut manifests = loaded(folder.path());
    assert_eq!(addresses(&manifests), ["Project/shop/kept"]);
    let configuration = resolve::resolve_manifests(&mut manifests);
    let shown = |all: BTreeMap<crate::resource::Address, String>| {
        all.into_iter().map(|(address, file)| format!("{address} {file}")).collect::<Vec<_>>()
    };
    assert_eq!(shown(configuration.skipped), ["Project/shop/edited a.yaml"]);
    let ignored = configuration.ignored.objects(&BTreeSet::new());
    let ignored = ignored.into_iter().map(|(address, (file, _))| (address, file));
    assert_eq!(shown(ignored.collect()), ["Project/shop/moved old/deep/b.yaml"]);
    let has = |file: &str| configuration.ignored.has_file(file);
    assert!(has("broken.yaml") && has("old/deep/b.yaml") && !has("a.yaml") && !has("old/gone.yaml"));
}
