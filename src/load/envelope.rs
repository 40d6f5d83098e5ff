//! What every manifest has around its spec: `apiVersion`, `kind`, and nothing that is not known.

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::kinds;
use crate::schema::{Kind, Node, NodeValue, decode};

/// What manifests must say.
const API_VERSION: &str = "nautes.resource.nautes.io/v1alpha1";
const KNOWN: &[&str] = &["apiVersion", "kind", "metadata", "spec"];

/// The kind and the spec of a document; `None` if it is no manifest.
pub(super) fn open<'n>(
    document: &'n Node,
    diagnostics: &mut Diagnostics,
) -> (Option<&'static Kind>, Option<&'n Node>) {
    if document.entries().is_empty() {
        let complaint =
            Diagnostic::error("not-a-manifest", "a manifest is a mapping with apiVersion, kind and spec");
        let help = match document.value {
            NodeValue::Sequence(_) => {
                "write each object as a document of its own, with a line '---' between them"
            }
            _ => "other files do not belong in this directory, unless their names begin with '.'",
        };
        diagnostics.push(complaint.at(first_line(document)).help(help));
        return (None, None);
    }
    unknown_fields(document, diagnostics);
    let is_ours = check_version(document, diagnostics);
    let kind = kind(document, is_ours, diagnostics);
    (kind, spec(document, diagnostics))
}

/// The key of the first entry: a place for complaints about the whole document.
pub(super) fn first_line(document: &Node) -> Span {
    let span = document.span;
    document
        .entries()
        .first()
        .map_or(Span { end: span.end.min(span.start + 1), ..span }, |entry| entry.key_span)
}

fn unknown_fields(document: &Node, diagnostics: &mut Diagnostics) {
    for entry in document.entries().iter().filter(|entry| !KNOWN.contains(&entry.key.as_ref())) {
        let near = decode::nearest(&entry.key, KNOWN.iter().copied());
        let help = near.map_or_else(
            || format!("a manifest has: {}; fields of the object stand under spec", KNOWN.join(", ")),
            |near| format!("did you mean '{near}'?"),
        );
        diagnostics.push(
            Diagnostic::error("unknown-field", format!("unknown field '{}'", entry.key))
                .at(entry.key_span)
                .help(help),
        );
    }
}

fn check_version(document: &Node, diagnostics: &mut Diagnostics) -> bool {
    let version = document.get("apiVersion").filter(|version| !version.is_null());
    let (message, span) = match version {
        Some(version) if version.text() == Some(API_VERSION) => return true,
        Some(version) => ("this apiVersion is not supported", version.span),
        None => ("the document has no apiVersion", first_line(document)),
    };
    let help = format!("write apiVersion: {API_VERSION}");
    diagnostics.push(Diagnostic::error("api-version", message).at(span).help(help));
    false
}

fn kind(document: &Node, is_ours: bool, diagnostics: &mut Diagnostics) -> Option<&'static Kind> {
    let Some(node) = document.get("kind").filter(|node| !node.is_null()) else {
        diagnostics
            .push(Diagnostic::error("missing-field", "the document has no 'kind'").at(first_line(document)));
        return None;
    };
    let name = node.text().unwrap_or_default();
    let found = kinds::find(name);
    if found.is_none() && is_ours {
        let names = || kinds::KINDS.iter().map(|kind| kind.name);
        let near = kinds::find_loosely(name).map(|kind| kind.name).or_else(|| decode::nearest(name, names()));
        let help = near.map_or_else(
            || format!("known kinds: {}", names().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean '{near}'?"),
        );
        diagnostics.push(
            Diagnostic::error("unknown-kind", format!("unknown kind '{name}'")).at(node.span).help(help),
        );
    }
    found
}

fn spec<'n>(document: &'n Node, diagnostics: &mut Diagnostics) -> Option<&'n Node> {
    let Some(entry) = document.entry("spec").filter(|entry| !entry.value.is_null()) else {
        let span = document.entry("spec").map_or(first_line(document), |entry| entry.key_span);
        diagnostics.push(Diagnostic::error("missing-field", "the document has no 'spec'").at(span));
        return None;
    };
    if matches!(entry.value.value, NodeValue::Mapping(_)) {
        return Some(&entry.value);
    }
    diagnostics
        .push(Diagnostic::error("wrong-type", "'spec' must be a mapping of fields").at(entry.key_span));
    None
}
