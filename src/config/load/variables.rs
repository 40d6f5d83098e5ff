//! `${NAME}` in manifests, and the `$placeholders` that the official examples expect to be filled in.
//!
//! Values go into scalars and keys after parsing, so a value can't inject structure. `$${` is a literal `${`.
//! A placeholder of the official examples is filled in by the variable of its name, with `_` for `-` if you
//! like: `--var api_server=…` for `$api-server`.
//!
//! The inline text of a secret field is left alone, since kubeconfigs and tokens may hold any `$`; only a
//! text that is one variable or one placeholder and nothing else is replaced. Invariant: what could not be
//! filled in was reported at its place and is listed in [`Document::unknown`].

use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    pub(super) variables: &'a Variables,
    /// The variables whose values must never be shown.
    pub(super) secret: &'a BTreeSet<String>,
    /// The words of hints.
    pub(super) hints: HintText,
}

impl Interpolator<'_> {
    /// Replaces the variables of a document in place. Gives what was written where something was filled in.
    pub(super) fn fill(&self, document: &mut Document, diagnostics: &mut Diagnostics) -> Filled {
        let mut filling = Interpolation {
            filler: self,
            unknown: &mut document.unknown,
            diagnostics,
            searched: 0,
            filled: Filled::default(),
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

    fn value(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// The value for a placeholder `$api-server`: of the variable `api-server` or `api_server`.
    fn value_of_placeholder(&self, placeholder: &str) -> Option<&str> {
        let name = placeholder.trim_start_matches('$');
        self.value(name).or_else(|| self.value(&name.replace('-', "_")))
    }
}

struct Interpolation<'a> {
    filler: &'a Interpolator<'a>,
    unknown: &'a mut Vec<Span>,
    diagnostics: &'a mut Diagnostics,
    filled: Filled,
    /// Up to where the text of the current value was searched for places.
    searched: u32,
}

impl Interpolation<'_> {
    fn node(&mut self, node: &mut Node) {
        let span = node.span;
        match &mut node.value {
            NodeValue::Scalar { text, .. } => self.scalar(text, span),
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
        self.scalar(&mut entry.key, entry.key_span);
        let key_span = entry.key_span;
        match &mut entry.value.value {
            NodeValue::Scalar { text, .. } if redact::is_secret_field(&entry.key) => {
                self.secret(text, entry.value.span);
            }
            NodeValue::Scalar { text, .. } => {
                self.scalar(text, entry.value.span);
                // Diagnostics about a value may point at its key.
                if let Some(filled) = self.filled.0.get(&entry.value.span).cloned() {
                    self.filled.0.insert(key_span, filled);
                }
            }
            NodeValue::Sequence(_) | NodeValue::Mapping(_) => {
                self.node(&mut entry.value);
                if !redact::is_secret_field(&entry.key) {
                    return;
                }
            }
        }
        // Diagnostics about a value often point at its key, and those about the source of a secret at the
        // whole source.
        if self.unknown.len() > known {
            self.unknown.extend([entry.key_span, entry.value.span]);
        }
    }

    /// Keys that have become equal.
    fn drop_duplicates(&mut self, entries: &mut Vec<Entry>) {
        let mut seen: HashMap<Box<str>, Span> = HashMap::with_capacity(entries.len());
        entries.retain(|entry| match seen.get(&entry.key) {
            Some(first) => {
                self.diagnostics.push(duplicate_key(&entry.key, entry.key_span, *first));
                false
            }
            None => {
                seen.insert(entry.key.clone(), entry.key_span);
                true
            }
        });
    }

    fn scalar(&mut self, text: &mut Box<str>, span: Span) {
        if !text.contains('$') {
            return;
        }
        let filled = self.expand(text, span, false);
        if *filled != **text {
            self.filled.0.insert(span, (filled.clone(), text.to_string()));
            *text = filled.into();
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

    /// The text with everything filled in that can be. What can't stays as it is. `hidden`: the text is a
    /// secret's.
    fn expand(&mut self, text: &str, span: Span, hidden: bool) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        self.searched = span.start;
        while let Some(start) = rest.find('$') {
            let (before, from) = rest.split_at(start);
            out.push_str(before);
            rest = if let Some(after) = from.strip_prefix("$${") {
                out.push_str("${");
                after
            } else if let Some(inside) = from.strip_prefix("${") {
                self.variable(from, inside, span, hidden, &mut out)
            } else {
                self.placeholder(from, span, hidden, &mut out)
            };
        }
        out.push_str(rest);
        out
    }

    /// Fills in the variable at the beginning of `from`; `inside` is what follows its `${`. Returns the rest.
    fn variable<'t>(
        &mut self,
        from: &'t str,
        inside: &'t str,
        span: Span,
        hidden: bool,
        out: &mut String,
    ) -> &'t str {
        // The end of the name, not the next brace, which may be far.
        let end = inside.bytes().position(|byte| !is_part_of_name(byte));
        let closed = end.filter(|end| inside.as_bytes()[*end] == b'}' && is_name(&inside[..*end]));
        let Some(end) = closed else {
            let diagnostic = Diagnostic::error("wrong-variable", "invalid variable reference")
                .help("a variable is ${NAME}: letters, digits, '_', '-' and '.'; write $${ for a plain ${");
            self.unknown(diagnostic, "${", span);
            out.push_str("${");
            return inside;
        };
        let name = &inside[..end];
        let whole = &from[..end + 3];
        match self.filler.value(name) {
            Some(_) if !hidden && self.filler.secret.contains(name) => {
                self.unknown(shown_secret(name), whole, span);
                out.push_str(whole);
            }
            Some(value) => out.push_str(value),
            None => {
                self.unknown(self.filler.undefined(name), whole, span);
                out.push_str(whole);
            }
        }
        &from[whole.len()..]
    }

    /// Fills in the placeholder at the beginning of `from`, if there is one. Returns the rest.
    fn placeholder<'t>(&mut self, from: &'t str, span: Span, hidden: bool, out: &mut String) -> &'t str {
        let Some(found) = decode::placeholder(from).filter(|found| from.starts_with(found)) else {
            out.push('$');
            return &from[1..];
        };
        let name = found.trim_start_matches('$');
        let secret = |name: &str| self.filler.secret.contains(name);
        match self.filler.value_of_placeholder(found) {
            Some(_) if !hidden && (secret(name) || secret(&name.replace('-', "_"))) => {
                self.unknown(shown_secret(name), found, span);
                out.push_str(found);
            }
            Some(value) => out.push_str(value),
            None => {
                let variable = found[1..].replace('-', "_");
                let diagnostic = Diagnostic::error(
                    "unfilled-placeholder",
                    format!("placeholder '{found}' is not filled in"),
                )
                .help(format!("replace it with a value, or {}", self.filler.hint(&variable)));
                self.unknown(diagnostic, found, span);
                out.push_str(found);
            }
        }
        &from[found.len()..]
    }

    fn unknown(&mut self, diagnostic: Diagnostic, written: &str, span: Span) {
        let place = self.place(written, span);
        self.diagnostics.push(diagnostic.at(place));
        self.unknown.push(span);
    }

    /// The place of `written` in the source of a value: nothing is known of escapes and folding, so the next
    /// match must do. What was searched once is not searched again.
    fn place(&mut self, written: &str, span: Span) -> Span {
        let source = &self.filler.text[self.searched as usize..span.end as usize];
        let at = source.find(written).and_then(|at| u32::try_from(at).ok());
        let found = at.zip(u32::try_from(written.len()).ok());
        let start = self.searched;
        self.searched = found.map_or(span.end, |(at, length)| start + at + length);
        found.map_or(span, |(at, _)| Span { start: start + at, end: self.searched, ..span })
    }
}

/// The error for a secret variable where its value would be shown.
fn shown_secret(name: &str) -> Diagnostic {
    let message =
        format!("variable {name} is secret, and this field is not: the server and every plan show it");
    Diagnostic::error("secret-variable", message).help(
        "use it in a secret field, such as kubeconfig; give what everybody may read as a plain variable",
    )
}

/// What was written at the places of values that variables have filled in: errors show this.
#[derive(Default)]
pub(super) struct Filled(HashMap<Span, (String, String)>);

impl Filled {
    /// Takes the values of variables out of a diagnostic.
    pub(super) fn conceal(&self, diagnostic: &mut Diagnostic) {
        let Some((filled, written)) = diagnostic.primary.as_ref().and_then(|label| self.0.get(&label.span))
        else {
            return;
        };
        /// Shorter values are found in words.
        const SHORT: usize = 4;
        let conceal = |text: &mut String| {
            *text = text.replace(&format!("'{filled}'"), &format!("'{written}'"));
            if filled.len() >= SHORT {
                *text = text.replace(filled.as_str(), written);
            }
        };
        conceal(&mut diagnostic.message);
        diagnostic.help.as_mut().map(conceal);
    }
}

const fn is_part_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Whether a text can be the name of a variable.
pub(super) fn is_name(text: &str) -> bool {
    text.bytes().all(is_part_of_name)
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
}
