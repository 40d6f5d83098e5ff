//! One object in a bucket, read and written under conditions. Knows neither states nor leases.
//!
//! Requests are signed by `rusty-s3` and sent by the same client as everything else. Invariant: every write names what it replaces
//! (`If-Match`) or says that there is nothing yet (`If-None-Match: *`), which AWS knows since November 2024.

use std::sync::Arc;
use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::header::{CONTENT_TYPE, IF_MATCH, IF_NONE_MATCH};
use rusty_s3::{Bucket, Credentials, S3Action as _};

use crate::http::{Answer, HttpClient, tag};

/// How long a signature is good: longer than all repetitions of a request take.
const SIGNATURE: Duration = Duration::from_secs(900);
/// How often a write is repeated that conflicted another one under way.
const CONFLICT_RETRIES: usize = 5;

/// A bucket and the right to use it.
pub(super) struct Access {
    pub(super) exchange: HttpClient,
    pub(super) bucket: Bucket,
    pub(super) credentials: Credentials,
}

/// An object's place.
#[derive(Clone)]
pub(super) struct Object {
    access: Arc<Access>,
    key: String,
}

/// What stands there.
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
    /// Something else stands there; if the write was repeated, perhaps what it has written itself.
    Moved { repeated: bool },
    /// The server refuses it.
    Refused(String),
    /// No answer: nobody knows.
    Unclear(String),
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
        self.access.exchange.pause()
    }

    /// Reads it; `None` if there is nothing.
    pub(super) async fn get(&self) -> Result<Option<Found>, String> {
        let Access { exchange, bucket, credentials } = self.access.as_ref();
        let url = bucket.get_object(Some(credentials), &self.key).sign(SIGNATURE);
        let answer = exchange.ask(exchange.client().get(url)).await?;
        match answer.status {
            200 => {
                let tag = etag(&answer).ok_or("the server gives objects no ETag")?;
                Ok(Some(Found { tag, age: age(&answer), body: answer.body.to_vec() }))
            }
            404 if code(&answer) != "NoSuchBucket" => Ok(None),
            _ => Err(words(&answer)),
        }
    }

    /// Writes it if it replaces what it should; gives the new tag.
    pub(super) async fn put(&self, body: &[u8], replacing: Replacing<'_>) -> Result<String, PutError> {
        let Access { exchange, bucket, credentials } = self.access.as_ref();
        let mut conflicted = false;
        for _ in 0..CONFLICT_RETRIES {
            let url = bucket.put_object(Some(credentials), &self.key).sign(SIGNATURE);
            let mut request = exchange.client().put(url).header(CONTENT_TYPE, "application/json");
            request = match replacing {
                Replacing::Nothing => request.header(IF_NONE_MATCH, "*"),
                Replacing::Tag(tag) => request.header(IF_MATCH, tag),
            };
            let request = request.body(body.to_vec());
            let answer = exchange.ask(request).await.map_err(PutError::Unclear)?;
            let repeated = conflicted || answer.repeated;
            match (answer.status, replacing) {
                (200 | 201 | 204, _) => {
                    return etag(&answer).ok_or(PutError::Refused("the server gives objects no ETag".into()));
                }
                // Two conditional writes at once: AWS answers one of them so, and wants to be asked again.
                (409, _) => conflicted = true,
                (412, _) | (404, Replacing::Tag(_)) if code(&answer) != "NoSuchBucket" => {
                    return Err(PutError::Moved { repeated });
                }
                _ => return Err(PutError::Refused(words(&answer))),
            }
            tokio::time::sleep(exchange.pause()).await;
        }
        Err(PutError::Unclear("somebody else is writing all the time".to_owned()))
    }
}

fn etag(answer: &Answer) -> Option<String> {
    answer.header("ETag").map(str::to_owned)
}

/// `Date` and `Last-Modified` are of the same clock, so that nobody's own has to be right.
fn age(answer: &Answer) -> Option<Duration> {
    let time = |name| rfc2822::parse(answer.header(name)?).ok().map(|zoned| zoned.timestamp());
    let age = time("Date")?.duration_since(time("Last-Modified")?);
    Some(Duration::try_from(age).unwrap_or_default())
}

fn code(answer: &Answer) -> String {
    tag(&String::from_utf8_lossy(&answer.body), "Code").unwrap_or_default().to_owned()
}

/// A refusal, and what is usually behind it.
fn words(answer: &Answer) -> String {
    let meaning = match (answer.status, code(answer).as_str()) {
        (_, "NoSuchBucket") => "; make the bucket first",
        (301 | 307 | 400, _) => "; is it the right region and endpoint?",
        (403, _) => {
            "; AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must allow to get and put objects, and to list the bucket"
        }
        (501, _) => "; the store must know conditional writes (If-Match, If-None-Match)",
        _ => "",
    };
    format!("{}{meaning}", answer.words())
}
