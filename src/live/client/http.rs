//! The transport over HTTP. Sends once: no redirects, no retries, no judgement. The token goes to the
//! configured server only, and no reply leaves with it: servers quote requests.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use url::Url;

use crate::model::value::{Redactor, Secret};

use super::{Method, Reply, Request, SendError, Transport, transport::Sending};

/// The largest reply to a read: a list of some 100,000 clusters is below.
const LONGEST_READ: usize = 512 << 20;
/// The largest reply to a write: one message (§2.4), or an error with git's output in it.
const LONGEST_ANSWER: usize = 4 << 20;

/// Where and how to reach the server.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The server's URL, `http://nautes.example:8000`.
    pub server: String,
    /// The GitLab access token.
    pub token: Option<Secret>,
    /// A CA certificate to trust besides the system's, PEM.
    pub ca: Option<Vec<u8>>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a request may take; the server has no limit of its own (§1).
    pub request_timeout: Duration,
    /// At most so many requests in a second; 0 is no limit.
    pub requests_per_second: u32,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            server: String::new(),
            token: None,
            ca: None,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(600),
            requests_per_second: 0,
        }
    }
}

/// The settings can't be used.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// No URL.
    #[error("the URL of the API server is not valid: expected such as https://nautes.example.com:8000")]
    Server,
    /// A user, a password or a query in the URL.
    #[error(
        "the URL of the API server has a user, a password or a query in it: the token is all that the server takes"
    )]
    Credentials,
    /// The token can't be a header.
    #[error("the token holds characters that can't be sent")]
    Token,
    /// The CA file holds no certificate.
    #[error("the CA file can't be read as PEM certificates")]
    Certificate(#[source] reqwest::Error),
    /// The client can't be set up.
    #[error("cannot set up HTTPS: {0}")]
    Client(#[source] reqwest::Error),
}

/// A connection pool to one server.
pub struct HttpTransport {
    client: reqwest::Client,
    server: String,
    redactor: Redactor,
    pace: Option<Pace>,
}

impl HttpTransport {
    /// Prepares a client; connects to nobody yet.
    ///
    /// # Errors
    /// If the settings can't be used.
    pub fn new(settings: &HttpSettings) -> Result<Self, HttpError> {
        // Whoever was first has installed the same provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let server = settings.server.trim_end_matches('/').to_owned();
        let url = Url::parse(&server)
            .ok()
            .filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
        let url = url.ok_or(HttpError::Server)?;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(HttpError::Credentials);
        }
        let mut builder = reqwest::Client::builder()
            .default_headers(headers(settings)?)
            .user_agent(concat!("nautform/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            .timeout(settings.request_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        if let Some(pem) = &settings.ca {
            let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(HttpError::Certificate)?;
            builder = builder.tls_certs_merge(certificates);
        } else if url.scheme() == "http" {
            // Plain HTTP must work on machines without any certificates.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(HttpError::Client)?;
        let pace = (settings.requests_per_second > 0).then(|| Pace::new(settings.requests_per_second));
        let redactor = Redactor::new(&settings.token);
        Ok(Self { client, server, redactor, pace })
    }

    async fn exchange(&self, request: Request) -> Result<Reply, SendError> {
        if let Some(pace) = &self.pace {
            pace.wait().await;
        }
        let url = format!("{}{}", self.server, request.path);
        let longest = if request.method == Method::Get { LONGEST_READ } else { LONGEST_ANSWER };
        let mut builder = match request.method {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url).header(CONTENT_TYPE, "application/json"),
            Method::Delete => self.client.delete(url),
        };
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let response = builder.send().await.map_err(|error| self.failed(&error))?;
        let text = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let content_type =
            text(CONTENT_TYPE).unwrap_or_default().split(';').next().unwrap_or_default().trim();
        let content_type = self.redactor.words(content_type).to_ascii_lowercase();
        let retry_after = text(RETRY_AFTER).and_then(|value| value.parse().ok()).map(Duration::from_secs);
        let status = response.status().as_u16();
        let body = self.body(response, longest).await?;
        let is_data = request.method == Method::Get && status == 200;
        let body = if is_data { self.redactor.data(body) } else { self.redactor.body(body) };
        Ok(Reply { status, content_type, retry_after, body })
    }

    async fn body(&self, mut response: reqwest::Response, longest: usize) -> Result<Bytes, SendError> {
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.lost(&error))? {
            if body.len() + chunk.len() > longest {
                let reason = format!("the answer is larger than {} MiB", longest >> 20);
                return Err(SendError::Lost { server: self.server.clone(), reason });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    fn failed(&self, error: &reqwest::Error) -> SendError {
        if error.is_connect() || error.is_builder() {
            SendError::NotSent { server: self.server.clone(), reason: cause(error) }
        } else {
            self.lost(error)
        }
    }

    fn lost(&self, error: &reqwest::Error) -> SendError {
        SendError::Lost { server: self.server.clone(), reason: cause(error) }
    }
}

/// The innermost cause: reqwest's own words repeat the URL.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it took too long".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn headers(settings: &HttpSettings) -> Result<HeaderMap, HttpError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(token) = &settings.token {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose().trim()))
            .map_err(|_| HttpError::Token)?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(headers)
}

impl Transport for HttpTransport {
    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(async move {
            let (method, path, started) = (request.method, request.path.clone(), std::time::Instant::now());
            let outcome = self.exchange(request).await;
            let elapsed = started.elapsed().as_millis();
            match &outcome {
                Ok(reply) => tracing::debug!(?method, path, status = reply.status, elapsed, "request"),
                Err(error) => tracing::debug!(?method, path, %error, elapsed, "request"),
            }
            outcome
        })
    }
}

/// Spaces requests out evenly.
struct Pace {
    interval: Duration,
    next: tokio::sync::Mutex<tokio::time::Instant>,
}

impl Pace {
    fn new(per_second: u32) -> Self {
        Self {
            interval: Duration::from_secs(1) / per_second,
            next: tokio::sync::Mutex::new(tokio::time::Instant::now()),
        }
    }

    async fn wait(&self) {
        let slot = {
            let mut next = self.next.lock().await;
            let slot = (*next).max(tokio::time::Instant::now());
            *next = slot + self.interval;
            slot
        };
        tokio::time::sleep_until(slot).await;
    }
}
