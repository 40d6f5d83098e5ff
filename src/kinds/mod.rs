//! The only place that knows a kind: one file with one static table for each.
//!
//! [`KINDS`] is the registry. Everything else in the crate asks the tables and never a kind's name; a test greps for that.

use crate::schema::Kind;

/// Every kind, by name.
pub static KINDS: &[&Kind] = &[];

/// The kind with exactly this name.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.name == name)
}

/// The kind that people mean: its name in any case, or one of the official CLI's short names.
pub fn find_loosely(word: &str) -> Option<&'static Kind> {
    let word = word.to_ascii_lowercase();
    KINDS
        .iter()
        .copied()
        .find(|kind| kind.name.eq_ignore_ascii_case(&word) || kind.aliases.contains(&word.as_str()))
}
