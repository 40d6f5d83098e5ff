//! The edge: reads and writes notes on GitLab or GitHub. Decides nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use url::Url;

use crate::http::{HttpClient, HttpError, Refused, Response, WriteError};
use crate::model::ci::CodeHost;
use crate::model::error::Cause;
use crate::model::value::Secret;

use super::api;
use super::note::{Identity, Note};
use super::reply;
use super::target::Target;

/// How many pages of notes are read, 100 notes each: far beyond any merge request, so that a server that
/// pages in a circle ends.
const PAGES: usize = 500;
/// The largest page: 100 notes of 65,536 characters on GitHub. GitLab's notes may be longer, but not a
/// hundred of them.
const PAGE_LIMIT: usize = 32 << 20;

/// How many commits are looked up: one request each.
const COMMITS: usize = 500;
/// How many commits are looked up where no apply is known that was complete.
const HISTORY: usize = 50;

/// How long reading all of them may take: a job waits for this.
const TIMEOUT: Duration = Duration::from_secs(300);

/// The host did not do it.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} on {host}")]
pub struct NoteError {
    action: &'static str,
    host: CodeHost,
    #[source]
    cause: Cause,
}

/// A merge request, and the right to write notes on it.
pub struct NotesClient {
    client: HttpClient,
    headers: HeaderMap,
    target: Target,
}

impl NotesClient {
    /// Prepares a client; sends nothing yet. `ca` are certificates to trust in addition to the system's, PEM;
    /// `pause` is the first before a repetition.
    ///
    /// # Errors
    /// If the token or the certificates can't be used.
    pub fn new(
        target: Target,
        token: &Secret,
        ca: Option<&[u8]>,
        pause: Duration,
    ) -> Result<Self, NoteError> {
        let host = target.host;
        let failed = |cause| NoteError { action: "write notes", host, cause };
        let headers = api::headers(host, token)
            .map_err(|_| failed("the token holds characters that can't be sent".into()))?;
        let client = HttpClient::new(target.api.as_str(), ca, pause, [token]);
        let client = client.map_err(|error| failed(error.into()))?.with_limit(PAGE_LIMIT);
        Ok(Self { client, headers, target })
    }

    /// Which merge request it is.
    pub const fn target(&self) -> &Target {
        &self.target
    }

    /// All notes, the oldest first.
    ///
    /// # Errors
    /// If they can't be read.
    pub async fn notes(&self) -> Result<Vec<Note>, NoteError> {
        let read = tokio::time::timeout(TIMEOUT, self.read_notes()).await;
        let read = read.unwrap_or_else(|_| Err("all of them take too long to read".into()));
        read.map_err(self.failed("read the notes"))
    }

    /// The same for another merge request of the project.
    pub(crate) const fn turn_to(&mut self, number: u64) {
        self.target.number = number;
    }

    /// The merge requests that were merged into a branch with what `to` has and `from` lacks; without `from`,
    /// with the last commits. In order, each once.
    ///
    /// # Errors
    /// If they can't be read, or there are too many commits.
    pub(crate) async fn merged(
        &self,
        from: Option<&str>,
        to: &str,
        branch: &str,
    ) -> Result<Vec<u64>, NoteError> {
        let read = tokio::time::timeout(TIMEOUT, self.read_merged(from, to, branch)).await;
        let read = read.unwrap_or_else(|_| Err("all of them take too long to read".into()));
        read.map_err(self.failed("find the merge requests"))
    }

    async fn read_merged(&self, from: Option<&str>, to: &str, branch: &str) -> Result<Vec<u64>, Cause> {
        let mut commits = match from {
            Some(from) if from == to => BTreeSet::new(),
            Some(from) => self.read_comparison(from, to).await?,
            None => reply::commits(&self.read(&api::history(&self.target, to, HISTORY)).await?.body)?,
        };
        // What it came with is asked for in any case: an apply may be repeated.
        commits.insert(to.to_owned());
        let mut numbers = BTreeSet::new();
        for commit in commits {
            let response = self.read(&api::requests(&self.target, &commit)).await?;
            numbers.extend(reply::merged(&response.body, branch)?);
        }
        Ok(numbers.into_iter().collect())
    }

    async fn read_comparison(&self, from: &str, to: &str) -> Result<BTreeSet<String>, Cause> {
        let mut url = api::comparison(&self.target, from, to);
        let mut commits = BTreeSet::new();
        while commits.len() <= COMMITS {
            let response = self.read(&url).await?;
            let page = reply::commits(&response.body)?;
            let is_empty = page.is_empty();
            commits.extend(page);
            match reply::next(&url, &response.headers)?.filter(|_| !is_empty) {
                Some(next) => url = next,
                None if commits.len() <= COMMITS => return Ok(commits),
                None => break,
            }
        }
        Err(format!("there are more than {COMMITS} commits since the last complete apply").into())
    }

    async fn read_notes(&self) -> Result<Vec<Note>, Cause> {
        let mut url = api::first_page(&self.target);
        let mut notes = Vec::new();
        for _ in 0..PAGES {
            let response = self.read(&url).await?;
            notes.extend(reply::notes(&response.body)?);
            match reply::next(&url, &response.headers)? {
                Some(next) => url = next,
                None => return Ok(notes),
            }
        }
        Err(format!("there are more than {PAGES} pages of them").into())
    }

    /// Who the token writes as.
    ///
    /// # Errors
    /// If the host does not say.
    pub async fn me(&self) -> Result<Identity, NoteError> {
        self.read_identity().await.map_err(self.failed("read the token's user"))
    }

    async fn read_identity(&self) -> Result<Identity, Cause> {
        let response = self.get(&api::user(&self.target)).await?;
        match (response.status, self.target.host) {
            (200, _) => Ok(reply::user(&response.body)?),
            // "Resource not accessible by integration": apps are not users.
            (403 | 404, CodeHost::GitHub) => Ok(Identity::App),
            _ => Err(self.refused(&response).into()),
        }
    }

    /// Writes a note.
    ///
    /// # Errors
    /// If that was refused, or it is unknown whether it was written.
    pub async fn create(&self, body: &str) -> Result<(), WriteError<NoteError>> {
        let request = self.request(Method::POST, &api::notes(&self.target)).json(&json!({"body": body}));
        let written = match self.client.send_unrepeatable(request).await {
            Ok(response) if matches!(response.status, 200 | 201) => {
                reply::id(&response.body).map(drop).map_err(|error| WriteError::Unclear(error.into()))
            }
            Ok(response) => Err(WriteError::Refused(self.refused(&response).into())),
            Err(error) if error.not_applied() => Err(WriteError::Refused(error.into())),
            Err(error) => Err(WriteError::Unclear(error.into())),
        };
        written.map_err(|error| error.map(self.failed("write a note")))
    }

    /// Replaces the text of a note.
    ///
    /// # Errors
    /// If that was refused, or the note is gone.
    pub async fn update(&self, id: u64, body: &str) -> Result<(), WriteError<NoteError>> {
        let (method, url) = api::update(&self.target, id);
        let request = self.request(method, &url).json(&json!({"body": body}));
        let written = match self.client.send_idempotent(request).await {
            Ok(response) if response.status == 200 => Ok(()),
            Ok(response) if matches!(response.status, 404 | 410) => {
                Err(WriteError::Unclear(self.refused(&response).into()))
            }
            Ok(response) => Err(WriteError::Refused(self.refused(&response).into())),
            Err(error) => Err(WriteError::Refused(error.into())),
        };
        written.map_err(|error| error.map(self.failed("update the note")))
    }

    /// Waits before the host is asked again.
    pub async fn pause(&self) {
        tokio::time::sleep(self.client.pause()).await;
    }

    fn request(&self, method: Method, url: &Url) -> RequestBuilder {
        self.client.client().request(method, url.clone()).headers(self.headers.clone())
    }

    async fn get(&self, url: &Url) -> Result<Response, HttpError> {
        self.client.send_idempotent(self.request(Method::GET, url)).await
    }

    /// The reply, if it is what was asked for.
    async fn read(&self, url: &Url) -> Result<Response, Cause> {
        let response = self.get(url).await?;
        if response.status == 200 { Ok(response) } else { Err(self.refused(&response).into()) }
    }

    /// A refusal, and what usually causes it.
    fn refused(&self, response: &Response) -> Refused {
        let is_used_up = response.headers.get("x-ratelimit-remaining").is_some_and(|left| left == "0");
        if is_used_up && matches!(response.status, 403 | 429) {
            return response.refused("; the token's rate limit is used up: run it again later");
        }
        response.refused(hint(self.target.host, response.status))
    }

    fn failed(&self, action: &'static str) -> impl FnOnce(Cause) -> NoteError {
        move |cause| NoteError { action, host: self.target.host, cause: self.client.redacted(cause) }
    }
}

const fn hint(host: CodeHost, status: u16) -> &'static str {
    match (status, host) {
        (300..=399, _) => "; the API has moved, and tokens are not sent elsewhere: use its new URL",
        (401, _) => "; the token is not accepted: has it expired, and is it one of this host?",
        (403, CodeHost::GitLab) => "; the token needs the scope `api` and at least the role Reporter",
        (403, CodeHost::GitHub) => {
            "; the token needs the permission `pull-requests: write`, which jobs for forks never have"
        }
        (404, _) => "; is it the right project and merge request, and may the token see them?",
        _ => "",
    }
}
