//! The text that is being read, and places in it.

use crate::model::diagnostic::{FileId, Span};

/// A text and its file.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    pub(super) file: FileId,
    pub(super) text: &'t str,
}

impl Text<'_> {
    /// The place of a range of bytes.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        let offset = |bytes| u32::try_from(bytes).expect("texts are limited to MAX_BYTES");
        Span { file: self.file, start: offset(start), end: offset(end.max(start)) }
    }

    /// The character that begins at a byte or contains it.
    pub(super) fn character(&self, at: usize) -> Span {
        let start = self.text.floor_char_boundary(at);
        let length = self.text[start..].chars().next().map_or(0, char::len_utf8);
        self.span(start, start + length)
    }
}
