//! Parts of a manifest and messages about them, fit to be shown: masked, escaped, and never more than a few
//! hundred bytes.

use std::borrow::Cow;

use crate::model::diagnostic::{Diagnostic, FileId, Fix, SourceMap, Span};
use crate::model::text::{is_deceptive, printable, printable_with_tabs, shortened};

/// Lines up to this length are shown whole, in bytes.
const LONG: usize = 400;
/// How much of a long line is shown before the place in question.
const BEFORE: usize = 100;

/// The longest message, in bytes: messages quote keys and values of manifests.
const LONG_MESSAGE: usize = 600;

/// A message on one line.
pub(super) fn message(text: &str) -> Cow<'_, str> {
    let text = shortened(text, LONG_MESSAGE);
    if text.contains(is_deceptive) {
        return Cow::Owned(printable(&text.replace(['\n', '\t'], " ")).into_owned());
    }
    text
}

/// What is wrong, and in parentheses what to do.
pub(super) fn message_with_help(diagnostic: &Diagnostic) -> String {
    let help = diagnostic.help.as_deref().map(|help| format!(" ({})", message(help))).unwrap_or_default();
    format!("{}{help}", message(&diagnostic.message))
}

/// Whether a fix may be shown: nothing that is hidden is edited, and could be in the new text.
pub(super) fn is_shown(fix: &Fix, sources: &SourceMap) -> bool {
    fix.edits.iter().all(|edit| sources.is_plain(fix.file, edit.range.clone()))
}

/// A line of a text, or the part of it around a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// The text without its line break, escaped; `…` marks what was cut.
    pub(super) text: String,
    /// The part of the file that `text` shows, masked, not escaped.
    part: String,
    /// The byte of the file that it begins with.
    from: usize,
    /// How long the mark for what was cut in front is.
    cut: usize,
}

impl Excerpt {
    /// Where a byte of the file is in `text`; places outside are moved to the nearest that is shown.
    pub(super) fn offset(&self, byte: u32) -> usize {
        let end = (byte as usize).saturating_sub(self.from).min(self.part.len());
        self.cut + printable_with_tabs(&self.part[..self.part.floor_char_boundary(end)]).len()
    }
}

/// The line (counted from 1) with masked parts redacted; of a long line the part around `place`, a byte of
/// the file; nothing of a file that is not shown.
pub(super) fn line(sources: &SourceMap, file: FileId, line: usize, place: usize) -> Excerpt {
    const CUT: &str = "…";
    let range = sources.range_of_line(file, line);
    let text = sources.text(file);
    if !sources.is_shown(file) {
        return Excerpt { text: String::new(), part: String::new(), from: range.start, cut: 0 };
    }
    let mut from = range.start;
    let mut to = range.end;
    if range.len() > LONG {
        from = text
            .floor_char_boundary(place.clamp(range.start, range.end).saturating_sub(BEFORE))
            .max(range.start);
        to = text.ceil_char_boundary(from + LONG).min(range.end);
    }
    let before = if from > range.start { CUT } else { "" };
    let after = if to < range.end { CUT } else { "" };
    let part = sources.excerpt(file, from..to);
    let text = format!("{before}{}{after}", printable_with_tabs(&part));
    Excerpt { text, part, from, cut: before.len() }
}

/// The line that a span begins on, and the part of it that the span covers.
pub(super) fn first_line(sources: &SourceMap, span: Span) -> (Excerpt, std::ops::Range<usize>) {
    let number = sources.location(span).line;
    let excerpt = line(sources, span.file, number, span.start as usize);
    let covered = excerpt.offset(span.start)..excerpt.offset(span.end.max(span.start));
    (excerpt, covered)
}
