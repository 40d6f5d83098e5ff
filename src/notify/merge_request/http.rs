//! The edge: sends requests to GitLab or GitHub and reads replies. Decides nothing; follows no redirect.

use std::time::Duration;

use reqwest::header::HeaderMap;

use crate::http::{Answer, HttpClient};
use crate::model::ci::CodeHost;
use crate::model::value::Secret;

use super::note::Identity;
use super::reply::{self, ReplyError};
use super::request::{self, Request};
use super::{Note, Place};

/// How many pages of notes are read: 100 notes each.
const PAGES: usize = 500;

/// The host did not do it.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} on {host}: {reason}")]
pub struct ForgeError {
    action: &'static str,
    host: CodeHost,
    reason: String,
}

/// A note was not written, as far as anybody knows.
#[derive(Debug)]
pub enum WriteError {
    /// It was refused.
    Refused(ForgeError),
    /// It may be there all the same, or the note to change is gone: look again.
    Unclear(ForgeError),
}

/// A merge request, and the right to write notes on it.
pub struct Forge {
    exchange: HttpClient,
    headers: HeaderMap,
    place: Place,
}

impl Forge {
    /// Prepares a client; asks nobody yet. `ca` is a certificate to trust besides the system's, PEM; `pause` the first before a
    /// repetition.
    ///
    /// # Errors
    /// If the token or the certificate can't be used.
    pub fn new(place: Place, token: &Secret, ca: Option<&[u8]>, pause: Duration) -> Result<Self, ForgeError> {
        let host = place.host;
        let failed = |reason| ForgeError { action: "write notes", host, reason };
        let exchange = HttpClient::new(place.api.as_str(), ca, pause, [token]).map_err(failed)?;
        let headers = request::headers(host, token)
            .map_err(|_| failed("the token holds characters that can't be sent".to_owned()))?;
        Ok(Self { exchange, headers, place })
    }

    /// Which merge request it is.
    pub const fn place(&self) -> &Place {
        &self.place
    }

    /// All notes, the oldest first.
    ///
    /// # Errors
    /// If they can't be read.
    pub async fn notes(&self) -> Result<Vec<Note>, ForgeError> {
        let action = "read the notes";
        let (mut asked, mut notes) = (request::notes(&self.place), Vec::new());
        for _ in 0..PAGES {
            let answer = self.ask(action, &asked).await?;
            let page = reply::page(&asked.url, &answer.headers, &answer.body);
            let page = page.map_err(|error| self.foreign(action, &error))?;
            notes.extend(page.notes);
            match page.next {
                Some(url) => asked = Request::get(url),
                None => return Ok(notes),
            }
        }
        Err(self.failed(action, format!("there are more than {PAGES} pages of them")))
    }

    /// Who the token writes as.
    ///
    /// # Errors
    /// If the host does not say.
    pub async fn me(&self) -> Result<Identity, ForgeError> {
        let action = "ask whose token it is";
        let asked = self.exchange.ask(self.request(&request::me(&self.place))).await;
        let answer = asked.map_err(|reason| self.failed(action, reason))?;
        match (answer.status, self.place.host) {
            (200, _) => reply::user(&answer.body).map_err(|error| self.foreign(action, &error)),
            // "Resource not accessible by integration": apps are no users.
            (403 | 404, CodeHost::GitHub) => Ok(Identity::App),
            _ => Err(self.refused(action, &answer)),
        }
    }

    /// Writes a note; returns its number.
    ///
    /// # Errors
    /// If that was refused, or nobody knows.
    pub async fn create(&self, body: &str) -> Result<u64, WriteError> {
        let action = "write a note";
        let asked = self.exchange.send_unrepeatable(self.request(&request::create(&self.place, body))).await;
        let answer = asked.map_err(|stumble| {
            let error = self.failed(action, stumble.words);
            if stumble.undone { WriteError::Refused(error) } else { WriteError::Unclear(error) }
        })?;
        match answer.status {
            200 | 201 => {
                reply::id(&answer.body).map_err(|error| WriteError::Unclear(self.foreign(action, &error)))
            }
            _ => Err(WriteError::Refused(self.refused(action, &answer))),
        }
    }

    /// Lets a note say something else.
    ///
    /// # Errors
    /// If that was refused, or the note is gone.
    pub async fn update(&self, id: u64, body: &str) -> Result<u64, WriteError> {
        let action = "update the note";
        let asked = self.exchange.ask(self.request(&request::update(&self.place, id, body))).await;
        let answer = asked.map_err(|reason| WriteError::Refused(self.failed(action, reason)))?;
        match answer.status {
            200 => Ok(id),
            404 | 410 => Err(WriteError::Unclear(self.refused(action, &answer))),
            _ => Err(WriteError::Refused(self.refused(action, &answer))),
        }
    }

    /// Leaves the host alone for a moment.
    pub async fn rest(&self) {
        tokio::time::sleep(self.exchange.pause()).await;
    }

    fn request(&self, request: &Request) -> reqwest::RequestBuilder {
        let builder = self.exchange.client().request(request.method.clone(), request.url.clone());
        let builder = builder.headers(self.headers.clone());
        match &request.body {
            Some(body) => builder.json(body),
            None => builder,
        }
    }

    async fn ask(&self, action: &'static str, request: &Request) -> Result<Answer, ForgeError> {
        let answer = self.exchange.ask(self.request(request)).await;
        let answer = answer.map_err(|reason| self.failed(action, reason))?;
        if answer.status == 200 { Ok(answer) } else { Err(self.refused(action, &answer)) }
    }

    fn foreign(&self, action: &'static str, error: &ReplyError) -> ForgeError {
        self.failed(action, error.to_string())
    }

    /// A refusal, and what is usually behind it.
    fn refused(&self, action: &'static str, answer: &Answer) -> ForgeError {
        let mut error = self.failed(action, answer.words());
        error.reason.push_str(meaning(self.place.host, answer.status));
        error
    }

    /// A server that quotes what it was sent must not make the token public.
    fn failed(&self, action: &'static str, reason: String) -> ForgeError {
        ForgeError { action, host: self.place.host, reason: self.exchange.redacted(reason) }
    }
}

const fn meaning(host: CodeHost, status: u16) -> &'static str {
    match (status, host) {
        (300..=399, _) => {
            "; the API has moved, and tokens are not sent elsewhere: give the new address with --api-url"
        }
        (401, _) => "; the token is not accepted: has it expired, and is it one of this host?",
        (403, CodeHost::GitLab) => "; the token needs the scope `api` and at least the role Reporter",
        (403, CodeHost::GitHub) => {
            "; the token needs the permission `pull-requests: write`, which jobs for forks never have"
        }
        (404, _) => "; is it the right project and merge request, and may the token see them?",
        _ => "",
    }
}
