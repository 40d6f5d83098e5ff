//! Sends how a run ended to a webhook. The URL is a secret: it is all that is needed to write to the chat
//! behind it.
//!
//! The edge only sends; the message is made in [`crate::render::webhook`]. Invariants: no message holds more
//! of the URL than its host, no redirect is followed, and it is over after half a minute, whatever the other
//! side does.

use std::time::Duration;

use serde_json::Value as Json;
use url::Url;

use crate::http::{ClientError, HttpClient, HttpError};
use crate::model::value::Secret;

/// How long one try may take.
const TRY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long all tries may take together: the run is over, and its CI job waits only for this.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The largest reply that is read; only its status counts.
const REPLY_LIMIT: usize = 64 << 10;

/// The message was not sent.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The URL can't be used.
    #[error("the webhook's URL must begin with https:// or http://")]
    Url,
    /// The client can't be set up.
    #[error("webhook {host} failed: {error}")]
    Client {
        /// Where it is.
        host: String,
        /// Why.
        error: ClientError,
    },
    /// There was no answer.
    #[error("webhook {host} failed: {error}")]
    NoAnswer {
        /// Where it is.
        host: String,
        /// Why.
        error: HttpError,
    },
    /// There was no answer within half a minute.
    #[error("webhook {host} failed: no answer within {} seconds", TIMEOUT.as_secs())]
    TimedOut {
        /// Where it is.
        host: String,
    },
    /// The other side refused it. Its own text may quote the URL.
    #[error("webhook {host} failed: HTTP {status}")]
    Refused {
        /// Where it is.
        host: String,
        /// The HTTP status.
        status: u16,
    },
}

/// A webhook.
#[derive(Debug)]
pub struct Webhook {
    url: Secret,
    host: String,
}

impl Webhook {
    /// Checks the URL; opens no connection yet.
    ///
    /// # Errors
    /// If it can't be used.
    pub fn new(url: Secret) -> Result<Self, WebhookError> {
        let parsed = Url::parse(url.expose()).map_err(|_| WebhookError::Url)?;
        let web = ["http", "https"].contains(&parsed.scheme());
        let host = parsed.host_str().filter(|_| web).ok_or(WebhookError::Url)?.to_owned();
        Ok(Self { url, host })
    }

    /// Sends a message; repeats what fails in passing after `pause`, and then after longer ones.
    ///
    /// # Errors
    /// If the other side does not accept it.
    pub async fn send(&self, message: &Json, pause: Duration) -> Result<(), WebhookError> {
        let host = self.host.clone();
        let url = self.url.expose();
        let client = match HttpClient::new(url, None, pause, []) {
            Ok(client) => client.with_limit(REPLY_LIMIT),
            Err(error) => return Err(WebhookError::Client { host, error }),
        };
        let request = client.client().post(url).timeout(TRY_TIMEOUT).json(message);
        let status = match tokio::time::timeout(TIMEOUT, client.send_idempotent(request)).await {
            Err(_) => return Err(WebhookError::TimedOut { host }),
            Ok(Ok(response)) => response.status,
            Ok(Err(error)) => match error.status() {
                Some(status) => status,
                None => return Err(WebhookError::NoAnswer { host, error }),
            },
        };
        if (200..300).contains(&status) { Ok(()) } else { Err(WebhookError::Refused { host, status }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhook_url_is_shown_as_its_host_only() {
        let webhook =
            Webhook::new(Secret::new("https://u:p@hooks.example/canary?canary".to_owned())).unwrap();
        assert_eq!(format!("{webhook:?}"), r#"Webhook { url: Secret(redacted), host: "hooks.example" }"#);
        for text in ["", "hooks.example/x", "mailto:canary@x", "ftp://canary/x", "https://"] {
            let error = Webhook::new(Secret::new(text.to_owned())).unwrap_err().to_string();
            assert!(!error.contains("canary"));
        }
    }
}
