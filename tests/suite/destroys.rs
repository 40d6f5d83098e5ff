//! What is destroyed last is what can't be brought back: nothing goes whose replacement does not come.

use std::time::Duration;

use nautform::internals::apply::ApplyOptions;
use nautform::internals::live::client::RetryPolicy;
use nautform::sandbox::{Fault, Matcher, Method};
use nautform::{Mode, Plan};

use crate::support::{KUBECONFIG, Run, block_on, object};

fn product(name: &str) -> String {
    object(
        "Product",
        &format!("name: {name}, git: {{gitlab: {{name: {name}, path: {name}, visibility: public}}}}"),
    )
}

fn repository(product: &str, name: &str, visibility: &str) -> String {
    let gitlab = format!("{{name: {name}, path: {name}, visibility: {visibility}}}");
    object("CodeRepo", &format!("name: {name}, product: {product}, git: {{gitlab: {gitlab}}}"))
}

fn cluster(name: &str) -> String {
    let rest = "clusterKind: kubernetes, clusterType: physical, usage: worker, workerType: deployment";
    object(
        "Cluster",
        &format!("name: {name}, apiServer: 'https://10.0.0.1:6443', {rest}, kubeconfig: {KUBECONFIG:?}"),
    )
}

/// What the server has, by kind and name.
fn live(run: &Run) -> Vec<String> {
    let objects = run.server.world().objects();
    let shown = objects.iter().map(|object| {
        let product = object.product.as_ref().map(|product| format!("{product}/")).unwrap_or_default();
        format!("{}/{product}{}", object.kind, object.name)
    });
    shown.collect()
}

fn refuse(run: &Run, method: &Method, path: &str) {
    // What is not known is tried again a few times.
    for _ in 0..20 {
        run.server.world().options.faults.inject(Matcher::new(method.clone(), path), Fault::Panic);
    }
}

/// How the operations ended that destroy something.
fn carry_out(run: &mut Run, plan: &Plan) -> String {
    let retry = RetryPolicy {
        first_delay: Duration::from_millis(1),
        longest_delay: Duration::from_millis(1),
        sync_timeout: Duration::from_millis(20),
        ..RetryPolicy::default()
    };
    let options = ApplyOptions { rest: false, retry, ..ApplyOptions::default() };
    let outcomes = block_on(run.carry_out_with(plan, &options));
    let ends = outcomes.ends.iter().map(|(key, end)| {
        let end = format!("{end:?}");
        format!("{key}: {}\n", end.split([' ', '{']).next().unwrap_or_default())
    });
    ends.collect()
}

#[test]
fn runtime_stays_when_its_new_cluster_never_reaches_kubernetes() {
    let fleet = |environment: &str, more: &[String]| {
        let source = "manifestSource: {codeRepo: deploy, path: deployments, targetRevision: main}";
        let runtime =
            format!("name: web, product: shop, {source}, destination: {{environment: {environment}}}");
        let mut objects = vec![
            product("shop"),
            object(
                "CodeRepo",
                "name: deploy, product: shop, deploymentRuntime: true, git: {gitlab: {visibility: private}}",
            ),
            cluster("worker-a"),
            object("Environment", "name: test, product: shop, cluster: worker-a, envType: test"),
            object("DeploymentRuntime", &runtime),
        ];
        objects.extend(more.iter().cloned());
        objects.concat()
    };
    let mut run = Run::of(&fleet("test", &[]));
    run.converge();
    let prod = object("Environment", "name: prod, product: shop, cluster: worker-b, envType: prod");
    run.declare(&fleet("prod", &[cluster("worker-b"), prod]));
    let plan = block_on(run.plan(Mode::Apply)).plan;
    assert!(plan.refusals.is_empty(), "{:#?}", plan.refusals);
    run.server.world().options.sync_lag = Duration::from_secs(3600);
    insta::assert_snapshot!(carry_out(&mut run, &plan), @r"
    create Cluster/worker-b: Done
    create DeploymentRuntime/shop/web: Skipped
    delete DeploymentRuntime/shop/web: Skipped
    create Environment/shop/prod: Failed
    ");
    assert!(live(&run).contains(&"DeploymentRuntime/shop/web".to_owned()), "{:?}", live(&run));
}

/// Applies `before`, then `after` with a server that refuses to create what is at `path`; what is left.
fn renamed(before: &[String], after: &[String], path: &str) -> (String, Vec<String>) {
    let mut run = Run::of(&before.concat());
    run.converge();
    run.declare(&after.concat());
    let plan = block_on(run.plan(Mode::Apply)).plan;
    assert!(plan.refusals.is_empty(), "{:#?}", plan.refusals);
    refuse(&run, &Method::Post, path);
    let ends = carry_out(&mut run, &plan);
    let live = live(&run);
    run.server.world().options.faults.script.clear();
    run.converge();
    (ends, live)
}

#[test]
fn renamed_repository_stays_if_create_fails() {
    let private = |name| repository("shop", name, "private");
    let (ends, live) =
        renamed(&[product("shop"), private("api")], &[product("shop"), private("core")], "/core");
    insta::assert_snapshot!(ends, @r"
    delete CodeRepo/shop/api: Skipped
    create CodeRepo/shop/core: Failed
    ");
    assert_eq!(live, ["CodeRepo/shop/api", "Product/shop"]);
}

#[test]
fn repository_with_another_name_and_another_field_stays_if_create_fails() {
    let before = [product("shop"), repository("shop", "api", "private")];
    let (ends, live) = renamed(&before, &[product("shop"), repository("shop", "core", "public")], "/core");
    insta::assert_snapshot!(ends, @r"
    delete CodeRepo/shop/api: Skipped
    create CodeRepo/shop/core: Failed
    ");
    assert_eq!(live, ["CodeRepo/shop/api", "Product/shop"]);
}

/// What can be brought back is not destroyed either if its successor fails.
#[test]
fn cluster_with_another_name_and_another_field_stays_if_create_fails() {
    let other = cluster("worker-b").replace("10.0.0.1", "10.0.0.2");
    let (ends, live) = renamed(&[cluster("worker-a")], &[other], "/worker-b");
    insta::assert_snapshot!(ends, @r"
    delete Cluster/worker-a: Skipped
    create Cluster/worker-b: Failed
    ");
    assert_eq!(live, ["Cluster/worker-a"]);
}

/// The cluster may serve one environment: the old one goes first, but not before what the new one needs.
#[test]
fn environment_with_another_name_and_another_field_stays_if_what_the_new_one_needs_fails() {
    let environment = |name: &str, product: &str, kind: &str| {
        object(
            "Environment",
            &format!("name: {name}, product: {product}, cluster: worker-a, envType: {kind}"),
        )
    };
    let before = [cluster("worker-a"), product("shop"), environment("dev", "shop", "dev")];
    let after = [cluster("worker-a"), product("store"), environment("dev", "store", "test")];
    let (ends, live) = renamed(&before, &after, "/store");
    insta::assert_snapshot!(ends, @r"
    delete Environment/shop/dev: Skipped
    create Environment/store/dev: Skipped
    delete Product/shop: Skipped
    create Product/store: Failed
    ");
    assert_eq!(live, ["Cluster/worker-a", "Environment/shop/dev", "Product/shop"]);
}

#[test]
fn repository_moved_to_another_product_stays_if_create_fails() {
    let (ends, live) = renamed(
        &[product("shop"), product("store"), repository("shop", "api", "private")],
        &[product("shop"), product("store"), repository("store", "api", "public")],
        "/api",
    );
    insta::assert_snapshot!(ends, @r"
    delete CodeRepo/shop/api: Skipped
    create CodeRepo/store/api: Failed
    ");
    assert_eq!(live, ["CodeRepo/shop/api", "Product/shop", "Product/store"]);
}

#[test]
fn content_of_a_renamed_product_stays_if_create_fails() {
    let fleet = |name: &str, second: &str| {
        [product(name), repository(name, "api", "private"), repository(name, second, "public")]
    };
    let (ends, live) =
        renamed(&fleet("shop", "web"), &fleet("store", "web"), "/products/store/coderepos/web");
    insta::assert_snapshot!(ends, @r"
    delete CodeRepo/shop/api: Done
    delete CodeRepo/shop/web: Skipped
    create CodeRepo/store/api: Done
    create CodeRepo/store/web: Failed
    delete Product/shop: Skipped
    create Product/store: Done
    ");
    assert_eq!(live, ["CodeRepo/shop/web", "CodeRepo/store/api", "Product/shop", "Product/store"]);
    // The second one has another name in the new product.
    let (ends, live) = renamed(&fleet("shop", "web"), &fleet("store", "ui"), "/products/store/coderepos/ui");
    insta::assert_snapshot!(ends, @r"
    delete CodeRepo/shop/api: Done
    delete CodeRepo/shop/web: Skipped
    create CodeRepo/store/api: Done
    create CodeRepo/store/ui: Failed
    delete Product/shop: Skipped
    create Product/store: Done
    ");
    assert_eq!(live, ["CodeRepo/shop/web", "CodeRepo/store/api", "Product/shop", "Product/store"]);
}

/// It is unknown whether the new one exists: the old one is not deleted in the same plan.
#[test]
fn repository_that_moves_to_an_unreadable_product_stays() {
    let before = [product("shop"), product("store"), repository("shop", "api", "private")];
    let mut run = Run::of(&before.concat());
    run.converge();
    run.declare(&(product("store") + &repository("store", "api", "private")));
    refuse(&run, &Method::Get, "/products/store/coderepos");
    let plan = block_on(run.plan(Mode::Apply)).plan;
    let gaps: Vec<String> = plan.gaps.iter().map(|gap| format!("{}: {}", gap.address, gap.why)).collect();
    insta::assert_snapshot!(gaps.join("\n"), @r"
    CodeRepo/shop/api: it looks like CodeRepo/store/api under another name, which is not created
    CodeRepo/store/api: unknown request error
    Product/shop: CodeRepo/shop/api is not deleted
    ");
    assert_eq!(plan.summary().destroy, 0);
}
