//! `${NAME}` in manifests, and the `$placeholders` that the official examples leave to fill in.
//!
//! Values go into scalars and keys after parsing, so a value can't inject structure. `$${` stands for `${`.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::schema::{Node, NodeValue, decode};

/// Names and values from `--var`, `--var-file` and `NAUTFORM_VAR_*`.
pub type Variables = BTreeMap<String, String>;

/// Replaces the variables of a document in place.
pub(super) fn substitute(node: &mut Node, variables: &Variables, diagnostics: &mut Diagnostics) {
    let span = node.span;
    match &mut node.value {
        NodeValue::Scalar { text, .. } => replace(text, span, variables, diagnostics),
        NodeValue::Sequence(items) => {
            items.iter_mut().for_each(|item| substitute(item, variables, diagnostics));
        }
        NodeValue::Mapping(entries) => {
            for entry in entries {
                replace(&mut entry.key, entry.key_span, variables, diagnostics);
                substitute(&mut entry.value, variables, diagnostics);
            }
        }
    }
}

fn replace(text: &mut Box<str>, span: Span, variables: &Variables, diagnostics: &mut Diagnostics) {
    if !text.contains('$') {
        return;
    }
    if text.contains("${") {
        *text = expand(text, span, variables, diagnostics).into();
    }
    if let Some(found) = decode::placeholder(text) {
        let complaint =
            Diagnostic::error("unfilled-placeholder", format!("placeholder '{found}' is not filled in"));
        diagnostics.push(complaint.at(span).help(format!(
            "replace it by a value, or write ${{{}}} and pass --var",
            found.trim_start_matches('$').replace('-', "_")
        )));
    }
}

fn expand(text: &str, span: Span, variables: &Variables, diagnostics: &mut Diagnostics) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(start) = rest.find("${") {
        let (before, after) = (&rest[..start], &rest[start + 2..]);
        if let Some(before) = before.strip_suffix('$') {
            out.push_str(before);
            out.push_str("${");
            rest = after;
            continue;
        }
        out.push_str(before);
        let Some(end) = after.find('}') else {
            diagnostics.push(
                Diagnostic::error("unclosed-variable", "'${' without '}'")
                    .at(span)
                    .help("write $${ for a plain ${"),
            );
            out.push_str(&rest[start..]);
            return out;
        };
        let name = &after[..end];
        match variables.get(name) {
            Some(value) => out.push_str(value),
            None => diagnostics.push(undefined(name, variables).at(span)),
        }
        rest = &after[end + 1..];
    }
    out.push_str(rest);
    out
}

fn undefined(name: &str, variables: &Variables) -> Diagnostic {
    let near = decode::nearest(name, variables.keys().map(String::as_str));
    let near = near.map(|near| format!("did you mean '{near}'? otherwise ")).unwrap_or_default();
    Diagnostic::error("undefined-variable", format!("variable '{name}' is not defined"))
        .help(format!("{near}pass --var {name}=VALUE, --var-file FILE or set NAUTFORM_VAR_{name}"))
}
