//! A client that repeats what failed in passing: the server is busy, the network lost an answer. Decides
//! nothing else.
//!
//! Invariant: a request that may do its work twice is repeated only if the server certainly did nothing
//! ([`HttpClient::send_unrepeatable`]).

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use backon::{BackoffBuilder as _, ExponentialBuilder};
use reqwest::header::HeaderMap;
use reqwest::{Client, RequestBuilder};
use tokio::time::Instant;

use crate::model::error::{Cause, chain};
use crate::model::value::Secret;

use super::{ClientError, ClientOptions, Content, HttpError, MESSAGE_LIMIT, Redactor, Response, build, send};

/// How often a failing request is repeated. With pauses of 1, 2 and 4 seconds, a server may be away for some
/// ten seconds: the restart of a proxy, not an outage.
const REPETITIONS: usize = 3;
/// The longest pause before a repetition that we choose.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// The longest pause that a server may ask for: rate limits are counted by the minute.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60);
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a request may take with all its repetitions: a state of a hundred megabytes on a slow line.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A connection pool, and how long to pause.
pub(crate) struct HttpClient {
    client: Client,
    pause: Duration,
    limit: usize,
    redactor: Redactor,
}

impl HttpClient {
    /// Prepares a client for a server; opens no connection yet. Replies may have [`MESSAGE_LIMIT`] bytes.
    /// `secrets` are those that requests carry; they are removed from messages that quote them.
    pub(crate) fn new<'s>(
        url: &str,
        ca: Option<&[u8]>,
        pause: Duration,
        secrets: impl IntoIterator<Item = &'s Secret>,
    ) -> Result<Self, ClientError> {
        let options = ClientOptions {
            ca,
            connect_timeout: CONNECT_TIMEOUT,
            timeout: TIMEOUT,
            gzip: false,
            headers: HeaderMap::new(),
        };
        let redactor = Redactor::new(secrets);
        Ok(Self { client: build(url, options)?, pause, limit: MESSAGE_LIMIT, redactor })
    }

    /// Sets how many bytes a reply may have.
    pub(crate) fn with_limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// Makes requests.
    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// The first pause of every kind of waiting.
    pub(crate) const fn pause(&self) -> Duration {
        self.pause
    }

    /// An error without the credentials that requests carry, and without those in URLs: a reply that was
    /// kept as data may be quoted in it.
    pub(crate) fn redacted(&self, cause: Cause) -> Cause {
        match self.redactor.text(&chain(cause.as_ref())) {
            Cow::Borrowed(_) => cause,
            Cow::Owned(clean) => clean.into(),
        }
    }

    /// Sends a request until there is an answer; the last error if there is none.
    pub(crate) async fn send_idempotent(&self, request: RequestBuilder) -> Result<Response, HttpError> {
        self.repeat(request, |_| true).await
    }

    /// The same for a server that can be done without: one that does not answer in time is not asked again.
    pub(crate) async fn send_unless_slow(&self, request: RequestBuilder) -> Result<Response, HttpError> {
        self.repeat(request, |error| !matches!(error, HttpError::TimedOut(_))).await
    }

    /// The same for a request that must not do its work twice: repeated only where the server certainly did
    /// nothing.
    pub(crate) async fn send_unrepeatable(&self, request: RequestBuilder) -> Result<Response, HttpError> {
        self.repeat(request, HttpError::not_applied).await
    }

    async fn repeat(
        &self,
        request: RequestBuilder,
        may_repeat: fn(&HttpError) -> bool,
    ) -> Result<Response, HttpError> {
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(self.pause)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(REPETITIONS)
            .with_jitter()
            .build();
        let deadline = Instant::now() + TIMEOUT;
        let mut repeated = false;
        loop {
            // Bodies are bytes, so only a request that could not be built has no copy: sending it gives its
            // error.
            let Some(again) = request.try_clone() else { return self.send(request).await };
            let answer = tokio::time::timeout_at(deadline, self.send(again)).await;
            let error = match answer.map_err(|_| HttpError::TooSlow { status: None })? {
                Ok(response) => match unavailable(&response, SystemTime::now()) {
                    None => return Ok(Response { repeated, ..response }),
                    Some(error) => error,
                },
                Err(error) => error,
            };
            let retry_after = match &error {
                // It would be as large, or as slow, again.
                HttpError::TooLarge { .. } | HttpError::TooSlow { .. } => return Err(error),
                HttpError::Unavailable { retry_after, .. } => *retry_after,
                _ => Duration::ZERO,
            };
            let Some(pause) = pauses.next().filter(|_| may_repeat(&error)) else { return Err(error) };
            let pause = pause.max(retry_after);
            if pause >= deadline.duration_since(Instant::now()) {
                return Err(error);
            }
            tracing::debug!(%error, "the request is repeated");
            tokio::time::sleep(pause).await;
            repeated = true;
        }
    }

    /// What was asked for (a state, notes) is data and stays as it is.
    async fn send(&self, request: RequestBuilder) -> Result<Response, HttpError> {
        send(request, self.limit, &self.redactor, Content::Exact).await
    }
}

/// Whether an answer is a failure that passes.
fn unavailable(response: &Response, now: SystemTime) -> Option<HttpError> {
    let status = response.status;
    let error = |not_applied, retry_after: Duration| {
        let retry_after = retry_after.min(LONGEST_RETRY_AFTER);
        Some(HttpError::Unavailable { status, message: response.message(), not_applied, retry_after })
    };
    let after = response.retry_after();
    match status {
        403 | 429 if response.header("x-ratelimit-remaining") == Some("0") => {
            // GitHub's hour is used up: a client that goes on before it is over may be locked out.
            let reset = response.header("x-ratelimit-reset").and_then(|reset| reset.parse().ok());
            let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
            let left = after.or(reset.map(|reset| Duration::from_secs(reset).saturating_sub(since)));
            left.filter(|left| *left <= LONGEST_RETRY_AFTER).and_then(|left| error(true, left))
        }
        // GitHub's limits for bursts.
        403 => after.and_then(|after| error(true, after)),
        429 => error(true, after.unwrap_or_default()),
        408 | 500 | 502 | 503 | 504 => error(false, after.unwrap_or_default()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::response::tests::response;
    use super::*;

    /// Whether a request is repeated: whether it was certainly not applied, and after how many seconds at
    /// least.
    fn repeated(status: u16, headers: &[(&'static str, &str)]) -> Option<(bool, u64)> {
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        match unavailable(&response(status, headers, ""), now)? {
            HttpError::Unavailable { not_applied, retry_after, .. } => {
                Some((not_applied, retry_after.as_secs()))
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn rate_limits_are_waited_for_up_to_a_minute() {
        assert_eq!(repeated(200, &[]), None);
        assert_eq!(repeated(403, &[]), None);
        assert_eq!(repeated(502, &[]), Some((false, 0)));
        assert_eq!(repeated(429, &[("retry-after", "7")]), Some((true, 7)));
        assert_eq!(repeated(429, &[("retry-after", "3600")]), Some((true, 60)));
        assert_eq!(repeated(403, &[("retry-after", "2")]), Some((true, 2)));
        let date: &[_] =
            &[("date", "Sun, 06 Nov 1994 08:49:37 GMT"), ("retry-after", "Sun, 06 Nov 1994 08:49:46 GMT")];
        assert_eq!(repeated(503, date), Some((false, 9)));
        let used_up = |reset| repeated(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", reset)]);
        assert_eq!(used_up("1009"), Some((true, 9)));
        assert_eq!(used_up("4000"), None, "most of an hour is not waited for");
    }
}
