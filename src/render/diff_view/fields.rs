//! Fields as lines: `name = old -> new`, or a block where that does not fit. Lists and objects inside are
//! fields and items again.

use crate::model::value::Value;

use super::entry::{Entry, members};
use super::items::{self, Step};
use super::line::{Line, Part, Role, Sign, columns, columns_of, room};
use super::shape::{self, SENSITIVE, Shape};
use super::strings;
use super::value::{inline, is_block_text, padded, put};

/// Names wider than this do not push the equal signs of the others to the right.
const WIDEST: usize = 28;

/// Puts fields below each other, their equal signs aligned.
pub(super) fn put_all(entries: &[Entry<'_>], depth: usize, width: usize, out: &mut Vec<Line>) {
    let widest = entries.iter().map(|entry| columns(&entry.name)).filter(|width| *width <= WIDEST).max();
    for entry in entries {
        let first = out.len();
        put_one(entry, widest.unwrap_or_default(), depth, width, out);
        for remark in &entry.remarks {
            let line = &mut out[first];
            line.push(Role::Plain, " ");
            line.parts.push(remark.clone());
        }
    }
}

fn put_one(entry: &Entry<'_>, widest: usize, depth: usize, width: usize, out: &mut Vec<Line>) {
    let name = padded(&entry.name, widest);
    let opening = || Line::new(entry.sign, depth).with(Role::Plain, name.as_str());
    if entry.is_secret() {
        return out.push(opening().with(Role::Note, SENSITIVE));
    }
    match (entry.before, entry.after) {
        (Some(old), Some(new)) => put_pair(entry, opening(), old, new, width, out),
        (Some(old), None) => put(opening(), Role::Old, entry.shape, old, "", width, out),
        (None, Some(new)) => {
            let role = if entry.is_same() { Role::Plain } else { Role::New };
            put(opening(), role, entry.shape, new, "", width, out);
        }
        (None, None) => out.push(opening().with(Role::Note, "(unset)")),
    }
}

fn put_pair(entry: &Entry<'_>, opening: Line, old: &Value, new: &Value, width: usize, out: &mut Vec<Line>) {
    let depth = opening.depth;
    match (old, new) {
        (Value::List(before), Value::List(after)) => {
            out.push(opening.with(Role::Plain, "["));
            put_items(entry.shape, before, after, depth + 1, width, out);
            out.push(Line::new(Sign::Same, depth).with(Role::Plain, "]"));
        }
        (Value::Map(_), Value::Map(_)) => {
            let found = members(entry.shape, old, new);
            out.push(opening.with(Role::Plain, "{"));
            put_all(&found.entries, depth + 1, width, out);
            put_hidden(found.unchanged, depth + 1, out);
            out.push(Line::new(Sign::Same, depth).with(Role::Plain, "}"));
        }
        (Value::String(before), Value::String(after)) if is_block_text(old) || is_block_text(new) => {
            out.push(opening.with(Role::Plain, "<<EOT"));
            strings::lines(before, after, depth + 1, width, out);
            out.push(Line::new(Sign::Same, depth).with(Role::Plain, "EOT"));
        }
        (Value::String(before), Value::String(after)) => {
            let left = room(width, depth).saturating_sub(columns_of(&opening.parts));
            let (before, after) = strings::words(before, after, left);
            put_arrow(opening, before, after, width, out);
        }
        _ => {
            let part = |role, value| vec![Part::new(role, inline(entry.shape, value))];
            put_arrow(opening, part(Role::Old, old), part(Role::New, new), width, out);
        }
    }
}

/// `old -> new` on one line, or the new value below the old one.
fn put_arrow(mut line: Line, old: Vec<Part>, new: Vec<Part>, width: usize, out: &mut Vec<Line>) {
    let start = columns_of(&line.parts);
    line.parts.extend(old);
    if columns_of(&line.parts) + 4 + columns_of(&new) > room(width, line.depth) {
        let depth = line.depth;
        out.push(line);
        line = Line::new(Sign::Same, depth).with(Role::Plain, " ".repeat(start.saturating_sub(3)));
        line.push(Role::Plain, "-> ");
    } else {
        line.push(Role::Plain, " -> ");
    }
    line.parts.extend(new);
    out.push(line);
}

/// The items that differ, one or more lines for each.
fn put_items(
    shape: Shape,
    before: &[Value],
    after: &[Value],
    depth: usize,
    width: usize,
    out: &mut Vec<Line>,
) {
    let item = shape::item(shape);
    let (steps, unchanged) = items::steps(shape, before, after);
    for step in steps {
        match step {
            Step::Removed(value) => {
                put(Line::new(Sign::Remove, depth), Role::Old, item, value, ",", width, out);
            }
            Step::Added(value) => {
                put(Line::new(Sign::Add, depth), Role::New, item, value, ",", width, out);
            }
            Step::Changed(old, new) => put_changed(item, old, new, depth, width, out),
        }
    }
    if unchanged > 0 {
        let text = format!("# ({unchanged} unchanged item{} hidden)", if unchanged == 1 { "" } else { "s" });
        out.push(Line::new(Sign::Same, depth).with(Role::Note, text));
    }
}

fn put_changed(item: Shape, old: &Value, new: &Value, depth: usize, width: usize, out: &mut Vec<Line>) {
    out.push(Line::new(Sign::Change, depth).with(Role::Plain, "{"));
    let mut entries = Vec::new();
    if let Some(name) = shape::identity(item) {
        entries.extend(new.get(name).map(|value| Entry::unchanged(name, value)));
    }
    let found = members(item, old, new);
    entries.extend(found.entries);
    put_all(&entries, depth + 1, width, out);
    put_hidden(
        found.unchanged.saturating_sub(usize::from(entries.iter().any(Entry::is_same))),
        depth + 1,
        out,
    );
    out.push(Line::new(Sign::Same, depth).with(Role::Plain, "},"));
}

/// `# (6 unchanged fields hidden)`, unless there are none.
pub(super) fn put_hidden(count: usize, depth: usize, out: &mut Vec<Line>) {
    if count > 0 {
        let text = format!("# ({count} unchanged field{} hidden)", if count == 1 { "" } else { "s" });
        out.push(Line::new(Sign::Same, depth).with(Role::Note, text));
    }
}
