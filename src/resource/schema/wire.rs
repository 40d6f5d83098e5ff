//! Spec to API JSON and back, driven by a kind's table (§2.1, §9.2).
//!
//! Bodies may hold secrets: they are made right before they are sent and are never logged. Replies come back
//! in the manifest's vocabulary, without what is unset; keys that no table knows are dropped, as newer
//! servers may send some.

mod body;
mod error;
mod read;

use crate::model::value::Value;

use super::{Attribute, Kind, Type};

pub use body::Members;
use body::Sent;
pub use error::WireError;

/// The body of a POST.
pub fn body(kind: &Kind, name: &str, spec: &Value) -> Vec<u8> {
    let mut members = object_body(kind.attributes, spec);
    (kind.writing.request)(name, &mut members);
    serde_json::to_vec(&members).expect("a JSON tree with text keys can be written")
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

fn object_body<'a>(attributes: &'static [Attribute], spec: &'a Value) -> Members<'a> {
    attributes
        .iter()
        .filter(|attribute| attribute.is_sent())
        .filter_map(|attribute| {
            let value = spec.get(attribute.name).filter(|value| !value.is_empty())?;
            Some((attribute.wire_name(), value_body(attribute, value)))
        })
        .collect()
}

fn value_body<'a>(attribute: &'static Attribute, value: &'a Value) -> Sent<'a> {
    match attribute.ty {
        Type::Object(fields) => Sent::Object(object_body(fields, value)),
        Type::List(item) | Type::Set(item) => {
            Sent::List(value.items().iter().map(|value| value_body(item, value)).collect())
        }
        Type::Map { value: item, .. } => {
            let members = value.members().iter();
            Sent::Object(members.map(|(key, value)| (key.as_str(), value_body(item, value))).collect())
        }
        Type::Bool => Sent::Bool(value.as_bool().unwrap_or_default()),
        Type::String | Type::Enum(_) | Type::Secret => {
            let text = value.expose();
            Sent::Text(attribute.encode.map_or_else(|| text.into(), |encode| encode(text).into()))
        }
    }
}
