//! What the test servers for GitLab and GitHub keep of a merge request: notes, who may write, requests, and
//! faults to come.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{Query, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value as Json;

/// A note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) id: u64,
    /// The merge request that it is on.
    pub(crate) request: u64,
    pub(crate) author: u64,
    pub(crate) body: String,
    /// GitLab's own remark.
    pub(crate) system: bool,
}

/// What happens to the next request of a method instead of, or after, what it asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Too many requests; come back after so many seconds.
    Limited(u64),
    /// The work is done, and the answer gets lost behind a gateway.
    Lost,
    /// The API has moved there.
    Moved(String),
    /// Answers with this status and quotes the token.
    Quoting(u16),
}

#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) all: Vec<Note>,
    /// Method and path of each request.
    pub(crate) requests: Vec<String>,
    pub(crate) faults: Vec<(&'static str, Fault)>,
    /// The address that the server puts in links, if not its own.
    pub(crate) link_base: Option<String>,
    /// The commits of the branch `main`, the oldest first, each with the merge request that brought it.
    pub(crate) history: Vec<(String, Option<u64>)>,
}

/// The merge request that notes are written on by other means.
const REQUEST: u64 = 12;

pub(crate) type Shared = Arc<Mutex<Notes>>;

impl Notes {
    /// Writes a note by other means.
    pub(crate) fn write(&mut self, author: u64, body: &str) -> u64 {
        self.write_on(REQUEST, author, body)
    }

    /// The same on another merge request.
    pub(crate) fn write_on(&mut self, request: u64, author: u64, body: &str) -> u64 {
        let id = self.all.last().map_or(1_001, |note| note.id + 1);
        self.all.push(Note { id, request, author, body: body.to_owned(), system: false });
        id
    }

    /// Merges a merge request; a push by other means has none.
    pub(crate) fn merge(&mut self, commit: &str, request: Option<u64>) {
        self.history.push((commit.to_owned(), request));
    }

    /// The commits after one, up to another one.
    pub(super) fn between(&self, from: &str, to: &str) -> Option<&[(String, Option<u64>)]> {
        let place = |commit: &str| self.history.iter().position(|(id, _)| id == commit);
        self.history.get(place(from)? + 1..=place(to)?)
    }

    /// The merge request that brought a commit.
    pub(super) fn brought(&self, commit: &str) -> Option<u64> {
        self.history.iter().find(|(id, _)| id == commit)?.1
    }

    /// What a note says.
    pub(crate) fn body(&self, id: u64) -> &str {
        &self.all.iter().find(|note| note.id == id).unwrap().body
    }

    /// How many there are, and what the first one says.
    pub(crate) fn first(&self) -> (usize, &str) {
        (self.all.len(), &self.all[0].body)
    }

    /// The requests since the last time.
    pub(crate) fn asked(&mut self) -> Vec<String> {
        std::mem::take(&mut self.requests)
    }

    /// The server's address in links.
    pub(super) fn address(&self, asked: &Asked) -> String {
        self.link_base.clone().unwrap_or_else(|| format!("http://{}", asked.header("host")))
    }

    /// The fault that keeps a request of this method from its work.
    pub(super) fn prevented(&mut self, method: &str) -> Option<Fault> {
        self.fault(method, |fault| *fault != Fault::Lost)
    }

    /// Whether the answer to a request of this method gets lost.
    pub(super) fn loses(&mut self, method: &str) -> bool {
        self.fault(method, |fault| *fault == Fault::Lost).is_some()
    }

    fn fault(&mut self, method: &str, fits: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let place = self.faults.iter().position(|(wanted, _)| *wanted == method)?;
        fits(&self.faults[place].1).then(|| self.faults.remove(place).1)
    }
}

/// A page of a list: where it begins and ends, and whether there is another.
pub(super) struct Cut {
    pub(super) number: usize,
    pub(super) size: usize,
    pub(super) range: std::ops::Range<usize>,
    pub(super) total: usize,
}

impl Cut {
    /// What the query of a request wants of so many notes.
    pub(super) fn of(total: usize, asked: &Asked, default: usize) -> Self {
        let number = |name| asked.query.get(name).and_then(|text| text.parse::<usize>().ok());
        let size = number("per_page").unwrap_or(default).clamp(1, 100);
        let page = number("page").unwrap_or(1).max(1);
        let start = ((page - 1) * size).min(total);
        Self { number: page, size, range: start..(start + size).min(total), total }
    }

    pub(super) fn next(&self) -> Option<usize> {
        (self.range.end < self.total).then_some(self.number + 1)
    }

    pub(super) fn last(&self) -> usize {
        self.total.div_ceil(self.size).max(1)
    }
}

/// A request, read whole.
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: BTreeMap<String, String>,
    headers: HeaderMap,
    body: Bytes,
}

impl Asked {
    pub(super) async fn read(request: Request) -> Self {
        let (parts, body) = request.into_parts();
        let Query(query) = Query::try_from_uri(&parts.uri).unwrap();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let path = parts.uri.path().to_owned();
        Self { method: parts.method.to_string(), path, query, headers: parts.headers, body }
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The text that a note is to have.
    pub(super) fn text(&self) -> Option<String> {
        let body: Json = serde_json::from_slice(&self.body).unwrap_or_default();
        body["body"].as_str().map(str::to_owned)
    }
}

/// A reply; refusals are errors, so that `?` ends with them.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

pub(super) type Answer = Result<Reply, Reply>;

pub(super) fn reply(status: u16, body: &Json) -> Reply {
    Reply { status, headers: vec![("content-type", "application/json".to_owned())], body: body.to_string() }
}

impl Reply {
    pub(super) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let headers = self
            .headers
            .into_iter()
            .map(|(name, value)| (axum::http::HeaderName::from_static(name), value.parse().unwrap()));
        (StatusCode::from_u16(self.status).unwrap(), headers.collect::<HeaderMap>(), self.body)
            .into_response()
    }
}

/// Serves such a test server: every request is noted, and answered under one lock.
pub(super) fn service(notes: &Shared, answer: fn(&mut Notes, &Asked) -> Answer) -> axum::Router {
    let notes = Arc::clone(notes);
    axum::Router::new().fallback(move |request: Request| async move {
        let asked = Asked::read(request).await;
        let mut notes = notes.lock().unwrap();
        notes.requests.push(format!("{} {}", asked.method, asked.path));
        answer(&mut notes, &asked).unwrap_or_else(|refusal| refusal)
    })
}
