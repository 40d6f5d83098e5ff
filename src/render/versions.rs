//! Which formats and servers this version knows. docs/CHANGELOG.md lists the formats, too.

use crate::plan::{drift, saved};
use crate::state::format;

use super::{events, json};

/// The versions of Nautes whose behaviour is known.
pub const SERVERS: &[&str] = &["v0.4.2"];

/// The formats of files and of output that is read again, with their versions.
pub fn formats() -> [(&'static str, String); 5] {
    [
        ("state", format::VERSION.to_string()),
        ("saved_plan", saved::VERSION.to_string()),
        ("drift_baseline", drift::VERSION.to_string()),
        ("plan_json", json::FORMAT_VERSION.to_owned()),
        ("events", events::UI_VERSION.to_owned()),
    ]
}
