//! A server whose every answer is an error that quotes the request's credentials, as a collided clone does on
//! the real server.

use axum::Json;
use axum::extract::Request;
use axum::http::StatusCode;
use base64::Engine as _;
use serde_json::json;

pub(crate) struct Quoting {
    pub(crate) url: String,
    _runtime: tokio::runtime::Runtime,
}

impl Quoting {
    pub(crate) fn start() -> Self {
        let app = axum::Router::new().fallback(quote);
        let (url, runtime) = super::serve(app);
        Self { url, _runtime: runtime }
    }
}

/// The server's own error, with what git prints: the token is in it in five spellings. Below `/absent`
/// nothing exists yet.
async fn quote(request: Request) -> (StatusCode, Json<serde_json::Value>) {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let credentials = format!("{}{}", text("authorization"), text("private-token"));
    let token = credentials.rsplit(' ').next().unwrap();
    let escaped: String = token.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let base64 = base64::engine::general_purpose::STANDARD.encode(format!("root:{token}"));
    let clone = format!(
        "fatal: could not set 'remote.origin.url' to 'http://root:{token}@gitlab.example.com/tenant1/management.git'\n"
    );
    let nested = json!({"message": clone, "url": format!("HTTPS://{token}@gitlab.example.com?token={escaped}"), "basic": base64});
    let absent = request.method() == "GET" && request.uri().path().starts_with("/absent");
    let reason = if absent { "there are no default projects under this product" } else { "not permitted" };
    let message = format!("{reason}, got {credentials}, err: {clone}, {nested}");
    let body = json!({"reason": token, "message": message, "error": message});
    (StatusCode::FORBIDDEN, Json(body))
}
