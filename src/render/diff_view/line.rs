//! A line before it is painted. Every text that enters a line is made harmless first.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What a line says about the thing on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Sign {
    /// It comes.
    Add,
    /// It goes.
    Remove,
    /// It changes.
    Change,
    /// It goes and comes again.
    Replace,
    /// It stays on the server and leaves the state.
    Forget,
    /// It stays as it is, or the line is only a remark.
    Same,
}

impl Sign {
    /// As Terraform writes it, right-aligned in three columns where a replacement needs them.
    pub(in crate::render) const fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Remove => "-",
            Self::Change => "~",
            Self::Replace => "-/+",
            Self::Forget => ".",
            Self::Same => " ",
        }
    }
}

/// What a part of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Role {
    /// Names, brackets, equal signs.
    Plain,
    /// A value that goes.
    Old,
    /// A value that comes.
    New,
    /// The words of an old value that differ.
    OldWord,
    /// The words of a new value that differ.
    NewWord,
    /// A remark.
    Note,
    /// A remark that must not be missed.
    Alarm,
}

/// A piece of text of one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::render) struct Part {
    /// What it is.
    pub(in crate::render) role: Role,
    /// Its text, on one line, without control characters.
    pub(in crate::render) text: String,
}

impl Part {
    /// A part; control characters in `text` are escaped.
    pub(in crate::render) fn new(role: Role, text: impl Into<String>) -> Self {
        let text = text.into();
        match printable(&text) {
            Cow::Borrowed(_) => Self { role, text },
            Cow::Owned(text) => Self { role, text },
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::render) struct Line {
    /// What is in front of it.
    pub(in crate::render) sign: Sign,
    /// How deep it stands: 1 for the fields of an object.
    pub(in crate::render) depth: usize,
    /// Its parts, left to right.
    pub(in crate::render) parts: Vec<Part>,
}

impl Line {
    /// An empty line.
    pub(in crate::render) const fn new(sign: Sign, depth: usize) -> Self {
        Self { sign, depth, parts: Vec::new() }
    }

    /// This line and one part more.
    pub(in crate::render) fn with(mut self, role: Role, text: impl Into<String>) -> Self {
        self.push(role, text);
        self
    }

    /// Adds a part.
    pub(in crate::render) fn push(&mut self, role: Role, text: impl Into<String>) {
        self.parts.push(Part::new(role, text));
    }

    /// The column its sign stands in.
    pub(in crate::render) const fn indent(&self) -> usize {
        2 + 4 * self.depth
    }
}

/// How many columns a line of this depth leaves for its parts.
pub(super) const fn room(width: usize, depth: usize) -> usize {
    width.saturating_sub(4 + 4 * depth)
}

/// The columns a text takes on the painter; wide characters take two.
pub(in crate::render) fn columns(text: &str) -> usize {
    text.width()
}

/// The columns of all parts.
pub(super) fn columns_of(parts: &[Part]) -> usize {
    parts.iter().map(|part| columns(&part.text)).sum()
}

/// The longest beginning of `text` that takes at most `limit` columns.
pub(in crate::render) fn clip(text: &str, limit: usize) -> &str {
    let mut used = 0;
    for (index, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > limit {
            return &text[..index];
        }
    }
    text
}

/// The text with everything escaped that could move the cursor or turn the reading direction around.
pub(in crate::render) fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\n' => safe.push_str("\\n"),
            '\t' => safe.push_str("\\t"),
            '\r' => safe.push_str("\\r"),
            c if is_harmful(c) => {
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Control characters, and the invisible ones that reorder text.
fn is_harmful(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_moves_the_cursor_gets_through() {
        assert_eq!(printable("plain 中文"), "plain 中文");
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}c\n"), "a\\u{1b}[2Jb\\u{202e}c\\n");
        assert_eq!(Part::new(Role::Old, "\u{7}").text, "\\u{7}");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(columns("支付a"), 5);
        assert_eq!(clip("支付a", 3), "支");
        assert_eq!(clip("支付a", 5), "支付a");
    }
}
