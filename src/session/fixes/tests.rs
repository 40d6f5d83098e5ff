use proptest::prelude::*;

use super::*;
use crate::config::load::{LoadOptions, Manifests};

const HEAD: &str = "apiVersion: nautes.resource.nautes.io/v1alpha1\n";

fn load(text: &str) -> Manifests {
    Manifests::default().load_text("a.yaml", text, &LoadOptions::default())
}

/// The text after all fixes.
fn mended(text: &str) -> String {
    fixed(text, &load).unwrap_or_else(|| text.to_owned())
}

/// A spec of a kind after all fixes.
fn spec(kind: &str, spec: &str) -> String {
    let head = format!("{HEAD}kind: {kind}\nspec:");
    mended(&format!("{head}{spec}")).strip_prefix(&head).unwrap().to_owned()
}

const WORKER: &str = "
  name: a
  apiServer: https://10.0.0.1:6443
  clusterKind: kubernetes
  clusterType: physical
  usage: worker
  workerType: pipeline
  kubeconfig: {env: KUBECONFIG_A}
";

fn worker(fields: &str) -> String {
    let fields = fields.trim_start_matches('\n');
    spec("Cluster", &format!("{WORKER}{fields}")).strip_prefix(WORKER).unwrap().to_owned()
}

#[test]
fn former_fields_move_with_their_comments() {
    let before = "
  # its ports
  traefik: # of the nodes
    # plain
    httpNodePort: \"30080\" # http
    httpsNodePort: ${PORT}

  # its host
  argocdHost: argocd.example.com # why
  primaryDomain: example.com
";
    insta::assert_snapshot!(worker(before), @r#"
      # its ports
      componentsList:
        gateway:
          additions: # of the nodes
            # plain
            httpNodePort: "30080" # http
            httpsNodePort: ${PORT}
        deployment:
          additions:
            host: argocd.example.com # why

      # its host
      primaryDomain: example.com
    "#);
}

#[test]
fn former_fields_join_what_is_there() {
    let before = "
  componentsList:
    ingressController:
      name: traefik
      namespace: ingress # ours
    certMgt:
      name: cert-manager
      namespace: cert-manager
    # settings
    pipeline: {name: tekton, namespace: tekton-pipelines}
  tektonHost: \"tekton.example.com\"
  traefik: {httpNodePort: \"30080\", httpsNodePort: \"30443\"}
  # the end
";
    insta::assert_snapshot!(worker(before), @r#"
      componentsList:
        gateway:
          name: traefik
          namespace: ingress # ours
          additions:
            httpNodePort: "30080"
            httpsNodePort: "30443"
        # settings
        pipeline: {additions: {host: "tekton.example.com"}, name: tekton, namespace: tekton-pipelines}
      # the end
    "#);
}

#[test]
fn former_fields_move_into_an_empty_mapping() {
    let ports = "  traefik: {httpNodePort: \"30080\", httpsNodePort: \"${PORT}\"}\n";
    for (empty, new) in [
        ("{}", "{gateway: {additions: {httpNodePort: \"30080\", httpsNodePort: \"${PORT}\"}}}"),
        ("{gateway: {}}", "{gateway: {additions: {httpNodePort: \"30080\", httpsNodePort: \"${PORT}\"}}}"),
    ] {
        let list = |list: &str| format!("  componentsList: {list} # none\n");
        assert_eq!(worker(&format!("{}{ports}", list(empty))), list(new));
        assert_eq!(worker(&format!("{ports}{}", list(empty))), list(new));
    }
}

#[test]
fn of_two_fields_that_mean_the_same_none_is_chosen() {
    let two = "\n  name: a\n  product: shop\n  Language: go\n  LANGUAGE: java\n";
    assert_eq!(spec("Project", two), two);
    let two = format!("{HEAD}kind: Project\nSpec: {{name: a}}\nSPEC: {{name: b}}\n");
    assert_eq!(mended(&two), two);
}

#[test]
fn head_in_another_case_is_mended() {
    let spec = "{name: a, product: shop, language: go}";
    let before = format!("{}Kind: project\nSpec: {spec}\n", HEAD.replace("apiV", "apiv"));
    assert_eq!(mended(&before), format!("{HEAD}kind: Project\nspec: {spec}\n"));
}

#[test]
fn what_is_the_same_at_both_places_is_kept_once_and_what_differs_stays() {
    let both = |port: &str| {
        format!(
            "  traefik:\n    httpNodePort: 30080\n  componentsList:\n    gateway:\n      additions:\n        httpNodePort: {port}\n"
        )
    };
    assert_eq!(worker(&both("30080")), both("30080").replace("  traefik:\n    httpNodePort: 30080\n", ""));
    assert_eq!(worker(&both("30081")), both("30081"));
}

#[test]
fn fields_that_such_a_cluster_can_t_have_stay() {
    let deployment = WORKER.replace("pipeline", "deployment") + "  tektonHost: tekton.example.com\n";
    assert_eq!(spec("Cluster", &deployment), deployment);
    let both = "  ingressController: {name: traefik}\n  gateway: {name: traefik}\n";
    let both = format!("  componentsList:\n  {}", both.replace("\n  ", "\n    "));
    assert_eq!(worker(&both), both);
}

#[test]
fn texts_that_became_objects_are_wrapped() {
    let destination = |value: &str| {
        let runtime = "\n  name: a\n  product: p\n  projectsRef: [w]\n  manifestSource: {codeRepo: r, targetRevision: main, path: p}\n";
        let text = spec("DeploymentRuntime", &format!("{runtime}  destination: {value}\n"));
        text.rsplit_once("destination: ").unwrap().1.trim_end().to_owned()
    };
    assert_eq!(destination("dev # why"), "{environment: dev} # why");
    assert_eq!(destination("\"env-$suffix\""), "{environment: \"env-$suffix\"}");
    assert_eq!(destination("env-${ENV}"), "{environment: \"env-${ENV}\"}");
    assert_eq!(destination("|\n    dev"), "|\n    dev");
}

#[test]
fn misspellings_get_their_case_and_letters() {
    let before = "apiVersion: nautes.resource.nautes.io/v1\nkind: cluster\nSpec:\n  Name: a\n  api_Server: https://10.0.0.1:6443\n  clusterKind: Kubernetes\n  clustertype: 'Physical'\n  \"usag\": worker\n  workerTyp: pipelines\n  kubeconfg: {env: KUBECONFIG_A}\n";
    let after = "apiVersion: nautes.resource.nautes.io/v1alpha1\nkind: Cluster\nspec:\n  name: a\n  apiServer: https://10.0.0.1:6443\n  clusterKind: kubernetes\n  clusterType: 'physical'\n  \"usage\": worker\n  workerType: pipeline\n  kubeconfig: {env: KUBECONFIG_A}\n";
    assert_eq!(mended(before), after);
    let repository = "\n  name: a\n  product: p\n  deploymentRuntime: \"true\"\n  git: {gitlab: {visibilty: Private}}\n  webhook: {events: [push_event], isolation: shared}\n";
    let mended = "\n  name: a\n  product: p\n  deploymentRuntime: true\n  git: {gitlab: {visibility: private}}\n  webhook: {events: [push_events]}\n";
    assert_eq!(spec("CodeRepo", repository), mended);
}

#[test]
fn misspelt_annotations_are_renamed() {
    let text = |key: &str| {
        format!(
            "{HEAD}kind: Project\nmetadata:\n  annotations:\n    {key}: \"true\"\nspec: {{name: a, product: p, language: go}}\n"
        )
    };
    assert_eq!(mended(&text("nautform.dev/prevent-destory")), text("nautform.dev/prevent-destroy"));
}

#[test]
fn what_is_not_certain_stays() {
    for (kind, text) in [
        ("CodeRepo", "\n  name: a\n  product: p\n  projet: b\n  project: c\n"),
        ("CodeRepo", "\n  name: a\n  product: p\n  git: {github: {name: b}}\n"),
        ("Environment", "\n  name: a\n  product: p\n  cluster: c\n  envType: x\n  ${KEY}: y\n"),
    ] {
        assert_eq!(spec(kind, text), text);
    }
    let anchored = "\n  name: a\n  product: p\n  destination: &d dev\n  account: *d\n";
    assert_eq!(spec("DeploymentRuntime", anchored), anchored);
}

#[test]
fn line_breaks_marks_and_json_stay() {
    let spec = format!("{WORKER}  traefik:\n    httpNodePort: 30080\n  argocdHost: a.b\n");
    let text = format!("\u{feff}{HEAD}kind: Cluster\nspec:{spec}").replace('\n', "\r\n");
    let after = mended(&text);
    assert!(after.starts_with('\u{feff}'), "{after:?}");
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
    assert!(!load(&after).diagnostics.has_errors(), "{after}");
    let json = r#"{
  "apiVersion": "nautes.resource.nautes.io/v1alpha1",
  "kind": "cluster",
  "spec": {
    "name": "a",
    "apiServer": "https://10.0.0.1:6443",
    "clusterKind": "kubernetes",
    "clusterType": "physical",
    "usage": "worker",
    "workerType": "deployment",
    "kubeconfig": {"env": "KUBECONFIG_A"},
    "componentsList": {
      "certMgt": {"name": "cert-manager"},
      "ingressController": {
        "name": "traefik"
      }
    },
    "argocdHost": "argocd.example.com",
    "traefik": {"httpNodePort": "30080"}
  }
}
"#;
    let after = mended(json);
    let read: serde_json::Value = serde_json::from_str(&after).unwrap();
    assert_eq!(read["spec"]["componentsList"]["gateway"]["additions"]["httpNodePort"], "30080");
    insta::assert_snapshot!(after, @r#"
    {
      "apiVersion": "nautes.resource.nautes.io/v1alpha1",
      "kind": "Cluster",
      "spec": {
        "name": "a",
        "apiServer": "https://10.0.0.1:6443",
        "clusterKind": "kubernetes",
        "clusterType": "physical",
        "usage": "worker",
        "workerType": "deployment",
        "kubeconfig": {"env": "KUBECONFIG_A"},
        "componentsList": {"deployment": {"additions": {"host": "argocd.example.com"}},
          "gateway": {"additions": {"httpNodePort": "30080"},
            "name": "traefik"
          }
        }
      }
    }
    "#);
}

#[test]
fn components_that_v0_3_listed_for_every_cluster_go() {
    let host = WORKER.replace("worker\n  workerType: pipeline", "host");
    let list = "  componentsList:\n    multiTenant:\n      name: hnc\n      namespace: hnc\n    gateway:\n      name: traefik\n";
    let reserved = "  reservedNamespacesAllowedProducts:\n    argocd: [demo]\n    traefik:\n    - demo\n";
    assert_eq!(
        spec("Cluster", &format!("{host}{list}{reserved}")),
        format!(
            "{host}  componentsList:\n    gateway:\n      name: traefik\n  reservedNamespacesAllowedProducts:\n    traefik:\n    - demo\n"
        )
    );
    let reserved = |names: [&str; 2]| {
        format!(
            "  reservedNamespacesAllowedProducts:\n    {}:\n    - demo\n    {}: [demo]\n",
            names[0], names[1]
        )
    };
    assert_eq!(worker(&reserved(["tekton", "hnc"])), reserved(["tekton-pipelines", "hnc-system"]));
    let settings = "  componentsList:\n    pipeline: {name: tekton, additions: {host: a.b}}\n";
    assert_eq!(spec("Cluster", &format!("{host}{settings}")), format!("{host}{settings}"));
}

/// Documents in current and in former forms.
const DOCUMENTS: &[&str] = &[
    "kind: Project\nspec: {name: web, product: shop, language: go}\n",
    "kind: Product # one\nspec:\n  name: shop\n  git:\n    gitlab:\n      visibility: private\n",
    "kind: Environment\nspec:\n  name: dev\n  product: shop\n  cluster: a # there\n  envType: dev\n",
    "kind: Cluster\nspec:\n  name: a\n  apiServer: https://10.0.0.1:6443\n  clusterKind: kubernetes\n  clusterType: physical\n  usage: worker\n  workerType: pipeline\n  # ports\n  traefik:\n    httpNodePort: \"30080\"\n    httpsNodePort: \"30443\"\n  tektonHost: tekton.a.b\n  componentsList:\n    certMgt: {name: cert-manager}\n    ingressController:\n      name: traefik\n  kubeconfig: {env: KUBECONFIG_A}\n",
    "kind: Cluster\nspec: {name: h, apiServer: 'https://10.0.0.2:6443', clusterKind: kubernetes, clusterType: physical,\n  usage: host, traefik: {httpNodePort: 30080}, kubeconfig: {env: KUBECONFIG_A}}\n",
    "kind: DeploymentRuntime\nspec:\n  name: run\n  product: shop\n  projectsRef:\n  - web\n  manifestSource: {codeRepo: r, targetRevision: main, path: deploy}\n  destination: dev\n",
    "kind: CodeRepo\nspec:\n  name: r\n  product: shop\n  base: &base {visibility: private}\n  git:\n    gitlab:\n      <<: *base\n  webhook:\n    events: [push_events]\n    isolation: shared\n",
];

/// Fleets with slips of the pen: letters that are exchanged, left out, doubled or in another case.
fn fleets() -> impl Strategy<Value = String> {
    let documents = prop::sample::subsequence(DOCUMENTS, 1..4);
    let slips = prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8), 0..4);
    (documents, slips, any::<bool>()).prop_map(|(documents, slips, windows)| {
        let texts: Vec<String> = documents.into_iter().map(|document| format!("{HEAD}{document}")).collect();
        let mut text = texts.join("---\n");
        for (index, slip) in slips {
            let letters: Vec<usize> =
                text.char_indices().filter(|(_, c)| c.is_ascii_alphabetic()).map(|(at, _)| at).collect();
            let at = letters[index.index(letters.len())];
            let letter = text[at..=at].to_owned();
            let new = match slip {
                0 => String::new(),
                1 => letter.repeat(2),
                2 => letter.to_ascii_uppercase(),
                _ => "x".to_owned(),
            };
            text.replace_range(at..=at, &new);
        }
        if windows { text.replace('\n', "\r\n") } else { text }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn fixes_are_idempotent_and_leave_valid_objects_alone(text in fleets()) {
        let before = load(&text);
        let after_text = mended(&text);
        let after = load(&after_text);
        prop_assert!(!before.diagnostics.is_empty() || after_text == text, "{}", after_text);
        prop_assert_eq!(fixed(&after_text, &load), None, "{}", after_text);
        let broken: BTreeSet<_> = before.diagnostics.iter().filter_map(|it| it.address.clone()).collect();
        for resource in before.resources.iter().filter(|it| !broken.contains(&it.address.to_string())) {
            let now = after.resources.iter().find(|other| other.address == resource.address);
            prop_assert_eq!(now.map(|now| &now.spec), Some(&resource.spec), "{}", after_text);
        }
        prop_assert_eq!(text.contains('\r'), after_text.contains('\r'));
        prop_assert_eq!(after_text.matches('#').count() , text.matches('#').count(), "{}", after_text);
        prop_assert!(after.diagnostics.count(crate::model::diagnostic::Severity::Error)
            <= before.diagnostics.count(crate::model::diagnostic::Severity::Error) + 8);
    }
}
