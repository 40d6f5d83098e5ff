//! Foreign text in Markdown: code that can't be left, and links that are nothing else.

use crate::model::text::printable;

/// Foreign text as inline code.
pub(super) fn code(text: &str) -> String {
    let text = printable(text).replace("\\n", " ");
    let ticks = "`".repeat(longest_run(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

/// A fence for a block of code: longer than every run of backticks inside.
pub(super) fn fence(body: &str) -> String {
    "`".repeat(longest_run(body).max(2) + 1)
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// Whether a text can only be read as a link.
pub(in crate::render) fn is_link(link: &str) -> bool {
    let plain = link.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '(' | ')' | '<' | '>'));
    plain && (link.starts_with("https://") || link.starts_with("http://"))
}
