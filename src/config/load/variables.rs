//! `${NAME}` in manifests, and the `$placeholders` that the official examples expect to be filled in.
//!
//! Values go into scalars and keys after parsing, so a value can't inject structure. `$${` is a literal `${`.
//! A placeholder of the official examples is filled in by the variable of its name, with `_` for `-` if you
//! like: `--var api_server=…` for `$api-server`.
//!
//! The inline text of a secret field is left alone, since kubeconfigs and tokens may hold any `$`; only a
//! text that is one variable or one placeholder and nothing else is replaced. Other values of the spec that
//! hold a secret variable are secrets from then on. Invariant: what could not be filled in was reported at its
//! place and is listed in [`Document::unknown`].

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::model::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::model::hint::{Hint, HintText};
use crate::model::suggestion::{did_you_mean, nearest};
use crate::resource::schema::{Entry, Node, NodeValue, decode};

use super::redact;
use super::yaml::{Document, duplicate_key};

/// Names and values of variables.
pub type Variables = BTreeMap<String, String>;

/// Fills in one document after the other.
pub(super) struct Interpolator<'a> {
    /// The text of the file, to find the place of a variable inside a value.
    pub(super) text: &'a str,
    /// Whether the text may have anything to fill in.
    pub(super) has_places: bool,
    pub(super) variables: &'a Variables,
    /// The variables whose values must never be shown.
    pub(super) secret: &'a BTreeSet<String>,
    /// The names of those that were filled in.
    pub(super) used: &'a RefCell<BTreeSet<String>>,
    /// The words of hints.
    pub(super) hints: HintText,
}

/// Whether a text may have a variable or a placeholder. In quotes, `$` may be written as an escape.
pub(super) fn has_places(text: &str) -> bool {
    text.contains('$') || text.contains('\\')
}

impl Interpolator<'_> {
    /// Replaces the variables of a document in place. Gives what was written where something was filled in.
    pub(super) fn fill(&self, document: &mut Document, diagnostics: &mut Diagnostics) -> Filled {
        if !self.has_places {
            return Filled::default();
        }
        let mut filling = Interpolation {
            filler: self,
            unknown: &mut document.unknown,
            diagnostics,
            filled: Filled::default(),
            in_spec: false,
            span: document.root.span,
            may_be_secret: false,
            uses_secret: false,
            searched: 0,
            out: String::new(),
        };
        filling.node(&mut document.root);
        filling.filled
    }

    fn hint(&self, name: &str) -> String {
        (self.hints)(&Hint::SetVariable(name.to_owned()))
    }

    fn undefined(&self, name: &str) -> Diagnostic {
        let near = nearest(name, self.variables.keys().map(String::as_str));
        let near = near.map(|near| format!("{} otherwise ", did_you_mean(near))).unwrap_or_default();
        Diagnostic::error("undefined-variable", format!("variable '{name}' is not defined"))
            .help(format!("{near}{}", self.hint(name)))
    }

    /// The values of secret variables, and how they are written.
    pub(super) fn secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        self.secret.iter().filter_map(|name| Some((self.variables.get(name)?.as_str(), "(secret variable)")))
    }

    fn is_secret(&self, name: &str) -> bool {
        self.secret.contains(name)
    }

    fn value(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(name)?;
        if !self.used.borrow().contains(name) {
            self.used.borrow_mut().insert(name.to_owned());
        }
        Some(value)
    }
}

struct Interpolation<'a> {
    filler: &'a Interpolator<'a>,
    unknown: &'a mut Vec<Span>,
    diagnostics: &'a mut Diagnostics,
    filled: Filled,
    /// Whether the current value is in the spec.
    in_spec: bool,
    /// The place of the current value.
    span: Span,
    /// Whether a secret variable may be filled in there.
    may_be_secret: bool,
    /// Whether one was.
    uses_secret: bool,
    /// Up to where the text of the current value was searched for places.
    searched: u32,
    /// The current value, as far as it is filled in.
    out: String,
}

impl Interpolation<'_> {
    fn node(&mut self, node: &mut Node) {
        let span = node.span;
        match &mut node.value {
            NodeValue::Scalar { text, .. } => self.scalar(text, span, self.in_spec),
            NodeValue::Sequence(items) => items.iter_mut().for_each(|item| self.node(item)),
            NodeValue::Mapping(entries) => {
                let keys_changed = entries.iter().any(|entry| entry.key.contains('$'));
                entries.iter_mut().for_each(|entry| self.entry(entry));
                if keys_changed {
                    self.drop_duplicates(entries);
                }
            }
        }
    }

    fn entry(&mut self, entry: &mut Entry) {
        let known = self.unknown.len();
        self.scalar(&mut entry.key, entry.key_span, false);
        let was_in_spec = self.in_spec;
        self.in_spec |= *entry.key == *"spec";
        self.value(entry);
        self.in_spec = was_in_spec;
        // Diagnostics about a value often point at its key, and those about the source of a secret at the
        // whole source.
        let is_source = matches!(entry.value.value, NodeValue::Sequence(_) | NodeValue::Mapping(_));
        if self.unknown.len() > known && (!is_source || redact::is_secret_field(&entry.key)) {
            self.unknown.extend([entry.key_span, entry.value.span]);
        }
    }

    fn value(&mut self, entry: &mut Entry) {
        let key_span = entry.key_span;
        if redact::is_secret_field(&entry.key) && !redact::is_source(&entry.value) {
            return self.secrets(&mut entry.value);
        }
        match &mut entry.value.value {
            NodeValue::Scalar { text, .. } => {
                self.scalar(text, entry.value.span, self.in_spec);
                // Diagnostics about a value may point at its key.
                if let Some(filled) = self.filled.places.get(&entry.value.span).cloned() {
                    self.filled.places.insert(key_span, filled);
                }
            }
            NodeValue::Sequence(_) | NodeValue::Mapping(_) => {
                self.node(&mut entry.value);
                // Those about the source of a secret point at its field.
                if let [source] = entry.value.entries()
                    && let Some(filled) = self.filled.places.get(&source.value.span).cloned()
                {
                    self.filled.places.insert(entry.value.span, filled.clone());
                    self.filled.places.insert(key_span, filled);
                }
            }
        }
    }

    /// Keys that have become equal.
    fn drop_duplicates(&mut self, entries: &mut Vec<Entry>) {
        let mut seen: HashMap<Box<str>, Span> = HashMap::with_capacity(entries.len());
        entries.retain(|entry| match seen.get(&entry.key) {
            Some(first) => {
                let mut diagnostic = duplicate_key(&entry.key, entry.key_span, *first);
                self.filled.conceal(&mut diagnostic, std::iter::empty());
                self.diagnostics.push(diagnostic);
                false
            }
            None => {
                seen.insert(entry.key.clone(), entry.key_span);
                true
            }
        });
    }

    fn scalar(&mut self, text: &mut Box<str>, span: Span, may_be_secret: bool) {
        if !text.contains('$') {
            return;
        }
        let filled = self.expand(text, span, may_be_secret);
        if self.uses_secret {
            self.filled.secret.insert(span);
        }
        if *filled != **text {
            if !filled.trim().is_empty() {
                self.filled.values.insert(filled.clone(), text.to_string());
            }
            self.filled.places.insert(span, (filled.clone(), text.to_string()));
            *text = filled.into();
        }
    }

    /// The texts of a secret: one, or those of a mapping.
    fn secrets(&mut self, node: &mut Node) {
        let span = node.span;
        match &mut node.value {
            NodeValue::Scalar { text, .. } => self.secret(text, span),
            NodeValue::Sequence(items) => items.iter_mut().for_each(|item| self.secrets(item)),
            NodeValue::Mapping(entries) => {
                entries.iter_mut().for_each(|entry| self.secrets(&mut entry.value));
            }
        }
    }

    /// A secret's text: only a variable or a placeholder that is all of it means something.
    fn secret(&mut self, text: &mut Box<str>, span: Span) {
        let whole = text.trim();
        let variable = whole.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).is_some_and(is_name);
        let placeholder = decode::placeholder(whole).is_some_and(|found| found.len() == whole.len());
        if variable || placeholder {
            *text = self.expand(whole, span, true).into();
        }
    }

    /// The text with everything filled in that can be. What can't stays as it is.
    fn expand(&mut self, text: &str, span: Span, may_be_secret: bool) -> String {
        self.span = span;
        self.may_be_secret = may_be_secret;
        self.uses_secret = false;
        self.searched = span.start;
        self.out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('$') {
            let (before, from) = rest.split_at(start);
            self.out.push_str(before);
            rest = if let Some(after) = from.strip_prefix("$${") {
                self.out.push_str("${");
                after
            } else if let Some(inside) = from.strip_prefix("${") {
                self.variable(from, inside)
            } else {
                self.placeholder(from)
            };
        }
        self.out.push_str(rest);
        std::mem::take(&mut self.out)
    }

    /// Fills in the variable at the beginning of `from`; `inside` is what follows its `${`. Returns the rest.
    fn variable<'t>(&mut self, from: &'t str, inside: &'t str) -> &'t str {
        // The end of the name, not the next brace, which may be far.
        let end = inside.bytes().position(|byte| !is_part_of_name(byte));
        let closed = end.filter(|end| inside.as_bytes()[*end] == b'}' && is_name(&inside[..*end]));
        let Some(end) = closed else {
            let diagnostic = Diagnostic::error("wrong-variable", "invalid variable reference")
                .help("a variable is ${NAME}: letters, digits, '_', '-' and '.'; write $${ for a plain ${");
            self.unknown(diagnostic, "${");
            return inside;
        };
        let name = &inside[..end];
        let (whole, rest) = from.split_at(end + 3);
        let value = self.filler.value(name).ok_or_else(|| self.filler.undefined(name));
        self.put(name, self.filler.is_secret(name), value, whole);
        rest
    }

    /// Fills in the placeholder at the beginning of `from`, if there is one: `$api-server` by the variable
    /// `api-server` or `api_server`. Returns the rest.
    fn placeholder<'t>(&mut self, from: &'t str) -> &'t str {
        let Some(found) = decode::placeholder(from).filter(|found| from.starts_with(found)) else {
            self.out.push('$');
            return &from[1..];
        };
        let name = &found[1..];
        let variable = name.replace('-', "_");
        let is_secret = self.filler.is_secret(name) || self.filler.is_secret(&variable);
        let value = self.filler.value(name).or_else(|| self.filler.value(&variable)).ok_or_else(|| {
            Diagnostic::error("unfilled-placeholder", format!("placeholder '{found}' is not filled in"))
                .help(format!("replace it with a value, or {}", self.filler.hint(&variable)))
        });
        self.put(name, is_secret, value, found);
        &from[found.len()..]
    }

    /// Fills in a value, if there is one and it may be shown where that is so.
    fn put(&mut self, name: &str, is_secret: bool, value: Result<&str, Diagnostic>, written: &str) {
        match value {
            Ok(_) if is_secret && !self.may_be_secret => self.unknown(shown_secret(name), written),
            Ok(value) => {
                self.uses_secret |= is_secret;
                self.out.push_str(value);
            }
            Err(diagnostic) => self.unknown(diagnostic, written),
        }
    }

    /// What can't be filled in stays as it is written.
    fn unknown(&mut self, diagnostic: Diagnostic, written: &str) {
        let place = self.place(written);
        self.diagnostics.push(diagnostic.at(place));
        self.unknown.push(self.span);
        self.out.push_str(written);
    }

    /// The place of `written` in the source of the current value: nothing is known of escapes and folding, so
    /// the next match must do. What was searched once is not searched again.
    fn place(&mut self, written: &str) -> Span {
        let span = self.span;
        let source = &self.filler.text[self.searched as usize..span.end as usize];
        let at = source.find(written).and_then(|at| u32::try_from(at).ok());
        let found = at.zip(u32::try_from(written.len()).ok());
        let start = self.searched;
        self.searched = found.map_or(span.end, |(at, length)| start + at + length);
        found.map_or(span, |(at, _)| Span { start: start + at, end: self.searched, ..span })
    }
}

/// The error for a secret variable where its value would be a name or a key.
fn shown_secret(name: &str) -> Diagnostic {
    let message = format!("variable {name} is secret and can't be filled in here: this is shown everywhere");
    Diagnostic::error("secret-variable", message)
        .help("use it in a value of the spec; give what everybody may read as a plain variable")
}

/// Where variables have filled something in.
#[derive(Default)]
pub(super) struct Filled {
    /// What was filled in, and what was written, by its place.
    places: HashMap<Span, (String, String)>,
    /// What was written, by what was filled in.
    values: HashMap<String, String>,
    /// The places of what holds the value of a secret variable.
    secret: HashSet<Span>,
}

impl Filled {
    /// Whether anything holds the value of a secret variable.
    pub(super) fn has_secrets(&self) -> bool {
        !self.secret.is_empty()
    }

    /// Whether what is at a place holds the value of a secret variable.
    pub(super) fn is_secret(&self, place: Span) -> bool {
        self.secret.contains(&place)
    }

    /// Whether variables filled in all or a part of what is at a place.
    pub(super) fn has(&self, place: Span) -> bool {
        self.places.contains_key(&place)
    }

    /// What was written where this was filled in, or the text itself.
    pub(super) fn written<'t>(&'t self, text: &'t str) -> &'t str {
        self.values.get(text).map_or(text, String::as_str)
    }

    /// Takes the values of variables out of a diagnostic: it shows what was written. `secret`: values that
    /// must not be in it at all.
    pub(super) fn conceal<'v>(
        &'v self,
        diagnostic: &mut Diagnostic,
        secret: impl Iterator<Item = (&'v str, &'v str)>,
    ) {
        /// Shorter values are found in words.
        const SHORT: usize = 4;
        let own = diagnostic.primary.as_ref().and_then(|label| self.places.get(&label.span));
        let own = own.map(|(filled, written)| (filled.as_str(), written.as_str()));
        let anywhere: Vec<(&str, &str)> =
            own.into_iter().chain(secret).filter(|(value, _)| value.len() >= SHORT).collect();
        let conceal = |text: &mut String| {
            *text = self.in_list(text);
            for (value, written) in &anywhere {
                *text = text.replace(value, written);
            }
        };
        conceal(&mut diagnostic.message);
        diagnostic.help.as_mut().map(conceal);
    }

    /// The text with what was written instead of values that stand in quotes or in a list.
    fn in_list(&self, text: &str) -> String {
        if self.values.is_empty() {
            return text.to_owned();
        }
        let mut shown = String::with_capacity(text.len());
        for piece in text.split_inclusive(['\'', ',', ':', ';']) {
            let word = piece.trim_end_matches(['\'', ',', ':', ';']);
            let blank = word.len() - word.trim_start().len();
            shown.extend([&word[..blank], self.written(&word[blank..]), &piece[word.len()..]]);
        }
        shown
    }
}

const fn is_part_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Whether a text can be the name of a variable.
pub(in crate::config) fn is_name(text: &str) -> bool {
    text.bytes().all(is_part_of_name)
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
}
