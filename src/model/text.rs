//! Foreign text (names, values, replies, log lines) made fit to be shown: nothing invisible, and not without
//! end.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with everything escaped that could deceive a reader: `\n`, `\t`, `\r` and `\u{…}` for the rest.
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, is_deceptive)
}

/// As [`printable`], for the lines of a file, where a tab is nothing unusual.
pub(crate) fn printable_with_tabs(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\t' && is_deceptive(c))
}

/// As [`printable`], for a text of several lines, whose breaks stay.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\n' && is_deceptive(c))
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if is_plain(text) || !text.chars().any(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            c if !is_escaped(c) => safe.push(c),
            '\n' => safe.push_str("\\n"),
            '\t' => safe.push_str("\\t"),
            '\r' => safe.push_str("\\r"),
            c => {
                let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    Cow::Owned(safe)
}

/// Whether a text is of visible ASCII characters and spaces only, as nearly all are: each takes one column, and
/// none deceives.
pub(crate) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Control characters, line and paragraph separators, what sets the reading direction, and what takes no
/// room: the code points that Unicode calls `Default_Ignorable_Code_Point`, and interlinear annotations. They
/// can move the cursor, reorder a line, or make two different names look alike.
pub(crate) fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
                | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// Whether an unknown key looks like one. What does not may be a value, such as a token or a URL with a
/// password, at the place of a key.
pub(crate) fn is_word(key: &str) -> bool {
    /// Tokens are longer words with digits.
    const SHORT: usize = 20;
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./$".contains(&byte);
    let is_token = key.len() >= SHORT && key.bytes().any(|byte| byte.is_ascii_digit());
    !is_token && key.bytes().all(is_part)
}

/// An unknown key in a sentence: ` 'kee'`, or nothing.
pub(crate) fn quoted_word(key: &str) -> String {
    if is_word(key) { format!(" '{key}'") } else { String::new() }
}

/// The text, of a long one its beginning and its end: at most about `limit` bytes.
pub(crate) fn shortened(text: &str, limit: usize) -> Cow<'_, str> {
    if text.len() <= limit {
        return Cow::Borrowed(text);
    }
    let end = limit / 6;
    let head = text.floor_char_boundary(limit - end);
    let tail = text.ceil_char_boundary(text.len() - end);
    Cow::Owned(format!("{} … {}", &text[..head], &text[tail..]))
}

/// The first few of many: `a, b, c and 4 more`.
pub(crate) fn first_few<T: ToString>(all: impl IntoIterator<Item = T>, limit: usize) -> String {
    let mut all = all.into_iter();
    let shown: Vec<String> = all.by_ref().take(limit).map(|one| one.to_string()).collect();
    let shown = shown.join(", ");
    match all.count() {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printable_escapes_control_bidi_and_invisible_characters() {
        assert_eq!(printable("plain 中文 é 🚀"), "plain 中文 é 🚀");
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}c\n"), "a\\u{1b}[2Jb\\u{202e}c\\n");
        for c in "\u{7}\u{9b}\u{ad}\u{61c}\u{200b}\u{200d}\u{2028}\u{2066}\u{feff}\u{fe0f}\u{e0041}\u{e0101}"
            .chars()
        {
            assert_eq!(printable(&c.to_string()), format!("\\u{{{:x}}}", u32::from(c)));
        }
        assert_eq!(printable_with_tabs("a\tb\u{feff}"), "a\tb\\u{feff}");
    }

    #[test]
    fn shortened_keeps_both_ends_and_whole_characters() {
        assert_eq!(shortened("short", 12), "short");
        assert_eq!(shortened("abcdefghijklmnopqrstuvwxyz", 12), "abcdefghij … yz");
        assert_eq!(shortened("支付支付支付", 12), "支付支 … ");
    }

    #[test]
    fn first_few_counts_the_rest() {
        assert_eq!(first_few(["a", "b"], 2), "a, b");
        assert_eq!(first_few(["a", "b", "c", "d"], 2), "a, b and 2 more");
        assert_eq!(first_few(Vec::<String>::new(), 2), "");
    }
}
