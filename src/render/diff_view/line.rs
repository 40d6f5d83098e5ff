//! A line before it is painted. Every text that enters a line is made printable first.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::model::text::{is_plain, printable};

/// What happens to the thing on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Sign {
    /// It is added.
    Add,
    /// It is removed.
    Remove,
    /// It changes.
    Change,
    /// It is removed and added again.
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
    /// An old value.
    Old,
    /// A new value.
    New,
    /// The words of an old value that differ.
    OldWord,
    /// The words of a new value that differ.
    NewWord,
    /// A remark.
    Note,
    /// An important remark.
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
    /// How deep it is: 1 for the fields of an object.
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

    /// The column of its sign.
    pub(in crate::render) const fn indent(&self) -> usize {
        2 + 4 * self.depth
    }
}

/// Lines below each other, laid out for a width.
pub(super) struct Sheet {
    pub(super) width: usize,
    pub(super) lines: Vec<Line>,
}

/// `# (6 unchanged fields hidden)`, unless there are none.
pub(super) fn put_hidden(count: usize, noun: &str, depth: usize, sheet: &mut Sheet) {
    if count > 0 {
        let text = format!("# ({count} unchanged {noun}{} hidden)", if count == 1 { "" } else { "s" });
        sheet.lines.push(Line::new(Sign::Same, depth).with(Role::Note, text));
    }
}

/// How many columns a line of this depth leaves for its parts.
pub(super) const fn room(width: usize, depth: usize) -> usize {
    width.saturating_sub(4 + 4 * depth)
}

/// The columns a text takes on a terminal; wide characters take two.
pub(in crate::render) fn columns(text: &str) -> usize {
    if is_plain(text) { text.len() } else { text.width() }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_printable() {
        assert_eq!(Part::new(Role::Old, "\u{7}").text, "\\u{7}");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(columns("支付a"), 5);
        assert_eq!(clip("支付a", 3), "支");
        assert_eq!(clip("支付a", 5), "支付a");
    }
}
