//! The JSON codec of the server's input (§2.1): protojson with unknown keys discarded.
//!
//! Works on a tree that keeps duplicate keys, because protojson refuses them. Never reports a value in an error text.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::sandbox::api::error::ApiError;
use crate::sandbox::api::query::{Query, parse_bool};

/// A JSON value as sent, duplicates included; numbers are kept as a fact only, no field of the API is one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number,
    Text(String),
    Array(Vec<Json>),
    Object(Vec<(String, Json)>),
    /// Came from the query and overrides the body (§1.2).
    Query(String),
}

/// Decodes one message type; called with the fields of its object.
pub(crate) trait Message: Sized {
    fn decode(fields: &mut Fields) -> Result<Self, ApiError>;
}

/// Decodes a request body: `None` if it was empty (kratos leaves the message nil).
pub(crate) fn decode_body<T: Message>(
    body: &[u8],
    query: &Query,
    query_prefix: &'static str,
) -> Result<Option<T>, ApiError> {
    let mut tree = if body.is_empty() { None } else { Some(parse(body)?) };
    for (path, value) in query.overrides(query_prefix) {
        insert(tree.get_or_insert_with(|| Json::Object(Vec::new())), path, value);
    }
    tree.map(|json| message(json)).transpose()
}

fn parse(body: &[u8]) -> Result<Json, ApiError> {
    serde_json::from_slice(body).map_err(|error| {
        syntax(&format!("syntax error (line {}:{}): unexpected token", error.line(), error.column()))
    })
}

fn syntax(text: &str) -> ApiError {
    ApiError::codec(format!("body unmarshal proto:\u{a0}{text}"))
}

fn wrong_type(expected: &str, name: &str) -> ApiError {
    syntax(&format!("invalid value for {expected} field {name}"))
}

fn insert(tree: &mut Json, path: &str, value: &str) {
    let Json::Object(fields) = tree else { return };
    match path.split_once('.') {
        None => fields.push((path.to_owned(), Json::Query(value.to_owned()))),
        Some((head, rest)) => {
            let position = fields.iter().position(|(key, _)| key == head).unwrap_or_else(|| {
                fields.push((head.to_owned(), Json::Object(Vec::new())));
                fields.len() - 1
            });
            insert(&mut fields[position].1, rest, value);
        }
    }
}

fn message<T: Message>(json: Json) -> Result<T, ApiError> {
    let Json::Object(fields) = json else { return Err(syntax("unexpected token, want an object")) };
    let mut seen = HashSet::with_capacity(fields.len());
    for (key, value) in &fields {
        if !matches!(value, Json::Query(_)) && !seen.insert(key.as_str()) {
            return Err(syntax(&format!("duplicate field \"{key}\"")));
        }
    }
    T::decode(&mut Fields { fields })
}

/// The fields of one object. Each accessor takes both spellings of the field's name and treats `null` as unset.
pub(crate) struct Fields {
    fields: Vec<(String, Json)>,
}

impl Fields {
    fn take(&mut self, names: &[&str]) -> Result<Option<Json>, ApiError> {
        let mut found: Option<Json> = None;
        for (key, value) in &mut self.fields {
            if !names.contains(&key.as_str()) {
                continue;
            }
            let value = std::mem::replace(value, Json::Null);
            match (&found, &value) {
                (None, _) | (_, Json::Query(_)) => found = Some(value),
                _ => return Err(syntax(&format!("duplicate field \"{key}\""))),
            }
        }
        Ok(found.filter(|value| *value != Json::Null))
    }

    pub(crate) fn string(&mut self, names: &[&str]) -> Result<String, ApiError> {
        match self.take(names)? {
            None => Ok(String::new()),
            Some(Json::Text(text) | Json::Query(text)) => Ok(text),
            Some(_) => Err(wrong_type("string", names[0])),
        }
    }

    pub(crate) fn boolean(&mut self, names: &[&str]) -> Result<bool, ApiError> {
        match self.take(names)? {
            None => Ok(false),
            Some(Json::Bool(value)) => Ok(value),
            Some(Json::Query(text)) => parse_bool(&text, names[0]),
            Some(_) => Err(wrong_type("bool", names[0])),
        }
    }

    pub(crate) fn strings(&mut self, names: &[&str]) -> Result<Vec<String>, ApiError> {
        let items = match self.take(names)? {
            None => return Ok(Vec::new()),
            Some(Json::Array(items)) => items,
            Some(Json::Query(text)) => return Ok(vec![text]),
            Some(_) => return Err(wrong_type("repeated string", names[0])),
        };
        let text = |item| match item {
            Json::Text(text) => Ok(text),
            _ => Err(wrong_type("string", names[0])),
        };
        items.into_iter().map(text).collect()
    }

    pub(crate) fn message<T: Message>(&mut self, names: &[&str]) -> Result<Option<T>, ApiError> {
        self.take(names)?.map(message).transpose()
    }

    pub(crate) fn messages<T: Message>(&mut self, names: &[&str]) -> Result<Vec<T>, ApiError> {
        match self.take(names)? {
            None => Ok(Vec::new()),
            Some(Json::Array(items)) => items.into_iter().map(message).collect(),
            Some(_) => Err(wrong_type("repeated message", names[0])),
        }
    }

    pub(crate) fn string_map(&mut self, names: &[&str]) -> Result<BTreeMap<String, String>, ApiError> {
        self.map(names, |value| match value {
            Json::Text(text) | Json::Query(text) => Some(text),
            _ => None,
        })
    }

    /// `map<string, google.protobuf.ListValue>`: the elements may be anything.
    pub(crate) fn list_map(&mut self, names: &[&str]) -> Result<BTreeMap<String, Vec<Json>>, ApiError> {
        self.map(names, |value| match value {
            Json::Array(items) => Some(items),
            _ => None,
        })
    }

    fn map<T>(
        &mut self,
        names: &[&str],
        decode: impl Fn(Json) -> Option<T>,
    ) -> Result<BTreeMap<String, T>, ApiError> {
        let entries = match self.take(names)? {
            None => return Ok(BTreeMap::new()),
            Some(Json::Object(entries)) => entries,
            Some(_) => return Err(wrong_type("map", names[0])),
        };
        let mut map = BTreeMap::new();
        for (key, value) in entries {
            let value = decode(value).ok_or_else(|| wrong_type("map value", names[0]))?;
            if map.insert(key, value).is_some() {
                return Err(syntax("duplicate map key"));
            }
        }
        Ok(map)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Json, E> {
        Ok(Json::Number)
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Json::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut object = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            object.push(entry);
        }
        Ok(Json::Object(object))
    }
}
