//! A webhook that is told how a run ended. The URL is a secret: whoever has it can write to the chat behind it.
//!
//! The edge only sends; what is told is made in `report::webhook`. Invariants: no message holds more of the URL than its host, no redirect
//! is followed, and it is over after half a minute, whatever the other side does.

use std::time::Duration;

use serde_json::Value as Json;
use url::Url;

use crate::http::HttpClient;
use crate::model::value::Secret;

/// How long one try may take.
const TRY: Duration = Duration::from_secs(10);
/// How long all of them may take.
const ALL: Duration = Duration::from_secs(30);

/// It was not told.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// It can't be, ever.
    #[error("the webhook's URL is none that begins with https:// or http://")]
    Url,
    /// The other side does not take it.
    #[error("the webhook at {host} was not told: {reason}")]
    SendFailed {
        /// Where it is.
        host: String,
        /// What happened.
        reason: String,
    },
}

/// Somebody to tell.
#[derive(Debug)]
pub struct Webhook {
    url: Secret,
    host: String,
}

impl Webhook {
    /// Looks at the URL; connects to nobody yet.
    ///
    /// # Errors
    /// If it is none.
    pub fn new(url: Secret) -> Result<Self, WebhookError> {
        let parsed = Url::parse(url.expose()).map_err(|_| WebhookError::Url)?;
        let web = ["http", "https"].contains(&parsed.scheme());
        let host = parsed.host_str().filter(|_| web).ok_or(WebhookError::Url)?.to_owned();
        Ok(Self { url, host })
    }

    /// Tells it; repeats what fails in passing after `pause`, and then longer ones.
    ///
    /// # Errors
    /// If it does not listen.
    pub async fn send(&self, message: &Json, pause: Duration) -> Result<(), WebhookError> {
        let untold = |reason| WebhookError::SendFailed { host: self.host.clone(), reason };
        let url = self.url.expose();
        let exchange = HttpClient::new(url, None, pause, []).map_err(untold)?;
        let request = exchange.client().post(url).timeout(TRY).json(message);
        let told = tokio::time::timeout(ALL, exchange.send_idempotent(request)).await;
        let told = told.map_err(|_| untold("it took too long".to_owned()))?;
        // The other side's own words may quote the URL.
        let status = match told {
            Ok(answer) => answer.status,
            Err(stumble) => stumble.status.ok_or_else(|| untold(stumble.words))?,
        };
        if (200..300).contains(&status) { Ok(()) } else { Err(untold(format!("HTTP {status}"))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_as_its_host_only() {
        let webhook =
            Webhook::new(Secret::new("https://u:p@hooks.example/canary?canary".to_owned())).unwrap();
        assert_eq!(format!("{webhook:?}"), r#"Webhook { url: Secret(redacted), host: "hooks.example" }"#);
        for text in ["", "hooks.example/x", "mailto:canary@x", "ftp://canary/x", "https://"] {
            let error = Webhook::new(Secret::new(text.to_owned())).unwrap_err().to_string();
            assert!(!error.contains("canary"));
        }
    }
}
