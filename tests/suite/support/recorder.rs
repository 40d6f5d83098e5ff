//! A server that keeps the head of every request, and knows nothing.

use std::sync::{Arc, Mutex};

use axum::extract::Request;
use axum::http::StatusCode;

pub(crate) struct Recorder {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<String>>>,
    _runtime: tokio::runtime::Runtime,
}

impl Recorder {
    pub(crate) fn start() -> Self {
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&seen);
        let app = axum::Router::new().fallback(move |request: Request| async move {
            let (parts, _) = request.into_parts();
            kept.lock().unwrap().push(format!("{} {} {:?}", parts.method, parts.uri, parts.headers));
            (StatusCode::NOT_FOUND, "")
        });
        let (url, runtime) = super::serve(app);
        Self { url, seen, _runtime: runtime }
    }

    /// The requests since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}
