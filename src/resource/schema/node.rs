//! A located value: what the loader made of a text, before its meaning is known.

use crate::model::diagnostic::Span;
use crate::model::suggestion::unmistakable;

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The whole value.
    pub span: Span,
    /// What it is.
    pub value: NodeValue,
}

/// The shapes of YAML after aliases, merge keys and variables were resolved.
#[derive(Clone, PartialEq)]
pub enum NodeValue {
    /// Text. `plain` distinguishes `true` from `"true"`; only plain text can be null or a truth value.
    Scalar {
        /// The text after unescaping and folding.
        text: Box<str>,
        /// Whether it was written without quotes and not as a block.
        plain: bool,
    },
    /// A sequence.
    Sequence(Vec<Node>),
    /// A mapping with unique keys, in the order written.
    Mapping(Vec<Entry>),
}

/// The shape without texts: it is not known yet which of them are secrets.
impl std::fmt::Debug for NodeValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Scalar { text, plain } => write!(f, "Scalar({} bytes, plain: {plain})", text.len()),
            Self::Sequence(items) => f.debug_list().entries(items).finish(),
            Self::Mapping(entries) => {
                f.debug_map().entries(entries.iter().map(|entry| (&entry.key, &entry.value))).finish()
            }
        }
    }
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key's text.
    pub key: Box<str>,
    /// The place of the key.
    pub key_span: Span,
    /// Its value.
    pub value: Node,
}

impl Entry {
    /// Its value, and the place of its key.
    pub fn place(&self) -> (&Node, Span) {
        (&self.value, self.key_span)
    }
}

impl Node {
    /// The value of a key, if this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of a key, if this is a mapping that has it.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key.as_ref() == key)
    }

    /// The entries; empty unless this is a mapping.
    pub fn entries(&self) -> &[Entry] {
        if let NodeValue::Mapping(entries) = &self.value { entries } else { &[] }
    }

    /// The items; empty unless this is a sequence.
    pub fn items(&self) -> &[Node] {
        if let NodeValue::Sequence(items) = &self.value { items } else { &[] }
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        if let NodeValue::Scalar { text, .. } = &self.value { Some(text) } else { None }
    }

    /// What it is, as messages say it.
    pub const fn form(&self) -> &'static str {
        match &self.value {
            NodeValue::Scalar { .. } => "a plain value",
            NodeValue::Sequence(_) => "a list",
            NodeValue::Mapping(_) => "a mapping",
        }
    }

    /// The name that a key must mean and that no other key of this mapping does: of two, neither is chosen.
    pub fn meaning<'n>(&self, entry: &Entry, names: &[&'n str]) -> Option<&'n str> {
        let means = |entry: &Entry| unmistakable(&entry.key, names.iter().copied());
        let is_only =
            |name: &&str| self.entries().iter().filter(|other| means(other) == Some(*name)).count() == 1;
        means(entry).filter(is_only)
    }

    /// Whether this is YAML's null: plain and empty, `~`, `null`, `Null` or `NULL`.
    pub fn is_null(&self) -> bool {
        matches!(&self.value, NodeValue::Scalar { text, plain: true }
            if matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL"))
    }
}
