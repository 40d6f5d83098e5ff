//! From live fields to declared ones: what the server fills in by itself is left out, what it never returns
//! comes from the last apply, and a secret becomes a reference to a variable.
//!
//! Invariant: comparing the result with the live object it was made from finds no difference.

use crate::model::value::{Name, Path, Segment, Value};
use crate::plan::diff::{Fields, same};
use crate::resource::schema::{Attribute, Type};

/// What declaring an object needs to know.
pub(super) struct Declare<'a> {
    /// What the server stores by default.
    pub(super) defaults: &'a Value,
    /// Names the environment variable for the secret at a path.
    pub(super) variable: &'a mut dyn FnMut(&Path) -> String,
    /// Where the walk is.
    pub(super) path: Path,
}

impl Declare<'_> {
    /// The fields to declare of an object, or of a part of one. `applied` is what the last apply declared
    /// there.
    pub(super) fn fields(
        &mut self,
        attributes: &'static [Attribute],
        live: &Value,
        applied: &Value,
    ) -> Value {
        let mut members: Vec<(Name, Value)> = Vec::new();
        for attribute in attributes.iter().filter(|attribute| is_declared(attribute, live)) {
            self.path.push(Segment::Name(Name::known(&attribute.name)));
            let value = self.field(attribute, live, applied);
            self.path.pop();
            members.extend(value.map(|value| (Name::known(&attribute.name), value)));
        }
        Value::Map(members.into_iter().collect())
    }

    fn field(&mut self, attribute: &'static Attribute, parent: &Value, applied: &Value) -> Option<Value> {
        let null = Value::Null;
        let live = parent.get(attribute.name);
        let applied = applied.get(attribute.name);
        if matches!(attribute.ty, Type::Secret) {
            return Some(from_environment((self.variable)(&self.path)));
        }
        // Compared with the last apply as a whole, so it is declared as a whole.
        if !attribute.is_readable_in(parent) {
            return applied.filter(|applied| !applied.is_empty()).map(escaped);
        }
        match attribute.ty {
            Type::Object(fields) => {
                let declared = self.fields(fields, live.unwrap_or(&null), applied.unwrap_or(&null));
                Some(declared).filter(|declared| !declared.is_empty())
            }
            Type::Map { value: item, open } => {
                let declared = self.members(item, open, live?);
                Some(declared).filter(|declared| !declared.is_empty())
            }
            Type::List(item) | Type::Set(item) => {
                let live = live.filter(|live| !live.is_empty() && !self.is_default(attribute, live))?;
                let applied = applied.map(Value::items).unwrap_or_default();
                Some(Value::List(live.items().iter().map(|live| whole(item, live, applied)).collect()))
            }
            Type::String | Type::Enum(_) | Type::Bool | Type::Secret => {
                live.filter(|live| !live.is_empty() && !self.is_default(attribute, live)).map(escaped)
            }
        }
    }

    /// Of an open map, keys with the server's default are left out; a closed one is declared as a whole.
    fn members(&mut self, item: &'static Attribute, open: bool, live: &Value) -> Value {
        let mut declared = Vec::new();
        for (key, value) in live.members().iter() {
            self.path.push(Segment::Name(*key));
            if !(open && self.is_default(item, value)) {
                declared.push((escape(key).as_str().into(), whole(item, value, &[])));
            }
            self.path.pop();
        }
        Value::Map(declared.into_iter().collect())
    }

    fn is_default(&self, attribute: &Attribute, live: &Value) -> bool {
        let usual =
            || self.defaults.at(&self.path).is_some_and(|usual| same(attribute, usual, live, Fields::All));
        !attribute.required
            && (usual() || attribute.default.is_some() && same(attribute, &Value::Null, live, Fields::All))
    }
}

/// Whether a manifest has the field for an object with these fields.
fn is_declared(attribute: &Attribute, parent: &Value) -> bool {
    !attribute.computed && attribute.ignored.is_none() && (attribute.applies)(parent)
}

/// An item of a list, all of it: items are compared as wholes. What the server does not return of it comes
/// from the item of the last apply that is the same otherwise.
fn whole(attribute: &'static Attribute, live: &Value, applied: &[Value]) -> Value {
    let Type::Object(fields) = attribute.ty else { return escaped(live) };
    let like = |fields| applied.iter().find(|applied| same(attribute, applied, live, fields));
    let before = like(Fields::All).or_else(|| like(Fields::Readable));
    let member = |field: &'static Attribute| {
        let from = if field.is_hidden() { before } else { Some(live) };
        let value = from?.get(field.name).filter(|value| !value.is_empty())?;
        let inner = before.and_then(|before| before.get(field.name));
        let value = match field.ty {
            Type::Object(_) => whole(field, value, inner.map(std::slice::from_ref).unwrap_or_default()),
            _ => escaped(value),
        };
        Some((Name::known(&field.name), value))
    };
    let known = fields.iter().filter(|field| is_declared(field, live));
    Value::Map(known.filter_map(member).collect())
}

/// `{env: NAME}`.
fn from_environment(variable: String) -> Value {
    Value::Map([(Name::known(&"env"), Value::text(variable))].into_iter().collect())
}

/// The value as it is written in a manifest, where `${` begins a variable.
pub(super) fn escaped(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::text(escape(text)),
        Value::List(items) => Value::List(items.iter().map(escaped).collect()),
        Value::Map(map) => {
            Value::Map(map.iter().map(|(key, value)| (escape(key).as_str().into(), escaped(value))).collect())
        }
        other => other.without_secrets(),
    }
}

fn escape(text: &str) -> String {
    text.replace("${", "$${")
}
