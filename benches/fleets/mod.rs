//! Fleets to measure with: many clusters, or many products with ten objects each. As manifests, and as the
//! replies of a server that has them.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value as Json, json};

/// A shape of fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fleet {
    /// Physical worker clusters and nothing else.
    Clusters,
    /// Products with ten objects each, on a few clusters.
    Products,
}

const HEAD: &str = "---\napiVersion: nautes.resource.nautes.io/v1alpha1\n";
/// Whose kubeconfig all clusters have.
pub(crate) const KUBECONFIG: &str = "apiVersion: v1\nkind: Config\nclusters: [{name: a, cluster: {server: https://a}}]\nusers: [{name: a, user: {token: x}}]\n";
/// How many objects are in a file.
const IN_A_FILE: usize = 100;

impl Fleet {
    /// The name on the command line.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Clusters => "clusters",
            Self::Products => "products",
        }
    }

    /// The fleet of this name.
    pub(crate) fn find(name: &str) -> Option<Self> {
        [Self::Clusters, Self::Products].into_iter().find(|fleet| fleet.name() == name)
    }

    /// The manifests of about `size` objects: file names and texts.
    pub(crate) fn manifests(self, size: usize) -> Vec<(String, String)> {
        let objects: Vec<String> = match self {
            Self::Clusters => (0..size).map(cluster).collect(),
            Self::Products => (0..size / 10).map(product).collect(),
        };
        let in_a_file = if self == Self::Clusters { IN_A_FILE } else { IN_A_FILE / 10 };
        let file = |(number, texts): (usize, &[String])| (format!("{number:06}.yaml"), texts.concat());
        let mut files: Vec<_> = objects.chunks(in_a_file).enumerate().map(file).collect();
        if self == Self::Products {
            files.push(("clusters.yaml".to_owned(), (0..2).map(cluster).collect()));
        }
        files
    }

    /// Writes the manifests into a directory.
    pub(crate) fn write(self, directory: &Path, size: usize) {
        let put = |name: &str, text: &str| {
            std::fs::write(directory.join(name), text).expect("the directory is ours");
        };
        put("kubeconfig", KUBECONFIG);
        put("nautform.yaml", "server: {rest: false}\n");
        self.manifests(size).iter().for_each(|(name, text)| put(name, text));
    }

    /// The replies to the lists that a plan makes: kind, product, body.
    pub(crate) fn replies(self, size: usize) -> Vec<(&'static str, Option<String>, String)> {
        let items = |items: Vec<Json>| json!({ "items": items }).to_string();
        match self {
            Self::Clusters => vec![("Cluster", None, items((0..size).map(cluster_reply).collect()))],
            Self::Products => {
                let mut replies = vec![("Cluster", None, items((0..2).map(cluster_reply).collect()))];
                for number in 0..size / 10 {
                    let product = format!("p{number}");
                    for (kind, found) in product_replies(number) {
                        let body = if kind == "Product" { found[0].to_string() } else { items(found) };
                        replies.push((kind, Some(product.clone()), body));
                    }
                }
                replies
            }
        }
    }
}

fn host(number: usize) -> String {
    format!("https://10.{}.{}.{}:6443", number >> 16 & 255, number >> 8 & 255, number & 255)
}

fn cluster(number: usize) -> String {
    let server = host(number);
    format!(
        "{HEAD}kind: Cluster\nspec:\n  name: c{number}\n  apiServer: {server}\n  clusterKind: kubernetes\n  clusterType: physical\n  usage: worker\n  workerType: deployment\n  primaryDomain: c{number}.example.com\n  componentsList:\n    gateway:\n      name: traefik\n      namespace: traefik\n      additions:\n        httpNodePort: \"30080\"\n        httpsNodePort: \"30443\"\n    deployment:\n      name: argocd\n      namespace: argocd\n  kubeconfig: {{file: kubeconfig}}\n"
    )
}

fn cluster_reply(number: usize) -> Json {
    json!({
        "name": format!("c{number}"), "cluster_kind": "kubernetes", "cluster_type": "physical", "usage": "worker",
        "host_cluster": "", "primary_domain": format!("c{number}.example.com"), "worker_type": "deployment",
        "api_server": host(number),
        "components_list": {
            "multi_tenant": null, "secret_sync": null,
            "gateway": {"name": "traefik", "namespace": "traefik", "additions": {"httpNodePort": "30080", "httpsNodePort": "30443"}},
            "deployment": {"name": "argocd", "namespace": "argocd", "additions": {}},
            "progressive_delivery": null, "pipeline": null, "event_listener": null
        },
        "reserved_namespaces_allowed_products": {}, "product_allowed_cluster_resources": {}
    })
}

/// A product with two projects, two environments, two repositories, a binding and two runtimes.
fn product(number: usize) -> String {
    let mut text = String::new();
    let mut put = |kind: &str, name: &str, spec: &str| {
        let _ = write!(text, "{HEAD}kind: {kind}\nspec:\n  name: {name}\n{spec}");
    };
    let of = format!("  product: p{number}\n");
    put("Product", &format!("p{number}"), "  git: {gitlab: {visibility: private}}\n");
    for project in ["web", "api"] {
        put("Project", project, &format!("{of}  language: rust\n"));
        put(
            "CodeRepo",
            &format!("{project}-code"),
            &format!(
                "{of}  project: {project}\n  deploymentRuntime: true\n  git: {{gitlab: {{visibility: private}}}}\n"
            ),
        );
    }
    for (place, environment) in ["dev", "live"].into_iter().enumerate() {
        put("Environment", environment, &format!("{of}  cluster: c{place}\n  envType: {environment}\n"));
    }
    put(
        "CodeRepoBinding",
        "web-for-api",
        &format!(
            "  productName: p{number}\n  coderepo: web-code\n  permissions: readonly\n  projects: [api]\n"
        ),
    );
    for (runtime, environment) in [("web-dev", "dev"), ("web-live", "live")] {
        put(
            "DeploymentRuntime",
            runtime,
            &format!(
                "{of}  projectsRef: [web]\n  manifestSource: {{codeRepo: web-code, targetRevision: main, path: {environment}}}\n  destination: {{environment: {environment}, namespaces: [{runtime}-{number}]}}\n"
            ),
        );
    }
    text
}

fn product_replies(number: usize) -> Vec<(&'static str, Vec<Json>)> {
    let product = format!("p{number}");
    let repository = |project: &str| {
        let name = format!("{project}-code");
        json!({
            "product": product, "name": name, "project": project, "webhook": {"events": []}, "deployment_runtime": true,
            "pipeline_runtime": false,
            "git": {"gitlab": {"name": name, "path": name, "visibility": "private", "description": "", "ssh_url_to_repo": "", "http_url_to_repo": ""}, "github": null}
        })
    };
    let runtime = |name: &str, environment: &str| {
        json!({
            "product": product, "name": name, "projects_ref": ["web"],
            "manifest_source": {"code_repo": "web-code", "target_revision": "main", "path": environment},
            "destination": {"environment": environment, "namespaces": [format!("{name}-{number}")]}, "account": ""
        })
    };
    vec![
        ("Product", vec![json!({"name": product, "git": {"gitlab": {"path": product, "visibility": "private", "description": ""}, "github": null}})]),
        ("Project", ["web", "api"].map(|name| json!({"product": product, "name": name, "language": "rust"})).into()),
        ("CodeRepo", ["web", "api"].map(repository).into()),
        (
            "Environment",
            [("dev", "c0"), ("live", "c1")]
                .map(|(name, cluster)| json!({"product": product, "name": name, "cluster": cluster, "env_type": name}))
                .into(),
        ),
        (
            "CodeRepoBinding",
            vec![json!({"product": product, "name": "web-for-api", "projects": ["api"], "permissions": "readonly", "coderepo": "web-code"})],
        ),
        ("DeploymentRuntime", [("web-dev", "dev"), ("web-live", "live")].map(|(name, place)| runtime(name, place)).into()),
    ]
}
