//! A field and its change; the fields of two maps that differ. Compares only.

use crate::model::value::Value;
use crate::resource::schema::{Attribute, Type};

use super::line::{Part, Sign};
use super::shape::{self, Shape};
use super::value::key;

/// A field and its change.
pub(super) struct Entry<'a> {
    /// The dotted path.
    pub(super) name: String,
    /// How it changes.
    pub(super) sign: Sign,
    /// Its entry in the table.
    pub(super) shape: Shape,
    /// Its value before.
    pub(super) before: Option<&'a Value>,
    /// Its value after.
    pub(super) after: Option<&'a Value>,
    /// Its values are secret and not known here.
    pub(super) sensitive: bool,
    /// Remarks at the end of the line.
    pub(super) remarks: Vec<Part>,
}

impl<'a> Entry<'a> {
    /// A field; how it changes follows from its values.
    pub(super) fn new(
        name: String,
        shape: Shape,
        before: Option<&'a Value>,
        after: Option<&'a Value>,
    ) -> Self {
        let before = before.filter(|value| !value.is_empty());
        let sign = match (before, after) {
            (None, _) => Sign::Add,
            (Some(_), None) => Sign::Remove,
            (Some(_), Some(_)) => Sign::Change,
        };
        Self { name, sign, shape, before, after, sensitive: false, remarks: Vec::new() }
    }

    /// A field that only says which object this is.
    pub(super) fn unchanged(name: &str, value: &'a Value) -> Self {
        Self { sign: Sign::Same, ..Self::new(key(name).into_owned(), None, None, Some(value)) }
    }

    /// Whether it stays the same.
    pub(super) fn is_same(&self) -> bool {
        self.sign == Sign::Same
    }

    /// Whether its values must not be shown.
    pub(super) fn is_secret(&self) -> bool {
        let secret = |value: &&Value| shape::is_secret(self.shape, value);
        self.sensitive || self.before.as_ref().is_some_and(secret) || self.after.as_ref().is_some_and(secret)
    }
}

/// The members of two maps that differ, and how many do not.
pub(super) struct Members<'a> {
    /// Those that differ, in the order of the table; objects inside are compared member by member.
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
    let before = shape::members(shape, old);
    let after = shape::members(shape, new);
    let removed = before.iter().filter(|(name, ..)| new.get(name).is_none_or(Value::is_empty));
    for (name, shape, _) in after.iter().copied().chain(removed.copied()) {
        let side = |side: &'a Value| side.get(name).filter(|value| !value.is_empty());
        let a = side(old);
        let b = side(new);
        let path = if prefix.is_empty() { key(name).into_owned() } else { format!("{prefix}.{}", key(name)) };
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
