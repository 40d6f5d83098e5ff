//! What leaves: one HTTP response as a plain value.

use bytes::Bytes;
use serde::Serialize;

use crate::sandbox::api::ApiError;

/// One response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type`; empty for none.
    pub content_type: &'static str,
    /// `Location` of a redirect.
    pub location: Option<String>,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u64>,
    /// The body.
    pub body: Bytes,
}

/// The reply of a resource that is shown as it is stored.
#[derive(Serialize)]
pub(crate) struct Named<'a, T> {
    pub(crate) product: &'a str,
    pub(crate) name: &'a str,
    #[serde(flatten)]
    pub(crate) spec: &'a T,
}

/// The reply to a write.
#[derive(Serialize)]
struct Message<'a> {
    message: &'a str,
}

pub(crate) const JSON: &str = "application/json";
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";

impl Response {
    /// A response without special headers.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Response {
        Response { status, content_type, location: None, retry_after: None, body: body.into() }
    }

    /// Success: always 200 (§1).
    pub(crate) fn ok<T: Serialize>(reply: &T) -> Response {
        Response::new(200, JSON, to_json(reply))
    }

    /// `{"message":"…"}` (§2.4).
    pub(crate) fn message(message: &str) -> Response {
        Response::ok(&Message { message })
    }

    /// `{"items":[…]}`, written element by element so that a long list is never built twice (§12.1).
    pub(crate) fn items<T: Serialize>(items: impl IntoIterator<Item = T>) -> Response {
        Response::list(4096, items, |body, item| write_json(body, &item))
    }

    /// The same with replies that were written before.
    pub(crate) fn rendered_items<'r>(items: impl Iterator<Item = &'r Bytes> + Clone) -> Response {
        let length: usize = items.clone().map(|item| item.len() + 1).sum();
        Response::list(length + 16, items, |body, item| body.extend_from_slice(item))
    }

    fn list<T>(
        capacity: usize,
        items: impl IntoIterator<Item = T>,
        write: impl Fn(&mut Vec<u8>, T),
    ) -> Response {
        let mut body = Vec::with_capacity(capacity);
        body.extend_from_slice(br#"{"items":["#);
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                body.push(b',');
            }
            write(&mut body, item);
        }
        body.extend_from_slice(b"]}");
        Response::new(200, JSON, body)
    }

    /// Success with a reply that was written before.
    pub(crate) fn rendered(reply: &Bytes) -> Response {
        Response::new(200, JSON, reply.clone())
    }

    /// The four keys of §2.2.
    pub(crate) fn error(error: &ApiError) -> Response {
        let ApiError { code, reason, message } = error;
        let body = serde_json::json!({"code": code, "reason": reason, "message": message, "metadata": {}});
        Response::new(*code, JSON, to_json(&body))
    }

    /// The body as JSON; `null` if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or(serde_json::Value::Null)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

fn to_json<T: Serialize>(value: &T) -> Vec<u8> {
    let mut body = Vec::with_capacity(1024);
    write_json(&mut body, value);
    body
}

fn write_json<T: Serialize>(body: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(body, value).expect("replies have string keys and a Vec never fails");
}
