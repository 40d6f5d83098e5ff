//! Spec to API JSON and back, driven by a kind's table (§2.1, §9.2).
//!
//! Bodies may hold secrets: they are made right before they are sent and are never logged. Replies come back in the manifest's
//! vocabulary, without what is unset; keys that no table knows are dropped, as newer servers may send some.

use serde_json::{Map as JsonMap, Value as Json};

use crate::value::{Map, Name, Value};

use super::{Attribute, Kind, Type};

/// A reply that is not what §12.1 says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Not an object, or a list without `items`.
    #[error("the reply is not the JSON object that was expected")]
    Shape,
    /// No name.
    #[error("the reply names no object")]
    Nameless,
}

/// The body of a POST.
pub fn body(kind: &Kind, name: &str, spec: &Value) -> Vec<u8> {
    let mut members = object_body(kind.attributes, spec);
    (kind.request)(name, &mut members);
    serde_json::to_vec(&Json::Object(members)).expect("a JSON tree with text keys can be written")
}

/// An object's name and fields from a GET reply or one item of a LIST.
///
/// # Errors
/// If it has another shape.
pub fn read(kind: &Kind, reply: Json) -> Result<(String, Value), WireError> {
    let Json::Object(mut members) = reply else { return Err(WireError::Shape) };
    let name = kind
        .name_in_reply
        .iter()
        .try_fold(None, |inner: Option<&Json>, key| {
            inner.map_or_else(|| members.get(*key), |value| value.get(*key)).map(Some)
        })
        .flatten()
        .and_then(Json::as_str)
        .filter(|name| !name.is_empty())
        .ok_or(WireError::Nameless)?
        .to_owned();
    (kind.reply)(&mut members);
    Ok((name, object_reply(kind.attributes, members)))
}

/// The objects of a LIST reply.
///
/// # Errors
/// If it has another shape.
pub fn read_list(kind: &Kind, reply: Json) -> Result<Vec<(String, Value)>, WireError> {
    let Json::Object(mut members) = reply else { return Err(WireError::Shape) };
    match members.remove("items") {
        Some(Json::Array(items)) => items.into_iter().map(|item| read(kind, item)).collect(),
        _ => Err(WireError::Shape),
    }
}

fn object_body(attributes: &[Attribute], spec: &Value) -> JsonMap<String, Json> {
    attributes
        .iter()
        .filter(|attribute| !attribute.computed && attribute.ignored.is_none())
        .filter_map(|attribute| {
            let value = spec.get(attribute.name).filter(|value| !value.is_empty())?;
            Some((attribute.wire_name().to_owned(), value_body(attribute, value)))
        })
        .collect()
}

fn value_body(attribute: &Attribute, value: &Value) -> Json {
    match attribute.ty {
        Type::Object(fields) => Json::Object(object_body(fields, value)),
        Type::List(item) | Type::Set(item) => {
            value.items().iter().map(|value| value_body(item, value)).collect()
        }
        Type::Map { value: item, .. } => {
            static NONE: Map = Map::new();
            let members = value.as_map().unwrap_or(&NONE).iter();
            Json::Object(members.map(|(key, value)| (key.to_string(), value_body(item, value))).collect())
        }
        Type::Bool => value.as_bool().unwrap_or_default().into(),
        Type::String | Type::Enum(_) | Type::Secret => {
            let text = match value {
                Value::Secret(secret) => secret.expose(),
                other => other.as_str().unwrap_or_default(),
            };
            attribute.encode.map_or_else(|| text.into(), |encode| encode(text).into())
        }
    }
}

fn object_reply(attributes: &[Attribute], mut members: JsonMap<String, Json>) -> Value {
    let found = attributes.iter().filter_map(|attribute| {
        let value = value_reply(attribute, members.swap_remove(attribute.wire_name())?);
        (!value.is_empty()).then_some((Name::Borrowed(attribute.name), value))
    });
    Value::Map(found.collect())
}

fn value_reply(attribute: &Attribute, json: Json) -> Value {
    match (attribute.ty, json) {
        (Type::Object(fields), Json::Object(members)) => object_reply(fields, members),
        (Type::List(item) | Type::Set(item), Json::Array(items)) => {
            Value::List(items.into_iter().map(|json| value_reply(item, json)).collect())
        }
        (Type::Map { value: item, .. }, Json::Object(members)) => Value::Map(
            members.into_iter().map(|(key, json)| (Name::Owned(key), value_reply(item, json))).collect(),
        ),
        (Type::Bool, Json::Bool(flag)) => Value::Bool(flag),
        (Type::String | Type::Enum(_), Json::String(text)) => Value::String(text),
        _ => Value::Null,
    }
}
