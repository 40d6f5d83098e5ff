//! Proof that the double is faithful: each test quotes the § whose behaviour it pins.

mod breakdowns;
mod cluster;
mod code_repo;
mod concurrency;
mod deployment_runtime;
mod environment;
mod equivalence;
mod happy;
mod kinds;
mod missing;
mod over_http;
mod pipeline_runtime;
mod product;
mod recordings;
mod repositories;
mod transport;

use serde_json::{Value, json};

use super::{Method, Now, Options, Request, Response, World, handle};

/// A world and a clock that only moves when a test moves it.
pub(super) struct Fixture {
    pub(super) world: World,
    pub(super) now: Now,
}

impl Fixture {
    pub(super) fn new() -> Fixture {
        Fixture::with(Options::default())
    }

    pub(super) fn with(options: Options) -> Fixture {
        Fixture { world: World::new(options), now: 1_000_000 }
    }

    /// A host, a deployment worker, a pipeline worker and the product `shop` with one of each kind.
    pub(super) fn full() -> Fixture {
        let mut fixture = Fixture::new();
        fixture.fill();
        fixture
    }

    pub(super) fn fill(&mut self) {
        self.put("/api/v1/clusters/host", &host());
        self.put("/api/v1/clusters/deploy", &worker("deployment"));
        self.put("/api/v1/clusters/build", &worker("pipeline"));
        self.put(
            "/api/v1/products/shop",
            &json!({"git": {"gitlab": {"name": "shop", "path": "shop",
            "visibility": "private", "description": "d"}}}),
        );
        self.put(&shop("projects/web"), &json!({"language": "go"}));
        self.put(&shop("environments/dev"), &json!({"cluster": "deploy", "env_type": "dev"}));
        self.put(&shop("environments/ci"), &json!({"cluster": "build", "env_type": "ci"}));
        self.put(&shop("coderepos/app"), &repo("web"));
        self.put(&shop("coderepos/lib"), &repo(""));
        self.put(
            &shop("coderepobindings/lib-for-web"),
            &json!({"product": "shop", "coderepo": "lib", "permissions": "readonly", "projects": ["web"]}),
        );
        self.put(&shop("projectpipelineruntimes/pipe"), &pipeline());
        self.put(&shop("deploymentruntimes/run"), &deployment());
    }

    pub(super) fn send(&mut self, request: &Request) -> Response {
        handle(&mut self.world, request, self.now)
    }

    pub(super) fn get(&mut self, path: &str) -> Response {
        self.send(&Request::get(path))
    }

    pub(super) fn post(&mut self, path: &str, body: &Value) -> Response {
        self.send(&Request::post(path, body.to_string()))
    }

    pub(super) fn delete(&mut self, path: &str) -> Response {
        self.send(&Request::delete(path))
    }

    /// A POST that must succeed.
    #[track_caller]
    pub(super) fn put(&mut self, path: &str, body: &Value) {
        let response = self.post(path, body);
        assert_eq!(response.status, 200, "POST {path}: {}", response.text());
    }

    /// A DELETE that must succeed.
    #[track_caller]
    pub(super) fn remove(&mut self, path: &str) {
        let response = self.delete(path);
        assert_eq!(response.status, 200, "DELETE {path}: {}", response.text());
    }

    /// The JSON of a GET that must succeed.
    #[track_caller]
    pub(super) fn read(&mut self, path: &str) -> Value {
        let response = self.get(path);
        assert_eq!(response.status, 200, "GET {path}: {}", response.text());
        response.json()
    }

    /// The names in a LIST that must succeed.
    #[track_caller]
    pub(super) fn names(&mut self, path: &str) -> Vec<String> {
        let list = self.read(path);
        let items = list["items"].as_array().expect("a LIST has items");
        items.iter().map(|item| item["name"].as_str().expect("items have names").to_owned()).collect()
    }
}

pub(super) fn shop(path: &str) -> String {
    format!("/api/v1/products/shop/{path}")
}

pub(super) const KUBECONFIG: &str =
    "apiVersion: v1\nclusters:\n- name: c\n  cluster: {server: https://x}\nusers:\n- name: u\n  user: {}\n";

pub(super) fn host() -> Value {
    json!({"api_server": "https://10.0.0.1:6443", "cluster_kind": "kubernetes", "cluster_type": "physical",
        "usage": "host",
        "kubeconfig": KUBECONFIG})
}

pub(super) fn worker(worker_type: &str) -> Value {
    json!({"api_server": "https://10.0.0.2:6443", "cluster_kind": "kubernetes", "cluster_type": "physical",
        "usage": "worker",
        "worker_type": worker_type, "kubeconfig": KUBECONFIG})
}

pub(super) fn virtual_cluster(worker_type: &str) -> Value {
    json!({"api_server": "https://10.0.0.1:31443", "cluster_kind": "kubernetes", "cluster_type": "virtual",
        "usage": "worker",
        "worker_type": worker_type, "host_cluster": "host"})
}

pub(super) fn repo(project: &str) -> Value {
    json!({"project": project, "webhook": {"events": ["push_events"]}, "deployment_runtime": true,
        "pipeline_runtime": true,
        "git": {"gitlab": {"visibility": "private", "description": ""}}})
}

pub(super) fn pipeline() -> Value {
    json!({"project": "web", "pipeline_source": "app", "isolation": "shared",
        "pipelines": [{"name": "main", "path": "pipelines/main.yaml"}],
        "event_sources": [{"name": "push", "gitlab": {"repo_name": "app", "revision": "main",
        "events": ["push_events"]}}],
        "pipeline_triggers": [{"event_source": "push", "pipeline": "main"}],
        "destination": {"environment": "ci"}})
}

pub(super) fn deployment() -> Value {
    json!({"projects_ref": ["web"], "manifest_source": {"code_repo": "app", "target_revision": "main",
        "path": "deploy"},
        "destination": {"environment": "dev", "namespaces": ["web"]}})
}

/// `code reason message` of an error.
#[track_caller]
pub(super) fn failure(response: &Response) -> String {
    let body = response.json();
    let keys: Vec<&String> = body.as_object().expect("an error body").keys().collect();
    assert_eq!(keys, ["code", "reason", "message", "metadata"]);
    assert_eq!(body["code"], response.status);
    format!(
        "{} {} {}",
        response.status,
        body["reason"].as_str().unwrap_or("?"),
        body["message"].as_str().unwrap_or("?")
    )
}

pub(super) fn method(name: &str) -> Method {
    Method::parse(name)
}

const PANIC: &str = "500 UNKNOWN unknown request error";

fn with(mut body: Value, path: &str, value: Value) -> Value {
    *body.pointer_mut(path).unwrap_or_else(|| panic!("no {path}")) = value;
    body
}

fn answer(response: &Response) -> String {
    if response.status == 200 { "ok".to_owned() } else { failure(response) }
}

fn rule(chain: &[&str], rule: &str) -> String {
    let mut text = "400 VALIDATOR invalid SaveRequest.Body: embedded message failed validation".to_owned();
    for (index, field) in chain.iter().enumerate() {
        let why = if index + 1 == chain.len() { rule } else { "embedded message failed validation" };
        text.push_str(&format!(" | caused by: invalid {field}: {why}"));
    }
    text
}
