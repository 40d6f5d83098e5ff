//! Spec to API JSON and back, driven by a kind's table (§2.1, §9.2).
//!
//! Bodies may hold secrets: they are made right before they are sent and are never logged. Replies come back
//! in the manifest's vocabulary, without what is unset; keys that no table knows are dropped, as newer
//! servers may send some.

mod error;
mod read;

use serde_json::{Map as JsonMap, Value as Json};

use crate::model::value::Value;

use super::{Attribute, Kind, Type};

pub use error::WireError;

/// The body of a POST.
pub fn body(kind: &Kind, name: &str, spec: &Value) -> Vec<u8> {
    let mut members = object_body(kind.attributes, spec);
    (kind.writing.request)(name, &mut members);
    serde_json::to_vec(&Json::Object(members)).expect("a JSON tree with text keys can be written")
}

/// An object's name and fields from a GET reply.
///
/// # Errors
/// If it has another shape.
pub fn read(kind: &'static Kind, reply: &[u8]) -> Result<(String, Value), WireError> {
    read::whole(read::Item(kind), reply)?.named(kind)
}

/// The objects of a LIST reply.
///
/// # Errors
/// If it has another shape.
pub fn read_list(kind: &'static Kind, reply: &[u8]) -> Result<Vec<(String, Value)>, WireError> {
    read::whole(read::List(kind), reply)?.into_iter().map(|item| item.named(kind)).collect()
}

fn object_body(attributes: &[Attribute], spec: &Value) -> JsonMap<String, Json> {
    attributes
        .iter()
        .filter(|attribute| attribute.is_sent())
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
            let members = value.members().iter();
            Json::Object(members.map(|(key, value)| (key.to_string(), value_body(item, value))).collect())
        }
        Type::Bool => value.as_bool().unwrap_or_default().into(),
        Type::String | Type::Enum(_) | Type::Secret => {
            let text = value.expose();
            attribute.encode.map_or_else(|| text.into(), |encode| encode(text).into())
        }
    }
}
