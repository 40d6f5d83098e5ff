//! GitLab's managed Terraform state, as its server behaves: locks by POST and DELETE, all seven fields wanted, 409 answers whose fields
//! are echoes, versions by serial, 204 and 404 where there is nothing yet.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::routing::any;
use serde_json::{Value as Json, json};

#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) versions: BTreeMap<u64, Bytes>,
    pub(crate) lock: Option<Json>,
    exists: bool,
    /// `Authorization` of each request.
    pub(crate) credentials: Vec<String>,
    /// Refuses writes with 413 once it has so many versions.
    pub(crate) full_after: Option<usize>,
}

type Shared = Arc<Mutex<Kept>>;

pub(crate) struct GitLab {
    pub(crate) api: String,
    kept: Shared,
    _runtime: tokio::runtime::Runtime,
}

impl GitLab {
    pub(crate) fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let kept = Shared::default();
        let base = "/api/v4/projects/7/terraform/state/production";
        let app = Router::new()
            .route(base, any(state))
            .route(&format!("{base}/lock"), any(lock))
            .with_state(Arc::clone(&kept));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let api = format!("http://{}/api/v4", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { api, kept, _runtime: runtime }
    }

    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }
}

async fn state(
    State(kept): State<Shared>,
    method: Method,
    headers: HeaderMap,
    Query(query): Query<BTreeMap<String, String>>,
    body: Bytes,
) -> (StatusCode, Bytes) {
    let mut kept = kept.lock().unwrap();
    kept.credentials.push(
        headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default(),
    );
    match method.as_str() {
        "GET" => match kept.versions.last_key_value() {
            Some((_, body)) => (StatusCode::OK, body.clone()),
            None if kept.exists => (StatusCode::NO_CONTENT, Bytes::new()),
            None => (StatusCode::NOT_FOUND, Bytes::new()),
        },
        "POST" => {
            if kept.full_after.is_some_and(|most| kept.versions.len() >= most) {
                return (StatusCode::PAYLOAD_TOO_LARGE, Bytes::new());
            }
            let held = kept.lock.as_ref().map(|lock| lock["ID"].as_str().unwrap().to_owned());
            if held.as_ref() != query.get("ID") {
                return (StatusCode::CONFLICT, Bytes::new());
            }
            let serial = serde_json::from_slice::<Json>(&body).unwrap()["serial"].as_u64().unwrap();
            if kept.versions.contains_key(&serial) {
                return (StatusCode::UNPROCESSABLE_ENTITY, Bytes::new());
            }
            kept.exists = true;
            kept.versions.insert(serial, body);
            (StatusCode::OK, Bytes::new())
        }
        _ => (StatusCode::METHOD_NOT_ALLOWED, Bytes::new()),
    }
}

async fn lock(State(kept): State<Shared>, method: Method, body: Bytes) -> (StatusCode, String) {
    let mut kept = kept.lock().unwrap();
    let asked: Json = serde_json::from_slice(&body).unwrap_or_default();
    let held = kept.lock.clone();
    match (method.as_str(), held) {
        ("POST", _)
            if ["ID", "Operation", "Info", "Who", "Version", "Created", "Path"]
                .iter()
                .any(|key| asked.get(key).is_none()) =>
        {
            (StatusCode::BAD_REQUEST, String::new())
        }
        ("POST", None) => {
            (kept.exists, kept.lock) = (true, Some(asked));
            (StatusCode::OK, String::new())
        }
        ("POST", Some(held)) => {
            // Only ID, Who and Created describe the holder; the rest echoes the caller.
            let mut answer = asked;
            answer["ID"] = held["ID"].clone();
            answer["Who"] = json!("alice");
            answer["Created"] = json!("2026-11-24T12:00:00.000Z");
            (StatusCode::CONFLICT, answer.to_string())
        }
        ("DELETE", Some(held)) if asked["ID"] == held["ID"] => {
            kept.lock = None;
            (StatusCode::OK, String::new())
        }
        ("DELETE", None) => (StatusCode::OK, String::new()),
        _ => (StatusCode::CONFLICT, String::new()),
    }
}
