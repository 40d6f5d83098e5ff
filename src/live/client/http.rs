//! The transport over HTTP. Sends once: no redirects, no retries, no judgement. The token goes to the
//! configured server only. No reply leaves with it: [`http::send`] removes it from what a server quotes.

use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use url::Url;

use crate::http::{self, ClientError, ClientOptions, Content, HttpError, MESSAGE_LIMIT, Redactor};
use crate::model::value::Secret;

use super::identity::{Identity, Learning};
use super::secrets;
use super::transport::Sending;
use super::{Method, Reply, Request, SendError, Transport};

/// The largest list: an object takes less than a kilobyte, so that of 50,000 clusters fits, and a few lists
/// at once in memory.
const LIST_LIMIT: usize = 64 << 20;

/// How long a request may take, unless something else is set. Writes of up to ten seconds were seen, with 45
/// repositories in a product (§13): twelve times as much leaves room for a large fleet on a slow server, and
/// one that hangs is found out within minutes.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(120);

/// Where and how to reach the server.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The server's URL, `http://nautes.example:8000`.
    pub server: String,
    /// The GitLab access token.
    pub token: Option<Secret>,
    /// The identity of the server, if it is the sandbox of this process.
    pub sandbox: Option<String>,
    /// CA certificates to trust in addition to the system's, PEM.
    pub ca: Option<Vec<u8>>,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long a request may take; the server has no limit of its own (§1).
    pub request_timeout: Duration,
    /// At most so many requests in a second; 0 sets no limit.
    pub requests_per_second: u32,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            server: String::new(),
            token: None,
            sandbox: None,
            ca: None,
            connect_timeout: Duration::from_secs(10),
            request_timeout: REQUEST_TIMEOUT,
            requests_per_second: 0,
        }
    }
}

/// The settings can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// No URL. It is not quoted: people put tokens into URLs.
    #[error("the URL of the API server is not valid: expected such as https://nautes.example.com:8000")]
    Server,
    /// A user, a password or a query in the URL.
    #[error(
        "remove user, password and query from the URL of the API server; authentication is by token only"
    )]
    Credentials,
    /// The token can't be a header.
    #[error("the token holds characters that can't be sent")]
    Token,
    /// The client can't be set up.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// A connection pool to one server.
pub struct HttpTransport {
    client: reqwest::Client,
    server: String,
    learning: Learning,
    redactor: Redactor,
    pace: Option<Pace>,
}

impl HttpTransport {
    /// Prepares a client; opens no connection yet.
    ///
    /// # Errors
    /// If the settings can't be used.
    pub fn new(settings: &HttpSettings) -> Result<Self, SettingsError> {
        let server = settings.server.trim_end_matches('/').to_owned();
        let url = Url::parse(&server)
            .ok()
            .filter(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
        let url = url.ok_or(SettingsError::Server)?;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(SettingsError::Credentials);
        }
        let options = ClientOptions {
            ca: settings.ca.as_deref(),
            connect_timeout: settings.connect_timeout,
            timeout: settings.request_timeout,
            gzip: true,
            headers: headers(settings)?,
        };
        let client = http::build(&server, options)?;
        let pace = (settings.requests_per_second > 0).then(|| Pace::new(settings.requests_per_second));
        let redactor = Redactor::new(&settings.token);
        let learning = Learning::new(&url, settings.sandbox.as_deref());
        Ok(Self { client, server, learning, redactor, pace })
    }

    async fn exchange(&self, request: Request) -> Result<Reply, SendError> {
        if let Some(pace) = &self.pace {
            pace.wait().await;
        }
        let limit = limit(&request);
        let url = format!("{}{}", self.server, request.path);
        let mut builder = match request.method {
            Method::Get => self.client.get(url),
            Method::Post => self.client.post(url).header(CONTENT_TYPE, "application/json"),
            Method::Delete => self.client.delete(url),
        };
        let mut secrets = request.body.as_deref().map(secrets::of_body).unwrap_or_default();
        secrets.extend(request.secrets);
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        // What a read shows is compared with manifests: users of URLs stay in it.
        let content = if request.method == Method::Get { Content::Data } else { Content::Message };
        let redactor = if secrets.is_empty() { None } else { Some(self.redactor.with(&secrets)) };
        let redactor = redactor.as_ref().unwrap_or(&self.redactor);
        let response = http::send(builder, limit, redactor, content).await;
        let response = response.map_err(|error| self.failed(&error))?;
        let content_type = response.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        let content_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        self.learning.answered(response.status, &response.headers, content_type == "application/json");
        let retry_after = response.retry_after();
        Ok(Reply { status: response.status, content_type, retry_after, body: response.body })
    }

    fn failed(&self, error: &HttpError) -> SendError {
        let server = self.server.clone();
        let reason = error.to_string();
        match error {
            HttpError::NotSent(why, _) => SendError::NotSent { server, why: *why, reason },
            HttpError::TooLarge { .. } => SendError::TooLarge { server, reason },
            HttpError::NotHttp(_) => SendError::NotHttp { server },
            HttpError::TimedOut(_) | HttpError::TooSlow { .. } => SendError::TimedOut { server, reason },
            HttpError::Lost(_) | HttpError::Unavailable { .. } => SendError::Lost { server, reason },
        }
    }
}

/// How many bytes the reply may have. Writes are answered with one message (§2.4), a GET of one object with
/// that object.
fn limit(request: &Request) -> usize {
    // Below /api/v1, names of collections and of objects take turns: a path of a list ends with a collection.
    let is_list = request.path.split('/').count().is_multiple_of(2);
    if request.method == Method::Get && is_list { LIST_LIMIT } else { MESSAGE_LIMIT }
}

fn headers(settings: &HttpSettings) -> Result<HeaderMap, SettingsError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(token) = &settings.token {
        let value = http::secret_header(&format!("Bearer {}", token.expose().trim()));
        headers.insert(AUTHORIZATION, value.map_err(|_| SettingsError::Token)?);
    }
    Ok(headers)
}

impl Transport for HttpTransport {
    fn identity(&self) -> Option<Identity> {
        Some(self.learning.identity())
    }

    fn send(&self, request: Request) -> Sending<'_> {
        Box::pin(async move {
            let method = request.method;
            let path = request.path.clone();
            let started = Instant::now();
            let outcome = self.exchange(request).await;
            let elapsed = format!("{}ms", started.elapsed().as_millis());
            match &outcome {
                Ok(reply) => tracing::debug!(?method, path, status = reply.status, %elapsed, "request"),
                Err(error) => tracing::debug!(?method, path, %error, %elapsed, "request"),
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

#[cfg(test)]
mod tests {
    use super::super::request;
    use super::*;
    use crate::resource::kinds::KINDS;

    #[test]
    fn lists_may_be_larger_than_objects_and_messages() {
        for kind in KINDS {
            let product = (kind.scope == crate::resource::schema::Scope::Product).then_some("a/b");
            let list = request::list(kind, product);
            assert_eq!(limit(&list), LIST_LIMIT, "{}", list.path);
            let object = Request { path: format!("{}/name%2Fx", list.path), ..list };
            assert_eq!(limit(&object), MESSAGE_LIMIT, "{}", object.path);
            let save = Request { method: Method::Post, ..object };
            assert_eq!(limit(&save), MESSAGE_LIMIT, "{}", save.path);
        }
    }

    #[test]
    fn urls_with_credentials_are_refused() {
        let refusal = |server: &str| {
            let settings = HttpSettings { server: server.to_owned(), ..HttpSettings::default() };
            HttpTransport::new(&settings).err().unwrap().to_string()
        };
        insta::assert_snapshot!(
            refusal("https://user:canary@nautes.example"),
            @"remove user, password and query from the URL of the API server; authentication is by token only"
        );
        insta::assert_snapshot!(
            refusal("canary@nautes.example"),
            @"the URL of the API server is not valid: expected such as https://nautes.example.com:8000"
        );
    }
}
