//! When two values of one field are the same, by the field's type.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};

use crate::model::value::Value;
use crate::resource::schema::{Attribute, Type};

/// What is not there.
pub(super) const NULL: &Value = &Value::Null;

/// Which fields count when the items of lists are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fields {
    /// All of them.
    All,
    /// Those that the server returns.
    Readable,
    /// Those that the server does not return.
    Hidden,
}

/// Whether the server would treat both values of a field the same: unset equals empty equals the default, and
/// sets have no order.
pub fn same(attribute: &Attribute, a: &Value, b: &Value, fields: Fields) -> bool {
    match attribute.ty {
        Type::String | Type::Enum(_) => {
            let is_known = |value: &Value| value.missing_secret().is_none();
            is_known(a) && is_known(b) && text(attribute, a) == text(attribute, b)
        }
        Type::Secret => a == b,
        Type::Bool => truth(attribute, a) == truth(attribute, b),
        Type::List(item) => {
            a.items().len() == b.items().len()
                && a.items().iter().zip(b.items()).all(|(a, b)| same(item, a, b, fields))
        }
        Type::Set(item) => same_set(item, a.items(), b.items(), fields),
        Type::Map { value, .. } => {
            let a = a.members();
            let b = b.members();
            a.len() == b.len()
                && a.iter()
                    .all(|(key, inner)| b.get(key).is_some_and(|other| same(value, inner, other, fields)))
        }
        Type::Object(inner) => inner.iter().filter(|field| counts(field, fields)).all(|field| {
            let fields = if field.is_hidden() { Fields::All } else { fields };
            same(field, member(a, field), member(b, field), fields)
        }),
    }
}

/// Whether a field is compared at all.
fn counts(field: &Attribute, fields: Fields) -> bool {
    field.is_sent()
        && match fields {
            Fields::All => true,
            Fields::Readable => !field.is_hidden(),
            Fields::Hidden => field.is_hidden() || holds_hidden(field),
        }
}

/// Whether something below the field is never returned.
pub(super) fn holds_hidden(field: &Attribute) -> bool {
    match field.ty {
        Type::Object(inner) => inner.iter().any(|field| field.is_hidden() || holds_hidden(field)),
        Type::List(item) | Type::Set(item) | Type::Map { value: item, .. } => holds_hidden(item),
        Type::String | Type::Bool | Type::Enum(_) | Type::Secret => false,
    }
}

/// Sets are compared in linear time where items are texts, by pairing where they are objects.
fn same_set(item: &Attribute, a: &[Value], b: &[Value], fields: Fields) -> bool {
    if a.len() != b.len() {
        return false;
    }
    // Mostly they are in the same order, too.
    if a.iter().zip(b).all(|(a, b)| same(item, a, b, fields)) {
        return true;
    }
    let mut left: HashMap<u64, Vec<&Value>> = HashMap::new();
    for value in b {
        left.entry(fingerprint(item, value)).or_default().push(value);
    }
    a.iter().all(|value| {
        let Some(candidates) = left.get_mut(&fingerprint(item, value)) else { return false };
        let Some(position) = candidates.iter().position(|other| same(item, value, other, fields)) else {
            return false;
        };
        candidates.swap_remove(position);
        true
    })
}

/// Equal for items that may be the same; only their texts count.
fn fingerprint(item: &Attribute, value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut feed = |text: &str| {
        hasher.write(text.as_bytes());
        hasher.write_u8(0);
    };
    match item.ty {
        Type::String | Type::Enum(_) => feed(text(item, value)),
        Type::Object(fields) => fields
            .iter()
            .filter(|field| {
                matches!(field.ty, Type::String | Type::Enum(_)) && counts(field, Fields::Readable)
            })
            .for_each(|field| feed(text(field, member(value, field)))),
        Type::Bool | Type::Secret | Type::List(_) | Type::Set(_) | Type::Map { .. } => {}
    }
    hasher.finish()
}

fn text<'a>(attribute: &Attribute, value: &'a Value) -> &'a str {
    match value.expose() {
        "" => attribute.default.unwrap_or_default(),
        text => text,
    }
}

fn truth(attribute: &Attribute, value: &Value) -> bool {
    value.as_bool().unwrap_or(attribute.default == Some("true"))
}

fn member<'a>(value: &'a Value, field: &Attribute) -> &'a Value {
    value.get(field.name).unwrap_or(NULL)
}
