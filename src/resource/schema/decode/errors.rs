//! Errors for a spec that does not fit its table.

use crate::model::diagnostic::{Diagnostic, Edit, Fix, Span};
use crate::model::suggestion::{did_you_mean, nearest, unmistakable};
use crate::model::text::quoted_word;
use crate::model::value::{Name, Secret, Value};
use crate::resource::schema::{Attribute, Entry, Node, NodeValue, Type, edit};

use super::secret::{is_path, is_variable};
use super::walk::{Place, Walk};

impl Walk<'_> {
    pub(super) fn error(&mut self, code: &'static str, span: Span, message: String, help: Option<String>) {
        self.fixable(code, span, message, help, None);
    }

    pub(super) fn fixable(
        &mut self,
        code: &'static str,
        span: Span,
        message: String,
        help: Option<String>,
        fix: Option<Fix>,
    ) {
        let mut diagnostic = Diagnostic::error(code, message).at(span).fixed_by(fix);
        diagnostic.help = help;
        self.diagnostics.push(diagnostic);
    }

    /// A fix of one edit in the text that a node is written in.
    pub(super) fn edited(&self, node: &Node, edit: impl FnOnce(&str) -> Option<Edit>) -> Option<Fix> {
        let file = node.span.file;
        edit(self.secrets.source(file)).map(|edit| Fix { file, edits: vec![edit] })
    }

    pub(super) fn wrong_type(&mut self, node: &Node, place: &Place<'_>, expected: &str) {
        let message = format!("'{}' must be {expected}, not {}", place.name, node.form());
        self.error("wrong-type", node.span, message, None);
    }

    /// A secret in a form that says neither its text nor where it is.
    pub(super) fn wrong_secret(&mut self, attribute: &Attribute, place: &Place<'_>, node: &Node) {
        let mapping = if attribute.content.is_some() { "its content as a mapping, " } else { "" };
        let message = format!(
            "'{}' must be text, {mapping}{{file: PATH}} or {{env: NAME}}, not this {}",
            place.name,
            node.form().trim_start_matches("a ")
        );
        self.error("wrong-type", node.span, message, Some(forms(place.name)));
    }

    /// An environment variable that is named as a shell fills it in.
    pub(super) fn dollar_in_name(&mut self, place: &Place<'_>, node: &Node, written: &str) {
        let span = node.get("env").map_or(node.span, |name| name.span);
        let name = written.trim_matches(['$', '{', '}']);
        let message = format!("'{}' names an environment variable with '$'", place.name);
        self.error("invalid-secret", span, message, Some(format!("write {}: {{env: {name}}}", place.name)));
    }

    /// A secret whose text is not what it should be. Paths and names of variables are usual mistakes.
    pub(super) fn invalid_secret(&mut self, place: &Place<'_>, node: &Node, key: Span, problem: &str) {
        let name = place.name;
        let inline = node.text().unwrap_or_default();
        let mistake = if is_path(inline) {
            Some(("path of a file", "{file: PATH}; the path is relative to the manifest"))
        } else if is_variable(inline) {
            Some(("name of an environment variable", "{env: NAME}"))
        } else {
            None
        };
        match mistake {
            Some((what, line)) => {
                let message = format!("'{name}' looks like the {what}");
                self.error("invalid-secret", key, message, Some(format!("write {name}: {line}")));
            }
            None => {
                let of_variable =
                    || "the variable holds the text, base64 of it, or a path such as ./NAME".to_owned();
                let help = match (node.get("env"), node.get("file")) {
                    (Some(_), _) => Some(of_variable()),
                    (_, Some(_)) => None,
                    (None, None) => Some(forms(name)),
                };
                self.error("invalid-secret", key, format!("'{name}' {problem}"), help);
            }
        }
    }

    pub(super) fn wrong_word(&mut self, place: &Place<'_>, node: &Node, text: &str, words: &[&str]) {
        let near = nearest(text, words.iter().copied())
            .map(|word| format!("; {}", did_you_mean(word)))
            .unwrap_or_default();
        let help = format!("one of: {}{near}", words.join(", "));
        let meant = unmistakable(text, words.iter().copied());
        let fix = meant.and_then(|word| self.edited(node, |source| edit::replace_word(source, node, word)));
        let message = format!("'{}' can't be '{text}'", place.name);
        self.fixable("invalid-value", node.span, message, Some(help), fix);
    }

    /// What is compared with names and known words would be told by what fits.
    pub(super) fn secret_word(&mut self, place: &Place<'_>, node: &Node) -> Value {
        let message = format!("'{}' can't be filled in from a secret variable", place.name);
        let help = "names, hosts and words of a list are shown everywhere: use a plain variable";
        self.error("secret-variable", node.span, message, Some(help.to_owned()));
        Value::Null
    }

    pub(super) fn given_twice(&mut self, attribute: &Attribute, entry: &Entry) {
        let message = format!("'{}' is given twice, in two spellings", attribute.name);
        self.error("duplicate-field", entry.key_span, message, Some("keep one of them".to_owned()));
    }

    pub(super) fn empty_item(&mut self, place: &Place<'_>, node: &Node) {
        let message = format!("an item of '{}' is empty", place.name);
        self.error("empty-item", node.span, message, Some("remove it, or say what it is".to_owned()));
    }

    pub(super) fn no_value(&mut self, item: &Attribute, place: &Place<'_>, entry: &Entry) {
        let empty = match item.ty {
            Type::List(_) | Type::Set(_) => "[] for an empty list",
            Type::Map { .. } | Type::Object(_) => "{} for an empty mapping",
            Type::String | Type::Bool | Type::Enum(_) | Type::Secret => "\"\" for an empty text",
        };
        let message = format!("'{}' in '{}' has no value", entry.key, place.name);
        self.error("missing-value", entry.key_span, message, Some(format!("remove it, or write {empty}")));
    }

    /// The object can still be compared with the live one; sending the secret fails with this reason.
    pub(super) fn unset_variable(&mut self, place: &Place<'_>, node: &Node, name: &str) -> Value {
        let name = self.secrets.written(name);
        let message =
            format!("environment variable {name} is not set, so '{}' is not known here", place.name);
        let help = "without it the object can be compared, but not be created or changed";
        self.diagnostics
            .push(Diagnostic::warning("unset-variable", message.clone()).at(node.span).help(help));
        Value::Secret(Secret::missing(message))
    }

    /// Reports required fields that are absent or empty.
    pub(super) fn missing(
        &mut self,
        attributes: &'static [Attribute],
        place: &Place<'_>,
        node: &Node,
        key: Span,
        members: &[(Name, Value)],
    ) {
        for attribute in attributes.iter().filter(|attribute| attribute.required) {
            if members.iter().any(|(name, _)| *name == attribute.name) {
                continue;
            }
            // A field that was given but is broken has its own diagnostic, an empty one has none yet.
            let given = node.entries().iter().find(|entry| attribute.answers_to(&entry.key));
            if given.is_some_and(|entry| !is_blank(&entry.value)) {
                continue;
            }
            // One that is misspelt has its diagnostic, too: it says how it is written.
            let meant = |entry: &Entry| self.meant(attributes, place, &entry.key) == Some(attribute.name);
            let known = |entry: &Entry| attributes.iter().any(|known| known.answers_to(&entry.key));
            if given.is_none() && node.entries().iter().any(|entry| !known(entry) && meant(entry)) {
                continue;
            }
            let what = if given.is_some() { "must not be empty" } else { "is missing" };
            let message = format!("required field '{}'{} {what}", attribute.name, owner(place));
            let span = given.map_or(key, |entry| entry.key_span);
            self.error("missing-field", span, message, explained(attribute));
        }
    }

    /// Reports a key that names no field, unless it says which object the spec is of.
    pub(super) fn unknown(
        &mut self,
        attributes: &'static [Attribute],
        place: &Place<'_>,
        node: &Node,
        entry: &Entry,
    ) {
        if self.identity(place).any(|key| key == entry.key.as_ref()) {
            return;
        }
        let names = attributes.iter().map(|attribute| attribute.name);
        let help = match self.meant(attributes, place, &entry.key) {
            Some(near) => did_you_mean(near),
            None => format!("known fields: {}", names.collect::<Vec<_>>().join(", ")),
        };
        if self.former_field(place, node, entry) {
            return;
        }
        let message = format!("unknown field{}{}", quoted_word(&entry.key), owner(place));
        let names: Vec<&str> =
            attributes.iter().map(|attribute| attribute.name).chain(self.identity(place)).collect();
        let meant = node.meaning(entry, &names);
        let meant = meant.filter(|name| !is_given(attributes, node, name));
        let fix = meant.and_then(|name| self.edited(node, |source| edit::rename(source, entry, name)));
        self.fixable("unknown-field", entry.key_span, message, Some(help), fix);
    }

    /// The keys that say which object the spec is of.
    fn identity(&self, place: &Place<'_>) -> impl Iterator<Item = &'static str> {
        let root = place.is_root();
        self.kind.names.product_keys.iter().copied().chain(["name"]).filter(move |_| root)
    }

    /// The field that an unknown key is most likely to mean.
    fn meant(&self, attributes: &'static [Attribute], place: &Place<'_>, key: &str) -> Option<&'static str> {
        nearest(key, attributes.iter().map(|attribute| attribute.name).chain(self.identity(place)))
    }
}

/// The lines that give a secret.
fn forms(name: &str) -> String {
    format!(
        "write {name}: {{file: PATH}}, {name}: {{env: NAME}}, or {name}: | and the text on the lines below it, \
         indented"
    )
}

/// ` in 'git'`, or nothing at the root.
fn owner(place: &Place<'_>) -> String {
    if place.is_root() { String::new() } else { format!(" in '{}'", place.name) }
}

/// What a field is for, and what it may be.
fn explained(attribute: &Attribute) -> Option<String> {
    let words = match attribute.ty {
        Type::Enum(words) => format!(" One of: {}.", words.join(", ")),
        _ => String::new(),
    };
    (!attribute.doc.is_empty()).then(|| format!("{}: {}{words}", attribute.name, attribute.doc))
}

/// Whether a value is there and says nothing.
fn is_blank(node: &Node) -> bool {
    match &node.value {
        NodeValue::Scalar { text, .. } => node.is_null() || text.is_empty(),
        NodeValue::Sequence(items) => items.is_empty(),
        NodeValue::Mapping(_) => false,
    }
}

/// Whether a mapping has a field in one of its spellings.
fn is_given(attributes: &'static [Attribute], node: &Node, name: &str) -> bool {
    let attribute = attributes.iter().find(|attribute| attribute.name == name);
    let answers = |key: &str| attribute.map_or(key == name, |attribute| attribute.answers_to(key));
    node.entries().iter().any(|entry| answers(&entry.key))
}
