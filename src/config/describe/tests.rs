use serde_json::{Value as Json, json};

use super::*;
use crate::render::{Style, text};

fn explained(path: &str) -> String {
    let mut out = Vec::new();
    let style = Style { width: 80, ..Style::default() };
    text::explain::explanation(&explain(path).unwrap(), style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn explain_kind_shows_fields_and_annotations() {
    insta::assert_snapshot!(explained("env"), @r#"
    KIND:    Environment
    VERSION: nautes.resource.nautes.io/v1alpha1
    ADDRESS: Environment/PRODUCT/NAME
    ALSO:    env, envs, environments

    A product's place on a cluster: what its runtimes run in.

    - Within a product, each value of cluster may be used once.

    FIELDS (under spec):
      name  <string> -required-
          The object's name, here or as metadata.name. It can't be changed: another
          name is another object.
      product  <string> -required-
          The product that it lives in.
      cluster  <string> -required-
          The cluster; one environment of a product for each.
      envType  <string> -required-
          What it is for: dev, test, production, …

    ANNOTATIONS (under metadata.annotations):
      nautform.dev/prevent-destroy  "true" or "false"
          Keeps the object from being deleted or replaced, also after its manifest
          is gone.
      nautform.dev/deletion-policy  orphan or delete
          With orphan, the object stays when its manifest is removed, and is no
          longer managed.
      nautform.dev/ignore-fields  paths with commas between them
          Fields that are neither compared nor changed: description,
          git.gitlab.visibility.
    "#);
}

#[test]
fn explain_field_shows_its_table() {
    insta::assert_snapshot!(explained("Environment.cluster"), @"
    KIND:    Environment
    FIELD:   cluster
    TYPE:    <string> -required-

    The cluster; one environment of a product for each.

    - Names a Cluster, which must exist.
    - Can't change while something uses the object: both are replaced then.
    ");
    insta::assert_snapshot!(explained("cluster.spec.kubeconfig"), @"
    KIND:    Cluster
    FIELD:   kubeconfig
    TYPE:    <secret>

    Access to a physical cluster.

    - The server never returns it; a change is noticed by what was applied last.
    - Text, base64, a mapping, {file: PATH} or {env: NAME}; never shown.
    ");
    insta::assert_snapshot!(explained("CodeRepo.git.gitlab"), @r"
    KIND:    CodeRepo
    FIELD:   git.gitlab
    TYPE:    <object> -required-

    The GitLab project.

    FIELDS (under spec):
      name  <string>
          Display name in GitLab, by GitLab's rules; the object's name if left out.
      path  <string>
          Path in GitLab; must equal the object's name.
      visibility  <string> -required-
          Who may see it: at most those who may see the product's group.
      description  <string>
          Description in GitLab. The server can't clear it, so an empty one counts
          as not declared.
      sshUrlToRepo  <string>
          Set by GitLab.
      httpUrlToRepo  <string>
          Set by GitLab.
    ");
}

#[test]
fn explain_unknown_names_are_suggested() {
    let wrong = |path: &str| explain(path).unwrap_err().to_string();
    insta::assert_snapshot!(
        [wrong("Enviroment"), wrong("Environment.clutser"), wrong("Environment.cluster.name"), wrong("x")].join("\n"),
        @"
    unknown kind 'Enviroment'; did you mean 'Environment'?
    Environment has no field 'clutser'; did you mean 'cluster'?
    Environment.cluster has no field 'name'; it has none
    unknown kind 'x'; there are Cluster, Product, Environment, Project, CodeRepo, CodeRepoBinding, ProjectPipelineRuntime, DeploymentRuntime
    "
    );
}

#[test]
fn explain_fits_80_columns() {
    for kind in kinds() {
        let mut open = vec![kind.name];
        while let Some(path) = open.pop() {
            let text = explained(&path);
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            let explanation = explain(&path).unwrap();
            open.extend(
                explanation
                    .fields
                    .iter()
                    .filter(|field| !["name", "product"].contains(&field.name.as_str()))
                    .map(|field| format!("{path}.{}", field.name)),
            );
        }
    }
}

/// A validator made of the schema, and what it says of a document.
fn reported(document: &Json) -> Vec<String> {
    let validator = jsonschema::draft7::new(&json_schema()).unwrap();
    validator.iter_errors(document).map(|error| error.to_string()).collect()
}

#[test]
fn json_schema_requires_one_of_two_spellings() {
    let manifest = |spec: Json| json!({"apiVersion": "nautes.resource.nautes.io/v1alpha1", "kind": "Environment", "spec": spec});
    let good = json!({"name": "dev", "product": "shop", "cluster": "c", "envType": "dev"});
    assert_eq!(reported(&manifest(good)), [""; 0]);
    let wire = json!({"name": "dev", "productName": "shop", "cluster": "c", "env_type": "dev"});
    assert_eq!(reported(&manifest(wire)), [""; 0]);
    assert_eq!(reported(&manifest(json!({"name": "dev", "product": "shop", "cluster": "c"}))).len(), 1);
    let nameless = json!({"product": "shop", "cluster": "c", "envType": "dev"});
    assert_eq!(reported(&manifest(nameless.clone())).len(), 1);
    let mut named = manifest(nameless);
    named["metadata"] = json!({"name": "dev", "namespace": "product-4", "creationTimestamp": null});
    assert_eq!(reported(&named), [""; 0]);
    let typo = json!({"name": "dev", "product": "shop", "clutser": "c", "envType": "dev"});
    assert_eq!(reported(&manifest(typo)).len(), 2, "unknown, and missing");
}

/// What the loader takes, the schema takes: all manifests that come with nautform.
#[test]
fn json_schema_accepts_all_example_manifests() {
    let mut checked = 0;
    for directory in ["examples", "testdata/seed"] {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
        for entry in walkdir::WalkDir::new(root).into_iter().map(Result::unwrap) {
            let is_yaml = entry.path().extension().is_some_and(|extension| extension == "yaml");
            if !is_yaml {
                continue;
            }
            let text = std::fs::read_to_string(entry.path()).unwrap();
            for document in text.split("\n---") {
                let Ok(document) = serde_yaml::from_str::<Json>(document) else { continue };
                if document["apiVersion"] == crate::config::load::API_VERSION {
                    assert_eq!(reported(&document), [""; 0], "{}", entry.path().display());
                    checked += 1;
                }
            }
        }
    }
    assert!(checked > 20, "{checked}");
}
