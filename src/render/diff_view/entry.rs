//! One field: `name = old -> new`, or a block where that does not fit.

use crate::model::value::Value;
use crate::resource::schema::{Attribute, Type};

use super::items;
use super::line::{Line, Part, Role, Sign, columns, columns_of, room};
use super::shape::{self, SENSITIVE, Shape};
use super::strings;
use super::value::{inline, is_block_text, key, padded, put};

/// Names wider than this do not push the equal signs of the others to the right.
const WIDEST: usize = 28;

/// A field and what becomes of it.
pub(super) struct Entry<'a> {
    /// The dotted path.
    pub(super) name: String,
    /// What becomes of it.
    pub(super) sign: Sign,
    /// What the table says about it.
    pub(super) shape: Shape,
    /// What it held.
    pub(super) before: Option<&'a Value>,
    /// What it will hold.
    pub(super) after: Option<&'a Value>,
    /// Its values are secret and not known here.
    pub(super) sensitive: bool,
    /// What is said behind it.
    pub(super) remarks: Vec<Part>,
}

impl<'a> Entry<'a> {
    /// A field; what becomes of it follows from its values.
    pub(super) fn new(
        name: String,
        shape: Shape,
        before: Option<&'a Value>,
        after: Option<&'a Value>,
    ) -> Self {
        let (before, after) = (before.filter(|value| !value.is_empty()), after);
        let sign = match (before, after) {
            (None, _) => Sign::Add,
            (Some(_), None) => Sign::Remove,
            (Some(_), Some(_)) => Sign::Change,
        };
        Self { name, sign, shape, before, after, sensitive: false, remarks: Vec::new() }
    }

    /// A field that only says which object this is.
    pub(super) fn unchanged(name: &str, value: &'a Value) -> Self {
        Self { sign: Sign::Same, ..Self::new(key(name), None, None, Some(value)) }
    }

    /// Whether nothing becomes of it.
    pub(super) fn is_same(&self) -> bool {
        self.sign == Sign::Same
    }

    fn is_secret(&self) -> bool {
        let secret = |value: &&Value| shape::is_secret(self.shape, value);
        self.sensitive || self.before.as_ref().is_some_and(secret) || self.after.as_ref().is_some_and(secret)
    }
}

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
            items::lines(entry.shape, before, after, depth + 1, width, out);
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

/// The members of two maps that differ, and how many do not.
pub(super) struct Members<'a> {
    /// Those that differ, in the order of the table; objects inside are told apart member by member.
    pub(super) entries: Vec<Entry<'a>>,
    /// How many are alike.
    pub(super) unchanged: usize,
}

/// Compares two maps member by member.
pub(super) fn members<'a>(shape: Shape, old: &'a Value, new: &'a Value) -> Members<'a> {
    let mut found = Members { entries: Vec::new(), unchanged: 0 };
    collect("", shape, old, new, &mut found);
    found
}

fn collect<'a>(prefix: &str, shape: Shape, old: &'a Value, new: &'a Value, found: &mut Members<'a>) {
    let (before, after) = (shape::members(shape, old), shape::members(shape, new));
    let gone = before.iter().filter(|(name, ..)| new.get(name).is_none_or(Value::is_empty));
    for (name, shape, _) in after.iter().copied().chain(gone.copied()) {
        let side = |side: &'a Value| side.get(name).filter(|value| !value.is_empty());
        let (a, b) = (side(old), side(new));
        let path = if prefix.is_empty() { key(name) } else { format!("{prefix}.{}", key(name)) };
        match (a, b) {
            (Some(a), Some(b)) if a == b => found.unchanged += 1,
            (Some(a @ Value::Map(_)), Some(b @ Value::Map(_))) if is_object(shape) => {
                collect(&path, shape, a, b, found);
            }
            _ => found.entries.push(Entry::new(path, shape, a, b)),
        }
    }
}

const fn is_object(shape: Shape) -> bool {
    matches!(shape, Some(Attribute { ty: Type::Object(_), .. }))
}

/// `# (6 unchanged fields hidden)`, unless there are none.
pub(super) fn put_hidden(count: usize, depth: usize, out: &mut Vec<Line>) {
    if count > 0 {
        let words = format!("# ({count} unchanged field{} hidden)", if count == 1 { "" } else { "s" });
        out.push(Line::new(Sign::Same, depth).with(Role::Note, words));
    }
}
