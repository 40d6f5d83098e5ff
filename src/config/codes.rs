//! The catalogue of codes: what each error, warning and refusal means, why there is such a rule, and an
//! example before and after. `nautform explain CODE` shows it, and formats with a list of rules have it.
//!
//! Invariant: every code that the source can produce has one entry (`tests/suite/codes.rs`), and of every
//! example that can be loaded the part before has the code and the part after has not.

mod across;
mod fields;
mod files;
mod manifests;
mod refusals;
mod settings;
#[cfg(test)]
mod tests;
mod warnings;

use crate::model::suggestion::nearest;

/// What is known of one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The code: `unknown-field`.
    pub code: &'static str,
    /// What it is.
    pub level: Level,
    /// What it means, in one sentence.
    pub title: &'static str,
    /// Why there is such a rule, in a sentence or several.
    pub reason: &'static str,
    /// What it looks like, and what to write.
    pub example: Example,
}

/// What a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nothing is planned.
    Error,
    /// Worth a look; nothing is stopped.
    Warning,
    /// A plan that must not be applied.
    Refusal,
}

/// A text with the problem and one without. Manifests leave out `apiVersion`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// What the texts are.
    pub of: Text,
    /// With the problem.
    pub before: &'static str,
    /// Without it.
    pub after: &'static str,
}

/// What the texts of an example are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Manifests.
    Manifests,
    /// `nautform.yaml`.
    Settings,
    /// What is done about it: nothing that could be loaded.
    Steps,
}

const fn error(code: &'static str, title: &'static str, reason: &'static str, example: Example) -> Entry {
    Entry { code, level: Level::Error, title, reason, example }
}

const fn manifests(before: &'static str, after: &'static str) -> Example {
    Example { of: Text::Manifests, before, after }
}

const fn settings(before: &'static str, after: &'static str) -> Example {
    Example { of: Text::Settings, before, after }
}

const fn steps(before: &'static str, after: &'static str) -> Example {
    Example { of: Text::Steps, before, after }
}

/// All entries, by topic.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    let tables: [&'static [Entry]; 7] = [
        files::ENTRIES,
        manifests::ENTRIES,
        fields::ENTRIES,
        across::ENTRIES,
        settings::ENTRIES,
        &warnings::WARNINGS,
        refusals::ENTRIES,
    ];
    tables.into_iter().flatten()
}

/// The entry of a code.
pub fn find(code: &str) -> Option<&'static Entry> {
    all().find(|entry| entry.code == code)
}

/// The code that a misspelt one most likely means.
pub(crate) fn similar(code: &str) -> Option<&'static str> {
    nearest(code, all().map(|entry| entry.code))
}
