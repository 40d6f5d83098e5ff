//! The message: a headline, the first few changes, the CI job; the same for machines.

use serde_json::{Value as Json, json};

use crate::model::text::printable;
use crate::render::markdown;

/// How many changes are listed: more would fill the screen of a chat.
const LISTED: usize = 10;
/// The longest piece of foreign text, in characters.
const LONGEST: usize = 300;

/// What the message is about.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The name of the directory.
    pub directory: &'a str,
    /// The URL of the CI job.
    pub job: Option<&'a str>,
}

/// One change, for people and for machines.
pub(super) struct Item {
    /// Whether it is listed before the others: something is destroyed, has drifted, or failed.
    pub(super) urgent: bool,
    /// For people.
    pub(super) text: String,
    /// For machines.
    pub(super) json: Json,
}

/// How a run ended.
pub(super) struct End<'a> {
    /// Which command: `apply`, `destroy`, `drift`.
    pub(super) event: &'a str,
    /// In one word.
    pub(super) result: &'a str,
    /// In numbers.
    pub(super) summary: Json,
    /// In a sentence.
    pub(super) headline: String,
    /// The changes; urgent ones are moved to the front.
    pub(super) items: Vec<Item>,
}

impl End<'_> {
    /// The whole message.
    pub(super) fn message(mut self, about: &About<'_>) -> Json {
        self.items.sort_by_key(|item| !item.urgent);
        let left_out = self.items.len().saturating_sub(LISTED);
        self.items.truncate(LISTED);
        let mut text = format!("nautform, {}: {}\n", code(about.directory), self.headline);
        self.items.iter().for_each(|item| text.push_str(&format!("• {}\n", item.text)));
        if left_out > 0 {
            text.push_str(&format!("… and {left_out} more\n"));
        }
        if let Some(job) = about.job.filter(|job| markdown::is_link(job)) {
            text.push_str(job);
        }
        let changes: Vec<Json> = self.items.into_iter().map(|item| item.json).collect();
        json!({
            "format_version": "1.0",
            "nautform": env!("CARGO_PKG_VERSION"),
            "event": self.event,
            "text": text.trim_end(),
            "directory": about.directory,
            "job": about.job,
            "result": self.result,
            "summary": self.summary,
            "changes": changes,
            "left_out": left_out,
        })
    }
}

/// Foreign text, cut where it is too long.
pub(super) fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

/// Foreign text as code. Slack looks for `<…>` even there.
pub(super) fn code(text: &str) -> String {
    let plain = printable(&cut(text)).replace("\\n", " ").replace('`', "'");
    format!("`{}`", plain.replace('<', "‹").replace('>', "›"))
}
