//! A chat's incoming webhook: takes JSON with a `text` at a secret path and answers `ok`, as Slack's and
//! Mattermost's do.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::extract::Request;
use serde_json::Value as Json;

/// What only the chat may see.
pub(crate) const SECRET_PATH: &str = "/services/T0/canary-hook";

#[derive(Default)]
pub(crate) struct Received {
    /// What was shown in the chat.
    pub(crate) messages: Vec<Json>,
    pub(crate) requests: usize,
    /// What the next requests are answered with instead.
    pub(crate) refusals: Vec<u16>,
}

pub(crate) struct WebhookServer {
    pub(crate) url: String,
    received: Arc<Mutex<Received>>,
    _runtime: tokio::runtime::Runtime,
}

impl WebhookServer {
    pub(crate) fn start() -> Self {
        let received: Arc<Mutex<Received>> = Arc::default();
        let kept = Arc::clone(&received);
        let app = axum::Router::new()
            .fallback(move |request: Request| async move { receive(&kept, request).await });
        let (url, runtime) = super::serve(app);
        Self { url: format!("{url}{SECRET_PATH}"), received, _runtime: runtime }
    }

    pub(crate) fn received(&self) -> MutexGuard<'_, Received> {
        self.received.lock().unwrap()
    }

    /// The texts that were shown since the last time.
    pub(crate) fn texts(&self) -> Vec<String> {
        let messages = std::mem::take(&mut self.received().messages);
        messages.iter().map(|message| message["text"].as_str().unwrap().to_owned()).collect()
    }
}

async fn receive(received: &Mutex<Received>, request: Request) -> (axum::http::StatusCode, String) {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let mut received = received.lock().unwrap();
    received.requests += 1;
    let status = if received.refusals.is_empty() { 200 } else { received.refusals.remove(0) };
    let json = parts.headers.get("content-type").is_some_and(|kind| kind == "application/json");
    let message: Json = serde_json::from_slice(&body).unwrap_or_default();
    let (status, text) = match parts.uri.path() {
        // Some quote what they were sent.
        path if status != 200 => (status, serde_json::json!({"message": path}).to_string()),
        SECRET_PATH if parts.method == "POST" && json && message["text"].is_string() => {
            received.messages.push(message);
            (200, "ok".to_owned())
        }
        SECRET_PATH => (400, "invalid_payload".to_owned()),
        _ => (404, "no_service".to_owned()),
    };
    (axum::http::StatusCode::from_u16(status).unwrap(), text)
}
