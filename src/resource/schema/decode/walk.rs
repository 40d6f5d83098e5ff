//! The walk over one spec: nodes become values, and whatever does not fit is reported (see `errors`).

use std::collections::HashSet;

use crate::model::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::model::value::{Map, Name, Secret, Value};
use crate::resource::schema::{Attribute, Entry, Kind, Node, NodeValue, Type, edit};

use super::scalar::{placeholder, truth};
use super::secret::{SecretProblem, SecretSource, Shape, in_place, plain_text, shape};

pub(super) struct Walk<'a> {
    pub(super) kind: &'static Kind,
    pub(super) spec: &'a Node,
    pub(super) secrets: &'a mut dyn SecretSource,
    pub(super) diagnostics: &'a mut Diagnostics,
    /// Whether a `$placeholder` was met; the loader has reported it.
    pub(super) unfilled: bool,
}

/// A field and the fields around it. It lives on the stack: nothing is allocated for a field without errors.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) name: &'static str,
    above: Option<&'a Place<'a>>,
}

impl<'a> Place<'a> {
    const ROOT: Place<'static> = Place { name: "spec", above: None };

    const fn below(name: &'static str, above: &'a Place<'a>) -> Self {
        Self { name, above: Some(above) }
    }

    pub(super) const fn is_root(&self) -> bool {
        self.above.is_none()
    }

    /// Whether these are the names from the root down to here.
    pub(super) fn is(&self, path: &[&str]) -> bool {
        match (path.split_last(), self.above) {
            (None, above) => above.is_none(),
            (Some((last, rest)), Some(above)) => self.name == *last && above.is(rest),
            (Some(_), None) => false,
        }
    }
}

impl Walk<'_> {
    pub(super) fn root(&mut self, spec: &Node) -> Value {
        match &spec.value {
            NodeValue::Mapping(_) => self.fields(self.kind.attributes, &Place::ROOT, spec, spec.span),
            _ => {
                self.wrong_type(spec, &Place::ROOT, "a mapping of fields");
                Value::Null
            }
        }
    }

    /// The fields of an object; `key` is where diagnostics about what is not there point.
    fn fields(
        &mut self,
        attributes: &'static [Attribute],
        place: &Place<'_>,
        node: &Node,
        key: Span,
    ) -> Value {
        let mut members: Vec<(Name, Value)> = Vec::with_capacity(node.entries().len());
        for entry in node.entries() {
            let Some(attribute) = attributes.iter().find(|attribute| attribute.answers_to(&entry.key)) else {
                self.unknown(attributes, place, node, entry);
                continue;
            };
            if attribute.ignored.is_some() {
                continue;
            }
            if members.iter().any(|(name, _)| *name == attribute.name) {
                self.given_twice(attribute, entry);
                continue;
            }
            let value = self.field(attribute, place, entry);
            if !attribute.computed && !value.is_empty() {
                members.push((Name::known(&attribute.name), value));
            }
        }
        self.missing(attributes, place, node, key, &members);
        Value::Map(members.into_iter().collect::<Map>())
    }

    fn field(&mut self, attribute: &'static Attribute, above: &Place<'_>, entry: &Entry) -> Value {
        let place = Place::below(attribute.name, above);
        if entry.value.is_null() || self.former_form(attribute, &place, entry) {
            return Value::Null;
        }
        self.value(attribute, &place, &entry.value, entry.key_span)
    }

    fn value(&mut self, attribute: &'static Attribute, place: &Place<'_>, node: &Node, key: Span) -> Value {
        match (attribute.ty, &node.value) {
            (Type::Secret, _) => self.secret(attribute, place, node, key),
            (Type::String | Type::Enum(_), NodeValue::Scalar { text, .. }) => {
                self.text(attribute, place, node, text)
            }
            (Type::Bool, NodeValue::Scalar { text, plain }) => self.truth(place, node, text, *plain),
            (Type::List(item), NodeValue::Sequence(items)) => self.items(item, place, items),
            (Type::Set(item), NodeValue::Sequence(items)) => {
                let value = self.items(item, place, items);
                self.repetitions(place, items);
                value
            }
            (Type::Map { value: item, .. }, NodeValue::Mapping(entries)) => {
                self.members(item, place, node, entries)
            }
            (Type::Object(fields), NodeValue::Mapping(_)) => self.fields(fields, place, node, key),
            (ty, _) => {
                self.wrong_type(node, place, expectation(ty));
                Value::Null
            }
        }
    }

    fn items(&mut self, item: &'static Attribute, place: &Place<'_>, items: &[Node]) -> Value {
        let mut values = Vec::with_capacity(items.len());
        for node in items {
            if node.is_null() || node.text() == Some("") {
                self.empty_item(place, node);
                continue;
            }
            values.push(self.value(item, place, node, node.span));
        }
        Value::List(values.into())
    }

    /// Of items whose order does not matter, a repeated text is hardly meant.
    fn repetitions(&mut self, place: &Place<'_>, items: &[Node]) {
        let mut seen = HashSet::with_capacity(items.len());
        for node in items {
            if let Some(text) = node.text()
                && !text.is_empty()
                && !seen.insert(text)
            {
                let message = format!("'{text}' is listed twice in '{}'", place.name);
                self.diagnostics
                    .push(Diagnostic::warning("duplicate-item", message).at(node.span).help("list it once"));
            }
        }
    }

    /// The user's own keys. An empty text is a value of its own there (§3.4: supplied keys always win).
    fn members(
        &mut self,
        item: &'static Attribute,
        place: &Place<'_>,
        node: &Node,
        entries: &[Entry],
    ) -> Value {
        let mut members = Vec::with_capacity(entries.len());
        for entry in entries {
            if self.former_field(place, node, entry) {
                continue;
            }
            if entry.value.is_null() {
                self.no_value(item, place, entry);
                continue;
            }
            let value = self.value(item, place, &entry.value, entry.key_span);
            members.push((Name::from(&*entry.key), value));
        }
        Value::Map(members.into_iter().collect())
    }

    fn truth(&mut self, place: &Place<'_>, node: &Node, text: &str, plain: bool) -> Value {
        if self.secrets.is_secret(node.span) {
            return self.secret_word(place, node);
        }
        // Within { } a variable needs quotes.
        match truth(text).filter(|_| plain || self.secrets.is_filled(node.span)) {
            Some(flag) => return Value::Bool(flag),
            None if placeholder(text).is_some() => self.unfilled = true,
            None => {
                let message = format!("'{}' must be true or false, not '{text}'", place.name);
                let is_quoted = !plain && truth(text).is_some();
                let help = is_quoted.then(|| format!("remove the quotes around '{text}'"));
                let fix =
                    is_quoted.then(|| self.edited(node, |source| edit::unquote(source, node))).flatten();
                self.fixable("wrong-type", node.span, message, help, fix);
            }
        }
        Value::Null
    }

    fn text(&mut self, attribute: &'static Attribute, place: &Place<'_>, node: &Node, text: &str) -> Value {
        let is_name = attribute.refers_to.is_some() || attribute.check.is_some();
        if (is_name || matches!(attribute.ty, Type::Enum(_))) && self.secrets.is_secret(node.span) {
            return self.secret_word(place, node);
        }
        if placeholder(text).is_some() {
            self.unfilled = true;
        } else if text.is_empty() {
            // Nothing was said; whether that is allowed is for others to judge.
        } else if let Type::Enum(words) = attribute.ty
            && !words.contains(&text)
        {
            self.wrong_word(place, node, text, words);
        } else if let Some(Err(problem)) = attribute.check.map(|check| check(text)) {
            self.error("invalid-value", node.span, format!("'{}' {problem}", place.name), None);
        }
        Value::text(text)
    }

    /// A secret's text, from wherever it comes. No diagnostic shows any of it.
    fn secret(&mut self, attribute: &'static Attribute, place: &Place<'_>, node: &Node, key: Span) -> Value {
        let read = match self.source(attribute, place, node) {
            Ok(read) => read,
            Err(value) => return value,
        };
        match read.map(plain_text) {
            Ok(text) if text.trim().is_empty() => Value::Null,
            Ok(text) => {
                if let Err(problem) = self.secrets.check(attribute, &text) {
                    self.invalid_secret(place, node, key, &problem);
                }
                Value::Secret(Secret::of(text, attribute.content))
            }
            Err(problem) => {
                let message = format!("'{}': {}", place.name, problem.message);
                self.error("unreadable-secret", key, message, Some(problem.help));
                Value::Null
            }
        }
    }

    /// What the source of a secret gives; the value itself, where there is none to read.
    fn source(
        &mut self,
        attribute: &'static Attribute,
        place: &Place<'_>,
        node: &Node,
    ) -> Result<Result<String, SecretProblem>, Value> {
        Ok(match shape(attribute, node) {
            Some(Shape::Inline(text)) => {
                self.secrets.mask(node.span);
                let whole = text.trim();
                if placeholder(whole).is_some_and(|found| found.len() == whole.len()) {
                    self.unfilled = true;
                    return Err(Value::Null);
                }
                Ok(text.to_owned())
            }
            Some(Shape::InPlace(content)) => {
                self.secrets.mask(node.span);
                Ok(in_place(content).to_string())
            }
            Some(Shape::File(path)) => self.secrets.file(node.span.file, path),
            Some(Shape::Variable(name)) if name.starts_with('$') => {
                self.dollar_in_name(place, node, name);
                return Err(Value::Null);
            }
            Some(Shape::Variable(name)) => match self.secrets.variable(node.span.file, name).transpose() {
                Some(read) => read,
                None => return Err(self.unset_variable(place, node, name)),
            },
            None => {
                self.wrong_secret(attribute, place, node);
                return Err(Value::Null);
            }
        })
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
