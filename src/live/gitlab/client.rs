//! Sends queries to GitLab. The token goes to the one address that the client was made for.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};
use url::Url;

use crate::http::{HttpClient, HttpError, Response, secret_header};
use crate::model::error::chain;
use crate::model::text::{printable, shortened};
use crate::model::value::Secret;

use super::not_read::NotRead;
use super::queries::{PATHS, Reply};

/// The largest reply: GitLab itself sends at most 20 MiB of files at once.
const LIMIT: usize = 32 << 20;
/// How long one request may take. GitLab answers in tenths of a second, and ends what takes a minute.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How much of a message of GitLab's is quoted.
const QUOTED: usize = 200;

/// A GitLab that is read.
pub(crate) struct GitLab {
    client: HttpClient,
    endpoint: Url,
    authorization: HeaderValue,
    sent: AtomicUsize,
    /// Whether it says what it is going to delete, as far as is known.
    pub(super) has_marks: AtomicBool,
    /// How many files are asked for at once.
    pub(super) files_per_query: AtomicUsize,
}

impl GitLab {
    /// Prepares a client for the GitLab at `address`; sends nothing yet. `pause` is the first before a
    /// repetition.
    ///
    /// # Errors
    /// Why it can't be used.
    pub(crate) fn new(
        address: &Url,
        token: &Secret,
        ca: Option<&[u8]>,
        pause: Duration,
    ) -> Result<Self, String> {
        let mut endpoint = address.clone();
        let path = format!("{}/api/graphql", address.path().trim_end_matches('/'));
        endpoint.set_path(&path);
        let client = HttpClient::new(endpoint.as_str(), ca, pause, [token]);
        let client = client.map_err(|error| chain(&error))?.with_limit(LIMIT);
        // GitLab takes personal, project and group tokens as OAuth tokens, too.
        let authorization = secret_header(&format!("Bearer {}", token.expose().trim()))
            .map_err(|_| "the token holds characters that can't be sent".to_owned())?;
        Ok(Self {
            client,
            endpoint,
            authorization,
            sent: AtomicUsize::new(0),
            files_per_query: AtomicUsize::new(PATHS),
            has_marks: AtomicBool::new(true),
        })
    }

    /// How many requests were sent so far.
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// The data that a query asks for.
    pub(super) async fn ask<T: DeserializeOwned>(&self, query: &str, variables: Json) -> Result<T, NotRead> {
        let body = json!({"query": query, "variables": variables}).to_string();
        let request = self.client.client().post(self.endpoint.clone());
        let response = self.send(request.header("content-type", "application/json").body(body)).await?;
        match response.status {
            200 => {}
            401 => return Err(NotRead::Unauthorized),
            _ => return Err(NotRead::NotGitLab(response.message())),
        }
        let reply = decoded(&response.body)?;
        match (reply.data, reply.errors.first()) {
            (Some(data), None) => Ok(data),
            (_, Some(error)) => {
                let message = self.client.redacted(error.message.clone().into()).to_string();
                let message = printable(&message).into_owned();
                Err(NotRead::Refused(shortened(&message, QUOTED).into_owned()))
            }
            (None, None) => Err(NotRead::NotGitLab("the answer holds no data".to_owned())),
        }
    }

    /// What GitLab's REST API answers to a GET of a path.
    pub(super) async fn get(&self, path: &str) -> Result<Response, NotRead> {
        let endpoint = self.endpoint.as_str();
        let base = endpoint.strip_suffix("graphql").unwrap_or(endpoint);
        self.send(self.client.client().get(format!("{base}v4/{path}"))).await
    }

    /// Requests that change nothing: they may be repeated.
    async fn send(&self, request: RequestBuilder) -> Result<Response, NotRead> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let request = request.header(AUTHORIZATION, self.authorization.clone()).timeout(TIMEOUT);
        let response = self.client.send_unless_slow(request).await.map_err(|error| self.failed(error))?;
        tracing::debug!(status = response.status, bytes = response.body.len(), "GitLab");
        Ok(response)
    }

    fn failed(&self, error: HttpError) -> NotRead {
        if matches!(error, HttpError::TooLarge { .. }) {
            return NotRead::TooLarge;
        }
        let host = self.endpoint.host_str().unwrap_or_default().to_owned();
        let is_down = error.not_applied() && error.status().is_none();
        let why = self.client.redacted(error.into()).to_string();
        if is_down { NotRead::NoConnection { host, why } } else { NotRead::Failed(why) }
    }
}

/// A reply. One of another shape that holds data lacks a value that was asked for.
fn decoded<T: DeserializeOwned>(body: &[u8]) -> Result<Reply<T>, NotRead> {
    serde_json::from_slice(body).map_err(|_| match serde_json::from_slice::<Reply<Map<String, Json>>>(body) {
        Ok(Reply { data: Some(_), .. }) => NotRead::Partial,
        _ => NotRead::NotGitLab("the answer is not that of GitLab's GraphQL API".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::queries::{Contents, Overview};
    use super::*;

    #[test]
    fn answer_without_a_value_differs_from_that_of_another_server() {
        let why = |body: &str| decoded::<Overview>(body.as_bytes()).err();
        assert_eq!(why(r#"{"data": {"group": null, "project": null}}"#), None);
        assert_eq!(why(r#"{"data": {"group": {"name": null}}}"#), Some(NotRead::Partial));
        for other in ["<!DOCTYPE html>", "{}x", "[]", "{\"data\": 1}"] {
            assert!(matches!(why(other), Some(NotRead::NotGitLab(_))), "{other}");
        }
        assert!(decoded::<Contents>(br#"{"errors": [{"message": "no"}]}"#).is_ok());
    }
}
