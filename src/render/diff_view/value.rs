//! A value: on one line if it fits, else as a block of lines that all have the same sign.

use std::borrow::Cow;

use crate::model::text::is_plain;
use crate::model::value::Value;

use super::line::{Line, Role, Sheet, Sign, clip, columns, columns_of, room};
use super::shape::{self, SENSITIVE, Shape};

/// Texts longer than this many lines of the terminal are cut.
const LINES_OF_TEXT: usize = 3;

/// The value on one line, as HCL would write it. Empty members are left out.
pub(super) fn inline(shape: Shape, value: &Value) -> String {
    let mut text = String::new();
    write(shape, value, false, &mut text);
    text
}

/// Equal for values that differ in the order of sets and in empty members only.
pub(super) fn canonical(shape: Shape, value: &Value) -> String {
    let mut text = String::new();
    write(shape, value, true, &mut text);
    text
}

fn write(shape: Shape, value: &Value, sorted: bool, text: &mut String) {
    if shape::is_secret(shape, value) {
        return text.push_str(SENSITIVE);
    }
    match value {
        Value::Null | Value::Secret(_) => text.push_str("null"),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::String(string) => push_quoted(string, text),
        Value::List(items) if sorted && shape::is_set(shape) => {
            let mut texts: Vec<String> =
                items.iter().map(|value| canonical(shape::item(shape), value)).collect();
            texts.sort();
            text.push('[');
            text.push_str(&texts.join(", "));
            text.push(']');
        }
        Value::List(items) => {
            text.push('[');
            for (index, value) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                write(shape::item(shape), value, sorted, text);
            }
            text.push(']');
        }
        Value::Map(_) => {
            text.push('{');
            for (index, (name, shape, value)) in shape::members(shape, value).into_iter().enumerate() {
                text.push_str(if index == 0 { " " } else { ", " });
                text.push_str(&key(name));
                text.push_str(" = ");
                write(shape, value, sorted, text);
            }
            text.push_str(if text.ends_with('{') { "}" } else { " }" });
        }
    }
}

/// A text in quotes, with everything escaped that is not visible.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    push_quoted(text, &mut quoted);
    quoted
}

fn push_quoted(text: &str, into: &mut String) {
    if is_plain(text) && !text.contains(['"', '\\']) {
        into.push('"');
        into.push_str(text);
        into.push('"');
    } else {
        into.push_str(&format!("{text:?}"));
    }
}

/// A member's name; in quotes if it is not a plain word.
pub(super) fn key(name: &str) -> Cow<'_, str> {
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    if plain { name.into() } else { quoted(name).into() }
}

/// Whether a text is shown line by line.
pub(super) fn is_block_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim_end_matches('\n').contains('\n'))
}

/// Cuts a text on one line that would fill the terminal.
pub(super) fn cut<'t>(text: impl Into<Cow<'t, str>>, width: usize) -> Cow<'t, str> {
    let text = text.into();
    let limit = width.max(20) * LINES_OF_TEXT;
    if columns(&text) <= limit {
        return text;
    }
    format!("{}… ({} characters)", clip(&text, limit), text.chars().count()).into()
}

/// Puts the value behind `opening` (`name = `), on one line if it fits, all lines with `sign` and `role`.
/// `closing` ends it.
pub(super) fn put(opening: Line, role: Role, shape: Shape, value: &Value, closing: &str, sheet: &mut Sheet) {
    let sign = opening.sign;
    let depth = opening.depth;
    let text = inline(shape, value);
    let left = room(sheet.width, depth).saturating_sub(columns_of(&opening.parts) + closing.len());
    let breaks = match value {
        Value::List(_) | Value::Map(_) => columns(&text) > left,
        _ => is_block_text(value),
    };
    if !breaks || shape::is_secret(shape, value) {
        sheet.lines.push(opening.with(role, cut(text, sheet.width)).with(Role::Plain, closing));
        return;
    }
    match value {
        Value::List(items) => {
            sheet.lines.push(opening.with(role, "["));
            for inner in items {
                put(Line::new(sign, depth + 1), role, shape::item(shape), inner, ",", sheet);
            }
            sheet.lines.push(Line::new(Sign::Same, depth).with(role, "]").with(Role::Plain, closing));
        }
        Value::Map(_) => {
            sheet.lines.push(opening.with(role, "{"));
            let members = shape::members(shape, value);
            let widest = members.iter().map(|(name, ..)| columns(&key(name))).max().unwrap_or_default();
            for (name, shape, inner) in members {
                let opening = Line::new(sign, depth + 1).with(Role::Plain, padded(&key(name), widest));
                put(opening, role, shape, inner, "", sheet);
            }
            sheet.lines.push(Line::new(Sign::Same, depth).with(role, "}").with(Role::Plain, closing));
        }
        _ => {
            sheet.lines.push(opening.with(role, "<<EOT"));
            let width = sheet.width;
            let text = value.as_str().unwrap_or_default();
            sheet.lines.extend(
                text.lines().map(|line| Line::new(sign, depth + 1).with(role, cut(tabs(line), width))),
            );
            sheet.lines.push(Line::new(Sign::Same, depth).with(role, "EOT").with(Role::Plain, closing));
        }
    }
}

/// Tabs have no width of their own.
pub(super) fn tabs(line: &str) -> String {
    line.replace('\t', "    ")
}

/// `name   = `, the equal sign behind the widest name.
pub(super) fn padded(name: &str, widest: usize) -> String {
    let gap = widest.saturating_sub(columns(name));
    let mut text = String::with_capacity(name.len() + gap + 3);
    text.push_str(name);
    text.extend(std::iter::repeat_n(' ', gap));
    text.push_str(" = ");
    text
}
