//! The walk over one spec.

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::schema::{Attribute, Entry, Kind, Node, NodeValue, Removed, Type};
use crate::value::{Map, Name, Secret, Value};

use super::SecretSource;
use super::scalar::{nearest, placeholder, truth};
use super::secret::{Shape, plain_text, shape};

pub(super) struct Walk<'a> {
    pub(super) secrets: &'a mut dyn SecretSource,
    pub(super) diagnostics: &'a mut Diagnostics,
    /// Whether a `$placeholder` was met; the loader has complained about it.
    pub(super) unfilled: bool,
}

/// A level of the tree: its fields, its keys that mean something else, and the removed fields below it.
#[derive(Clone, Copy)]
struct Level<'a> {
    attributes: &'static [Attribute],
    reserved: &'a [&'static str],
    removed: &'a [Removed],
}

impl Walk<'_> {
    pub(super) fn root(&mut self, kind: &'static Kind, spec: &Node) -> Value {
        let reserved: Vec<&'static str> = kind.product_keys.iter().copied().chain(["name"]).collect();
        let level = Level { attributes: kind.attributes, reserved: &reserved, removed: kind.removed };
        match &spec.value {
            NodeValue::Mapping(_) => self.fields(level, &[], spec, spec.span),
            _ => {
                self.wrong_type(spec, "spec", "a mapping of fields");
                Value::Null
            }
        }
    }

    fn fields(&mut self, level: Level<'_>, path: &[&str], node: &Node, place: Span) -> Value {
        let mut members: Vec<(Name, Value)> = Vec::with_capacity(node.entries().len());
        for entry in node.entries() {
            let Some(attribute) = level.attributes.iter().find(|attribute| attribute.answers_to(&entry.key))
            else {
                self.unknown(level, path, entry);
                continue;
            };
            if level.reserved.contains(&entry.key.as_ref()) && attribute.ignored.is_some() {
                continue;
            }
            if members.iter().any(|(name, _)| *name == attribute.name) {
                self.error(
                    "duplicate-field",
                    entry.key_span,
                    format!("'{}' is given twice, in two spellings", attribute.name),
                    None,
                );
                continue;
            }
            let value = self.attribute(level, path, attribute, entry);
            if attribute.ignored.is_none() && !attribute.computed && !value.is_empty() {
                members.push((Name::Borrowed(attribute.name), value));
            }
        }
        self.missing(level, path, node, place, &members);
        Value::Map(members.into_iter().collect::<Map>())
    }

    fn attribute(
        &mut self,
        level: Level<'_>,
        path: &[&str],
        attribute: &'static Attribute,
        entry: &Entry,
    ) -> Value {
        if entry.value.is_null() {
            return Value::Null;
        }
        let mut path = path.to_vec();
        path.push(attribute.name);
        if let (Type::Object(_), NodeValue::Scalar { .. }) = (attribute.ty, &entry.value.value)
            && let Some(removed) = level.removed.iter().find(|removed| removed.path == path && removed.scalar)
        {
            self.error(
                "removed-form",
                entry.key_span,
                format!("'{}' is no longer a plain text", entry.key),
                Some(removed.help.to_owned()),
            );
            return Value::Null;
        }
        self.value(level, &path, attribute, &entry.value, entry.key_span)
    }

    fn value(
        &mut self,
        level: Level<'_>,
        path: &[&str],
        attribute: &'static Attribute,
        node: &Node,
        key: Span,
    ) -> Value {
        if node.is_null() {
            return Value::Null;
        }
        match (attribute.ty, &node.value) {
            (Type::Secret, _) => self.secret(attribute, node, key),
            (Type::String | Type::Enum(_), NodeValue::Scalar { text, .. }) => {
                self.text(attribute, path, node, text)
            }
            (Type::Bool, NodeValue::Scalar { text, plain: true }) if truth(text).is_some() => {
                Value::Bool(truth(text).unwrap_or_default())
            }
            (Type::List(item) | Type::Set(item), NodeValue::Sequence(items)) => {
                Value::List(items.iter().map(|node| self.value(level, path, item, node, node.span)).collect())
            }
            (Type::Map { value: item, .. }, NodeValue::Mapping(entries)) => {
                let mut members = Vec::with_capacity(entries.len());
                for entry in entries {
                    self.removed_key(level, path, entry);
                    let value = self.value(level, path, item, &entry.value, entry.key_span);
                    members.push((Name::Owned(entry.key.to_string()), value));
                }
                Value::Map(members.into_iter().collect())
            }
            (Type::Object(fields), NodeValue::Mapping(_)) => {
                let level = Level { attributes: fields, reserved: &[], ..level };
                self.fields(level, path, node, key)
            }
            (ty, _) => {
                let place = path.last().copied().unwrap_or("spec");
                self.wrong_type(node, place, expectation(ty));
                Value::Null
            }
        }
    }

    fn text(&mut self, attribute: &'static Attribute, path: &[&str], node: &Node, text: &str) -> Value {
        let (name, value) = (path.last().copied().unwrap_or_default(), Value::text(text));
        if placeholder(text).is_some() {
            self.unfilled = true;
            return value;
        }
        if text.is_empty() {
            return value;
        }
        if let Type::Enum(words) = attribute.ty
            && !words.contains(&text)
        {
            let near = nearest(text, words.iter().copied())
                .map(|word| format!("; did you mean '{word}'?"))
                .unwrap_or_default();
            let help = format!("one of: {}{near}", words.join(", "));
            self.error("invalid-value", node.span, format!("'{name}' can't be '{text}'"), Some(help));
        } else if let Some(Err(problem)) = attribute.check.map(|check| check(text)) {
            self.error("invalid-value", node.span, format!("'{name}' {problem}"), None);
        }
        value
    }

    fn secret(&mut self, attribute: &'static Attribute, node: &Node, key: Span) -> Value {
        let read = match shape(node) {
            Some(Shape::Inline(text)) => {
                self.secrets.mask(node.span);
                if placeholder(text.trim()).is_some_and(|found| found.len() == text.trim().len()) {
                    self.unfilled = true;
                    return Value::Null;
                }
                Ok(text.to_owned())
            }
            Some(Shape::File(path)) => self.secrets.file(node.span.file, path),
            Some(Shape::Variable(name)) => match self.secrets.variable(name) {
                Some(text) => Ok(text),
                None => {
                    let message = format!(
                        "environment variable {name} is not set, so '{}' is not known here",
                        attribute.name
                    );
                    let help = "without it the object can be compared, but not be created or changed";
                    self.diagnostics.push(
                        Diagnostic::warning("unset-variable", message.clone()).at(node.span).help(help),
                    );
                    return Value::Secret(Secret::missing(message));
                }
            },
            None => {
                self.wrong_type(node, attribute.name, "text, {file: path} or {env: NAME}");
                return Value::Null;
            }
        };
        match read.map(plain_text) {
            Ok(text) => {
                if let Some(Err(problem)) = attribute.check.map(|check| check(&text)) {
                    self.error("invalid-secret", key, format!("'{}' {problem}", attribute.name), None);
                }
                Value::Secret(Secret::new(text))
            }
            Err(problem) => {
                self.error(
                    "unreadable-secret",
                    key,
                    format!("'{}': {}", attribute.name, problem.message),
                    problem.help,
                );
                Value::Null
            }
        }
    }

    fn missing(
        &mut self,
        level: Level<'_>,
        path: &[&str],
        node: &Node,
        place: Span,
        members: &[(Name, Value)],
    ) {
        for attribute in level.attributes.iter().filter(|attribute| attribute.required) {
            if members.iter().any(|(name, _)| *name == attribute.name) {
                continue;
            }
            // A field that was given but is broken has its own complaint, an empty one has none yet.
            let given = node.entries().iter().find(|entry| attribute.answers_to(&entry.key));
            if given.is_some_and(|entry| !is_blank(&entry.value)) {
                continue;
            }
            let owner = path.last().map(|name| format!(" in '{name}'")).unwrap_or_default();
            let what = if given.is_some() { "must not be empty" } else { "is missing" };
            let help = (!attribute.doc.is_empty()).then(|| format!("{}: {}", attribute.name, attribute.doc));
            let span = given.map_or(place, |entry| entry.key_span);
            self.error(
                "missing-field",
                span,
                format!("required field '{}'{owner} {what}", attribute.name),
                help,
            );
        }
    }

    fn unknown(&mut self, level: Level<'_>, path: &[&str], entry: &Entry) {
        if level.reserved.contains(&entry.key.as_ref()) || self.removed_key(level, path, entry) {
            return;
        }
        let owner = path.last().map(|name| format!(" in '{name}'")).unwrap_or_default();
        let names = level.attributes.iter().map(|attribute| attribute.name);
        let help = match nearest(&entry.key, names.clone().chain(level.reserved.iter().copied())) {
            Some(near) => format!("did you mean '{near}'?"),
            None => format!("known fields: {}", names.collect::<Vec<_>>().join(", ")),
        };
        self.error(
            "unknown-field",
            entry.key_span,
            format!("unknown field '{}'{owner}", entry.key),
            Some(help),
        );
    }

    /// Complains about a field of a former version; says whether it was one.
    fn removed_key(&mut self, level: Level<'_>, path: &[&str], entry: &Entry) -> bool {
        let same = |word: &str| word == entry.key.as_ref() || snake_case(word) == entry.key.as_ref();
        let found = level.removed.iter().find(|removed| {
            !removed.scalar
                && removed.path.split_last().is_some_and(|(last, parents)| parents == path && same(last))
        });
        if let Some(removed) = found {
            let message = format!("'{}' is no field of a v0.4 server, which ignores it silently", entry.key);
            self.error("removed-field", entry.key_span, message, Some(removed.help.to_owned()));
        }
        found.is_some()
    }

    fn wrong_type(&mut self, node: &Node, name: &str, expected: &str) {
        let found = match &node.value {
            NodeValue::Scalar { .. } => "a plain value",
            NodeValue::Sequence(_) => "a list",
            NodeValue::Mapping(_) => "a mapping",
        };
        self.error("wrong-type", node.span, format!("'{name}' must be {expected}, not {found}"), None);
    }

    fn error(&mut self, code: &'static str, span: Span, message: String, help: Option<String>) {
        let mut complaint = Diagnostic::error(code, message).at(span);
        complaint.help = help;
        self.diagnostics.push(complaint);
    }
}

/// Whether a value is there and says nothing.
fn is_blank(node: &Node) -> bool {
    match &node.value {
        NodeValue::Scalar { text, .. } => node.is_null() || text.is_empty(),
        NodeValue::Sequence(items) => items.is_empty(),
        NodeValue::Mapping(_) => false,
    }
}

const fn expectation(ty: Type) -> &'static str {
    match ty {
        Type::String | Type::Enum(_) => "text",
        Type::Bool => "true or false",
        Type::Secret => "text, {file: path} or {env: NAME}",
        Type::List(_) | Type::Set(_) => "a list",
        Type::Map { .. } | Type::Object(_) => "a mapping",
    }
}

fn snake_case(name: &str) -> String {
    name.chars().fold(String::new(), |mut out, c| {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
        out
    })
}
