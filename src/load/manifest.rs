//! One document: its envelope (`apiVersion`, `kind`, `metadata`, `spec`), its address, and the decoding of its spec.

use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::kinds;
use crate::resource::{Address, Annotations, ReferenceTo, Resource, references};
use crate::schema::{Kind, Located, Node, Scope, decode};
use crate::value::Path;

use super::sources::Sources;

/// What manifests must say.
const API_VERSION: &str = "nautes.resource.nautes.io/v1alpha1";

/// Decodes a document; `None` if it is too broken to be an object.
pub(super) fn resource(
    document: &Node,
    sources: &mut Sources<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Resource> {
    check_envelope(document, diagnostics);
    let kind = kind_of(document, diagnostics);
    let spec = document.get("spec").filter(|spec| !spec.is_null());
    if spec.is_none() {
        diagnostics
            .push(Diagnostic::error("missing-field", "the document has no 'spec'").at(first_line(document)));
    }
    let annotations = annotations(document, diagnostics);
    let (kind, spec) = (kind?, spec?);
    let name = name_of(document, spec, kind, diagnostics);
    let product = product_of(spec, kind, diagnostics);
    let (name_text, name_span) = name.clone().unwrap_or((String::new(), spec.span));
    let decoded = decode(kind, &name_text, spec, sources, diagnostics);
    name?;
    let address = match (kind.scope, product) {
        (Scope::Tenant, _) => Address::of_tenant(kind, name_text),
        (Scope::Product, Some(product)) => Address::of_product(kind, product, name_text),
        (Scope::Product, None) => return None,
    };
    let value = decoded?;
    let located = Located::new(address.name(), &value, kind.attributes, spec);
    let references = references(&address, &value)
        .into_iter()
        .map(|named| {
            let span = located.span(&named.path);
            ReferenceTo { address: named.address, path: named.path, span, strength: named.strength }
        })
        .collect();
    Some(Resource {
        address,
        references,
        annotations,
        span: first_line(document),
        name_span,
        file: None,
        spec: value,
    })
}

/// The key of the first entry: a place for complaints about the whole document.
fn first_line(document: &Node) -> Span {
    document.entries().first().map_or(document.span, |entry| entry.key_span)
}

fn check_envelope(document: &Node, diagnostics: &mut Diagnostics) {
    const KNOWN: &[&str] = &["apiVersion", "kind", "metadata", "spec"];
    if document.entries().is_empty() {
        diagnostics.push(
            Diagnostic::error("not-a-manifest", "a manifest is a mapping with apiVersion, kind and spec")
                .at(document.span),
        );
        return;
    }
    for entry in document.entries().iter().filter(|entry| !KNOWN.contains(&entry.key.as_ref())) {
        let near = decode::nearest(&entry.key, KNOWN.iter().copied());
        let help = near.map_or_else(
            || format!("a manifest has: {}", KNOWN.join(", ")),
            |near| format!("did you mean '{near}'?"),
        );
        diagnostics.push(
            Diagnostic::error("unknown-field", format!("unknown field '{}'", entry.key))
                .at(entry.key_span)
                .help(help),
        );
    }
    let wanted = format!("write apiVersion: {API_VERSION}");
    match document.get("apiVersion") {
        Some(version) if version.text() == Some(API_VERSION) => {}
        Some(version) => diagnostics.push(
            Diagnostic::error("api-version", "this apiVersion is not supported")
                .at(version.span)
                .help(wanted),
        ),
        None => diagnostics.push(
            Diagnostic::error("api-version", "the document has no apiVersion")
                .at(first_line(document))
                .help(wanted),
        ),
    }
}

fn kind_of(document: &Node, diagnostics: &mut Diagnostics) -> Option<&'static Kind> {
    let Some(node) = document.get("kind") else {
        if !document.entries().is_empty() {
            diagnostics.push(
                Diagnostic::error("missing-field", "the document has no 'kind'").at(first_line(document)),
            );
        }
        return None;
    };
    let name = node.text().unwrap_or_default();
    let found = kinds::find(name);
    if found.is_none() {
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

fn name_of(
    document: &Node,
    spec: &Node,
    kind: &Kind,
    diagnostics: &mut Diagnostics,
) -> Option<(String, Span)> {
    let metadata = document.get("metadata").and_then(|metadata| metadata.get("name"));
    let Some(node) = spec.get("name").filter(|node| node.text().is_some_and(|text| !text.is_empty())) else {
        let span = spec.entry("name").map_or(spec.span, |entry| entry.key_span);
        let help =
            metadata.map_or("add name: NAME", |_| "the name stands under spec, as in the official examples");
        diagnostics
            .push(Diagnostic::error("missing-field", "required field 'name' is missing").at(span).help(help));
        return None;
    };
    let name = node.text().unwrap_or_default();
    if let Some(other) = metadata.filter(|other| other.text() != Some(name)) {
        diagnostics.push(
            Diagnostic::error("two-names", format!("metadata.name differs from spec.name '{name}'"))
                .at(other.span)
                .help("remove metadata.name"),
        );
    }
    if decode::placeholder(name).is_none()
        && let Err(problem) = path_segment(name).and_then(|()| (kind.check_name)(name))
    {
        diagnostics
            .push(Diagnostic::error("invalid-name", format!("the name '{name}' {problem}")).at(node.span));
        return None;
    }
    Some((name.to_owned(), node.span))
}

/// What every name must be to have a URL (§7).
fn path_segment(name: &str) -> Result<(), String> {
    if name.contains('/') || name == "." || name == ".." {
        return Err("must not contain '/' nor be '.' or '..'".to_owned());
    }
    Ok(())
}

fn product_of(spec: &Node, kind: &Kind, diagnostics: &mut Diagnostics) -> Option<String> {
    if kind.scope == Scope::Tenant {
        return None;
    }
    let filled = |key: &&&str| spec.get(key).and_then(Node::text).is_some_and(|text| !text.is_empty());
    let Some(key) = kind.product_keys.iter().find(filled) else {
        let wanted = kind.product_keys.first().copied().unwrap_or_default();
        let message = format!("required field '{wanted}' is missing");
        diagnostics.push(
            Diagnostic::error("missing-field", message)
                .at(spec.span)
                .help("name the product that it belongs to"),
        );
        return None;
    };
    let node = spec.get(key)?;
    let product = node.text()?;
    if decode::placeholder(product).is_none()
        && let Err(problem) = path_segment(product).and_then(|()| (kinds::owner().check_name)(product))
    {
        diagnostics.push(
            Diagnostic::error("invalid-name", format!("the product name '{product}' {problem}"))
                .at(node.span),
        );
        return None;
    }
    Some(product.to_owned())
}

const PREFIX: &str = "nautform.dev/";

fn annotations(document: &Node, diagnostics: &mut Diagnostics) -> Annotations {
    let mut found = Annotations::default();
    let Some(all) = document.get("metadata").and_then(|metadata| metadata.get("annotations")) else {
        return found;
    };
    for entry in all.entries() {
        let (Some(word), text) = (entry.key.strip_prefix(PREFIX), entry.value.text().unwrap_or_default())
        else {
            continue;
        };
        let problem = match (word, text) {
            ("prevent-destroy", "true" | "false") => {
                found.prevent_destroy = text == "true";
                None
            }
            ("prevent-destroy", _) => Some("write \"true\" or \"false\"".to_owned()),
            ("deletion-policy", "orphan" | "delete") => {
                found.orphan = text == "orphan";
                None
            }
            ("deletion-policy", _) => Some("write orphan or delete".to_owned()),
            ("ignore-fields", _) => match text.split(',').map(|path| path.trim().parse::<Path>()).collect() {
                Ok(paths) => {
                    found.ignore_fields = paths;
                    None
                }
                Err(error) => Some(format!("{error}")),
            },
            _ => {
                let known = ["prevent-destroy", "deletion-policy", "ignore-fields"];
                Some(format!("known annotations: {PREFIX}{}", known.join(&format!(", {PREFIX}"))))
            }
        };
        if let Some(help) = problem {
            diagnostics.push(
                Diagnostic::error(
                    "invalid-annotation",
                    format!("annotation '{}' is not understood", entry.key),
                )
                .at(entry.key_span)
                .help(help),
            );
        }
    }
    found
}
