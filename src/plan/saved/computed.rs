//! Values without the fields that the server computes: they say where the server is, such as the URL of a
//! repository, and nothing that a plan was approved for. Pure.

use crate::model::value::Value;
use crate::resource::schema::{Attribute, Kind, Type};

/// The value without the fields that the server computes.
pub(super) fn without_computed(kind: &Kind, value: &Value) -> Value {
    let mut value = value.clone();
    strip(kind.attributes, &mut value);
    value
}

fn strip(attributes: &[Attribute], value: &mut Value) {
    let Some(members) = value.as_map_mut() else { return };
    for attribute in attributes {
        if attribute.computed {
            members.remove(attribute.name);
        } else if let (Type::Object(inner), Some(value)) = (attribute.ty, members.get_mut(attribute.name)) {
            strip(inner, value);
        }
    }
}
