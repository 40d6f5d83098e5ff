//! From located nodes to checked values, driven by the table of [`keys`](super::keys); all errors at once.
//!
//! Invariant: what comes out has the types and bounds of the table, and no error shows a value of the file.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use url::Url;

use crate::model::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::model::suggestion::{did_you_mean, nearest, suggestion};
use crate::model::text::quoted_word;
use crate::model::value::Path;
use crate::resource::schema::decode::truth;
use crate::resource::schema::{Entry, Node, NodeValue};
use crate::resource::{Address, Pattern};

use crate::config::load::{NAME_OF_VARIABLE, is_name};

use super::duration::duration;
use super::keys::{Key, Type};
use super::rules::Share;

/// A value and its place.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(super) struct Decoded {
    #[serde(skip)]
    pub(super) span: Span,
    pub(super) value: Value,
}

/// A checked value.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Value {
    Text(String),
    Bool(bool),
    Number(usize),
    Duration(Duration),
    Share(Share),
    Date(Date),
    Address(Address),
    Pattern(Pattern),
    Members(Members),
    Items(Vec<Decoded>),
    #[serde(skip)]
    Named(Vec<(String, Span, Members)>),
    Variables(BTreeMap<String, String>),
}

/// The settings of a mapping. What is absent, or wrong and reported, is not in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Members(Vec<(&'static str, Decoded)>);

impl Members {
    /// Takes a setting out.
    pub(super) fn remove(&mut self, name: &str) -> Option<Decoded> {
        let index = self.0.iter().position(|(key, _)| *key == name)?;
        Some(self.0.swap_remove(index).1)
    }

    /// Takes a setting out as what its type in the table says.
    pub(super) fn take<T: TryFrom<Value>>(&mut self, name: &str) -> Option<T> {
        T::try_from(self.remove(name)?.value).ok()
    }

    /// Takes a list out.
    pub(super) fn items(&mut self, name: &str) -> Vec<Decoded> {
        self.take(name).unwrap_or_default()
    }

    /// These settings, and others where those say something else: a mapping is taken apart, lists are joined.
    pub(super) fn overlaid(mut self, others: Self) -> Self {
        for (key, other) in others.0 {
            let value = match (self.remove(key).map(|own| own.value), other.value) {
                (Some(Value::Members(own)), Value::Members(other)) => Value::Members(own.overlaid(other)),
                (Some(Value::Items(own)), Value::Items(other)) => {
                    Value::Items(own.into_iter().chain(other).collect())
                }
                (_, other) => other,
            };
            self.0.push((key, Decoded { span: other.span, value }));
        }
        self
    }

    /// Takes a mapping out; an empty one if it is absent.
    pub(super) fn mapping(&mut self, name: &str) -> Self {
        self.take(name).unwrap_or_default()
    }

    /// A setting, if it is given and right.
    pub(super) fn get(&self, name: &str) -> Option<&Decoded> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, found)| found)
    }

    /// The place of a setting in a mapping.
    pub(super) fn place(&self, mapping: &str, name: &str) -> Option<Span> {
        let Value::Members(inner) = &self.get(mapping)?.value else { return None };
        inner.get(name).map(|found| found.span)
    }

    /// The settings as a structure that has them under the names of the table; what it lacks is left out.
    pub(super) fn read<T: DeserializeOwned>(self) -> T {
        let read = serde_json::to_value(self).and_then(serde_json::from_value);
        read.expect("the table says what the structure can hold")
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

macro_rules! from_value {
    ($($variant:ident => $ty:ty),* $(,)?) => {$(
        impl TryFrom<Value> for $ty {
            type Error = ();

            fn try_from(value: Value) -> Result<Self, ()> {
                if let Value::$variant(inner) = value { Ok(inner) } else { Err(()) }
            }
        }
    )*};
}

from_value! {
    Text => String,
    Members => Members,
    Items => Vec<Decoded>,
    Named => Vec<(String, Span, Members)>,
}

/// Decodes the file's one document. Nothing is said about the places in `unknown`: they were reported
/// already.
pub(super) fn decode(
    root: &Node,
    keys: &'static [Key],
    unknown: &[Span],
    diagnostics: &mut Diagnostics,
) -> Members {
    let mut decoder = Decoder { unknown: unknown.iter().copied().collect(), diagnostics };
    if !matches!(root.value, NodeValue::Mapping(_)) {
        let message = "nautform.yaml must be a mapping of settings".to_owned();
        decoder.error("wrong-type", root.span, message, None);
        return Members::default();
    }
    decoder.mapping(keys, &Path::root(), root, root.span)
}

struct Decoder<'d> {
    unknown: HashSet<Span>,
    diagnostics: &'d mut Diagnostics,
}

impl Decoder<'_> {
    fn error(&mut self, code: &'static str, span: Span, message: String, help: Option<String>) {
        let mut error = Diagnostic::error(code, message).at(span);
        error.help = help;
        self.diagnostics.push(error);
    }

    /// `key_span` is the place of errors about what is absent.
    fn mapping(&mut self, keys: &'static [Key], path: &Path, node: &Node, key_span: Span) -> Members {
        let mut members = Members::default();
        for entry in node.entries() {
            let Some(key) = keys.iter().find(|key| key.name == entry.key.as_ref()) else {
                self.unknown_key(keys, path, entry);
                continue;
            };
            if entry.value.is_null() {
                continue;
            }
            let value = self.value(&key.ty, &path.join(key.name), &entry.value, entry.key_span);
            members.0.extend(value.map(|value| (key.name, value)));
        }
        for key in keys.iter().filter(|key| key.required) {
            let entry = node.entry(key.name);
            if entry.is_none_or(|entry| entry.value.is_null()) {
                let span = entry.map_or(key_span, |entry| entry.key_span);
                let message = format!("required setting '{}' is missing", path.join(key.name));
                self.error("missing-field", span, message, Some(format!("{}: {}", key.name, key.doc)));
            }
        }
        members
    }

    fn unknown_key(&mut self, keys: &'static [Key], path: &Path, entry: &Entry) {
        let is_secret = |word: &&str| entry.key.to_ascii_lowercase().contains(*word);
        let help = if ["token", "password", "secret", "accesskey"].iter().any(is_secret) {
            "nautform.yaml holds no secrets: credentials come from the environment".to_owned()
        } else {
            suggestion(&entry.key, "known settings: ", keys.iter().map(|key| key.name))
        };
        let owner = if path.is_root() { String::new() } else { format!(" in '{path}'") };
        let message = format!("unknown setting{}{owner}", quoted_word(&entry.key));
        self.error("unknown-field", entry.key_span, message, Some(help));
    }

    fn value(&mut self, ty: &'static Type, path: &Path, node: &Node, key_span: Span) -> Option<Decoded> {
        let value = match (ty, &node.value) {
            (Type::Mapping(keys), NodeValue::Mapping(_)) => {
                Value::Members(self.mapping(keys, path, node, key_span))
            }
            (Type::List(item), NodeValue::Sequence(nodes)) => Value::Items(self.items(item, path, nodes)),
            (Type::Named(keys), NodeValue::Mapping(entries)) => Value::Named(self.named(keys, path, entries)),
            (Type::Variables, NodeValue::Mapping(entries)) => Value::Variables(self.variables(path, entries)),
            (Type::Mapping(_) | Type::List(_) | Type::Named(_) | Type::Variables, _)
            | (_, NodeValue::Sequence(_) | NodeValue::Mapping(_)) => {
                self.wrong_type(ty, path, node);
                return None;
            }
            (_, NodeValue::Scalar { text, plain }) => {
                if self.unknown.contains(&node.span) || self.is_template(path, text, node.span) {
                    return None;
                }
                match scalar(ty, text, *plain) {
                    Ok(value) => value,
                    Err(help) => {
                        let message = format!("'{path}' must be {}", expected(ty));
                        self.error("invalid-value", node.span, message, help);
                        return None;
                    }
                }
            }
        };
        Some(Decoded { span: node.span, value })
    }

    fn items(&mut self, item: &'static Type, path: &Path, nodes: &[Node]) -> Vec<Decoded> {
        let mut items = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            if node.is_null() {
                let message = format!("'{}' is empty", path.index(index));
                let help = "remove it, or give it a value".to_owned();
                self.error("empty-item", node.span, message, Some(help));
                continue;
            }
            items.extend(self.value(item, &path.index(index), node, first_character(node.span)));
        }
        items
    }

    /// Settings under names that can be labels, and that no file system takes for the same.
    fn named(
        &mut self,
        keys: &'static [Key],
        path: &Path,
        entries: &[Entry],
    ) -> Vec<(String, Span, Members)> {
        let mut all: Vec<(String, Span, Members)> = Vec::new();
        for Entry { key, key_span, value } in entries {
            let path = path.join(&**key);
            let same = all.iter().find(|(other, ..)| other.eq_ignore_ascii_case(key));
            if !is_label(key) {
                let message = format!("the name{} can't be used", quoted_word(key));
                self.error("invalid-value", *key_span, message, Some(expected(&Type::Label)));
            } else if let Some((other, ..)) = same {
                let message = format!("the names '{other}' and '{key}' differ in case only");
                self.error("invalid-value", *key_span, message, Some("give one another name".to_owned()));
            } else if value.is_null() {
                all.push((key.to_string(), *key_span, Members::default()));
            } else if matches!(value.value, NodeValue::Mapping(_)) {
                all.push((key.to_string(), *key_span, self.mapping(keys, &path, value, *key_span)));
            } else {
                self.wrong_type(&Type::Mapping(keys), &path, value);
            }
        }
        all
    }

    /// Plain values under names of variables.
    fn variables(&mut self, path: &Path, entries: &[Entry]) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for Entry { key, key_span, value } in entries {
            let name = quoted_word(key);
            match &value.value {
                _ if !is_name(key) => {
                    let message = format!("the name{name} of a variable can't be used");
                    self.error("wrong-variables", *key_span, message, Some(NAME_OF_VARIABLE.to_owned()));
                }
                NodeValue::Scalar { text, .. } if !value.is_null() => {
                    let is_known = !self.unknown.contains(&value.span);
                    if is_known && !self.is_template(&path.join(&**key), text, value.span) {
                        all.insert(key.to_string(), text.to_string());
                    }
                }
                _ => {
                    let message = format!("variable{name} must be a plain text");
                    self.error("wrong-variables", *key_span, message, None);
                }
            }
        }
        all
    }

    /// Whether a value is written as if variables were filled in: `${NAME}`. It would be taken literally.
    fn is_template(&mut self, path: &Path, text: &str, span: Span) -> bool {
        let name = text.split_once("${").and_then(|(_, rest)| rest.split_once('}'));
        let is_template = name.is_some_and(|(name, _)| is_name(name));
        if is_template {
            let message = format!("'{path}' has a variable, and nautform.yaml is taken as it is written");
            let help = "write the value; what differs from platform to platform belongs to `environments:`";
            self.error("invalid-value", span, message, Some(help.to_owned()));
        }
        is_template
    }

    fn wrong_type(&mut self, ty: &Type, path: &Path, node: &Node) {
        let message = format!("'{path}' must be {}, not {}", expected(ty), node.form());
        self.error("wrong-type", node.span, message, None);
    }
}

/// Long values are pointed at by their beginning.
const fn first_character(span: Span) -> Span {
    Span { end: span.start + 1, ..span }
}

/// A plain value of a type; the error is what to do about it.
fn scalar(ty: &'static Type, text: &str, plain: bool) -> Result<Value, Option<String>> {
    let unquoted = || (!plain).then(|| "remove the quotes".to_owned());
    Ok(match ty {
        Type::Text if text.is_empty() => {
            return Err(Some("remove the setting, or give it a value".to_owned()));
        }
        Type::Text => Value::Text(text.to_owned()),
        Type::Url { query } => {
            let url = Url::parse(text.trim()).ok().filter(|url| is_of_server(url, *query)).ok_or(None)?;
            // Credentials come from the environment.
            if !url.username().is_empty() || url.password().is_some() {
                return Err(Some("remove the user: credentials come from the environment".to_owned()));
            }
            Value::Text(text.trim().to_owned())
        }
        Type::Label if is_label(text) => Value::Text(text.to_owned()),
        Type::Label => return Err(None),
        Type::Bool => Value::Bool(truth(text).filter(|_| plain).ok_or_else(unquoted)?),
        Type::Word(words) if words.contains(&text) => Value::Text(text.to_owned()),
        Type::Word(words) => {
            return Err(nearest(text, words.iter().copied()).map(did_you_mean));
        }
        Type::Number(range) => {
            let is_number = plain && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let number = is_number.then(|| text.parse().ok()).flatten();
            Value::Number(number.filter(|number| range.contains(number)).ok_or_else(unquoted)?)
        }
        Type::Duration { least } => {
            let least = Duration::from_secs(*least);
            Value::Duration(duration(text).ok().filter(|duration| *duration >= least).ok_or(None)?)
        }
        Type::Share => Value::Share(Share::parse(text).ok_or(None)?),
        Type::Date => Value::Date(text.parse().map_err(|_| None)?),
        Type::Address => Value::Address(text.parse().map_err(|_| None)?),
        Type::Pattern => Value::Pattern(text.parse().map_err(|_| None)?),
        Type::Mapping(_) | Type::List(_) | Type::Named(_) | Type::Variables => return Err(None),
    })
}

fn is_of_server(url: &Url, query: bool) -> bool {
    let has_no_more = url.fragment().is_none() && (query || url.query().is_none());
    ["http", "https"].contains(&url.scheme()) && url.has_host() && has_no_more
}

/// Whether a text can be a label: those of Kubernetes are like this, and all others allow more.
pub(crate) fn is_label(text: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.len() <= 63 && text.chars().all(is_inner) && ends(text.chars().next()) && ends(text.chars().last())
}

/// What a type accepts: "'apply.retries' must be …".
fn expected(ty: &Type) -> String {
    match ty {
        Type::Text => "text that is not empty".to_owned(),
        Type::Url { .. } => "a URL such as https://nautes.example.com:8000".to_owned(),
        Type::Label => {
            "a name of letters, digits, '-', '_' and '.', such as production, at most 63 characters"
                .to_owned()
        }
        Type::Bool => "true or false".to_owned(),
        Type::Word(words) => format!("one of {}", words.join(", ")),
        Type::Number(range) => format!("a whole number from {} to {}", range.start(), range.end()),
        Type::Duration { least: 0 } => "a duration such as 90s, 10m or 1h30m, at most 168h".to_owned(),
        Type::Duration { least } => {
            format!("a duration such as 90s, 10m or 1h30m, at least {least}s and at most 168h")
        }
        Type::Share => "a share such as 30%, from 0% to 100%".to_owned(),
        Type::Date => "a date such as 2027-01-31".to_owned(),
        Type::Address => "an address such as Cluster/host-a or Environment/shop/dev".to_owned(),
        Type::Pattern => "a pattern of addresses such as Cluster/host-* or */shop/*".to_owned(),
        Type::Mapping(_) | Type::Named(_) | Type::Variables => "a mapping".to_owned(),
        Type::List(_) => "a list".to_owned(),
    }
}
