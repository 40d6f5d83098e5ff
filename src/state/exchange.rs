//! One exchange of a store with its server: a request, repeated where the server or the network stumbles. Judges nothing else.
//!
//! Only for requests that may be repeated: the answer says whether one was, since an earlier try may have done the work.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use bytes::Bytes;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Client, RequestBuilder};

/// How often a failing request is repeated.
const REPETITIONS: usize = 3;
/// The longest pause before a repetition, and the longest that a server may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long one try may take: a state of a hundred megabytes on a slow line.
const TIMEOUT: Duration = Duration::from_secs(120);

/// A connection pool, and how long to pause.
pub(super) struct Exchange {
    client: Client,
    pause: Duration,
}

/// A reply that was read whole.
pub(super) struct Answer {
    /// The HTTP status.
    pub(super) status: u16,
    /// The headers.
    pub(super) headers: HeaderMap,
    /// The body.
    pub(super) body: Bytes,
    /// Whether an earlier try may have reached the server.
    pub(super) repeated: bool,
}

impl Answer {
    /// A header's text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The status, and what the server says about it: the `message` or `error` of a JSON body, the `Code` and `Message` of an XML one.
    pub(super) fn words(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let said = ["message", "error"].iter().find_map(|name| json.get(name)?.as_str().map(str::to_owned));
        let said = said.or_else(|| Some(format!("{}: {}", tag(&text, "Code")?, tag(&text, "Message")?)));
        match said {
            Some(said) => format!("HTTP {}, {}", self.status, said.chars().take(200).collect::<String>()),
            None => format!("HTTP {}", self.status),
        }
    }
}

/// The text of an XML element without attributes.
pub(super) fn tag<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once("</")?.0)
}

impl Exchange {
    /// Prepares a client for a server; connects to nobody yet.
    pub(super) fn new(url: &str, ca: Option<&[u8]>, pause: Duration) -> Result<Self, String> {
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
        Ok(Self { client, pause })
    }

    /// Makes requests.
    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// The first pause of every kind of waiting.
    pub(super) const fn pause(&self) -> Duration {
        self.pause
    }

    /// Sends a request until there is an answer that is more than a stumble; the last stumble's words if there is none.
    pub(super) async fn ask(&self, request: RequestBuilder) -> Result<Answer, String> {
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(self.pause)
            .with_max_delay(LONGEST_PAUSE)
            .with_max_times(REPETITIONS)
            .with_jitter()
            .build();
        let mut repeated = false;
        loop {
            let again = request.try_clone().expect("bodies are bytes");
            let (stumble, asked) = match send(again, repeated).await {
                Ok(answer) if !stumbled(answer.status) => return Ok(answer),
                Ok(answer) => (answer.words(), wished(&answer)),
                Err(reason) => (reason, Duration::ZERO),
            };
            let Some(pause) = pauses.next() else { return Err(stumble) };
            tracing::debug!(stumble, "the state's server is asked again");
            tokio::time::sleep(pause.max(asked)).await;
            repeated = true;
        }
    }
}

async fn send(request: RequestBuilder, repeated: bool) -> Result<Answer, String> {
    let response = request.send().await.map_err(|error| cause(&error))?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = response.bytes().await.map_err(|error| cause(&error))?;
    Ok(Answer { status, headers, body, repeated })
}

/// Failures of the server that pass.
fn stumbled(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

fn wished(answer: &Answer) -> Duration {
    let seconds = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or_default()).min(LONGEST_PAUSE)
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

    fn words(body: &'static str) -> String {
        let body = Bytes::from_static(body.as_bytes());
        Answer { status: 403, headers: HeaderMap::new(), body, repeated: false }.words()
    }

    #[test]
    fn servers_are_quoted_briefly() {
        assert_eq!(words(r#"{"message":"403 Forbidden"}"#), "HTTP 403, 403 Forbidden");
        assert_eq!(
            words("<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"),
            "HTTP 403, AccessDenied: Access Denied"
        );
        assert_eq!(words("<html>"), "HTTP 403");
    }
}
