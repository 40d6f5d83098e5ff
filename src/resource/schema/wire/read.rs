//! Reads replies straight into values, driven by the table: no tree in between and no text for a key, since a
//! list may hold a hundred thousand objects.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::value::{Map, Name, Value};
use crate::resource::schema::{Attribute, Kind, Type};

use super::error::WireError;

/// Reads a whole reply.
pub(super) fn whole<T>(
    seed: impl for<'de> DeserializeSeed<'de, Value = T>,
    reply: &[u8],
) -> Result<T, WireError> {
    let mut reader = serde_json::Deserializer::from_slice(reply);
    let read = seed.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| match error.classify() {
        serde_json::error::Category::Data => WireError::Shape(error.to_string()),
        _ => WireError::Broken(error.to_string()),
    })
}

/// What a reply says of one object.
#[derive(Default)]
pub(super) struct Shown {
    name: Option<String>,
    spec: Value,
}

impl Shown {
    /// The object's own name, and its fields.
    pub(super) fn named(self, kind: &Kind) -> Result<(String, Value), WireError> {
        let Self { name: shown, mut spec } = self;
        let own = if kind.reading.name_in_reply.is_empty() {
            shown.clone()
        } else {
            spec.text_at(kind.reading.name_in_reply).map(str::to_owned)
        };
        if let Some(shown) = shown.filter(|shown| !shown.is_empty()) {
            (kind.reading.reply)(shown, &mut spec);
        }
        own.filter(|name| !name.is_empty()).map(|name| (name, spec)).ok_or(WireError::Nameless)
    }
}

/// One object.
#[derive(Clone, Copy)]
pub(super) struct Item(pub(super) &'static Kind);

impl<'de> DeserializeSeed<'de> for Item {
    type Value = Shown;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shown, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Item {
    type Value = Shown;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Shown, A::Error> {
        let mut shown = Shown::default();
        let mut members = Vec::with_capacity(self.0.attributes.len());
        while let Some(key) = map.next_key_seed(Key(self.0.attributes))? {
            match key {
                Known::Field(attribute) => {
                    keep(&mut members, attribute, map.next_value_seed(Field(attribute))?);
                }
                Known::Name => shown.name = map.next_value()?,
                Known::Nothing => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        shown.spec = Value::Map(members.into_iter().collect());
        Ok(shown)
    }
}

/// What a key of a reply means.
enum Known {
    Field(&'static Attribute),
    Name,
    Nothing,
}

/// Looks a key up without copying it.
#[derive(Clone, Copy)]
struct Key(&'static [Attribute]);

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Known;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Known, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Known;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    /// Secrets are never returned; should a server begin to, they would have no place to go.
    fn visit_str<E>(self, key: &str) -> Result<Known, E> {
        let wanted = |attribute: &&Attribute| {
            attribute.ignored.is_none()
                && !matches!(attribute.ty, Type::Secret)
                && attribute.wire_name() == key
        };
        Ok(match self.0.iter().find(wanted) {
            Some(attribute) => Known::Field(attribute),
            None if key == "name" => Known::Name,
            None => Known::Nothing,
        })
    }
}

/// `{"items": [...]}`.
#[derive(Clone, Copy)]
pub(super) struct List(pub(super) &'static Kind);

impl<'de> DeserializeSeed<'de> for List {
    type Value = Vec<Shown>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Shown>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for List {
    type Value = Vec<Shown>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with items")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Shown>, A::Error> {
        let mut items = None;
        while let Some(key) = map.next_key::<std::borrow::Cow<'_, str>>()? {
            if key == "items" {
                items = Some(map.next_value_seed(Items(self.0))?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        items.ok_or_else(|| A::Error::missing_field("items"))
    }
}

struct Items(&'static Kind);

impl<'de> DeserializeSeed<'de> for Items {
    type Value = Vec<Shown>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Shown>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Items {
    type Value = Vec<Shown>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<Shown>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Item(self.0))? {
            items.push(item);
        }
        Ok(items)
    }
}

/// What is unset is left out.
fn keep(members: &mut Vec<(Name, Value)>, attribute: &'static Attribute, value: Value) {
    if !value.is_empty() {
        members.push((Name::known(&attribute.name), value));
    }
}

/// The value of one field.
#[derive(Clone, Copy)]
struct Field(&'static Attribute);

impl<'de> DeserializeSeed<'de> for Field {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Field {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value for {}", self.0.wire_name())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::text(text))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::text(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::text(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::text(number.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let (Type::List(item) | Type::Set(item)) = self.0.ty else {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Value::Null);
        };
        let mut items = Vec::new();
        while let Some(value) = seq.next_element_seed(Self(item))? {
            items.push(value);
        }
        Ok(Value::List(items.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        match self.0.ty {
            Type::Map { value: item, .. } => {
                while let Some(key) = map.next_key::<Name>()? {
                    members.push((key, map.next_value_seed(Self(item))?));
                }
            }
            Type::Object(fields) => {
                while let Some(key) = map.next_key_seed(Key(fields))? {
                    match key {
                        Known::Field(field) => keep(&mut members, field, map.next_value_seed(Self(field))?),
                        Known::Name | Known::Nothing => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
            }
            _ => while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {},
        }
        Ok(Value::Map(members.into_iter().collect::<Map>()))
    }
}
