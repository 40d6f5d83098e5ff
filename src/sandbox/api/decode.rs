//! The JSON codec of the server's input (§2.1): protojson with unknown keys discarded.
//!
//! Errors are collected and the first one in the order of the body is reported, as by a decoder that reads it
//! once.

use std::collections::BTreeMap;

use crate::sandbox::api::json::{JsonError, Member, Node, NodeValue, parse};
use crate::sandbox::api::{ApiError, Query, parse_bool};

/// Decodes one message type; called with the fields of its object.
pub(crate) trait Message: Sized {
    fn decode(fields: &mut Fields) -> Result<Self, ApiError>;
}

/// Implements [`Message`] for a type whose fields have the names of the API: before each name is the accessor
/// of [`Fields`], after it the second spelling that the API takes.
macro_rules! impl_message {
    ($message:ident { $($accessor:ident $field:ident $(| $spelling:literal)?),+ $(,)? }) => {
        impl $crate::sandbox::api::Message for $message {
            fn decode(
                fields: &mut $crate::sandbox::api::Fields,
            ) -> Result<Self, $crate::sandbox::api::ApiError> {
                Ok(Self { $($field: fields.$accessor(&[stringify!($field) $(, $spelling)?])?),+ })
            }
        }
    };
}

pub(crate) use impl_message;

/// Decodes a request body: `None` if it was empty (kratos leaves the message nil).
pub(crate) fn decode_body<T: Message>(
    body: &[u8],
    query: &Query,
    query_prefix: &'static str,
) -> Result<Option<T>, ApiError> {
    let source = std::str::from_utf8(body).map_err(|_| codec("invalid UTF-8"))?;
    let (mut tree, error) = if source.is_empty() { (None, None) } else { parse(source) };
    for (path, value) in query.overrides(query_prefix) {
        let tree = tree.get_or_insert_with(|| node(NodeValue::Object(Vec::new())));
        insert(tree, path, value);
    }
    let mut errors: Vec<JsonError> = error.into_iter().collect();
    let message = tree.map(|tree| message(tree, &mut errors)).transpose()?.flatten();
    match JsonError::first(errors) {
        Some(error) => Err(codec(&error.message(source))),
        None => Ok(message),
    }
}

fn codec(text: &str) -> ApiError {
    ApiError::codec(format!("body unmarshal proto:\u{a0}{text}"))
}

fn node(value: NodeValue) -> Node {
    Node { at: 0, end: 0, value }
}

fn insert(tree: &mut Node, path: &str, value: &str) {
    let NodeValue::Object(members) = &mut tree.value else { return };
    let member = |key: &str, value| Member { at: 0, key: key.to_owned(), node: node(value) };
    match path.split_once('.') {
        None => members.push(member(path, NodeValue::Query(value.to_owned()))),
        Some((head, rest)) => {
            let position = members.iter().position(|member| member.key == head).unwrap_or_else(|| {
                members.push(member(head, NodeValue::Object(Vec::new())));
                members.len() - 1
            });
            insert(&mut members[position].node, rest, value);
        }
    }
}

/// `None` if the value is not an object.
fn message<T: Message>(node: Node, errors: &mut Vec<JsonError>) -> Result<Option<T>, ApiError> {
    let NodeValue::Object(members) = node.value else {
        errors.push(node.unexpected());
        return Ok(None);
    };
    let mut fields = Fields { members, errors: Vec::new() };
    let message = T::decode(&mut fields)?;
    errors.append(&mut fields.errors);
    Ok(Some(message))
}

/// The fields of one object. Each accessor takes both spellings of the field's name and treats `null` as
/// unset. A value of the wrong type is remembered as an error and read as unset.
pub(crate) struct Fields {
    members: Vec<Member>,
    errors: Vec<JsonError>,
}

impl Fields {
    fn take(&mut self, names: &[&str]) -> Option<Node> {
        let mut found: Option<Node> = None;
        for member in &mut self.members {
            if !names.contains(&member.key.as_str()) {
                continue;
            }
            let value = std::mem::replace(&mut member.node.value, NodeValue::Null);
            let taken = Node { value, ..member.node.clone() };
            match (&found, &taken.value) {
                (None, _) | (_, NodeValue::Query(_)) => found = Some(taken),
                _ => {
                    let text = format!("duplicate field {:?}", member.key);
                    self.errors.push(JsonError::value(member.at, text));
                }
            }
        }
        found.filter(|node| node.value != NodeValue::Null)
    }

    fn wrong_type(&mut self, expected: &str, node: &Node) {
        self.errors.push(node.wrong_type(expected));
    }

    pub(crate) fn string(&mut self, names: &[&str]) -> Result<String, ApiError> {
        let found = self.take(names).and_then(|node| self.text(node));
        Ok(found.unwrap_or_default())
    }

    fn text(&mut self, node: Node) -> Option<String> {
        if let NodeValue::Text(text) | NodeValue::Query(text) = node.value {
            return Some(text);
        }
        self.wrong_type("string", &node);
        None
    }

    pub(crate) fn boolean(&mut self, names: &[&str]) -> Result<bool, ApiError> {
        let Some(node) = self.take(names) else { return Ok(false) };
        match node.value {
            NodeValue::Bool(value) => Ok(value),
            NodeValue::Query(text) => parse_bool(&text, names[0]),
            _ => {
                self.wrong_type("bool", &node);
                Ok(false)
            }
        }
    }

    pub(crate) fn strings(&mut self, names: &[&str]) -> Result<Vec<String>, ApiError> {
        let items = self.items(names);
        Ok(items.into_iter().filter_map(|item| self.text(item)).collect())
    }

    fn items(&mut self, names: &[&str]) -> Vec<Node> {
        let Some(found) = self.take(names) else { return Vec::new() };
        match found.value {
            NodeValue::Array(items) => items,
            NodeValue::Query(_) => vec![found],
            _ => {
                self.errors.push(found.unexpected());
                Vec::new()
            }
        }
    }

    pub(crate) fn message<T: Message>(&mut self, names: &[&str]) -> Result<Option<T>, ApiError> {
        let found = self.take(names);
        Ok(found.map(|node| message(node, &mut self.errors)).transpose()?.flatten())
    }

    pub(crate) fn messages<T: Message>(&mut self, names: &[&str]) -> Result<Vec<T>, ApiError> {
        let items = self.items(names);
        let messages = items.into_iter().map(|item| message(item, &mut self.errors));
        Ok(messages.collect::<Result<Vec<_>, ApiError>>()?.into_iter().flatten().collect())
    }

    pub(crate) fn string_map(&mut self, names: &[&str]) -> Result<BTreeMap<String, String>, ApiError> {
        Ok(self.map(names, Fields::text))
    }

    /// `map<string, google.protobuf.ListValue>`: the elements may be anything.
    pub(crate) fn list_map(&mut self, names: &[&str]) -> Result<BTreeMap<String, Vec<Node>>, ApiError> {
        Ok(self.map(names, |fields, node| {
            if let NodeValue::Array(items) = node.value {
                return Some(items);
            }
            fields.errors.push(node.unexpected());
            None
        }))
    }

    fn map<T>(
        &mut self,
        names: &[&str],
        decode: impl Fn(&mut Fields, Node) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let mut map = BTreeMap::new();
        let Some(found) = self.take(names) else { return map };
        let NodeValue::Object(members) = found.value else {
            self.errors.push(found.unexpected());
            return map;
        };
        for member in members {
            if map.contains_key(&member.key) {
                let text = format!("duplicate map key {:?}", member.key);
                self.errors.push(JsonError::value(member.at, text));
            }
            if let Some(value) = decode(self, member.node) {
                map.insert(member.key, value);
            }
        }
        map
    }
}
