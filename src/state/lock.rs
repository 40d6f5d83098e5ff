//! Who holds a lock, in the fields that servers for Terraform know, and the waiting for it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::model::text::{printable, shortened};

/// Who holds a lock: Terraform's fields, so that GitLab understands it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct LockInfo {
    /// The lock's ID.
    #[serde(rename = "ID")]
    pub id: String,
    /// `apply`, `destroy`, …
    pub operation: String,
    /// Anything else; the CI job's URL.
    pub info: String,
    /// `user@host`.
    pub who: String,
    /// nautform's version.
    pub version: String,
    /// When it was taken, RFC 3339.
    pub created: String,
    /// What is locked.
    pub path: String,
}

/// How much of a field is shown: the URL of a CI job with an ID behind it.
const LONGEST_PART: usize = 800;

impl fmt::Display for LockInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What another program, or a server, says of itself.
        let short = |text: &str| shortened(&printable(text), LONGEST_PART).into_owned();
        let who = if self.who.is_empty() { "another process" } else { &self.who };
        write!(f, "{}", short(who))?;
        if !self.operation.is_empty() {
            write!(f, " ({})", short(&self.operation))?;
        }
        match self.created.parse::<jiff::Timestamp>() {
            Ok(created) => write!(f, " since {}", created.strftime("%F %T UTC"))?,
            // Another tool's format, or nothing.
            Err(_) if self.created.is_empty() => {}
            Err(_) => write!(f, " since {}", short(&self.created))?,
        }
        if self.info.is_empty() { Ok(()) } else { write!(f, ", {}", short(&self.info)) }
    }
}

/// The longest pause before a held lock is asked for again: a waiting run should not lose more.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// Waits for a held lock, in pauses that double.
pub(super) struct Wait {
    deadline: Instant,
    pause: Duration,
}

impl Wait {
    pub(super) fn new(timeout: Duration, first_pause: Duration) -> Self {
        Self { deadline: Instant::now() + timeout, pause: first_pause }
    }

    /// Pauses once, for `longest` at most; whether any time was left.
    pub(super) async fn pause(&mut self, longest: Duration) -> bool {
        let now = Instant::now();
        if now >= self.deadline {
            return false;
        }
        tokio::time::sleep(self.pause.min(self.deadline - now).min(longest)).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holder_is_shown_in_a_sentence() {
        let mut info = LockInfo {
            who: "alice@runner".into(),
            operation: "apply".into(),
            created: "2026-11-26T22:21:30.038094434Z".into(),
            info: "https://gitlab/a/-/jobs/1".into(),
            ..LockInfo::default()
        };
        let shown = "alice@runner (apply) since 2026-11-26 22:21:30 UTC, https://gitlab/a/-/jobs/1";
        assert_eq!(info.to_string(), shown);
        info = LockInfo { created: "yesterday".into(), ..LockInfo::default() };
        assert_eq!(info.to_string(), "another process since yesterday");
    }

    #[test]
    fn holder_is_shown_short_and_printable() {
        let who = format!("a\u{1b}[2J\n{}", "x".repeat(1 << 20));
        let shown = LockInfo { who, ..LockInfo::default() }.to_string();
        assert!(shown.starts_with("a\\u{1b}[2J\\nxxx") && shown.len() < 1000, "{}", shown.len());
    }

    #[test]
    fn lock_has_all_of_terraforms_fields() {
        let json = serde_json::to_value(LockInfo::default()).unwrap();
        let names: Vec<&String> = json.as_object().unwrap().keys().collect();
        assert_eq!(names, ["ID", "Operation", "Info", "Who", "Version", "Created", "Path"]);
    }
}
