//! Complaints about manifests: as text in the manner of rustc, and in the formats that other tools read. Masked text is never shown.

mod github;
mod json;
mod sarif;
#[cfg(test)]
mod tests;
mod text;

use std::borrow::Cow;

pub use github::github;
pub use json::json;
pub use sarif::sarif;
pub use text::{count, text};

pub use super::gitlab::code_quality;
pub use super::style::Style;

/// A message as one line without control characters, which could deceive a terminal; very long ones lose their middle. Messages
/// quote keys and values of manifests.
fn line(text: &str) -> Cow<'_, str> {
    /// Characters.
    const LONG: usize = 600;
    const END: usize = 100;
    let is_unsafe = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.len() <= LONG && !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut kept = Cow::Borrowed(text);
    if text.len() > LONG {
        let (head, tail) = (text.floor_char_boundary(LONG - END), text.ceil_char_boundary(text.len() - END));
        kept = Cow::Owned(format!("{} … {}", &text[..head], &text[tail..]));
    }
    let mut out = String::with_capacity(kept.len());
    for c in kept.chars() {
        match c {
            '\n' | '\t' => out.push(' '),
            c if is_unsafe(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}
