//! Edits of single words: a key, a value, and a value that becomes the field of a mapping.

use std::ops::Range;

use crate::model::diagnostic::Edit;
use crate::resource::schema::{Entry, Node, NodeValue};

use super::value_bytes;

/// The edit that gives a key another name. Quotes stay.
pub(crate) fn rename(text: &str, entry: &Entry, new: &str) -> Option<Edit> {
    let range = entry.key_span.start as usize..entry.key_span.end as usize;
    exchange(text, range, &entry.key, new)
}

/// The edit that gives a value another text. Quotes stay.
pub(crate) fn replace_word(text: &str, node: &Node, new: &str) -> Option<Edit> {
    exchange(text, value_bytes(text, node), node.text()?, new)
}

/// The edit that takes the quotes off a value.
pub(crate) fn unquote(text: &str, node: &Node) -> Option<Edit> {
    let range = value_bytes(text, node);
    let word = node.text()?;
    let is_quoted = ["\"", "'"].iter().any(|quote| text[range.clone()] == format!("{quote}{word}{quote}"));
    is_quoted.then(|| Edit { range, text: word.to_owned() })
}

/// The edit that makes `destination: {environment: dev}` of `destination: dev`, given the name `environment`.
pub(crate) fn wrap(text: &str, entry: &Entry, name: &str) -> Option<Edit> {
    let range = value_bytes(text, &entry.value);
    let value = one_line(text, &entry.value)?;
    let name = key_like(text, entry, name);
    Some(Edit { range, text: format!("{{{name}: {value}}}") })
}

/// Replaces what is written as this word, in quotes or not; nothing that variables or escapes give.
fn exchange(text: &str, range: Range<usize>, old: &str, new: &str) -> Option<Edit> {
    let written = text.get(range.clone())?;
    if is_anchored(text, range.start) {
        return None;
    }
    let quote = ["\"", "'", ""].into_iter().find(|quote| written == format!("{quote}{old}{quote}"))?;
    Some(Edit { range, text: format!("{quote}{new}{quote}") })
}

/// Whether an anchor shares what begins here.
fn is_anchored(text: &str, start: usize) -> bool {
    let before = text[..start].trim_end();
    before.rsplit([' ', '\n', '[', '{', ',']).next().is_some_and(|word| word.starts_with('&'))
}

/// A key in quotes if the entry's has some, as in JSON.
pub(super) fn key_like(text: &str, entry: &Entry, name: &str) -> String {
    let is_quoted = text[entry.key_span.start as usize..].starts_with('"');
    if is_quoted { format!("\"{name}\"") } else { name.to_owned() }
}

/// A value as it is written, fit to be inside of `{}`; nothing if it has several lines.
pub(super) fn one_line(text: &str, node: &Node) -> Option<String> {
    let range = value_bytes(text, node);
    let written = text.get(range.clone()).filter(|_| !is_anchored(text, range.start))?;
    if written.contains('\n') || written.is_empty() || written.starts_with(['|', '>', '&', '*', '!']) {
        return None;
    }
    let is_scalar = matches!(node.value, NodeValue::Scalar { .. });
    let is_closed = written.starts_with(if is_scalar { ['"', '\''] } else { ['{', '['] });
    if is_closed || is_scalar && !written.contains(['{', '}', '[', ']', ',', ':', '#']) {
        return Some(written.to_owned());
    }
    // Plain text has no escapes, and variables are filled in within quotes, too.
    is_scalar.then(|| serde_json::Value::from(written).to_string())
}
