//! Nothing goes that something else still uses (§4.3), and everything that goes does so in an order that the
//! server accepts.

use nautform::sandbox::Method;
use nautform::{Mode, RefusalKind};

use crate::support::{KUBECONFIG, Run, cluster, environment, literal, product};

fn worker(name: &str) -> String {
    cluster(name, "deployment", &literal(KUBECONFIG))
}

#[test]
fn cluster_is_deleted_after_its_users() {
    let mut run =
        Run::of(&(worker("a") + &worker("b") + &product("shop") + &environment("shop", "dev", "a")));
    run.converge();
    run.declare(&(worker("b") + &product("shop")));
    insta::assert_snapshot!(run.shown(Mode::Apply), @r#"
    Actions are indicated with the following symbols:
        - destroy

    2 objects will be DESTROYED:

      # Environment/shop/dev will be destroyed
      # (because it is no longer in the manifests; last seen in manifests.yaml)
      - Environment "dev" (product "shop")
          - cluster = "a"
          - envType = "dev"

      # Cluster/a will be destroyed
      # (because it is no longer in the manifests; last seen in manifests.yaml)
      - Cluster "a"
          - apiServer                  = "https://10.0.0.1:6443"
          - clusterKind                = "kubernetes"
          - clusterType                = "physical"
          - usage                      = "worker"
          - workerType                 = "deployment"
          - primaryDomain              = "10.0.0.1.nip.io"
          - componentsList.multiTenant = { name = "hnc", namespace = "hnc-system" }
          - componentsList.secretSync  = { name = "external-secrets", namespace = "external-secrets" }
          - componentsList.gateway     = {
              - name      = "traefik"
              - namespace = "traefik"
              - additions = { httpNodePort = "30080", httpsNodePort = "30443" }
            }
          - componentsList.deployment  = {
              - name      = "argocd"
              - namespace = "argocd"
              - additions = { host = "argocd.a.10.0.0.1.nip.io" }
            }
          - componentsList.progressiveDelivery = { name = "argo-rollouts", namespace = "argo-rollouts" }

    Plan: 0 to add, 0 to change, 2 to destroy.
    "#);
    run.converge();
}

#[test]
fn cluster_of_an_unmanaged_user_is_not_deleted() {
    let mut run = Run::of(&(worker("a") + &worker("b")));
    run.converge();
    {
        let mut world = run.server.world();
        let product = serde_json::json!({"git": {"gitlab": {"path": "foreign", "visibility": "private"}}});
        world.out_of_band(Method::Post, "/api/v1/products/foreign", Some(&product));
        let environment = serde_json::json!({"cluster": "a", "env_type": "dev"});
        world.out_of_band(Method::Post, "/api/v1/products/foreign/environments/dev", Some(&environment));
    }
    run.declare(&worker("b"));
    let planned = crate::support::block_on(run.plan(Mode::Apply));
    let refusal = &planned.plan.refusals[0];
    assert_eq!(refusal.kind, RefusalKind::InUse);
    assert!(refusal.message.contains("Environment/foreign/dev"), "{}", refusal.message);
}

#[test]
fn environment_releases_its_cluster_before_another_uses_it() {
    let shop = worker("a") + &product("shop");
    let mut run = Run::of(&(shop.clone() + &environment("shop", "old", "a")));
    run.converge();
    run.declare(&(shop + &environment("shop", "new", "a")));
    run.converge();
}

#[test]
fn fixed_field_replaces_unused_and_refuses_used_objects() {
    let mut run = Run::of(&(worker("a") + &product("shop")));
    run.converge();
    run.declare(&(worker("a").replace("workerType: deployment", "workerType: pipeline") + &product("shop")));
    assert!(run.shown(Mode::Apply).contains("must be replaced"), "{}", run.shown(Mode::Apply));
    run.converge();
    let used = |kind: &str| {
        worker("a").replace("workerType: deployment", kind)
            + &product("shop")
            + &environment("shop", "dev", "a")
    };
    run.declare(&used("workerType: pipeline"));
    run.converge();
    run.declare(&used("workerType: deployment"));
    let planned = crate::support::block_on(run.plan(Mode::Apply));
    assert!(planned.plan.refusals[0].message.contains("Environment/shop/dev"), "{:?}", planned.plan.refusals);
}

#[test]
fn missing_reference_is_refused() {
    let mut run = Run::of(&(worker("a") + &product("shop")));
    run.converge();
    run.state.records.clear();
    run.declare(environment("shop", "dev", "a").trim_start_matches("---\n"));
    run.converge();
    run.declare(environment("shop", "dev", "missing").trim_start_matches("---\n"));
    let planned = crate::support::block_on(run.plan(Mode::Apply));
    assert_eq!(planned.plan.refusals[0].kind, RefusalKind::MissingReference);
}
