//! Fields as lines: `name = old -> new`, or a block where that does not fit. Lists and objects inside are
//! fields and items again.

use crate::model::value::Value;

use super::entry::{Entry, members};
use super::items::{self, Step};
use super::line::{Line, Part, Role, Sheet, Sign, columns, columns_of, put_hidden, room};
use super::shape::{self, SENSITIVE, Shape};
use super::strings;
use super::value::{inline, is_block_text, padded, put};

/// Names wider than this do not push the equal signs of the others to the right.
const WIDEST: usize = 28;

/// Puts fields below each other, their equal signs aligned.
pub(super) fn put_all(entries: &[Entry<'_>], depth: usize, sheet: &mut Sheet) {
    let widest = entries.iter().map(|entry| columns(&entry.name)).filter(|width| *width <= WIDEST).max();
    for entry in entries {
        let first = sheet.lines.len();
        put_one(entry, widest.unwrap_or_default(), depth, sheet);
        for remark in &entry.remarks {
            let line = &mut sheet.lines[first];
            line.push(Role::Plain, " ");
            line.parts.push(remark.clone());
        }
    }
}

fn put_one(entry: &Entry<'_>, widest: usize, depth: usize, sheet: &mut Sheet) {
    let opening = Line::new(entry.sign, depth).with(Role::Plain, padded(&entry.name, widest));
    if entry.is_secret() {
        return sheet.lines.push(opening.with(Role::Note, SENSITIVE));
    }
    match (entry.before, entry.after) {
        (Some(old), Some(new)) => put_pair(entry, opening, old, new, sheet),
        (Some(old), None) => put(opening, Role::Old, entry.shape, old, "", sheet),
        (None, Some(new)) => {
            let role = if entry.is_same() { Role::Plain } else { Role::New };
            put(opening, role, entry.shape, new, "", sheet);
        }
        (None, None) => sheet.lines.push(opening.with(Role::Note, "(unset)")),
    }
}

fn put_pair(entry: &Entry<'_>, opening: Line, old: &Value, new: &Value, sheet: &mut Sheet) {
    let depth = opening.depth;
    match (old, new) {
        (Value::List(before), Value::List(after)) => {
            sheet.lines.push(opening.with(Role::Plain, "["));
            put_items(entry.shape, before, after, depth + 1, sheet);
            sheet.lines.push(Line::new(Sign::Same, depth).with(Role::Plain, "]"));
        }
        (Value::Map(_), Value::Map(_)) => {
            let found = members(entry.shape, old, new);
            sheet.lines.push(opening.with(Role::Plain, "{"));
            put_all(&found.entries, depth + 1, sheet);
            put_hidden(found.unchanged, "field", depth + 1, sheet);
            sheet.lines.push(Line::new(Sign::Same, depth).with(Role::Plain, "}"));
        }
        (Value::String(before), Value::String(after)) if is_block_text(old) || is_block_text(new) => {
            sheet.lines.push(opening.with(Role::Plain, "<<EOT"));
            strings::lines(before, after, depth + 1, sheet);
            sheet.lines.push(Line::new(Sign::Same, depth).with(Role::Plain, "EOT"));
        }
        (Value::String(before), Value::String(after)) => {
            let left = room(sheet.width, depth).saturating_sub(columns_of(&opening.parts));
            let (before, after) = strings::words(before, after, left);
            put_arrow(opening, before, after, sheet);
        }
        _ => {
            let part = |role, value| vec![Part::new(role, inline(entry.shape, value))];
            put_arrow(opening, part(Role::Old, old), part(Role::New, new), sheet);
        }
    }
}

/// `old -> new` on one line, or the new value below the old one.
fn put_arrow(mut line: Line, old: Vec<Part>, new: Vec<Part>, sheet: &mut Sheet) {
    let start = columns_of(&line.parts);
    line.parts.extend(old);
    if columns_of(&line.parts) + 4 + columns_of(&new) > room(sheet.width, line.depth) {
        let depth = line.depth;
        sheet.lines.push(line);
        line = Line::new(Sign::Same, depth).with(Role::Plain, " ".repeat(start.saturating_sub(3)));
        line.push(Role::Plain, "-> ");
    } else {
        line.push(Role::Plain, " -> ");
    }
    line.parts.extend(new);
    sheet.lines.push(line);
}

/// The items that differ, one line or more for each.
fn put_items(shape: Shape, before: &[Value], after: &[Value], depth: usize, sheet: &mut Sheet) {
    let item = shape::item(shape);
    let (steps, unchanged) = items::steps(shape, before, after);
    for step in steps {
        match step {
            Step::Removed(value) => {
                put(Line::new(Sign::Remove, depth), Role::Old, item, value, ",", sheet);
            }
            Step::Added(value) => {
                put(Line::new(Sign::Add, depth), Role::New, item, value, ",", sheet);
            }
            Step::Changed(old, new) => put_changed(item, old, new, depth, sheet),
        }
    }
    put_hidden(unchanged, "item", depth, sheet);
}

fn put_changed(item: Shape, old: &Value, new: &Value, depth: usize, sheet: &mut Sheet) {
    sheet.lines.push(Line::new(Sign::Change, depth).with(Role::Plain, "{"));
    let mut entries = Vec::new();
    if let Some(name) = shape::identity(item) {
        entries.extend(new.get(name).map(|value| Entry::unchanged(name, value)));
    }
    let found = members(item, old, new);
    entries.extend(found.entries);
    put_all(&entries, depth + 1, sheet);
    let shown = usize::from(entries.iter().any(Entry::is_same));
    put_hidden(found.unchanged.saturating_sub(shown), "field", depth + 1, sheet);
    sheet.lines.push(Line::new(Sign::Same, depth).with(Role::Plain, "},"));
}
