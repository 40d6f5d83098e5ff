//! A store in memory that speaks as much of S3 as states need, and ignores what it is told to ignore.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};

/// Which conditions of writes the store honours.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Conditions {
    pub(crate) if_match: bool,
    pub(crate) if_none_match: bool,
}

#[derive(Default)]
pub(crate) struct Kept {
    /// Body and version by path.
    pub(crate) objects: BTreeMap<String, (Bytes, u64)>,
    conditions: Conditions,
    writes: u64,
}

type Shared = Arc<Mutex<Kept>>;

pub(crate) struct S3 {
    pub(crate) url: String,
    kept: Shared,
    _runtime: tokio::runtime::Runtime,
}

impl S3 {
    pub(crate) fn start(conditions: Conditions) -> Self {
        let kept = Shared::default();
        kept.lock().unwrap().conditions = conditions;
        let app = Router::new().fallback(handle).with_state(Arc::clone(&kept));
        let (url, runtime) = super::serve(app);
        Self { url, kept, _runtime: runtime }
    }

    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }
}

fn refused(status: StatusCode, code: &str) -> Response {
    (status, format!("<Error><Code>{code}</Code><Message>{code}</Message></Error>")).into_response()
}

async fn handle(
    State(kept): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut kept = kept.lock().unwrap();
    let found = kept.objects.get(uri.path()).cloned();
    let tag = |version: u64| format!("\"{version:032x}\"");
    if method == Method::GET {
        return match found {
            Some((body, version)) => ([("etag", tag(version))], body).into_response(),
            None => refused(StatusCode::NOT_FOUND, "NoSuchKey"),
        };
    }
    let condition = |name, honoured: bool| headers.get(name).filter(|_| honoured);
    let wanted = condition("if-match", kept.conditions.if_match);
    let is_other = wanted.is_some_and(|wanted| {
        found.as_ref().is_none_or(|(_, version)| tag(*version) != wanted.to_str().unwrap())
    });
    let is_there = condition("if-none-match", kept.conditions.if_none_match).is_some() && found.is_some();
    if is_other || is_there {
        return refused(StatusCode::PRECONDITION_FAILED, "PreconditionFailed");
    }
    kept.writes += 1;
    let version = kept.writes;
    kept.objects.insert(uri.path().to_owned(), (body, version));
    [("etag", tag(version))].into_response()
}
