//! Values and places as JSON: without secrets, nulls and what the table calls a secret.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use crate::model::value::Value;
use crate::render::diff_view::{Shape, is_secret, item};
use crate::resource::schema::{Attribute, Type};

/// A value of a field.
pub(super) struct Shown<'a> {
    /// Its entry in the table.
    pub(super) shape: Shape,
    /// The value.
    pub(super) value: &'a Value,
}

/// A whole spec.
pub(super) struct Spec<'a> {
    /// The kind's fields.
    pub(super) attributes: &'static [Attribute],
    /// The value.
    pub(super) value: &'a Value,
}

impl Serialize for Spec<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        members(self.value, |name| find(self.attributes, name), serializer)
    }
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.value {
            _ if is_secret(self.shape, self.value) => serializer.serialize_unit(),
            Value::Null | Value::Secret(_) => serializer.serialize_unit(),
            Value::Bool(flag) => serializer.serialize_bool(*flag),
            Value::String(text) => serializer.serialize_str(text),
            Value::List(items) => {
                let shape = item(self.shape);
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|value| list.serialize_element(&Shown { shape, value }))?;
                list.end()
            }
            Value::Map(_) => match self.shape {
                Some(Attribute { ty: Type::Object(fields), .. }) => {
                    members(self.value, |name| find(fields, name), serializer)
                }
                shape => members(self.value, |_| item(shape), serializer),
            },
        }
    }
}

fn members<S: Serializer>(
    value: &Value,
    shape: impl Fn(&str) -> Shape,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    for (name, value) in value.members().iter() {
        let shape = shape(name);
        if !matches!(value, Value::Null) && !is_secret(shape, value) {
            map.serialize_entry(name.as_str(), &Shown { shape, value })?;
        }
    }
    map.end()
}

fn find(attributes: &'static [Attribute], name: &str) -> Shape {
    attributes.iter().find(|attribute| attribute.name == name)
}
