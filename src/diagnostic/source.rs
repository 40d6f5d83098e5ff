//! The texts that were read, and places in them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file of a [`SourceMap`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

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

/// A place as people name it; lines and columns count from 1, columns count characters.
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

#[derive(Clone, Debug)]
struct SourceFile {
    path: PathBuf,
    text: Arc<str>,
    /// Ranges that hold secrets and must never be shown.
    masked: Vec<(u32, u32)>,
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

    /// Takes a text in. Spans count in `u32`, so texts are limited to 4 GiB (the loader's own limit is far lower).
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).expect("the loader limits the number of files"));
        self.files.push(SourceFile { path: path.into(), text: text.into(), masked: Vec::new() });
        id
    }

    /// Marks a range as secret: [`SourceMap::shown`] blots it out.
    pub fn mask(&mut self, span: Span) {
        self.files[span.file.0 as usize].masked.push((span.start, span.end));
    }

    /// The path of a file.
    pub fn path(&self, file: FileId) -> &Path {
        &self.files[file.0 as usize].path
    }

    /// The text of a file, secrets included: for the parser, never for output.
    pub fn text(&self, file: FileId) -> &Arc<str> {
        &self.files[file.0 as usize].text
    }

    /// The text of a file for output: of equal length, every masked byte that is no line break is `*`.
    pub fn shown(&self, file: FileId) -> String {
        let source = &self.files[file.0 as usize];
        let mut bytes = source.text.as_bytes().to_vec();
        for &(start, end) in &source.masked {
            let end = (end as usize).min(bytes.len());
            let start = (start as usize).min(end);
            bytes[start..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b'*');
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The place as people name it.
    pub fn location(&self, span: Span) -> Location {
        let source = &self.files[span.file.0 as usize];
        let (line, column) = line_and_column(&source.text, span.start);
        let (end_line, end_column) = line_and_column(&source.text, span.end.max(span.start));
        Location { path: source.path.clone(), line, column, end_line, end_column }
    }
}

fn line_and_column(text: &str, offset: u32) -> (usize, usize) {
    let mut offset = (offset as usize).min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |index| index + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_count_characters_and_masks_keep_the_shape() {
        let mut sources = SourceMap::new();
        let file = sources.add("a.yaml", "名: x\nkey: secret\n");
        let span = Span { file, start: 12, end: 18 };
        assert_eq!(sources.location(span).to_string(), "a.yaml:2:6");
        sources.mask(span);
        assert_eq!(sources.shown(file), "名: x\nkey: ******\n");
    }
}
