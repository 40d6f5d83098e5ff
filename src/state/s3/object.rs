//! One object in a bucket, read and written under conditions. Knows neither states nor leases.
//!
//! Requests are signed by `rusty-s3`. Invariant: every write names what it replaces (`If-Match`) or says that
//! there is nothing yet (`If-None-Match: *`), which AWS knows since November 2024.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, DATE, ETAG, IF_MATCH, IF_NONE_MATCH, LAST_MODIFIED};
use rusty_s3::{Bucket, Credentials, S3Action as _};

use crate::http::{HttpClient, Refused, Response, WriteError, xml_text};
use crate::model::error::Cause;

use super::super::StoreError;

/// How long a signature is good: longer than all repetitions of a request take.
const SIGNATURE: Duration = Duration::from_secs(900);
/// How often a write is repeated that conflicted with another one under way. AWS answers so only while the
/// other is being carried out: with a pause in between, five in a row are not met by chance.
const CONFLICT_RETRIES: usize = 5;

/// Without a version, no write can name what it replaces.
const NO_ETAG: &str = "the server gives objects no ETag";

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
    Failed(WriteError<Cause>),
}

impl Object {
    pub(super) const fn new(access: Arc<Access>, key: String) -> Self {
        Self { access, key }
    }

    /// `s3://bucket/key`.
    pub(super) fn place(&self) -> String {
        format!("s3://{}/{}", self.access.bucket.name(), self.key)
    }

    /// The store's origin: `https://minio.example.com`.
    pub(super) fn store(&self) -> String {
        self.access.bucket.base_url().origin().ascii_serialization()
    }

    pub(super) fn pause(&self) -> Duration {
        self.access.client.pause()
    }

    pub(super) fn unavailable(&self, action: &'static str, cause: impl Into<Cause>) -> StoreError {
        StoreError::unavailable(action, self.place(), self.access.client.redacted(cause.into()))
    }

    /// Reads it; `None` if there is nothing.
    pub(super) async fn get(&self) -> Result<Option<Found>, Cause> {
        let Access { client, bucket, credentials } = self.access.as_ref();
        let url = bucket.get_object(Some(credentials), &self.key).sign(SIGNATURE);
        let response = client.send_idempotent(client.client().get(url)).await?;
        match response.status {
            200 => Ok(Some(Found {
                tag: etag(&response).ok_or(NO_ETAG)?,
                age: age(&response),
                body: response.body.into(),
            })),
            404 if code(&response) != "NoSuchBucket" => Ok(None),
            _ => Err(refused(&response).into()),
        }
    }

    /// Writes it, for an action on the state; gives the new tag, or nothing if another version is there.
    pub(super) async fn replace(
        &self,
        action: &'static str,
        body: &[u8],
        replacing: Replacing<'_>,
    ) -> Result<Option<String>, StoreError> {
        match self.put(body, replacing).await {
            Ok(tag) => Ok(Some(tag)),
            Err(PutError::Changed { .. }) => Ok(None),
            Err(PutError::Failed(WriteError::Refused(cause) | WriteError::Unclear(cause))) => {
                Err(self.unavailable(action, cause))
            }
        }
    }

    /// Writes it if it replaces what it should; gives the new tag.
    pub(super) async fn put(&self, body: &[u8], replacing: Replacing<'_>) -> Result<String, PutError> {
        let Access { client, bucket, credentials } = self.access.as_ref();
        let refused_as = |cause| PutError::Failed(WriteError::Refused(cause));
        let unclear = |cause| PutError::Failed(WriteError::Unclear(cause));
        let mut conflicted = false;
        for _ in 0..CONFLICT_RETRIES {
            let url = bucket.put_object(Some(credentials), &self.key).sign(SIGNATURE);
            let mut request = client.client().put(url).header(CONTENT_TYPE, "application/json");
            request = match replacing {
                Replacing::Nothing => request.header(IF_NONE_MATCH, "*"),
                Replacing::Tag(tag) => request.header(IF_MATCH, tag),
            };
            let response = client.send_idempotent(request.body(body.to_vec())).await;
            let response = response.map_err(|error| unclear(error.into()))?;
            let repeated = conflicted || response.repeated;
            match (response.status, replacing) {
                (200 | 201 | 204, _) => return etag(&response).ok_or(refused_as(NO_ETAG.into())),
                // Two conditional writes at once: AWS answers one of them so, and expects a repetition.
                (409, _) => conflicted = true,
                (412, _) | (404, Replacing::Tag(_)) if code(&response) != "NoSuchBucket" => {
                    return Err(PutError::Changed { repeated });
                }
                _ => return Err(refused_as(refused(&response).into())),
            }
            tokio::time::sleep(client.pause()).await;
        }
        Err(unclear("other writes conflicted with this one each time".into()))
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
fn refused(response: &Response) -> Refused {
    response.refused(hint(response.status, &code(response)))
}

fn hint(status: u16, code: &str) -> &'static str {
    match (status, code) {
        (_, "NoSuchBucket") => "; create the bucket first",
        (_, "ExpiredToken" | "TokenRefreshRequired" | "InvalidToken") => {
            "; the credentials of AWS_SESSION_TOKEN last for a limited time: get new ones"
        }
        (_, "InvalidAccessKeyId") => "; the store does not know AWS_ACCESS_KEY_ID",
        (_, "SignatureDoesNotMatch") => "; AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID",
        (_, "RequestTimeTooSkewed") => "; is the clock of this machine right?",
        (301 | 307, _)
        | (400, "" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException") => {
            "; is it the right region and endpoint?"
        }
        (403, _) => {
            "; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must allow to get and put objects, and to list \
             the bucket"
        }
        (501, _) => "; the store must know conditional writes (If-Match, If-None-Match)",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_fit_the_code_of_the_refusal() {
        for code in ["ExpiredToken", "TokenRefreshRequired"] {
            assert!(hint(400, code).contains("AWS_SESSION_TOKEN") && hint(403, code) == hint(400, code));
        }
        assert!(hint(403, "AccessDenied").contains("must allow") && hint(403, "").contains("must allow"));
        assert!(hint(400, "AuthorizationHeaderMalformed").contains("region"));
        assert!(hint(301, "PermanentRedirect").contains("region"));
        assert_eq!(hint(400, "EntityTooLarge"), "");
    }
}
