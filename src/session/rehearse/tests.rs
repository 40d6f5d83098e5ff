//! A copy of what a plan needs says what a copy of everything says.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value as Json, json};

use super::fill::{Source, blocked};
use super::*;
use crate::model::value::Value;
use crate::plan::{Action, Change};

/// Names of products: GitLab takes two of them for the same group.
const PRODUCTS: [&str; 4] = ["a", "b", "c", "B"];

fn product() -> impl Strategy<Value = &'static str> {
    prop_oneof![12 => select(&PRODUCTS[..3]), 1 => Just(PRODUCTS[3])]
}

/// The environment of a runtime: the usual one, one that Kubernetes does not accept, or one that is not there.
fn environment(usual: &'static str) -> impl Strategy<Value = &'static str> {
    prop_oneof![16 => Just(usual), 1 => Just("Dev"), 1 => Just("none")]
}

/// An environment and its cluster.
fn placement() -> impl Strategy<Value = (&'static str, &'static str)> {
    let odd = vec![("dev", "build"), ("Dev", "spare"), ("ci", "spare"), ("old", "none")];
    prop_oneof![4 => select(vec![("dev", "deploy"), ("ci", "build"), ("dev", "spare")]), 1 => select(odd)]
}

fn namespace() -> impl Strategy<Value = &'static str> {
    select(vec!["n0", "n1", "n2", "n3", ""])
}

fn repository() -> impl Strategy<Value = &'static str> {
    prop_oneof![16 => Just("app"), 1 => Just("lib"), 1 => Just("none")]
}

/// An object in a product: its address and fields.
fn object() -> impl Strategy<Value = (Address, Json)> {
    prop_oneof![
        1 => product().prop_map(|product| resource(&format!("Project/{product}/docs"), json!({}))),
        1 => (product(), placement()).prop_map(|(product, (name, cluster))| {
            resource(&format!("Environment/{product}/{name}"), json!({"cluster": cluster, "envType": "x"}))
        }),
        1 => (product(), select(vec!["lib", "Library"])).prop_map(|(product, shown)| {
            let git = json!({"gitlab": {"name": shown, "path": "lib", "visibility": "private"}});
            resource(&format!("CodeRepo/{product}/lib"), json!({"project": "web", "git": git}))
        }),
        3 => deployment(),
        3 => pipeline(),
    ]
}

fn deployment() -> impl Strategy<Value = (Address, Json)> {
    let name = select(vec!["web", "docs", "Web"]);
    let parts = (product(), name, environment("dev"), namespace(), repository());
    parts.prop_map(|(product, name, environment, namespace, repository)| {
        let namespaces: Vec<&str> = Some(namespace).into_iter().filter(|name| !name.is_empty()).collect();
        let source = json!({"codeRepo": repository, "targetRevision": "m", "path": name});
        let fields = json!({"projectsRef": ["web"], "manifestSource": source,
            "destination": {"environment": environment, "namespaces": namespaces}});
        resource(&format!("DeploymentRuntime/{product}/{name}"), fields)
    })
}

fn pipeline() -> impl Strategy<Value = (Address, Json)> {
    let name = select(vec!["ci-1", "ci-2", "CI"]);
    let parts = (product(), name, environment("ci"), namespace(), repository());
    parts.prop_map(|(product, name, environment, namespace, repository)| {
        let fields = json!({"project": "web", "pipelineSource": repository, "isolation": "shared",
            "pipelines": [{"name": "p", "path": name}],
            "eventSources": [{"name": "s", "gitlab": {"repoName": "app", "events": ["push_events"]}}],
            "pipelineTriggers": [{"eventSource": "s", "pipeline": "p"}],
            "destination": {"environment": environment, "namespace": namespace}});
        resource(&format!("ProjectPipelineRuntime/{product}/{name}"), fields)
    })
}

fn resource(text: &str, mut fields: Json) -> (Address, Json) {
    let address = address(text);
    fields["product"] = json!(address.product());
    (address, fields)
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn worker(name: &str) -> (Address, Json) {
    let kubeconfig = "clusters: [{name: a, cluster: {server: https://a}}]\nusers: [{name: a, user: {}}]\n";
    let mut components = json!({"deployment": {"name": "argocd", "namespace": "argocd"}});
    let mut worker_type = "deployment";
    if name == "build" {
        worker_type = "pipeline";
        components["pipeline"] = json!({"name": "tekton", "namespace": "tekton-pipelines"});
    }
    let fields = json!({"apiServer": "https://10.0.0.1:6443", "clusterKind": "kubernetes",
        "clusterType": "physical", "usage": "worker", "workerType": worker_type, "componentsList": components,
        "kubeconfig": kubeconfig});
    (address(&format!("Cluster/{name}")), fields)
}

/// What every product has, and its clusters.
fn base(products: BTreeSet<&str>) -> Vec<(Address, Json)> {
    let mut all: Vec<(Address, Json)> = ["deploy", "build", "spare"].map(worker).into();
    for name in products {
        let git = json!({"gitlab": {"visibility": "private"}});
        all.push((address(&format!("Product/{name}")), json!({"git": git})));
        all.push(resource(&format!("Project/{name}/web"), json!({"language": "go"})));
        all.push(resource(&format!("CodeRepo/{name}/app"), json!({"project": "web", "git": git})));
        for (environment, cluster) in [("dev", "deploy"), ("ci", "build")] {
            let fields = json!({"cluster": cluster, "envType": "x"});
            all.push(resource(&format!("Environment/{name}/{environment}"), fields));
        }
    }
    all
}

/// A step of a plan: mostly in one of two products, now and then about a cluster.
fn change() -> impl Strategy<Value = Change> {
    let of = |(address, fields): (Address, Json), action| Change {
        after: (action != Action::Delete).then(|| Value::from_json(fields).into()),
        ..Change::bare(address, action)
    };
    let action =
        || prop_oneof![4 => Just(Action::Create), 2 => Just(Action::Update), 1 => Just(Action::Delete)];
    let near = object().prop_filter("the plan leaves some products alone", |(address, _)| {
        address.product().is_some_and(|product| matches!(product, "a" | "B"))
    });
    let cluster = select(vec!["deploy", "build", "spare", "none"]);
    prop_oneof![
        9 => (near, action()).prop_map(move |(object, action)| of(object, action)),
        1 => (cluster, action()).prop_map(move |(name, action)| of(worker(name), action)),
        1 => (product(), action()).prop_map(move |(name, action)| {
            let git = json!({"gitlab": {"name": "c", "visibility": "public"}});
            of((address(&format!("Product/{name}")), json!({"git": git})), action)
        }),
    ]
}

fn snapshot(objects: &[(Address, Json)]) -> Snapshot {
    let mut snapshot = Snapshot::new();
    let named = objects.iter().filter_map(|(address, _)| address.product());
    let products = PRODUCTS[..3].iter().copied().chain(named).collect();
    for (address, fields) in base(products).into_iter().chain(objects.iter().cloned()) {
        snapshot.insert(Observed::replied(address, Arc::new(Value::from_json(fields))));
    }
    snapshot.sort();
    snapshot
}

fn plan(changes: Vec<Change>) -> Plan {
    let mut seen = BTreeSet::new();
    let changes = changes.into_iter().filter(|change| seen.insert(change.address.clone()));
    Plan { changes: changes.collect(), ..Plan::default() }
}

fn ground(copy: Copy, blocked: Vec<Blocked>) -> Ground {
    Ground { options: Options::default(), gaps: Gaps::default(), copy: Ok(copy), blocked }
}

/// Everything is taken in before anything is looked at.
fn whole(snapshot: &Snapshot) -> Ground {
    let source = Source::of(snapshot, |_| true);
    let mut copy = Copy::new(snapshot, Options::default());
    copy.world.take_in_tenant(&source.of_tenant()).unwrap();
    for product in source.products.keys() {
        copy.world.take_in(product, &source.of_product(product)).unwrap();
    }
    copy.world.sync();
    let blocked = source.products.keys().filter_map(|product| blocked(copy.violations(product))).collect();
    ground(copy, blocked)
}

/// Only what is needed is held.
fn small(snapshot: &Snapshot, plan: &Plan) -> Ground {
    let kept = written(plan);
    let (copy, blocked) = fill::fill(snapshot, |_| true, Some(&kept), Options::default()).unwrap();
    ground(copy, blocked)
}

fn rehearsed(plan: &Plan, ground: &Ground) -> Rehearsed {
    let mut plan = plan.clone();
    mark_blocked(&mut plan, ground);
    rehearse(&plan, ground)
}

fn plans() -> impl Strategy<Value = (Snapshot, Plan)> {
    let objects = prop::collection::vec(object(), 0..14).prop_map(|objects| snapshot(&objects));
    (objects, prop::collection::vec(change(), 0..8).prop_map(plan))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..Default::default() })]

    #[test]
    fn the_smaller_copy_says_the_same((snapshot, plan) in plans()) {
        let whole = whole(&snapshot);
        let small = small(&snapshot, &plan);
        prop_assert_eq!(&small.blocked, &whole.blocked);
        let [small, whole] = [small, whole].map(|ground| rehearsed(&plan, &ground));
        prop_assert_eq!(small.refusals, whole.refusals);
        prop_assert_eq!(small.notes, whole.notes);
        prop_assert_eq!(small.still_blocked, whole.still_blocked);
    }
}

/// The products that a copy holds.
fn held(ground: &Ground) -> Vec<&'static str> {
    let world = &ground.copy.as_ref().unwrap().world;
    let is_held = |name: &str| world.group_of(name).is_some_and(|group| world.has_group(group));
    PRODUCTS[..3].iter().copied().filter(|name| is_held(name)).collect()
}

#[test]
fn products_that_are_neither_written_nor_blocked_are_given_back() {
    let fields = json!({"cluster": "none", "envType": "x"});
    let live = snapshot(&[resource("Environment/b/dev", fields)]);
    let written = Change {
        after: Some(Value::from_json(json!({})).into()),
        ..Change::bare(address("Project/a/new"), Action::Create)
    };
    assert_eq!(held(&small(&live, &plan(vec![written]))), ["a", "b"]);
    assert_eq!(held(&small(&live, &plan(Vec::new()))), ["b"]);
    assert_eq!(held(&whole(&live)), ["a", "b", "c"]);
}

#[test]
fn runtimes_that_kubernetes_does_not_place_depend_on_others() {
    let environment = |name: &str| resource(name, json!({"cluster": "spare", "envType": "x"}));
    let runtime = |name: &str, environment| {
        let source = json!({"codeRepo": "app", "targetRevision": "m", "path": "x"});
        let destination = json!({"environment": environment, "namespaces": ["n0"]});
        resource(name, json!({"manifestSource": source, "destination": destination}))
    };
    let live = snapshot(&[
        environment("Environment/a/Dev"),
        runtime("DeploymentRuntime/a/web", "Dev"),
        environment("Environment/b/test"),
        runtime("DeploymentRuntime/b/web", "test"),
    ]);
    let small = small(&live, &plan(Vec::new()));
    assert_eq!(held(&small), ["a"]);
    assert_eq!(small.blocked, whole(&live).blocked);
}
