//! The texts that were read, and places in them.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::text::{Packer, Text};

/// A file of a [`SourceMap`]: its number, counted from 1, so that a place that may be missing takes no more room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(NonZeroU32);

const _: () = assert!(size_of::<Option<Span>>() == size_of::<Span>());

impl FileId {
    /// The file at this place of the list.
    fn new(index: usize) -> Self {
        let number = u32::try_from(index).ok().and_then(|index| NonZeroU32::MIN.checked_add(index));
        Self(number.expect("the loader limits the number of files"))
    }

    /// Its place in the list.
    const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// A range of bytes in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte, counted from 0.
    pub start: u32,
    /// The byte behind the last one.
    pub end: u32,
}

/// A place in a manifest as plans have it, in JSON and in saved ones; lines and columns count from 1.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    file: String,
    line: usize,
    column: usize,
}

/// A place as tools print it; lines and columns count from 1, columns count characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The path as it was given or found.
    pub path: PathBuf,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
    /// The line of the last character.
    pub end_line: usize,
    /// The column behind the last character.
    pub end_column: usize,
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

#[derive(Clone)]
struct SourceFile {
    path: PathBuf,
    text: Text,
    /// Ranges that hold secrets and must never be shown: start to end, neither touching nor overlapping.
    masked: BTreeMap<u32, u32>,
    /// Where each line begins; made when the first place in it is asked for.
    lines: OnceLock<Vec<u32>>,
    /// Whether none of it may be shown.
    private: bool,
    /// Whether it is text that people write; found out when it is first shown.
    is_text: OnceLock<bool>,
    /// Of a text that is not here: the one place in it that is known.
    known: Option<(usize, usize)>,
}

/// Never the text: it may hold secrets.
impl std::fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.path.display(), self.text().len())
    }
}

impl SourceFile {
    fn text(&self) -> &Arc<str> {
        self.text.whole()
    }

    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let breaks = self.text().match_indices('\n');
            std::iter::once(0).chain(breaks.map(|(index, _)| clamp(index + 1))).collect()
        })
    }

    /// A text with control characters is not a manifest, whatever its name is: `/proc/self/environ`, a key, a
    /// program.
    fn is_text(&self) -> bool {
        let is_strange = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
        *self.is_text.get_or_init(|| !self.text().contains(is_strange))
    }

    fn is_shown(&self) -> bool {
        !self.private && self.is_text()
    }

    /// The nearest character boundary at or before `offset`.
    fn floor(&self, offset: u32) -> usize {
        let mut offset = (offset as usize).min(self.text().len());
        while !self.text().is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }

    /// The index of the line that holds `offset`, counted from 0.
    fn line_of(&self, offset: usize) -> usize {
        self.lines().partition_point(|start| *start as usize <= offset).saturating_sub(1)
    }

    fn line_and_column(&self, offset: u32) -> (usize, usize) {
        let offset = self.floor(offset);
        let line = self.line_of(offset);
        let start = self.lines()[line] as usize;
        (line + 1, self.text()[start..offset].chars().count() + 1)
    }

    fn range_of_line(&self, line: usize) -> Range<usize> {
        let end = self.lines().get(line + 1).map_or(self.text().len(), |next| *next as usize - 1);
        let start = self.lines()[line] as usize;
        let text = &self.text()[start..end];
        start..start + text.strip_suffix('\r').unwrap_or(text).len()
    }
}

fn clamp(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

/// Every text that was read in this run, in the order it was read.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

impl SourceMap {
    /// No text yet.
    pub const fn new() -> Self {
        Self { files: Vec::new() }
    }

    /// Takes a text in. Spans count in `u32`, so texts are limited to 4 GiB (the loader's own limit is far
    /// lower).
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> FileId {
        self.push(path.into(), text.into(), false)
    }

    /// Takes a text in of which only places are shown, never a part.
    pub fn add_private(&mut self, path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> FileId {
        self.push(path.into(), text.into(), true)
    }

    fn push(&mut self, path: PathBuf, text: Arc<str>, private: bool) -> FileId {
        let id = FileId::new(self.files.len());
        self.files.push(SourceFile {
            path,
            text: text.into(),
            masked: BTreeMap::new(),
            lines: OnceLock::new(),
            private,
            is_text: OnceLock::new(),
            known: None,
        });
        id
    }

    /// Takes in a place of a text that is not here, as a saved plan has it.
    pub(crate) fn remember(&mut self, place: Place) -> Span {
        let file = self.push(place.file.into(), Arc::from(""), true);
        self.files[file.index()].known = Some((place.line, place.column));
        Span { file, start: 0, end: 0 }
    }

    /// Marks a range as secret: [`SourceMap::shown`] and [`SourceMap::excerpt`] replace it by `*`.
    pub fn mask(&mut self, span: Span) {
        let masked = &mut self.files[span.file.index()].masked;
        let mut start = span.start;
        let mut end = span.end.max(span.start);
        while let Some((&other, &other_end)) = masked.range(..=end).next_back() {
            if other_end < start {
                break;
            }
            (start, end) = (start.min(other), end.max(other_end));
            masked.remove(&other);
        }
        masked.insert(start, end);
    }

    /// Whether parts of a file may be shown: it is not private and has no control characters.
    pub fn is_shown(&self, file: FileId) -> bool {
        self.files[file.index()].is_shown()
    }

    /// Keeps the texts in a fraction of their room until one is asked for: most are not read again.
    pub(crate) fn pack(&mut self) {
        self.files.par_iter_mut().for_each_init(Packer::new, |packer, file| file.text.pack(packer));
    }

    /// All files.
    pub fn files(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..self.files.len()).map(FileId::new)
    }

    /// The path of a file.
    pub fn path(&self, file: FileId) -> &Path {
        &self.files[file.index()].path
    }

    /// The text of a file, secrets included: for the parser, never for output.
    pub fn text(&self, file: FileId) -> &Arc<str> {
        self.files[file.index()].text()
    }

    /// The text of a file for output: of equal length, every masked byte that is not a line break is `*`.
    pub fn shown(&self, file: FileId) -> String {
        self.excerpt(file, 0..self.files[file.index()].text().len())
    }

    /// A part of a file for output, widened to whole characters: every masked byte that is not a line break
    /// is `*`. Empty if the file is not shown.
    pub fn excerpt(&self, file: FileId, range: Range<usize>) -> String {
        let source = &self.files[file.index()];
        if !source.is_shown() {
            return String::new();
        }
        let start = source.floor(clamp(range.start));
        let mut end = range.end.clamp(start, source.text().len());
        while !source.text().is_char_boundary(end) {
            end += 1;
        }
        let mut bytes = source.text().as_bytes()[start..end].to_vec();
        let overlapping = source.masked.range(..clamp(end)).rev();
        for (&from, &to) in overlapping.take_while(|(_, to)| **to as usize > start) {
            let from = source.floor(from).max(start) - start;
            let mut to = (to as usize).min(end) - start;
            while !source.text().is_char_boundary(start + to) {
                to += 1;
            }
            bytes[from..to].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b'*');
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Whether a part of a file may be shown, and what it says is not hidden.
    pub fn is_plain(&self, file: FileId, range: Range<usize>) -> bool {
        let source = &self.files[file.index()];
        let before = source.masked.range(..clamp(range.end)).next_back();
        source.is_shown() && before.is_none_or(|(_, end)| *end as usize <= range.start)
    }

    /// The place of a range of bytes.
    pub(crate) fn span(file: FileId, range: &Range<usize>) -> Span {
        Span { file, start: clamp(range.start), end: clamp(range.end) }
    }

    /// The bytes of a line, counted from 1, without its line break. Lines behind the last one are empty.
    pub fn range_of_line(&self, file: FileId, line: usize) -> Range<usize> {
        let source = &self.files[file.index()];
        if line == 0 || line > source.lines().len() {
            return source.text().len()..source.text().len();
        }
        source.range_of_line(line - 1)
    }

    /// The place of a span as plans have it, if there is one.
    pub(crate) fn place(&self, span: Option<Span>) -> Option<Place> {
        let Location { path, line, column, .. } = self.location(span?);
        Some(Place { file: path.display().to_string(), line, column })
    }

    /// The place as tools print it.
    pub fn location(&self, span: Span) -> Location {
        let source = &self.files[span.file.index()];
        if let Some((line, column)) = source.known {
            return Location { path: source.path.clone(), line, column, end_line: line, end_column: column };
        }
        let (line, column) = source.line_and_column(span.start);
        let (end_line, end_column) = source.line_and_column(span.end.max(span.start));
        Location { path: source.path.clone(), line, column, end_line, end_column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_locations_count_characters() {
        let mut sources = SourceMap::new();
        let file = sources.add("a.yaml", "名: x\nkey: secret\n");
        let span = Span { file, start: 12, end: 18 };
        assert_eq!(sources.location(span).to_string(), "a.yaml:2:6");
        sources.mask(span);
        assert_eq!(sources.shown(file), "名: x\nkey: ******\n");
    }

    #[test]
    fn source_masks_merge_at_character_boundaries() {
        let mut sources = SourceMap::new();
        let file = sources.add("a.yaml", "abc 名 defgh");
        for (start, end) in [(9, 10), (0, 1), (1, 2), (11, 13), (5, 6), (8, 12)] {
            sources.mask(Span { file, start, end });
        }
        assert_eq!(sources.files[0].masked, BTreeMap::from([(0, 2), (5, 6), (8, 13)]));
        assert_eq!(sources.shown(file), "**c *** *****");
        assert_eq!(sources.excerpt(file, 1..5), "*c ***");
    }

    #[test]
    fn texts_with_control_characters_are_not_shown() {
        let mut sources = SourceMap::new();
        for (text, shown) in [("a\u{0}b", ""), ("a\u{1b}[0m", ""), ("a\u{9b}", ""), ("a\tb\r\n", "a\tb\r\n")]
        {
            let file = sources.add("a.yaml", text);
            assert_eq!(sources.shown(file), shown);
            assert_eq!(sources.is_shown(file), !shown.is_empty());
        }
    }

    #[test]
    fn source_lines_exclude_their_line_break() {
        let mut sources = SourceMap::new();
        let file = sources.add("a.yaml", "one\r\ntwo\n");
        let ranges: Vec<_> = (1..=4).map(|line| sources.range_of_line(file, line)).collect();
        assert_eq!(ranges, [0..3, 5..8, 9..9, 9..9]);
    }
}
