//! The webhook of a run. A failure of it never changes how the run ends.

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde_json::Value as Json;

use nautform::input::{SMALL, read_text};
use nautform::{Secret, Webhook};

use crate::environment;
use crate::failure::Result;
use crate::terminal;

/// The first pause before a try is repeated.
const PAUSE: Duration = Duration::from_secs(1);

/// The webhook of a run, which sandboxes have none of.
pub(crate) fn find(file: Option<&Path>, sandbox: bool, allow_http: bool) -> Result<Option<Webhook>> {
    let text = match file {
        Some(file) => {
            Some(read_text(file, SMALL).with_context(|| format!("cannot read {}", file.display()))?)
        }
        None => environment::get("NAUTFORM_WEBHOOK"),
    };
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if sandbox {
        terminal::say("Webhooks are disabled for sandboxes.");
        return Ok(None);
    }
    let found = Webhook::new(Secret::new(text), allow_http);
    Ok(found.map_err(|error| terminal::warning(&error.to_string())).ok())
}

/// Sends a message; a failure is a warning.
pub(crate) async fn send(webhook: &Webhook, message: &Json) {
    if let Err(error) = webhook.send(message, PAUSE).await {
        terminal::warning(&error.to_string());
    }
}
