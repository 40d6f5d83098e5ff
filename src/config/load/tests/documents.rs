use super::*;

#[test]
fn errors_of_a_file_have_places() {
    let text = format!(
        "{HEAD}kind: Environmint\nspec: {{}}\n---\n{HEAD}kind: Environment\nspec:\n  name: Dev\n  product: shop\n  clutser: a\n  envType: [x]\n---\na: [\n---\n{HEAD}kind: Project\nspec: {{name: a}}\n"
    );
    insta::assert_snapshot!(reported(&text), @"
    error[unknown-kind]: unknown kind 'Environmint'
     --> a.yaml:2:7
      |
    2 | kind: Environmint
      |       ^^^^^^^^^^^
      |
      = help: did you mean 'Environment'?

    error[invalid-name]: the name 'Dev' must consist of lower-case letters, digits, '-' and '.', at most 253, each part beginning and ending with a letter or digit
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

    error[syntax]: unclosed bracket '['
      --> a.yaml:13:4
       |
    13 | a:**
       |    ^
       |
       = help: close the bracket, or separate the items by ','

    error[missing-field]: required field 'product' is missing
      --> a.yaml:17:8
       |
    17 | spec: {name: a}
       |        ^^^^
       |
       = help: name the product that it belongs to: product: NAME

    6 errors
    ");
}

#[test]
fn file_of_another_tool_is_one_error() {
    let text = "version: 3\nservices: {web: {image: nginx}}\nvolumes: {}\n";
    insta::assert_snapshot!(reported(text), @"
    error[not-a-manifest]: a manifest is a mapping with apiVersion, kind and spec
     --> a.yaml:1:1
      |
    1 | **********
      | ^^^^^^^
      |
      = help: name files of other programs in .nautformignore

    1 error
    ");
}

#[test]
fn envelope_errors() {
    let text = format!(
        "\
kind: Project
spec: {{name: a, product: shop}}
---
apiVersion: nautes.resource.nautes.io/v2
kind: project
spce: {{name: a}}
---
{HEAD}kind: project
spec: text
---
{HEAD}kind:
metadata: text
spec:
---
apiVersion: v1
kind: ConfigMap
data: {{}}
---
- {HEAD}---
just text
"
    );
    insta::assert_snapshot!(reported(&text), @"
    error[api-version]: the document has no apiVersion
     --> a.yaml:1:1
      |
    1 | kind: Project
      | ^^^^
      |
      = help: write apiVersion: nautes.resource.nautes.io/v1alpha1

    error[api-version]: this apiVersion is not supported
     --> a.yaml:4:13
      |
    4 | apiVersion: nautes.resource.nautes.io/v2
      |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write apiVersion: nautes.resource.nautes.io/v1alpha1

    error[unknown-kind]: unknown kind 'project'
     --> a.yaml:9:7
      |
    9 | kind: project
      |       ^^^^^^^
      |
      = help: did you mean 'Project'?

    error[wrong-type]: 'spec' must be a mapping of fields
      --> a.yaml:10:1
       |
    10 | spec: text
       | ^^^^

    error[missing-field]: the document has no 'kind'
      --> a.yaml:12:1
       |
    12 | apiVersion: nautes.resource.nautes.io/v1alpha1
       | ^^^^^^^^^^
       |
       = help: add it; known kinds: Cluster, Product, Environment, Project, CodeRepo, CodeRepoBinding, ProjectPipelineRuntime, DeploymentRuntime

    error[wrong-type]: 'metadata' must be a mapping
      --> a.yaml:14:1
       |
    14 | metadata: text
       | ^^^^^^^^

    error[missing-field]: the document has no 'spec'
      --> a.yaml:15:1
       |
    15 | spec:
       | ^^^^
       |
       = help: add spec: with the fields of the object below it, name: NAME first

    error[api-version]: this apiVersion is not supported
      --> a.yaml:17:13
       |
    17 | apiVersion: v1
       |             ^^
       |
       = help: write apiVersion: nautes.resource.nautes.io/v1alpha1

    error[not-a-manifest]: a manifest is a mapping with apiVersion, kind and spec
      --> a.yaml:21:1
       |
    21 | ************************************************
       | ^
       |
       = help: write each object as a document of its own, with a line '---' between them

    error[not-a-manifest]: a manifest is a mapping with apiVersion, kind and spec
      --> a.yaml:23:1
       |
    23 | *********
       | ^
       |
       = help: name files of other programs in .nautformignore

    10 errors
    ");
}

/// As `kubectl kustomize` writes it, and as it lies in a product's repository.
#[test]
fn name_may_be_in_metadata() {
    let text = format!(
        "\
{HEAD}kind: Project
metadata:
  annotations:
    config.kubernetes.io/origin: |
      path: projects/web.yaml
  creationTimestamp: null
  labels: {{team: a}}
  name: ${{NAME}}
  namespace: product-4
spec: {{product: shop, language: go}}
---
{HEAD}kind: Project
metadata: {{name: api}}
spec: {{name: api, product: shop, language: go}}
"
    );
    let manifests = Manifests::default().load_text("a.yaml", &text, &with_variables(&[("NAME", "web")]));
    assert_eq!(codes(&manifests), [""; 0], "{}", shown(&manifests));
    assert_eq!(addresses(&manifests), ["Project/shop/web", "Project/shop/api"]);
}

#[test]
fn names_and_products_are_checked() {
    let text = format!(
        "\
{HEAD}kind: Project
metadata: {{name: a}}
spec: {{product: shop}}
---
{HEAD}kind: Project
metadata: {{name: b, labels: {{x: y}}}}
spec: {{name: a, product: shop, product_name: other}}
---
{HEAD}kind: Project
metadata: {{name: B}}
spec: {{name: , product: shop}}
---
{HEAD}kind: Project
metadata: {{name: [b]}}
spec: {{product: shop}}
---
{HEAD}kind: Project
spec: {{name: null, product: {{a: b}}}}
---
{HEAD}kind: Project
spec: {{name: A/b, product: '12'}}
---
{HEAD}kind: CodeRepoBinding
spec: {{name: x, productName: shop, product: other, coderepo: r, permissions: readonly}}
---
{HEAD}kind: Project
spec: {{name: [a], product: ''}}
"
    );
    let manifests = Manifests::default().load_text("a.yaml", &text, &LoadOptions::default());
    assert_eq!(addresses(&manifests), ["Project/shop/a", "Project/shop/a", "CodeRepoBinding/shop/x"]);
    let unset =
        format!("{HEAD}kind: Project\nmetadata: {{name: a}}\nspec: {{name: '${{A}}', product: shop}}\n");
    assert_eq!(
        codes(&Manifests::default().load_text("a.yaml", &unset, &LoadOptions::default())),
        ["undefined-variable"]
    );
    insta::assert_snapshot!(shown(&manifests), @"
    error[two-names]: metadata.name differs from spec.name 'a'
     --> a.yaml:8:18
      |
    8 | metadata: {name: b, labels: {x: y}}
      |                  ^
    9 | spec: {name: a, product: shop, product_name: other}
      |              - the name in the spec
      |
      = help: give the object one name: remove one of them

    error[two-products]: 'product_name' differs from 'product'
     --> a.yaml:9:46
      |
    9 | spec: {name: a, product: shop, product_name: other}
      |                          ----                ^^^^^
      |                          |
      |                          this one is taken
      |
      = help: keep one of them

    error[invalid-name]: the name 'B' must consist of lower-case letters, digits, '-' and '.', at most 253, each part beginning and ending with a letter or digit
      --> a.yaml:13:18
       |
    13 | metadata: {name: B}
       |                  ^

    error[wrong-type]: 'name' must be text, not a list
      --> a.yaml:18:12
       |
    18 | metadata: {name: [b]}
       |            ^^^^

    error[missing-field]: 'name' must not be empty
      --> a.yaml:23:8
       |
    23 | spec: {name: null, product: {a: b}}
       |        ^^^^

    error[wrong-type]: 'product' must be text, not a mapping
      --> a.yaml:23:20
       |
    23 | spec: {name: null, product: {a: b}}
       |                    ^^^^^^^

    error[invalid-name]: the name 'A/b' must not contain '/' nor be '.' or '..'
      --> a.yaml:27:14
       |
    27 | spec: {name: A/b, product: '12'}
       |              ^^^

    error[invalid-name]: the product name '12' must not be a number: GitLab would take it for a group's id
      --> a.yaml:27:28
       |
    27 | spec: {name: A/b, product: '12'}
       |                            ^^^^

    warning[ignored-field]: 'product' differs from 'productName' and is ignored
      --> a.yaml:31:45
       |
    31 | spec: {name: x, productName: shop, product: other, coderepo: r, permissions: readonly}
       |                              ----           ^^^^^
       |                              |
       |                              this one is taken
       |
       = help: the server always binds within the owning product

    error[wrong-type]: 'name' must be text, not a list
      --> a.yaml:35:8
       |
    35 | spec: {name: [a], product: ''}
       |        ^^^^

    error[missing-field]: 'product' must not be empty
      --> a.yaml:35:19
       |
    35 | spec: {name: [a], product: ''}
       |                   ^^^^^^^

    10 errors, 1 warning
    ");
}

#[test]
fn product_key_spellings() {
    let object = |key: &str| format!("---\n{HEAD}kind: Project\nspec: {{name: a, {key}: shop}}\n");
    let binding = |keys: &str| {
        format!(
            "---\n{HEAD}kind: CodeRepoBinding\nspec: {{name: a, {keys}, coderepo: r, permissions: readonly}}\n"
        )
    };
    let text = ["product", "product_name", "productName"].map(object).concat()
        + &["productName: shop, product: shop", "product: shop", "product_name: shop"].map(binding).concat();
    let manifests = Manifests::default().load_text("a.yaml", &text, &LoadOptions::default());
    assert_eq!(codes(&manifests), [""; 0]);
    assert_eq!(addresses(&manifests), [["Project/shop/a"; 3], ["CodeRepoBinding/shop/a"; 3]].concat());
}

#[test]
fn annotations_are_checked() {
    let text = |annotations: &str| {
        format!(
            "{HEAD}kind: CodeRepo\nmetadata:\n  annotations: {{{annotations}}}\nspec: {{name: a, product: shop, git: {{gitlab: {{name: a, path: a, visibility: private}}}}}}\n"
        )
    };
    let fine = "nautform.dev/prevent-destroy: true, nautform.dev/deletion-policy: orphan, other.io/x: y, \
                nautform.dev/ignore-fields: 'git.gitlab.description, pipeline_runtime'";
    let manifests = Manifests::default().load_text("a.yaml", &text(fine), &LoadOptions::default());
    assert_eq!(codes(&manifests), [""; 0], "{}", shown(&manifests));
    let annotations = &manifests.resources[0].annotations;
    assert!(annotations.prevent_destroy && annotations.orphan);
    let fields: Vec<String> = annotations.ignore_fields.iter().map(ToString::to_string).collect();
    assert_eq!(fields, ["git.gitlab.description", "pipelineRuntime"]);

    let wrong = "prevent-destroy: 'true', nautform.dev/prevent-destroy: yes, nautform.dev/deletion-polcy: orphan,\n\
                 nautfrom.dev/prevent-destroy: 'true', nautform.io/x: y,\n\
                 nautform.dev/ignore-fields: git.gitlab.discription, nautform.dev/deletion-policy: keep";
    insta::assert_snapshot!(reported(&text(wrong)), @r#"
    error[invalid-annotation]: annotation 'prevent-destroy' is not understood
     --> a.yaml:4:17
      |
    4 |   annotations: {prevent-destroy: 'true', nautform.dev/prevent-destroy: yes, nautform.dev/dele...
      |                 ^^^^^^^^^^^^^^^
      |
      = help: did you mean 'nautform.dev/prevent-destroy'?

    error[invalid-annotation]: annotation 'nautform.dev/prevent-destroy' is not understood
     --> a.yaml:4:42
      |
    4 |   annotations: {prevent-destroy: 'true', nautform.dev/prevent-destroy: yes, nautform.dev/dele...
      |                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write "true" or "false"

    error[invalid-annotation]: annotation 'nautform.dev/deletion-polcy' is not understood
     --> a.yaml:4:77
      |
    4 | ...form.dev/prevent-destroy: yes, nautform.dev/deletion-polcy: orphan,
      |                                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: did you mean 'nautform.dev/deletion-policy'?

    error[invalid-annotation]: annotation 'nautfrom.dev/prevent-destroy' is not understood
     --> a.yaml:5:1
      |
    5 | nautfrom.dev/prevent-destroy: 'true', nautform.io/x: y,
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: did you mean 'nautform.dev/prevent-destroy'?

    error[invalid-annotation]: annotation 'nautform.io/x' is not understood
     --> a.yaml:5:39
      |
    5 | nautfrom.dev/prevent-destroy: 'true', nautform.io/x: y,
      |                                       ^^^^^^^^^^^^^
      |
      = help: known annotations: nautform.dev/prevent-destroy, nautform.dev/deletion-policy, nautform.dev/ignore-fields

    error[invalid-annotation]: annotation 'nautform.dev/ignore-fields' is not understood
     --> a.yaml:6:1
      |
    6 | nautform.dev/ignore-fields: git.gitlab.discription, nautform.dev/deletion-policy: keep}
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: there is no field 'git.gitlab.discription'; did you mean 'description'?

    error[invalid-annotation]: annotation 'nautform.dev/deletion-policy' is not understood
     --> a.yaml:6:53
      |
    6 | nautform.dev/ignore-fields: git.gitlab.discription, nautform.dev/deletion-policy: keep}
      |                                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write orphan or delete

    7 errors
    "#);
    for fields in ["''", "a,,b", "webhook.events[0]", "git[0]", "name", "git.gitlab.path.x", "a b"] {
        let manifests = Manifests::default().load_text(
            "a.yaml",
            &text(&format!("nautform.dev/ignore-fields: {fields:?}")),
            &LoadOptions::default(),
        );
        assert_eq!(codes(&manifests), ["invalid-annotation"], "{fields}");
    }
    let labels = format!(
        "{HEAD}kind: Project\nmetadata: {{labels: {{nautform.dev/prevent-destroy: x}}}}\nspec: {{name: a, product: b}}\n"
    );
    assert_eq!(
        codes(&Manifests::default().load_text("a.yaml", &labels, &LoadOptions::default())),
        ["invalid-annotation"]
    );
}

#[test]
fn references_point_at_the_names_they_use() {
    let text = format!(
        "{HEAD}kind: Environment\nspec: {{name: dev, product: shop, cluster: host-a, envType: dev}}\n---\n{HEAD}kind: DeploymentRuntime\nspec:\n  name: dr\n  product: shop\n  projects_ref: [one, two]\n  manifestSource: {{code_repo: repo, targetRevision: main, path: x}}\n  destination: {{environment: dev}}\n"
    );
    let manifests = Manifests::default().load_text("a.yaml", &text, &LoadOptions::default());
    assert_eq!(codes(&manifests), [""; 0], "{}", shown(&manifests));
    let named: Vec<String> = manifests
        .resources
        .iter()
        .flat_map(|resource| &resource.references)
        .map(|to| {
            format!("{} {} {}", to.path, &text[to.span.start as usize..to.span.end as usize], to.address)
        })
        .collect();
    insta::assert_snapshot!(named.join("\n"), @"
    cluster host-a Cluster/host-a
    projectsRef[0] one Project/shop/one
    projectsRef[1] two Project/shop/two
    manifestSource.codeRepo repo CodeRepo/shop/repo
    destination.environment dev Environment/shop/dev
    ");
}

#[test]
fn diagnostics_name_the_object_where_it_is_known() {
    let text = format!(
        "{HEAD}kind: Project\nspec: {{name: a, product: shop, x: y}}\n---\n{HEAD}kind: Project\nspec: {{x: y}}\n"
    );
    let manifests = Manifests::default().load_text("a.yaml", &text, &LoadOptions::default());
    let about: Vec<_> =
        manifests.diagnostics.iter().map(|diagnostic| diagnostic.address.as_deref()).collect();
    assert_eq!(about, [Some("Project/shop/a"), None, None, None]);
}

#[test]
fn aliased_errors_are_reported_once() {
    let text = format!(
        "{HEAD}kind: Cluster\nspec:\n  name: a\n  reservedNamespacesAllowedProducts:\n    x: &p [$product-name]\n    y: *p\n    z: *p\n"
    );
    let manifests = Manifests::default().load_text("a.yaml", &text, &LoadOptions::default());
    let count = codes(&manifests).iter().filter(|code| **code == "unfilled-placeholder").count();
    assert_eq!(count, 1, "{}", shown(&manifests));
}

/// The order is that of the files, and nothing is lost between thousands of documents and files.
#[test]
fn documents_and_files_are_all_loaded() {
    let object = |n: usize| format!("{HEAD}kind: Project\nspec: {{name: p{n}, product: shop}}\n");
    let one: String = (0..20_000).map(|n| format!("---\n{}", object(n))).collect();
    let files = (20_000..22_000).map(|n| (format!("{n}.yaml"), object(n)));
    let texts = std::iter::once(("a.yaml".to_owned(), one)).chain(files);
    let manifests = load_texts(Path::new("root"), texts, &LoadOptions::default());
    assert!(manifests.diagnostics.is_empty());
    let names: Vec<String> = (0..22_000).map(|n| format!("Project/shop/p{n}")).collect();
    assert_eq!(addresses(&manifests), names);
    assert_eq!(manifests.resources[21_999].file.as_deref(), Some("21999.yaml"));
}
