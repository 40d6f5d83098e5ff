//! One exchange with a server that is not Nautes' own (a state's, GitLab's or GitHub's API, a webhook): a request, repeated where the
//! server or the network stumbles. Judges nothing else, and follows no redirect. What a server says when it
//! fails is free of the credentials that it was sent, and of those in URLs.
//!
//! Invariant: what may do its work twice is repeated only if the server certainly did nothing ([`HttpClient::send_unrepeatable`]).

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use bytes::Bytes;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, RequestBuilder};

use crate::model::value::{Redactor, Secret};

/// How often a failing request is repeated.
const REPETITIONS: usize = 3;
/// The longest pause before a repetition that we choose.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause that a server may ask for.
const LONGEST_WISH: Duration = Duration::from_secs(60);
/// How long one try may take: a state of a hundred megabytes on a slow line.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A connection pool, and how long to pause.
pub(crate) struct HttpClient {
    client: Client,
    pause: Duration,
    redactor: Redactor,
}

/// A reply that was read whole.
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
    /// Whether an earlier try may have reached the server.
    pub(crate) repeated: bool,
}

impl Answer {
    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The status, and what the server says about it: the `message` or `error` of a JSON body, the `Code` and `Message` of an XML one.
    pub(crate) fn words(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let said =
            said(&json).or_else(|| Some(format!("{}: {}", tag(&text, "Code")?, tag(&text, "Message")?)));
        let one_line = |c: char| if c.is_whitespace() { ' ' } else { c };
        let printable = |said: String| {
            said.chars().map(one_line).filter(|c| !c.is_control()).take(200).collect::<String>()
        };
        match said.map(printable) {
            Some(said) => format!("HTTP {}, {said}", self.status),
            None => format!("HTTP {}", self.status),
        }
    }
}

/// What a JSON body says: GitLab's `message` may be a text or name the fields that are wrong, GitHub tells more in `errors`.
fn said(json: &serde_json::Value) -> Option<String> {
    let found = ["message", "error"].iter().find_map(|name| json.get(name))?;
    let said = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
    let more = json["errors"].as_array().into_iter().flatten().filter_map(|error| error["message"].as_str());
    Some(more.fold(said, |said, more| format!("{said}: {more}")))
}

/// The text of an XML element without attributes.
pub(crate) fn tag<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once("</")?.0)
}

impl HttpClient {
    /// Prepares a client for a server; connects to nobody yet. `secrets` are what requests prove their right
    /// with.
    pub(crate) fn new<'s>(
        url: &str,
        ca: Option<&[u8]>,
        pause: Duration,
        secrets: impl IntoIterator<Item = &'s Secret>,
    ) -> Result<Self, String> {
        // Whoever was first has installed the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("nautform/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(TIMEOUT)
            // Digests of replies are of what was sent.
            .gzip(false)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        if let Some(pem) = ca {
            let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|error| cause(&error))?;
            builder = builder.tls_certs_merge(certificates);
        } else if url.starts_with("http://") {
            // Plain HTTP must work on machines without any certificates.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|error| cause(&error))?;
        Ok(Self { client, pause, redactor: Redactor::new(secrets) })
    }

    /// Makes requests.
    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// The first pause of every kind of waiting.
    pub(crate) const fn pause(&self) -> Duration {
        self.pause
    }

    /// A text without the credentials that the server was sent, and without those in URLs.
    pub(crate) fn redacted(&self, text: String) -> String {
        match self.redactor.words(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(clean) => clean,
        }
    }

    /// Sends a request until there is an answer that is more than a stumble; the last stumble's words if there is none.
    pub(crate) async fn ask(&self, request: RequestBuilder) -> Result<Answer, String> {
        self.send_idempotent(request).await.map_err(|stumble| stumble.words)
    }

    /// The same, with all that is known of the last stumble.
    pub(crate) async fn send_idempotent(&self, request: RequestBuilder) -> Result<Answer, TransientError> {
        self.repeat(request, |_| true).await
    }

    /// The same for a request that must not do its work twice: repeated only where the server certainly did nothing.
    pub(crate) async fn send_unrepeatable(&self, request: RequestBuilder) -> Result<Answer, TransientError> {
        self.repeat(request, |stumble| stumble.undone).await
    }

    async fn repeat(
        &self,
        request: RequestBuilder,
        may: fn(&TransientError) -> bool,
    ) -> Result<Answer, TransientError> {
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(self.pause)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(REPETITIONS)
            .with_jitter()
            .build();
        let mut repeated = false;
        loop {
            // Bodies are bytes, which can be sent again.
            let Some(again) = request.try_clone() else { return Err(TransientError::invalid()) };
            let stumble = match self.send(again, repeated).await {
                Ok(answer) => match stumbled(&answer, SystemTime::now()) {
                    None => return Ok(answer),
                    Some(stumble) => stumble,
                },
                Err(error) => TransientError::lost(&error),
            };
            let Some(pause) = pauses.next().filter(|_| may(&stumble)) else { return Err(stumble) };
            tracing::debug!(stumble = stumble.words, "asking again");
            tokio::time::sleep(pause.max(stumble.wished)).await;
            repeated = true;
        }
    }

    /// What was asked for (a state, notes) is data and stays as it is.
    async fn send(&self, request: RequestBuilder, repeated: bool) -> Result<Answer, reqwest::Error> {
        let response = request.send().await?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = response.bytes().await?;
        let body = if status.is_success() { body } else { self.redactor.body(body) };
        Ok(Answer { status: status.as_u16(), headers, body, repeated })
    }
}

/// Something that passes: the server has no time, the network lost an answer.
#[derive(Debug)]
pub(crate) struct TransientError {
    /// What happened.
    pub(crate) words: String,
    /// The HTTP status, if there was an answer.
    pub(crate) status: Option<u16>,
    /// Whether the request certainly had no effect.
    pub(crate) undone: bool,
    /// How long the server wants to be left alone.
    wished: Duration,
}

impl TransientError {
    /// There is nothing to send.
    fn invalid() -> Self {
        let words = "the request can't be sent: is its URL valid?".to_owned();
        Self { words, status: None, undone: true, wished: Duration::ZERO }
    }

    fn lost(error: &reqwest::Error) -> Self {
        Self { words: cause(error), status: None, undone: error.is_connect(), wished: Duration::ZERO }
    }
}

/// Whether an answer is a failure that passes.
fn stumbled(answer: &Answer, now: SystemTime) -> Option<TransientError> {
    let stumble = |undone, wished: Duration| {
        let wished = wished.min(LONGEST_WISH);
        Some(TransientError { words: answer.words(), status: Some(answer.status), undone, wished })
    };
    let seconds = |name| Some(Duration::from_secs(answer.header(name)?.parse().ok()?));
    let after = seconds(RETRY_AFTER.as_str());
    match answer.status {
        403 | 429 if answer.header("x-ratelimit-remaining") == Some("0") => {
            // GitHub's hour is used up: who asks again before it is over may be locked out.
            let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
            let left = after.or(seconds("x-ratelimit-reset").map(|reset| reset.saturating_sub(since)));
            left.filter(|left| *left <= LONGEST_WISH).and_then(|left| stumble(true, left))
        }
        // GitHub's limits for bursts.
        403 => after.and_then(|after| stumble(true, after)),
        429 => stumble(true, after.unwrap_or_default()),
        408 | 500 | 502 | 503 | 504 => stumble(false, after.unwrap_or_default()),
        _ => None,
    }
}

/// The innermost cause: reqwest's own words repeat the URL, and a signed URL is a secret.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it took too long".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if cause.downcast_ref::<reqwest::Error>().is_some() {
        return "the request failed".to_owned();
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &'static str) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| (reqwest::header::HeaderName::from_static(name), value.parse().unwrap()));
        let body = Bytes::from_static(body.as_bytes());
        Answer { status, headers: headers.collect(), body, repeated: false }
    }

    fn words(body: &'static str) -> String {
        answer(403, &[], body).words()
    }

    #[test]
    fn servers_are_quoted_briefly() {
        assert_eq!(words(r#"{"message":"403 Forbidden"}"#), "HTTP 403, 403 Forbidden");
        assert_eq!(
            words(r#"{"message":{"note":["is too long"]}}"#),
            "HTTP 403, {\"note\":[\"is too long\"]}"
        );
        assert_eq!(
            words(r#"{"message":"Validation Failed","errors":[{"message":"Body is\u001b\ntoo long"}]}"#),
            "HTTP 403, Validation Failed: Body is too long"
        );
        assert_eq!(
            words("<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"),
            "HTTP 403, AccessDenied: Access Denied"
        );
        assert_eq!(words("<html>"), "HTTP 403");
    }

    /// Whether it is asked again, whether even what must not be done twice, and after how many seconds at least.
    fn judged(status: u16, headers: &[(&'static str, &str)]) -> Option<(bool, u64)> {
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        let stumble = stumbled(&answer(status, headers, ""), now)?;
        Some((stumble.undone, stumble.wished.as_secs()))
    }

    #[test]
    fn limits_are_respected_and_refusals_stand() {
        assert_eq!(judged(200, &[]), None);
        assert_eq!(judged(403, &[]), None);
        assert_eq!(judged(502, &[]), Some((false, 0)));
        assert_eq!(judged(429, &[("retry-after", "7")]), Some((true, 7)));
        assert_eq!(judged(429, &[("retry-after", "3600")]), Some((true, 60)));
        assert_eq!(judged(403, &[("retry-after", "2")]), Some((true, 2)));
        let used_up = |reset| judged(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)]);
        assert_eq!(used_up("1009"), Some((true, 9)));
        assert_eq!(used_up("4000"), None, "nobody waits for most of an hour");
    }
}
