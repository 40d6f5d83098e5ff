//! Sends how a run ended to a webhook. The URL is a secret: it is all that is needed to write to the chat
//! behind it.
//!
//! The edge only sends; the message is made in [`crate::render::webhook`]. Invariants: no message holds more
//! of the URL than its host, no redirect is followed, and it is over after half a minute, whatever the other
//! side does.

use std::time::Duration;

use serde_json::Value as Json;
use url::Url;

use crate::http::{HttpClient, is_loopback};
use crate::model::error::Cause;
use crate::model::value::Secret;

/// How long one try may take.
const TRY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long all tries may take together: the run is over, and its CI job waits only for this.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The largest reply that is read; only its status counts.
const REPLY_LIMIT: usize = 1 << 20;

/// The message was not sent.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// The URL can't be used.
    #[error("the webhook's URL must begin with https:// or http://")]
    Url,
    /// The network could read the URL.
    #[error("the webhook {host} is not reached by https: the network could read its URL")]
    PlainHttp {
        /// Where it is.
        host: String,
    },
    /// The other side can't be reached, or does not accept the message.
    #[error("webhook {host} failed: {cause}")]
    SendFailed {
        /// Where it is.
        host: String,
        /// What happened.
        cause: Cause,
    },
}

/// A webhook.
#[derive(Debug)]
pub struct Webhook {
    url: Secret,
    host: String,
}

impl Webhook {
    /// Checks the URL; opens no connection yet. `allow_http` permits plain HTTP to other machines.
    ///
    /// # Errors
    /// If it can't be used.
    pub fn new(url: Secret, allow_http: bool) -> Result<Self, WebhookError> {
        let parsed = Url::parse(url.expose()).map_err(|_| WebhookError::Url)?;
        let web = ["http", "https"].contains(&parsed.scheme());
        let host = parsed.host_str().filter(|_| web).ok_or(WebhookError::Url)?.to_owned();
        if parsed.scheme() == "http" && !is_loopback(&parsed) && !allow_http {
            return Err(WebhookError::PlainHttp { host });
        }
        Ok(Self { url, host })
    }

    /// Sends a message; repeats what fails in passing after `pause`, and then after longer ones.
    ///
    /// # Errors
    /// If the other side does not accept it.
    pub async fn send(&self, message: &Json, pause: Duration) -> Result<(), WebhookError> {
        let sent = self.post(message, pause).await;
        sent.map_err(|cause| WebhookError::SendFailed { host: self.host.clone(), cause })
    }

    async fn post(&self, message: &Json, pause: Duration) -> Result<(), Cause> {
        let url = self.url.expose();
        let client = HttpClient::new(url, None, pause, [])?.with_limit(REPLY_LIMIT);
        let request = client.client().post(url).timeout(TRY_TIMEOUT).json(message);
        let sent = tokio::time::timeout(TIMEOUT, client.send_idempotent(request)).await;
        let status = match sent.map_err(|_| format!("no answer within {} seconds", TIMEOUT.as_secs()))? {
            Ok(response) => response.status,
            Err(error) => error.status().ok_or(error)?,
        };
        // Only the status: the other side's own text may quote the URL.
        if (200..300).contains(&status) { Ok(()) } else { Err(format!("HTTP {status}").into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhook_url_is_shown_as_its_host_only() {
        let webhook =
            Webhook::new(Secret::new("https://u:p@hooks.example/canary?canary".to_owned()), false).unwrap();
        assert_eq!(format!("{webhook:?}"), r#"Webhook { url: Secret(redacted), host: "hooks.example" }"#);
        for text in
            ["", "hooks.example/x", "mailto:canary@x", "ftp://canary/x", "https://", "http://x/canary"]
        {
            let error = Webhook::new(Secret::new(text.to_owned()), false).unwrap_err().to_string();
            assert!(!error.contains("canary"));
        }
    }
}
