//! Promise 1 over every valid combination of usage, type and worker type, with components given fully,
//! partly, by name only and not at all: apply, then the plan is empty (nautes-api.md §3.4).

use crate::support::{HEAD, KUBECONFIG, Run, literal};
use nautform::Mode;

/// What a component says of itself.
#[derive(Clone, Copy, Debug)]
enum Given {
    Fully,
    Partly,
    ByName,
    NamespaceOnly,
    NotAtAll,
}

const ALL: [Given; 5] = [Given::Fully, Given::Partly, Given::ByName, Given::NamespaceOnly, Given::NotAtAll];

fn component(field: &str, given: Given) -> String {
    let (name, namespace, additions) = match field {
        "multiTenant" => ("hnc", "hnc-system", "productResourceRevision: main"),
        "secretSync" => ("external-secrets", "external-secrets", "x: y"),
        "gateway" => ("traefik", "traefik", "httpNodePort: 31080, httpsNodePort: \"31443\""),
        "deployment" => ("argocd", "argocd", "host: argocd.example.com"),
        "progressiveDelivery" => ("argo-rollouts", "argo-rollouts", "x: y"),
        "pipeline" => ("tekton", "tekton-pipelines", "host: tekton.example.com"),
        _ => ("argo-events", "argo-events", "x: y"),
    };
    match given {
        Given::Fully => {
            format!("    {field}: {{name: {name}, namespace: {namespace}, additions: {{{additions}}}}}\n")
        }
        Given::Partly => format!("    {field}: {{name: {name}, additions: {{extra: \"1\"}}}}\n"),
        Given::ByName => format!("    {field}: {{name: {name}}}\n"),
        Given::NamespaceOnly => format!("    {field}: {{namespace: own-{namespace}}}\n"),
        Given::NotAtAll => String::new(),
    }
}

fn cluster(name: &str, shape: &str, api_server: &str, fields: &[&str], given: Given) -> String {
    let components: String = fields.iter().map(|field| component(field, given)).collect();
    let components =
        if components.is_empty() { components } else { format!("  componentsList:\n{components}") };
    let kubeconfig = if shape.contains("virtual") {
        String::new()
    } else {
        format!("  kubeconfig: {}\n", literal(KUBECONFIG))
    };
    format!(
        "{HEAD}kind: Cluster\nspec:\n  name: {name}\n  apiServer: {api_server}\n  clusterKind: kubernetes\n{shape}{components}{kubeconfig}"
    )
}

fn fleet(given: Given, host: &str) -> String {
    let shape = |usage: &str, kind: &str, worker: &str| {
        let host = if kind == "virtual" { "  hostCluster: host\n" } else { "" };
        let worker = if worker.is_empty() { String::new() } else { format!("  workerType: {worker}\n") };
        format!("  usage: {usage}\n  clusterType: {kind}\n{worker}{host}")
    };
    let deployment = ["multiTenant", "secretSync", "gateway", "deployment", "progressiveDelivery"];
    let pipeline = ["multiTenant", "secretSync", "gateway", "deployment", "pipeline", "eventListener"];
    let small = ["multiTenant", "secretSync", "deployment", "progressiveDelivery"];
    [
        cluster("host", &shape("host", "physical", ""), &format!("https://{host}:6443"), &["gateway"], given),
        cluster(
            "pd",
            &shape("worker", "physical", "deployment"),
            &format!("https://{host}:6444"),
            &deployment,
            given,
        ),
        cluster(
            "pp",
            &shape("worker", "physical", "pipeline"),
            &format!("https://{host}:6445"),
            &pipeline,
            given,
        ),
        cluster(
            "vd",
            &shape("worker", "virtual", "deployment"),
            &format!("https://{host}:31001"),
            &small,
            given,
        ),
        cluster(
            "vp",
            &shape("worker", "virtual", "pipeline"),
            &format!("https://{host}:31002"),
            &pipeline,
            given,
        ),
    ]
    .join("---\n")
}

#[test]
fn clusters_of_every_shape_have_an_empty_second_plan() {
    for host in ["10.0.0.1", "nautes.example.com"] {
        for given in ALL {
            let mut run = Run::of(&fleet(given, host));
            run.converge();
            run.apply(Mode::Destroy);
            assert!(run.server.world().is_empty(), "{given:?}");
        }
    }
}

/// From each way of giving components to each other way: every step converges.
#[test]
fn components_can_change_how_they_are_given() {
    for first in ALL {
        for second in ALL {
            let mut run = Run::of(&fleet(first, "10.0.0.1"));
            run.converge();
            run.declare(&fleet(second, "10.0.0.1"));
            run.converge();
        }
    }
}

#[test]
fn quickstart_has_an_empty_second_plan() {
    let mut run = Run::of_quickstart();
    run.converge();
}
