//! GitLab's managed Terraform state, as its lib/api/terraform/state.rb and remote_state_handler.rb behave:
//! locks by POST and DELETE, all seven fields wanted, 409 answers whose fields are echoes, versions by
//! serial, 204 and 404 where there is nothing yet, 500 to a write under another lock's ID, an unlock without
//! an ID for a forced one. And a network that can lose answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::routing::any;
use serde_json::{Value as Json, json};

/// The state's path on the server.
pub(crate) const STATE: &str = "/projects/7/terraform/state/production";

#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) versions: BTreeMap<u64, Bytes>,
    pub(crate) lock: Option<Json>,
    exists: bool,
    /// `Authorization` of each request.
    pub(crate) credentials: Vec<String>,
    /// Method and path of each request.
    pub(crate) requests: Vec<String>,
    /// Refuses writes with 413 once it has so many versions.
    pub(crate) full_after: Option<usize>,
    /// Does the work of the next requests of this method and path, and answers 502.
    pub(crate) loses_answers: Option<(&'static str, &'static str, usize)>,
    /// Hides the project.
    pub(crate) hidden: bool,
}

impl Kept {
    pub(crate) fn last(&self) -> Json {
        serde_json::from_slice(self.versions.last_key_value().unwrap().1).unwrap()
    }

    /// Whether this answer gets lost.
    fn loses(&mut self, method: &Method, path: &str) -> bool {
        match &mut self.loses_answers {
            Some((lost, end, left)) if *lost == method.as_str() && path.ends_with(*end) && *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }
}

type Shared = Arc<Mutex<Kept>>;
type Answer = (StatusCode, Bytes);

pub(crate) struct GitLab {
    pub(crate) api: String,
    kept: Shared,
    notes: super::notes::Shared,
    _runtime: tokio::runtime::Runtime,
}

impl GitLab {
    pub(crate) fn start() -> Self {
        let (kept, notes) = (Shared::default(), super::notes::Shared::default());
        let app = Router::new()
            .route("/api/v4/projects/7/terraform/state/{name}", any(handle))
            .route("/api/v4/projects/7/terraform/state/{name}/lock", any(handle))
            .with_state(Arc::clone(&kept))
            .merge(super::notes::service(&notes, super::gitlab_notes::answer));
        let (url, runtime) = super::serve(app);
        Self { api: format!("{url}/api/v4"), kept, notes, _runtime: runtime }
    }

    /// The notes on the one merge request that there is.
    pub(crate) fn notes(&self) -> MutexGuard<'_, super::notes::Notes> {
        self.notes.lock().unwrap()
    }

    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }
}

fn answer(status: StatusCode, message: &str) -> Answer {
    let body = if message.is_empty() { String::new() } else { json!({"message": message}).to_string() };
    (status, body.into())
}

async fn handle(
    State(kept): State<Shared>,
    method: Method,
    uri: axum::http::Uri,
    headers: HeaderMap,
    Query(query): Query<BTreeMap<String, String>>,
    body: Bytes,
) -> Answer {
    let mut kept = kept.lock().unwrap();
    kept.requests.push(format!("{method} {}", uri.path()));
    kept.credentials.push(
        headers.get("authorization").map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default(),
    );
    if kept.hidden {
        return answer(StatusCode::NOT_FOUND, "404 Project Not Found");
    }
    if let Some(digest) = headers.get("content-md5") {
        use base64::Engine as _;
        use md5::Digest as _;
        let seen = base64::engine::general_purpose::STANDARD.encode(md5::Md5::digest(&body));
        assert_eq!(digest, &seen, "Content-MD5");
    }
    let given = if uri.path().ends_with("/lock") {
        lock(&mut kept, &method, &query, &body)
    } else {
        state(&mut kept, &method, query.get("ID"), &body)
    };
    if kept.loses(&method, uri.path()) { answer(StatusCode::BAD_GATEWAY, "") } else { given }
}

fn state(kept: &mut Kept, method: &Method, id: Option<&String>, body: &Bytes) -> Answer {
    match method.as_str() {
        "GET" => match kept.versions.last_key_value() {
            Some((_, body)) => (StatusCode::OK, body.clone()),
            None if kept.exists => answer(StatusCode::NO_CONTENT, ""),
            None => answer(StatusCode::NOT_FOUND, "404 Not found"),
        },
        "POST" if body.is_empty() => answer(StatusCode::NO_CONTENT, ""),
        "POST" => {
            if kept.full_after.is_some_and(|most| kept.versions.len() >= most) {
                return answer(StatusCode::PAYLOAD_TOO_LARGE, "413 Request Entity Too Large");
            }
            let held = kept.lock.as_ref().and_then(|lock| lock["ID"].as_str());
            if held != id.map(String::as_str) {
                // StateLockedError, which this route does not rescue.
                return answer(StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error");
            }
            let serial = serde_json::from_slice::<Json>(body).unwrap()["serial"].as_u64().unwrap();
            kept.exists = true;
            if kept.versions.contains_key(&serial) {
                return answer(StatusCode::UNPROCESSABLE_ENTITY, "PG::UniqueViolation");
            }
            kept.versions.insert(serial, body.clone());
            answer(StatusCode::OK, "")
        }
        _ => answer(StatusCode::METHOD_NOT_ALLOWED, "405 Not Allowed"),
    }
}

fn lock(kept: &mut Kept, method: &Method, query: &BTreeMap<String, String>, body: &Bytes) -> Answer {
    let asked: Json = serde_json::from_slice(body).unwrap_or_default();
    let id = query.get("ID").map(String::as_str).or_else(|| asked["ID"].as_str());
    match method.as_str() {
        "POST" => {
            let fields = ["ID", "Operation", "Info", "Who", "Version", "Created", "Path"];
            let missing: Vec<_> = fields.iter().filter(|field| asked.get(**field).is_none()).collect();
            if !missing.is_empty() || id.is_none_or(|id| id.is_empty() || id.len() > 255) {
                return answer(StatusCode::BAD_REQUEST, &format!("{missing:?} is missing"));
            }
            let free = kept.lock.is_none();
            kept.exists = true;
            // Only ID, Who and Created describe the holder; the rest echoes the caller.
            let mut echo = asked.clone();
            let holder = kept.lock.get_or_insert(asked);
            echo["ID"] = holder["ID"].clone();
            echo["Who"] = json!("alice");
            echo["Created"] = json!("2026-11-24T12:00:00.000Z");
            (if free { StatusCode::OK } else { StatusCode::CONFLICT }, echo.to_string().into())
        }
        "DELETE" => {
            let held = kept.lock.as_ref().and_then(|lock| lock["ID"].as_str());
            if id.is_some() && id != held {
                return answer(StatusCode::CONFLICT, "");
            }
            kept.lock = None;
            answer(StatusCode::OK, "")
        }
        _ => answer(StatusCode::METHOD_NOT_ALLOWED, "405 Not Allowed"),
    }
}
