//! A server that speaks Terraform's http protocol, as servers other than GitLab do: LOCK and UNLOCK, and a
//! held lock answered with its holder's own document.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{Method, StatusCode};
use serde_json::{Value as Json, json};

/// How a server differs from the others.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StateServer {
    /// The first GET answers an empty Terraform state with this serial.
    pub(crate) empty_serial: Option<u64>,
    /// A document that lacks what every Terraform state has is refused when it is read.
    pub(crate) checks: bool,
    /// A document is kept as its members, so that its bytes change.
    pub(crate) rewrites: bool,
    /// Saves are answered and not kept.
    pub(crate) forgets: bool,
    /// Every LOCK succeeds.
    pub(crate) locks_twice: bool,
    /// A held lock is answered without its holder, and freed by force without an ID.
    pub(crate) hides_holder: bool,
    /// UNLOCK frees the lock whatever its ID.
    pub(crate) frees_any: bool,
}

#[derive(Default)]
pub(crate) struct Kept {
    server: StateServer,
    pub(crate) state: Option<Bytes>,
    pub(crate) lock: Option<Json>,
    pub(crate) requests: Vec<String>,
}

type Shared = Arc<Mutex<Kept>>;
type Answer = (StatusCode, Bytes);

pub(crate) struct HttpState {
    pub(crate) url: String,
    kept: Shared,
    _runtime: tokio::runtime::Runtime,
}

impl HttpState {
    pub(crate) fn start(server: StateServer) -> Self {
        let kept = Arc::new(Mutex::new(Kept { server, ..Kept::default() }));
        let app = Router::new().fallback(handle).with_state(Arc::clone(&kept));
        let (url, runtime) = super::serve(app);
        Self { url, kept, _runtime: runtime }
    }

    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }
}

async fn handle(State(kept): State<Shared>, method: Method, body: Bytes) -> Answer {
    let mut kept = kept.lock().unwrap();
    kept.requests.push(method.to_string());
    match method.as_str() {
        "GET" => read(&kept),
        "POST" => {
            if !kept.server.forgets {
                let document: Json = serde_json::from_slice(&body).unwrap();
                kept.state = Some(if kept.server.rewrites { document.to_string().into() } else { body });
            }
            (StatusCode::OK, Bytes::new())
        }
        "LOCK" => {
            let asked: Json = serde_json::from_slice(&body).unwrap();
            match &kept.lock {
                Some(_) if kept.server.hides_holder => (StatusCode::LOCKED, Bytes::new()),
                Some(held) if !kept.server.locks_twice => (StatusCode::LOCKED, held.to_string().into()),
                _ => {
                    kept.lock = Some(asked);
                    (StatusCode::OK, Bytes::new())
                }
            }
        }
        "UNLOCK" => {
            let asked: Json = serde_json::from_slice(&body).unwrap();
            let by_force = kept.server.hides_holder && asked.get("ID").is_none();
            let by_force = by_force || kept.server.frees_any;
            if !by_force && kept.lock.as_ref().is_some_and(|held| held["ID"] != asked["ID"]) {
                return (StatusCode::CONFLICT, Bytes::new());
            }
            kept.lock = None;
            (StatusCode::OK, Bytes::new())
        }
        _ => (StatusCode::METHOD_NOT_ALLOWED, Bytes::new()),
    }
}

fn read(kept: &Kept) -> Answer {
    let Some(state) = &kept.state else {
        let Some(serial) = kept.server.empty_serial else { return (StatusCode::NOT_FOUND, Bytes::new()) };
        let empty = json!({
            "version": 4, "terraform_version": "1.9.0", "serial": serial, "lineage": "",
            "outputs": {}, "resources": []
        });
        return (StatusCode::OK, empty.to_string().into());
    };
    let document: Json = serde_json::from_slice(state).unwrap();
    let has_all =
        ["version", "terraform_version", "resources"].iter().all(|name| document.get(name).is_some());
    if kept.server.checks && !has_all {
        let detail = json!({"detail": "the document is not a Terraform state"});
        return (StatusCode::BAD_REQUEST, detail.to_string().into());
    }
    (StatusCode::OK, state.clone())
}
