//! What the server hides, changes or can't show (nautes-api.md §4.0, §4.4, §4.5, §4.6): after an apply the
//! plan is empty.

use nautform::sandbox::Method;
use nautform::{Action, Mode, Reason, RefusalKind};

use crate::support::{HEAD, KUBECONFIG, Run, block_on, cluster, literal};

const SHOP: &str = "---
apiVersion: nautes.resource.nautes.io/v1alpha1
kind: Product
spec: {name: shop, git: {gitlab: {visibility: private}}}
---
apiVersion: nautes.resource.nautes.io/v1alpha1
kind: Project
spec: {name: web, product: shop}
---
apiVersion: nautes.resource.nautes.io/v1alpha1
kind: CodeRepo
spec: {name: source, product: shop, project: web, git: {gitlab: {visibility: private}}}
---
apiVersion: nautes.resource.nautes.io/v1alpha1
kind: Environment
spec: {name: dev, product: shop, cluster: a, envType: dev}
---
apiVersion: nautes.resource.nautes.io/v1alpha1
kind: CodeRepoBinding
spec: {name: lend, productName: shop, coderepo: source, permissions: readonly}
";

fn worker() -> String {
    cluster("a", "pipeline", &literal(KUBECONFIG))
}

fn runtime(inputs: &str, hooks: &str) -> String {
    format!(
        "---\n{HEAD}kind: ProjectPipelineRuntime
spec:
  name: build
  product: shop
  project: web
  pipelineSource: source
  pipelines: [{{name: main, path: a.yaml}}]
  eventSources: [{{name: push, gitlab: {{repoName: source, events: [push_events]}}}}]
  pipelineTriggers: [{{eventSource: push, pipeline: main{inputs}}}]
  destination: {{environment: dev}}
  isolation: shared
{hooks}"
    )
}

fn inputs(variable: &str) -> String {
    format!(
        ", inputs: [{{source: {{builtInVar: {variable}}}, transmissionMethod: {{kustomization: {{path: p}}}}}}]"
    )
}

#[test]
fn runtimes_with_inputs_are_compared_with_the_last_apply() {
    let fleet = |variable: &str| worker() + SHOP + &runtime(&inputs(variable), "");
    let mut run = Run::of(&fleet("one"));
    run.converge();
    // §4.6: the list fails, the object's own GET too.
    let planned = block_on(run.plan(Mode::Apply));
    let change = planned.plan.changes.iter().find(|change| change.address.name() == "build").unwrap();
    assert!(matches!(change.reasons.as_slice(), [Reason::Unreadable(_)]), "{:?}", change.reasons);
    run.declare(&fleet("two"));
    let shown = run.shown(Mode::Apply);
    assert!(shown.contains("\"one\"") && shown.contains("\"two\""), "{shown}");
    run.converge();
    run.apply(Mode::Destroy);
    assert!(run.server.world().is_empty());
}

#[test]
fn post_hooks_without_pre_hooks_are_compared_with_the_state() {
    let fleet = |path: &str| {
        let hooks = format!("  hooks: {{postHooks: [{{name: log, vars: {{printPath: {path}}}}}]}}\n");
        worker() + SHOP + &runtime("", &hooks)
    };
    let mut run = Run::of(&fleet("/var"));
    run.converge();
    run.declare(&fleet("/usr"));
    assert_eq!(block_on(run.plan(Mode::Apply)).plan.summary().change, 1);
    run.converge();
}

#[test]
fn refresh_finds_display_names_of_repositories() {
    let mut run = Run::of(&(worker() + SHOP));
    run.converge();
    assert!(run.server.world().rename_repository("shop", "source", "Shop Source"));
    // §4.4: LIST hides it; §4.0: the binding names it by its display name. The name is not declared, so
    // nothing changes.
    let planned = block_on(run.plan(Mode::Apply));
    assert!(planned.plan.summary().is_empty(), "{}", run.shown(Mode::Apply));
    run.declare(
        &(worker()
            + &SHOP.replace(
                "source, product: shop, project: web, git: {gitlab: {",
                "source, product: shop, project: web, git: {gitlab: {name: source, ",
            )),
    );
    assert_eq!(block_on(run.plan(Mode::Apply)).plan.summary().change, 1);
    run.converge();
}

#[test]
fn bindings_without_a_repository_block_only_themselves() {
    let mut run = Run::of(&(worker() + SHOP));
    run.converge();
    assert!(run.server.world().delete_gitlab_project("shop", "source"));
    // §4.5: GET and the whole LIST of bindings fail.
    let planned = block_on(run.plan(Mode::Apply));
    let repository = planned.plan.changes.iter().find(|change| change.address.name() == "source").unwrap();
    assert_eq!(repository.action, Action::Create, "{}", run.shown(Mode::Apply));
}

#[test]
fn drift_and_pending_changes_are_distinguished() {
    let mut run = Run::of(&(worker() + SHOP));
    run.converge();
    let project = serde_json::json!({"language": "cobol"});
    run.server.world().out_of_band(Method::Post, "/api/v1/products/shop/projects/web", Some(&project));
    run.declare(
        &(worker()
            + &SHOP.replace("{name: web, product: shop}", "{name: web, product: shop, language: rust}")),
    );
    let planned = block_on(run.plan(Mode::Apply));
    assert!(planned.plan.drift.is_empty(), "undeclared fields do not drift: {:?}", planned.plan.drift);
    run.converge();
    run.server.world().out_of_band(Method::Post, "/api/v1/products/shop/projects/web", Some(&project));
    let planned = block_on(run.plan(Mode::Apply));
    assert_eq!(planned.plan.drift.len(), 1);
    assert_eq!(
        planned.plan.drift[0].attributes[0].after.as_ref().and_then(|value| value.as_str()),
        Some("cobol")
    );
}

/// An update sends undeclared live fields as well, since the API resets what a request leaves out (§3.4).
#[test]
fn updates_keep_undeclared_fields() {
    let mut run = Run::of(&worker());
    run.converge();
    let mut live = serde_json::json!({
        "api_server": "https://10.0.0.1:6443", "cluster_kind": "kubernetes", "cluster_type": "physical", "usage": "worker",
        "worker_type": "pipeline", "primary_domain": "own.example.com", "kubeconfig": KUBECONFIG,
        "components_list": {"gateway": {"name": "traefik", "namespace": "traefik", "additions": {"httpNodePort": "31111"}}},
    });
    run.server.world().out_of_band(Method::Post, "/api/v1/clusters/a", Some(&live));
    assert!(block_on(run.plan(Mode::Apply)).plan.summary().is_empty());
    run.declare(&worker().replace("10.0.0.1:6443", "10.0.0.1:7443"));
    run.converge();
    live =
        serde_json::from_str(&run.server.world().out_of_band(Method::Get, "/api/v1/clusters/a", None).text())
            .unwrap();
    assert_eq!(live["primary_domain"], "own.example.com");
    assert_eq!(live["components_list"]["gateway"]["additions"]["httpNodePort"], "31111");
    assert_eq!(live["components_list"]["pipeline"]["additions"]["host"], "tekton.a.10.0.0.1.nip.io");
}

#[test]
fn ignored_fields_are_neither_compared_nor_changed() {
    let repository = |language: &str, visibility: &str| {
        let annotated =
            "kind: CodeRepo\nmetadata: {annotations: {nautform.dev/ignore-fields: git.gitlab.description}}\n";
        // GitLab takes a public repository in a public product only.
        let shop = SHOP.replace(
            "name: shop, git: {gitlab: {visibility: private",
            "name: shop, git: {gitlab: {visibility: public",
        );
        shop.replace("kind: CodeRepo\n", annotated).replace(
            "source, product: shop, project: web, git: {gitlab: {visibility: private}",
            &format!("source, product: shop, project: web, git: {{gitlab: {{visibility: {visibility}, description: {language}}}"),
        )
    };
    let mut run = Run::of(&(worker() + &repository("first", "private")));
    run.converge();
    assert!(run.server.world().describe_repository("shop", "source", "described elsewhere"));
    assert!(block_on(run.plan(Mode::Apply)).plan.summary().is_empty());
    run.declare(&(worker() + &repository("first", "public")));
    run.apply(Mode::Apply);
    let reply =
        run.server.world().out_of_band(Method::Get, "/api/v1/products/shop/coderepos/source", None).text();
    let live: serde_json::Value = serde_json::from_str(&reply).unwrap();
    assert_eq!(live["git"]["gitlab"]["visibility"], "public");
    assert_eq!(live["git"]["gitlab"]["description"], "described elsewhere");
}

#[test]
fn prevent_destroy_protects_objects_without_a_manifest() {
    let protected = worker().replace(
        "kind: Cluster",
        "kind: Cluster\nmetadata: {annotations: {nautform.dev/prevent-destroy: \"true\"}}",
    );
    let product = SHOP.split("---\n").nth(1).unwrap();
    let mut run = Run::of(&format!("{protected}---\n{product}"));
    run.converge();
    run.declare(product);
    let planned = block_on(run.plan(Mode::Apply));
    assert_eq!(planned.plan.refusals[0].kind, RefusalKind::Protected);
}

#[test]
fn circular_hosts_are_reported_as_a_cycle() {
    let cluster = |name: &str, host: &str| {
        format!(
            "{HEAD}kind: Cluster\nspec: {{name: {name}, apiServer: \"https://{name}.example.com:31001\", clusterKind: kubernetes, clusterType: virtual, usage: worker, workerType: pipeline, hostCluster: {host}}}\n"
        )
    };
    let text = cluster("a", "b") + "---\n" + &cluster("b", "a");
    let mut manifests = nautform::internals::config::load::Manifests::default().load_text(
        "a.yaml",
        &text,
        &nautform::internals::config::load::LoadOptions::default(),
    );
    nautform::internals::config::resolve::resolve_manifests(&mut manifests);
    let found: Vec<_> = manifests.diagnostics.iter().map(|diagnostic| diagnostic.message.as_str()).collect();
    assert_eq!(
        found,
        [
            "cluster 'b' is not a host: its usage is 'worker'",
            "cluster 'a' is not a host: its usage is 'worker'",
            "these objects need each other: Cluster/a -> Cluster/b -> Cluster/a",
        ]
    );
    assert_eq!(manifests.diagnostics.iter().last().unwrap().secondary.len(), 1);
}
