//! One object in a bucket, read and written under conditions. Knows neither states nor leases.
//!
//! Requests are signed by `rusty-s3`. Invariant: every write names what it replaces (`If-Match`) or says that
//! there is nothing yet (`If-None-Match: *`), which AWS knows since November 2024.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, DATE, ETAG, IF_MATCH, IF_NONE_MATCH, LAST_MODIFIED};
use rusty_s3::{Bucket, Credentials, S3Action as _};

use crate::http::{HttpClient, Response, WriteError, xml_text};

use super::super::StoreError;
use super::super::failure::Failure;

/// How long a signature is good: longer than all repetitions of a request take.
const SIGNATURE: Duration = Duration::from_secs(900);
/// How often a write is repeated that conflicted with another one under way. AWS answers so only while the
/// other is being carried out: with a pause in between, five in a row are not met by chance.
const CONFLICT_RETRIES: usize = 5;

/// A bucket and the right to use it.
pub(super) struct Access {
    pub(super) client: HttpClient,
    pub(super) bucket: Bucket,
    pub(super) credentials: Credentials,
}

/// An object's place.
#[derive(Clone)]
pub(super) struct Object {
    access: Arc<Access>,
    key: String,
}

/// An object as it was read.
pub(super) struct Found {
    pub(super) body: Vec<u8>,
    /// Its version.
    pub(super) tag: String,
    /// How long ago it was written, by the server's own clock alone.
    pub(super) age: Option<Duration>,
}

/// What a write replaces.
#[derive(Clone, Copy)]
pub(super) enum Replacing<'a> {
    /// Nothing is there yet.
    Nothing,
    /// The object with this tag.
    Tag(&'a str),
}

/// How a write failed.
pub(super) enum PutError {
    /// Another version is there; if the write was repeated, perhaps its own.
    Changed { repeated: bool },
    /// The server refused it, or did not answer.
    Failed(WriteError<Failure>),
}

impl Object {
    pub(super) const fn new(access: Arc<Access>, key: String) -> Self {
        Self { access, key }
    }

    /// `s3://bucket/key`.
    pub(super) fn place(&self) -> String {
        format!("s3://{}/{}", self.access.bucket.name(), self.key)
    }

    pub(super) fn pause(&self) -> Duration {
        self.access.client.pause()
    }

    pub(super) fn unavailable(&self, action: &'static str, cause: impl Into<Failure>) -> StoreError {
        StoreError::unavailable(action, self.place(), cause)
    }

    /// Reads it; `None` if there is nothing.
    pub(super) async fn get(&self) -> Result<Option<Found>, Failure> {
        let Access { client, bucket, credentials } = self.access.as_ref();
        let url = bucket.get_object(Some(credentials), &self.key).sign(SIGNATURE);
        let response = client.send_idempotent(client.client().get(url)).await?;
        match response.status {
            200 => Ok(Some(Found {
                tag: etag(&response).ok_or(Failure::NoETag)?,
                age: age(&response),
                body: response.body.into(),
            })),
            404 if code(&response) != "NoSuchBucket" => Ok(None),
            _ => Err(refused(&response)),
        }
    }

    /// Writes it if it replaces what it should; gives the new tag.
    pub(super) async fn put(&self, body: &[u8], replacing: Replacing<'_>) -> Result<String, PutError> {
        let Access { client, bucket, credentials } = self.access.as_ref();
        let is_refused = |failure| PutError::Failed(WriteError::Refused(failure));
        let is_unclear = |failure| PutError::Failed(WriteError::Unclear(failure));
        let mut conflicted = false;
        for _ in 0..CONFLICT_RETRIES {
            let url = bucket.put_object(Some(credentials), &self.key).sign(SIGNATURE);
            let mut request = client.client().put(url).header(CONTENT_TYPE, "application/json");
            request = match replacing {
                Replacing::Nothing => request.header(IF_NONE_MATCH, "*"),
                Replacing::Tag(tag) => request.header(IF_MATCH, tag),
            };
            let response = client.send_idempotent(request.body(body.to_vec())).await;
            let response = response.map_err(|error| is_unclear(error.into()))?;
            let repeated = conflicted || response.repeated;
            match (response.status, replacing) {
                (200 | 201 | 204, _) => return etag(&response).ok_or(is_refused(Failure::NoETag)),
                // Two conditional writes at once: AWS answers one of them so, and wants it to be repeated.
                (409, _) => conflicted = true,
                (412, _) | (404, Replacing::Tag(_)) if code(&response) != "NoSuchBucket" => {
                    return Err(PutError::Changed { repeated });
                }
                _ => return Err(is_refused(refused(&response))),
            }
            tokio::time::sleep(client.pause()).await;
        }
        Err(is_unclear(Failure::Conflicts))
    }
}

fn etag(response: &Response) -> Option<String> {
    response.header(ETAG.as_str()).map(str::to_owned)
}

/// `Date` and `Last-Modified` are of the same clock, so that no other clock has to be right.
fn age(response: &Response) -> Option<Duration> {
    let time = |name| httpdate::parse_http_date(response.header(name)?).ok();
    let now = time(DATE.as_str())?;
    Some(now.duration_since(time(LAST_MODIFIED.as_str())?).unwrap_or_default())
}

fn code(response: &Response) -> String {
    xml_text(&String::from_utf8_lossy(&response.body), "Code").unwrap_or_default().to_owned()
}

/// A refusal, and what usually causes it.
fn refused(response: &Response) -> Failure {
    let hint = match (response.status, code(response).as_str()) {
        (_, "NoSuchBucket") => "; create the bucket first",
        (301 | 307 | 400, _) => "; is it the right region and endpoint?",
        (403, _) => {
            "; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must allow to get and put objects, and to list \
             the bucket"
        }
        (501, _) => "; the store must know conditional writes (If-Match, If-None-Match)",
        _ => "",
    };
    Failure::Refused { message: response.message(), hint }
}
