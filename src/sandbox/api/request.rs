//! What arrives: one HTTP request as a plain value. Knows nothing about kinds.

use std::time::Duration;

use bytes::Bytes;

/// Milliseconds since the Unix epoch, passed in so that lag and same-second collisions are testable without a
/// clock.
pub type Now = u64;

/// A duration in the unit of [`Now`].
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The methods that the router distinguishes (§1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or replaces.
    Post,
    /// Deletes.
    Delete,
    /// Anything else; no route has it.
    Other(String),
}

impl Method {
    /// The method of that name.
    pub fn parse(name: &str) -> Method {
        match name {
            "GET" => Method::Get,
            "POST" => Method::Post,
            "DELETE" => Method::Delete,
            other => Method::Other(other.to_owned()),
        }
    }

    /// Its name on the wire.
    pub fn as_str(&self) -> &str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Delete => "DELETE",
            Method::Other(name) => name,
        }
    }
}

/// One request. `Debug` shows neither the token nor the body, which may hold a kubeconfig.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query as sent, percent-encoded.
    pub path_and_query: String,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Accept`.
    pub accept: Option<String>,
    /// `Authorization`.
    pub authorization: Option<String>,
    /// The body; empty if there is none.
    pub body: Bytes,
}

impl Request {
    fn new(method: Method, path: impl Into<String>, body: Bytes) -> Request {
        Request {
            method,
            path_and_query: path.into(),
            content_type: None,
            accept: Some("application/json".to_owned()),
            authorization: Some("Bearer sandbox".to_owned()),
            body,
        }
    }

    /// A GET with a token.
    pub fn get(path: impl Into<String>) -> Request {
        Request::new(Method::Get, path, Bytes::new())
    }

    /// A DELETE with a token.
    pub fn delete(path: impl Into<String>) -> Request {
        Request::new(Method::Delete, path, Bytes::new())
    }

    /// A POST with a token and a JSON body.
    pub fn post(path: impl Into<String>, body: impl Into<Bytes>) -> Request {
        let mut request = Request::new(Method::Post, path, body.into());
        request.content_type = Some("application/json".to_owned());
        request
    }

    /// The path without the query.
    pub fn path(&self) -> &str {
        self.path_and_query.split('?').next().unwrap_or_default()
    }

    /// The query without its question mark; empty if there is none.
    pub fn query(&self) -> &str {
        self.path_and_query.split_once('?').map_or("", |(_, query)| query)
    }

    /// Whether it asks for a change: what `on writes only` means in fault scripts.
    pub fn is_write(&self) -> bool {
        matches!(self.method, Method::Post | Method::Delete)
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.path_and_query)
    }
}
