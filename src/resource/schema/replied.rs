//! What replies leave out of an object that is stored whole.

use crate::model::value::{Map, Name, Value};

use super::{Attribute, ReadBack, Type};

/// The fields of a stored object that a reply shows of it.
pub(crate) fn as_replied(attributes: &'static [Attribute], stored: &Value) -> Value {
    let shown = attributes.iter().filter(|attribute| attribute.is_readable_in(stored));
    let members = shown.filter_map(|attribute| {
        let value = value_as_replied(attribute, stored.get(attribute.name)?);
        (!value.is_empty()).then_some((Name::known(&attribute.name), value))
    });
    Value::Map(members.collect::<Map>())
}

fn value_as_replied(attribute: &'static Attribute, value: &Value) -> Value {
    match (attribute.ty, value) {
        (Type::Object(fields), value) => as_replied(fields, value),
        (Type::List(item) | Type::Set(item), Value::List(items)) => {
            Value::List(items.iter().map(|value| value_as_replied(item, value)).collect())
        }
        (_, value) => value.clone(),
    }
}

/// What a reply shows, with the fields that it leaves out as they were stored.
pub(crate) fn with_hidden(attributes: &'static [Attribute], replied: &Value, stored: &Value) -> Value {
    let members = attributes.iter().filter_map(|attribute| {
        let is_shown = attribute.is_readable_in(stored);
        let value = match (attribute.ty, replied.get(attribute.name), stored.get(attribute.name)) {
            (Type::Object(fields), replied, Some(stored)) if is_shown => {
                with_hidden(fields, replied.unwrap_or(&Value::Null), stored)
            }
            (_, Some(replied), _) => replied.clone(),
            (_, None, Some(stored)) if !is_shown => stored.clone(),
            (_, None, _) => return None,
        };
        (!value.is_empty()).then_some((Name::known(&attribute.name), value))
    });
    Value::Map(members.collect::<Map>())
}

/// Whether replies can't show the object, because of a field that it has.
pub(crate) fn is_never_replied(attributes: &'static [Attribute], stored: &Value) -> bool {
    attributes.iter().any(|attribute| {
        let Some(value) = stored.get(attribute.name).filter(|value| !value.is_empty()) else { return false };
        matches!(attribute.read_back, ReadBack::NorItsObject)
            || match attribute.ty {
                Type::Object(fields) => is_never_replied(fields, value),
                Type::List(item) | Type::Set(item) => {
                    value.items().iter().any(|value| is_never_replied(item.ty.fields(), value))
                }
                _ => false,
            }
    })
}
