//! Edits of a text that mend what a diagnostic is about. They leave every other byte as it is.

use std::ops::Range;

use super::source::FileId;

/// A part of a text, and what takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The bytes.
    pub range: Range<usize>,
    /// The new text.
    pub text: String,
}

/// All edits that one diagnostic needs. They do not overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The file.
    pub file: FileId,
    /// What changes in it.
    pub edits: Vec<Edit>,
}

/// Applies edits that do not overlap.
pub(crate) fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.range.start));
    let mut text = text.to_owned();
    for Edit { range, text: new } in edits {
        text.replace_range(range, &new);
    }
    text
}
