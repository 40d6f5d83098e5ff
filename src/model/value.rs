//! The value tree that all stages share: what a manifest declares, what the API returns and what the state
//! keeps.
//!
//! It has no numbers, since no field of the API has one (nautes-api.md §2.1). A secret is a variant of its
//! own without any way to be serialised or printed. Invariant: the entries of a [`Map`] are sorted by name,
//! so equal values look equal everywhere.

mod map;
mod name;
mod parse;
mod path;
mod secret;
mod sensitive;

use std::borrow::Cow;
use std::sync::LazyLock;

use smol_str::SmolStr;

pub(crate) use map::Map;
pub(crate) use name::Name;
pub(crate) use path::{ParsePathError, Path, Segment};
pub(crate) use secret::ContentOf;
pub use secret::Secret;

/// A tree of values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Value {
    /// Nothing: absent, `null` or unset.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// Text, short ones without a place of their own; the API's numbers are texts too.
    String(SmolStr),
    /// A list, in the order it was written or received.
    List(Box<[Self]>),
    /// An object or a map with the user's own keys.
    Map(Map),
    /// Text that must never be shown.
    Secret(Secret),
}

impl Value {
    /// A text value.
    pub fn text(text: impl Into<SmolStr>) -> Self {
        Self::String(text.into())
    }

    /// Whether the API treats this as unset: null, "", [] or {} (nautes-api.md §2.1).
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(_) => false,
            Self::String(text) => text.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Map(map) => map.is_empty(),
            Self::Secret(secret) => secret.problem().is_none() && secret.expose().is_empty(),
        }
    }

    /// The text, if this is one. Secrets are none.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    /// The truth value, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        if let Self::Bool(flag) = self { Some(*flag) } else { None }
    }

    /// The items; empty unless this is a list.
    pub fn items(&self) -> &[Value] {
        if let Self::List(items) = self { items } else { &[] }
    }

    /// The members; empty unless this is a map.
    pub(crate) fn members(&self) -> &Map {
        static NONE: LazyLock<Map> = LazyLock::new(Map::new);
        self.as_map().unwrap_or(&NONE)
    }

    /// The map, if this is one.
    pub fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// The map, if this is one.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    /// The member `name` of a map.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.as_map()?.get(name)
    }

    /// The value below nested members, as in `value.member(&["git", "gitlab", "path"])`.
    pub fn member(&self, names: &[&str]) -> Option<&Value> {
        names.iter().try_fold(self, |value, name| value.get(name))
    }

    /// The text below nested members.
    pub fn text_at(&self, names: &[&str]) -> Option<&str> {
        self.member(names)?.as_str()
    }

    /// The value at a path.
    pub fn at(&self, path: &Path) -> Option<&Value> {
        path.segments().iter().try_fold(self, |value, segment| match segment {
            Segment::Name(name) => value.get(name),
            Segment::Index(index) => value.items().get(*index),
        })
    }

    /// Why a secret in the tree can't be sent, if one can't.
    pub fn missing_secret(&self) -> Option<&str> {
        match self {
            Self::Secret(secret) => secret.problem(),
            Self::List(items) => items.iter().find_map(Self::missing_secret),
            Self::Map(map) => map.iter().find_map(|(_, value)| value.missing_secret()),
            Self::Null | Self::Bool(_) | Self::String(_) => None,
        }
    }

    /// The tree without its secrets (the entries that held them are gone) and without nulls, as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null | Self::Secret(_) => serde_json::Value::Null,
            Self::Bool(flag) => (*flag).into(),
            Self::String(text) => text.as_str().into(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Map(map) => map
                .iter()
                .filter(|(_, value)| !matches!(value, Self::Null | Self::Secret(_)))
                .map(|(name, value)| (name.to_string(), value.to_json()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }

    /// The tree that [`Value::to_json`] wrote. Numbers become text.
    pub fn from_json(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(flag) => Self::Bool(flag),
            serde_json::Value::Number(number) => Self::text(number.to_string()),
            serde_json::Value::String(text) => Self::String(text.into()),
            serde_json::Value::Array(items) => Self::List(items.into_iter().map(Self::from_json).collect()),
            serde_json::Value::Object(members) => Self::Map(
                members
                    .into_iter()
                    .map(|(name, value)| (name.as_str().into(), Self::from_json(value)))
                    .collect(),
            ),
        }
    }

    /// The tree without the entries that hold a secret.
    #[must_use]
    pub fn without_secrets(&self) -> Self {
        match self {
            Self::Secret(_) => Self::Null,
            Self::List(items) => Self::List(items.iter().map(Self::without_secrets).collect()),
            Self::Map(map) => Self::Map(
                map.iter()
                    .filter(|(_, value)| !matches!(value, Self::Secret(_)))
                    .map(|(name, value)| (*name, value.without_secrets()))
                    .collect(),
            ),
            other => other.clone(),
        }
    }

    /// The same, not copied if there are none.
    pub(crate) fn open(&self) -> Cow<'_, Self> {
        if self.holds_secret() { Cow::Owned(self.without_secrets()) } else { Cow::Borrowed(self) }
    }

    /// Whether [`Value::without_secrets`] would be `plain`; nothing is copied to find out.
    pub fn equals_without_secrets(&self, plain: &Self) -> bool {
        match (self, plain) {
            (Self::Secret(_), plain) => *plain == Self::Null,
            (Self::List(items), Self::List(plain)) => {
                items.len() == plain.len()
                    && items.iter().zip(plain).all(|(item, plain)| item.equals_without_secrets(plain))
            }
            (Self::Map(map), Self::Map(plain)) => {
                let mut open = map.iter().filter(|(_, value)| !matches!(value, Self::Secret(_)));
                let mut plain = plain.iter();
                loop {
                    match (open.next(), plain.next()) {
                        (None, None) => return true,
                        (Some((name, value)), Some((other, plain)))
                            if name == other && value.equals_without_secrets(plain) => {}
                        _ => return false,
                    }
                }
            }
            (own, plain) => own == plain,
        }
    }

    /// Feeds the canonical form, secrets included, to a hash function: unambiguous, and equal for equal
    /// values.
    pub fn feed(&self, sink: &mut dyn FnMut(&[u8])) {
        let mut framed = |tag: u8, length: usize, bytes: &[u8]| {
            sink(&[tag]);
            sink(&(length as u64).to_le_bytes());
            sink(bytes);
        };
        match self {
            Self::Null => framed(b'n', 0, &[]),
            Self::Bool(flag) => framed(b'b', usize::from(*flag), &[]),
            Self::String(text) => framed(b's', text.len(), text.as_bytes()),
            Self::Secret(secret) => framed(b's', secret.expose().len(), secret.expose().as_bytes()),
            Self::List(items) => {
                framed(b'l', items.len(), &[]);
                items.iter().for_each(|item| item.feed(sink));
            }
            Self::Map(map) => {
                framed(b'm', map.len(), &[]);
                for (name, value) in map.iter() {
                    sink(&(name.len() as u64).to_le_bytes());
                    sink(name.as_bytes());
                    value.feed(sink);
                }
            }
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Value {
        Value::from_json(serde_json::json!({"b": [{"c": "x"}], "a": true, "empty": {}}))
    }

    #[test]
    fn field_paths_reach_into_lists_and_maps() {
        let path: Path = "b[0].c".parse().unwrap();
        assert_eq!(sample().at(&path).and_then(Value::as_str), Some("x"));
        assert_eq!(path.to_string(), "b[0].c");
    }

    #[test]
    fn value_digests_ignore_the_order_of_members() {
        let other = Value::from_json(serde_json::json!({"empty": {}, "a": true, "b": [{"c": "x"}]}));
        let bytes = |value: &Value| {
            let mut all = Vec::new();
            value.feed(&mut |piece| all.extend_from_slice(piece));
            all
        };
        assert_eq!(bytes(&sample()), bytes(&other));
        assert_ne!(bytes(&sample()), bytes(&Value::Null));
    }

    // A fleet of 100,000 objects has some two million of them.
    #[test]
    fn values_are_as_large_as_their_texts() {
        assert_eq!(size_of::<Value>(), size_of::<SmolStr>());
    }

    #[test]
    fn secret_is_absent_from_json_and_debug() {
        let map: Map = [(Name::known(&"kubeconfig"), Value::Secret(Secret::new("canary".to_owned())))]
            .into_iter()
            .collect();
        let value = Value::Map(map);
        assert_eq!(value.to_json().to_string(), "{}");
        assert!(!format!("{value:?}").contains("canary"));
        assert_eq!(value.without_secrets(), Value::Map(Map::new()));
    }
}
