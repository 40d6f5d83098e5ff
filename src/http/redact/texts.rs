//! Texts that are looked for in another text, however each character is spelled there.
//!
//! They are in order, so that all that begin alike are followed together: to look for many of them takes no
//! longer than to look for a few.

use std::ops::Range;

use crate::model::value::Secret;

use super::spelling::{LINE_BREAKS, behind_line_break, first_characters};

/// Texts to look for, in order and without the line breaks and the indentation in them: a server breaks lines
/// in other ways.
#[derive(Clone, Default)]
pub(super) struct Texts(Vec<Secret>);

/// Those of the texts that begin with what has been read.
#[derive(Clone, PartialEq, Eq)]
struct Open {
    texts: Range<usize>,
    /// How many of their bytes have been read.
    length: usize,
    /// Where the rest of them would be.
    end: usize,
}

impl Texts {
    /// Looks for this one, too.
    pub(super) fn insert(&mut self, text: &str) {
        let mut begins_line = false;
        let is_part = |c: &char| {
            begins_line = matches!(c, '\n' | '\r') || (begins_line && matches!(c, ' ' | '\t'));
            !begins_line
        };
        let text: String = text.chars().filter(is_part).collect();
        if let Err(place) = self.0.binary_search_by(|other| other.expose().cmp(&text)) {
            self.0.insert(place, Secret::new(text));
        }
    }

    /// Where the longest of them ends that begins at `at`; `read` says what a character stands for. What `%25`
    /// stands for is not known before the rest is: all possible ends are followed.
    pub(super) fn end(&self, text: &[u8], at: usize, read: fn(char) -> char) -> Option<usize> {
        let mut longest = None;
        let mut open = vec![Open { texts: 0..self.0.len(), length: 0, end: at }];
        while !open.is_empty() {
            open = open.iter().flat_map(|open| self.behind(text, open, read)).collect();
            open.sort_unstable_by_key(|open| (open.end, open.length, open.texts.start));
            open.dedup();
            let whole = open.iter().filter(|open| self.rest(open.texts.start, open.length).is_empty());
            longest = longest.max(whole.map(|open| open.end).max());
        }
        longest
    }

    /// All ways to read one character more.
    fn behind<'t>(
        &'t self,
        text: &'t [u8],
        open: &'t Open,
        read: fn(char) -> char,
    ) -> impl Iterator<Item = Open> + 't {
        // A text may be broken into lines, though not before it begins.
        let breaks = if open.length == 0 { 1 } else { LINE_BREAKS };
        let starts = std::iter::successors(Some(open.end), |at| behind_line_break(text, *at)).take(breaks);
        let characters = starts.flat_map(|at| first_characters(&text[at..]).map(move |(c, n)| (c, at + n)));
        characters.filter_map(move |(c, end)| {
            let texts = self.with(open, read(c))?;
            Some(Open { texts, length: open.length + read(c).len_utf8(), end })
        })
    }

    /// Those whose next character is this one.
    fn with(&self, open: &Open, c: char) -> Option<Range<usize>> {
        let next = |secret: &Secret| secret.expose()[open.length..].chars().next();
        let texts = &self.0[open.texts.clone()];
        let start = texts.partition_point(|secret| next(secret) < Some(c));
        let length = texts[start..].partition_point(|secret| next(secret) == Some(c));
        let first = open.texts.start + start;
        (length > 0).then_some(first..first + length)
    }

    /// What of a text is behind so many bytes.
    fn rest(&self, text: usize, length: usize) -> &str {
        &self.0[text].expose()[length..]
    }
}
