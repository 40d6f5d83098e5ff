//! GitLab's REST API as far as it says who is who.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::get;
use serde_json::{Value as Json, json};

/// Answers by path.
pub(crate) struct GitLabRest {
    pub(crate) url: String,
    _runtime: tokio::runtime::Runtime,
}

async fn answer(State(facts): State<Arc<Json>>, Path(path): Path<String>) -> (StatusCode, String) {
    match facts.get(&path) {
        Some(found) => (StatusCode::OK, found.to_string()),
        None => (StatusCode::NOT_FOUND, json!({"message": format!("404: {path}")}).to_string()),
    }
}

impl GitLabRest {
    pub(crate) fn new(facts: Json) -> Self {
        let app = Router::new().route("/api/v4/{*path}", get(answer)).with_state(Arc::new(facts));
        let (url, runtime) = super::serve(app);
        Self { url, _runtime: runtime }
    }
}
