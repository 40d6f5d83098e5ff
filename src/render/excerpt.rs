//! Parts of a manifest that may be shown: masked, and never more than a few hundred bytes of a line, whatever its length.

use crate::model::diagnostic::{FileId, SourceMap, Span};

/// Lines up to this length are shown whole, in bytes.
const LONG: usize = 400;
/// How much of a long line is shown before the place in question.
const BEFORE: usize = 100;

/// A line of a text, or the part of it around a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// The text without its line break; `…` stands where something was cut.
    pub(super) text: String,
    /// The bytes of the file that `text` shows.
    from: usize,
    to: usize,
    /// How long the mark for what was cut in front is.
    cut: usize,
}

impl Excerpt {
    /// Where a byte of the file stands in `text`; places outside are moved to the nearest that is shown.
    pub(super) fn offset(&self, byte: u32) -> usize {
        self.cut + (byte as usize).clamp(self.from, self.to) - self.from
    }
}

/// The line (counted from 1) with masked parts blotted out; of a long line the part around `place`, a byte of
/// the file; nothing of a file that is not shown.
pub(super) fn line(sources: &SourceMap, file: FileId, line: usize, place: usize) -> Excerpt {
    const CUT: &str = "…";
    let (range, text) = (sources.range_of_line(file, line), sources.text(file));
    if !sources.is_shown(file) {
        return Excerpt { text: String::new(), from: range.start, to: range.start, cut: 0 };
    }
    let (mut from, mut to) = (range.start, range.end);
    if range.len() > LONG {
        from = text
            .floor_char_boundary(place.clamp(range.start, range.end).saturating_sub(BEFORE))
            .max(range.start);
        to = text.ceil_char_boundary(from + LONG).min(range.end);
    }
    let (before, after) = (if from > range.start { CUT } else { "" }, if to < range.end { CUT } else { "" });
    let shown = sources.excerpt(file, from..to);
    Excerpt { text: format!("{before}{shown}{after}"), from, to, cut: before.len() }
}

/// The line that a span begins on, and the part of it that the span covers.
pub(super) fn first_line(sources: &SourceMap, span: Span) -> (Excerpt, std::ops::Range<usize>) {
    let number = sources.location(span).line;
    let excerpt = line(sources, span.file, number, span.start as usize);
    let covered = excerpt.offset(span.start)..excerpt.offset(span.end.max(span.start));
    (excerpt, covered)
}
