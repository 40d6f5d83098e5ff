//! The catalogue of codes: what each error, warning and refusal means, why there is such a rule, and an
//! example before and after. `nautform explain CODE` shows it, and formats with a list of rules have it.
//!
//! Invariant: every code that the source can produce has one entry (`tests/suite/codes.rs`), and of every
//! example that can be loaded the part before has the code and the part after has not.

mod across;
mod entry;
mod fields;
mod files;
mod manifests;
mod refusals;
mod runs;
mod settings;
#[cfg(test)]
mod tests;
mod warnings;

use crate::model::suggestion::nearest;

pub use entry::{Entry, Example, Level};
pub(crate) use warnings::WARNINGS;

/// All entries, by topic.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    let tables: [&'static [Entry]; 8] = [
        files::ENTRIES,
        manifests::ENTRIES,
        fields::ENTRIES,
        across::ENTRIES,
        settings::ENTRIES,
        &WARNINGS,
        refusals::ENTRIES,
        runs::ENTRIES,
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
