//! What every manifest has around its spec: `apiVersion`, `kind`, and nothing that is not known.

use crate::model::diagnostic::{Diagnostic, Diagnostics, Edit, Fix, Span};
use crate::model::suggestion::{did_you_mean, nearest, suggestion, unmistakable};
use crate::model::text::quoted_word;
use crate::resource::kinds;
use crate::resource::schema::{Entry, Kind, Node, NodeValue, edit};

/// What manifests must say.
pub const API_VERSION: &str = "nautes.resource.nautes.io/v1alpha1";
/// The fields of a document.
pub(super) const KNOWN: &[&str] = &["apiVersion", "kind", "metadata", "spec"];

/// The kind and the spec of a document; `None` if it is not a manifest.
///
/// The text is what the document was read from.
pub(super) fn open<'n>(
    document: &'n Node,
    text: &str,
    diagnostics: &mut Diagnostics,
) -> (Option<&'static Kind>, Option<&'n Node>) {
    let is_known = |entry: &Entry| KNOWN.contains(&entry.key.as_ref());
    let is_near =
        |entry: &Entry| is_known(entry) || unmistakable(&entry.key, KNOWN.iter().copied()).is_some();
    if !document.entries().iter().any(is_near) {
        let diagnostic =
            Diagnostic::error("not-a-manifest", "a manifest is a mapping with apiVersion, kind and spec");
        let help = match document.value {
            NodeValue::Sequence(_) => {
                "write each object as a document of its own, with a line '---' between them"
            }
            _ => "name files of other programs in .nautformignore",
        };
        // One diagnostic, whatever else the file holds: it is not a manifest.
        diagnostics.push(diagnostic.at(first_line(document)).help(help));
        return (None, None);
    }
    let kind_node = document.get("kind").filter(|node| !node.is_null());
    let kind = kind_node.and_then(Node::text).and_then(kinds::find);
    if let Some(diagnostic) = wrong_version(document, kind, text) {
        let is_foreign = kind.is_none() && kind_node.is_some();
        diagnostics.push(diagnostic);
        // An object of another system: nautform's rules do not apply to it.
        if is_foreign {
            return (None, None);
        }
    }
    unknown_fields(document, text, diagnostics);
    if kind.is_none() {
        diagnostics.push(no_kind(document, kind_node, text));
    }
    (kind, spec(document, diagnostics))
}

/// The key of the first entry: a place for diagnostics about the whole document.
pub(super) fn first_line(document: &Node) -> Span {
    let span = document.span;
    document
        .entries()
        .first()
        .map_or(Span { end: span.end.min(span.start + 1), ..span }, |entry| entry.key_span)
}

fn unknown_fields(document: &Node, text: &str, diagnostics: &mut Diagnostics) {
    for entry in document.entries().iter().filter(|entry| !KNOWN.contains(&entry.key.as_ref())) {
        let help = nearest(&entry.key, KNOWN.iter().copied()).map_or_else(
            || format!("a manifest has: {}; fields of the object belong under spec", KNOWN.join(", ")),
            did_you_mean,
        );
        let meant = document.meaning(entry, KNOWN);
        let fix = meant.and_then(|name| edited(document, edit::rename(text, entry, name)));
        diagnostics.push(
            Diagnostic::error("unknown-field", format!("unknown field{}", quoted_word(&entry.key)))
                .at(entry.key_span)
                .help(help)
                .fixed_by(fix),
        );
    }
}

/// The diagnostic about the version, if there is one.
fn wrong_version(document: &Node, kind: Option<&Kind>, text: &str) -> Option<Diagnostic> {
    let version = document.get("apiVersion").filter(|version| !version.is_null());
    let (message, span) = match version {
        Some(version) if version.text() == Some(API_VERSION) => return None,
        Some(version) => ("this apiVersion is not supported", version.span),
        None => ("the document has no apiVersion", first_line(document)),
    };
    let help = match document.entry("items") {
        Some(_) => "write each object as a document of its own, with a line '---' between them".to_owned(),
        None => format!("write apiVersion: {API_VERSION}"),
    };
    // Of the group there is one version only.
    let is_near = |written: &str| {
        written.split('/').next() == API_VERSION.split('/').next()
            || kind.is_some() && unmistakable(written, std::iter::once(API_VERSION)).is_some()
    };
    let near = version.filter(|node| node.text().is_some_and(is_near));
    let fix = near.and_then(|node| edited(document, edit::replace_word(text, node, API_VERSION)));
    Some(Diagnostic::error("api-version", message).at(span).help(help).fixed_by(fix))
}

fn no_kind(document: &Node, given: Option<&Node>, text: &str) -> Diagnostic {
    let Some(node) = given else {
        let kinds: Vec<&str> = kinds::KINDS.iter().map(|kind| kind.name).collect();
        return Diagnostic::error("missing-field", "the document has no 'kind'")
            .at(first_line(document))
            .help(format!("add it; known kinds: {}", kinds.join(", ")));
    };
    let name = node.text().unwrap_or_default();
    let help = match kinds::find_by_alias(name) {
        Some(kind) => did_you_mean(kind.name),
        None => suggestion(name, "known kinds: ", kinds::KINDS.iter().map(|kind| kind.name)),
    };
    let known = || unmistakable(name, kinds::KINDS.iter().map(|kind| kind.name));
    let meant = kinds::find_by_alias(name).map(|kind| kind.name).or_else(known);
    let fix = meant.and_then(|kind| edited(document, edit::replace_word(text, node, kind)));
    Diagnostic::error("unknown-kind", format!("unknown kind '{name}'")).at(node.span).help(help).fixed_by(fix)
}

/// A fix of one edit in the text of a document.
pub(super) fn edited(document: &Node, edit: Option<Edit>) -> Option<Fix> {
    edit.map(|edit| Fix { file: document.span.file, edits: vec![edit] })
}

fn spec<'n>(document: &'n Node, diagnostics: &mut Diagnostics) -> Option<&'n Node> {
    let Some(entry) = document.entry("spec").filter(|entry| !entry.value.is_null()) else {
        let span = document.entry("spec").map_or(first_line(document), |entry| entry.key_span);
        diagnostics.push(
            Diagnostic::error("missing-field", "the document has no 'spec'")
                .at(span)
                .help("add spec: with the fields of the object below it, name: NAME first"),
        );
        return None;
    };
    if matches!(entry.value.value, NodeValue::Mapping(_)) {
        return Some(&entry.value);
    }
    diagnostics
        .push(Diagnostic::error("wrong-type", "'spec' must be a mapping of fields").at(entry.key_span));
    None
}
