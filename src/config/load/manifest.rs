//! One document: its address and its decoded spec, with the places of what it refers to.

use std::sync::Arc;

use crate::model::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::model::value::{Path, Value};
use crate::resource::kinds;
use crate::resource::schema::{Entry, Kind, Located, Node, Scope, SecretSource as _, decode};
use crate::resource::{Address, Named, ReferenceTo, Resource, references};

use super::sources::Sources;
use super::{annotations, envelope};

/// Decodes a document; `None` if it is too broken to be an object. Diagnostics name the object where it is
/// known.
pub(super) fn resource(
    document: &Node,
    sources: &mut Sources<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Resource> {
    let mut found = Diagnostics::new();
    let text = sources.source(document.span.file);
    let (kind, spec) = envelope::open(document, text, &mut found);
    let annotations = annotations::read(document, kind, text, &mut found);
    let object = kind.zip(spec).map(|(kind, spec)| object(document, kind, spec, sources, &mut found));
    let (address, decoded) = object.unwrap_or_default();
    if let Some((address, _)) = &address {
        found.name_object(address);
    }
    diagnostics.append(found);
    let (address, name_span) = address?;
    // The place of the text that names the product.
    let keys = address.kind().names.product_keys.iter().filter(|_| address.product().is_some());
    let product_span = keys.filter_map(|key| spec?.entry(key)).next().map(|entry| entry.value.span);
    let Decoded { spec: decoded, references, bounded } = decoded?;
    let span = envelope::first_line(document);
    Some(Resource {
        address,
        spec: Arc::new(decoded),
        references,
        annotations,
        span,
        name_span,
        product_span,
        bounded,
        file: None,
    })
}

/// The address with the place of the name, and the spec with its places; each if it could be made out.
type Object = (Option<(Address, Span)>, Option<Decoded>);

struct Decoded {
    spec: Value,
    references: Vec<ReferenceTo>,
    bounded: Option<Span>,
}

fn object(
    document: &Node,
    kind: &'static Kind,
    spec: &Node,
    sources: &mut Sources<'_>,
    diagnostics: &mut Diagnostics,
) -> Object {
    let is_name = |entry: &&Entry| *entry.key == *"name" || kind.names.product_keys.contains(&&*entry.key);
    let mut names = spec.entries().iter().filter(is_name);
    if let Some(entry) = names.find(|entry| sources.is_secret(entry.value.span)) {
        let message = format!("'{}' can't be filled in from a secret variable", entry.key);
        let help = "the names of objects are shown everywhere: use a plain variable";
        diagnostics.push(Diagnostic::error("secret-variable", message).at(entry.value.span).help(help));
        return (None, None);
    }
    let name = name(document, spec, kind, diagnostics);
    let product = product(spec, kind, diagnostics);
    let text = name.map(|(name, _)| name).unwrap_or_default();
    let value = decode(kind, text, spec, sources, diagnostics);
    let Some((name, span)) = name else { return (None, None) };
    let address = match (kind.scope, product) {
        (Scope::Tenant, _) => Address::of_tenant(kind, name),
        (Scope::Product, Some(product)) => Address::of_product(kind, product, name),
        (Scope::Product, None) => return (None, None),
    };
    let decoded = value.map(|value| {
        let located = Located::new(name, &value, kind.attributes, spec);
        let place = |named: Named| ReferenceTo {
            span: located.value_span(&named.path),
            address: named.address,
            path: named.path,
            strength: named.strength,
        };
        let references = references(&address, &value).into_iter().map(place).collect();
        let bound = kind.bound.or_else(|| kind.is_owner.then(kinds::bound_by_owner).flatten());
        let bounded = bound.filter(|bound| value.text_at(bound.field).is_some());
        let bounded = bounded.map(|bound| located.value_span(&Path::of(bound.field)));
        Decoded { spec: value, references, bounded }
    });
    (Some((address, span)), decoded)
}

/// The text of an entry that must be a filled text; diagnostics otherwise.
fn filled<'n>(entry: &'n Entry, diagnostics: &mut Diagnostics) -> Option<&'n str> {
    let key = &entry.key;
    match entry.value.text() {
        Some(text) if !text.is_empty() && !entry.value.is_null() => return Some(text),
        Some(_) => diagnostics.push(
            Diagnostic::error("missing-field", format!("'{key}' must not be empty")).at(entry.key_span),
        ),
        None => {
            let message = format!("'{key}' must be text, not {}", entry.value.form());
            diagnostics.push(Diagnostic::error("wrong-type", message).at(entry.key_span));
        }
    }
    None
}

/// The name of an object: `spec.name`, or `metadata.name`, as Kubernetes has it. Where both are given, they
/// agree.
fn name<'n>(
    document: &'n Node,
    spec: &'n Node,
    kind: &Kind,
    diagnostics: &mut Diagnostics,
) -> Option<(&'n str, Span)> {
    let own = spec.entry("name");
    let metadata = document.get("metadata").and_then(|metadata| metadata.entry("name"));
    let other = metadata.filter(|entry| !entry.value.is_null());
    let Some(entry) = own.filter(|entry| other.is_none() || !entry.value.is_null()).or(other) else {
        diagnostics.push(
            Diagnostic::error("missing-field", "required field 'name' is missing")
                .at(envelope::first_line(spec))
                .help("add name: NAME"),
        );
        return None;
    };
    let name = filled(entry, diagnostics)?;
    let span = entry.value.span;
    if let Some(other) = other.filter(|other| other.value.text() != Some(name)) {
        diagnostics.push(
            Diagnostic::error("two-names", format!("metadata.name differs from spec.name '{name}'"))
                .at(other.value.span)
                .also(span, "the name in the spec")
                .help("give the object one name: remove one of them"),
        );
    }
    if let Err(problem) = check_name(name, kind) {
        diagnostics.push(wrong_name(format!("the name '{name}' {problem}"), name, span));
        return None;
    }
    Some((name, span))
}

/// The error for a name that is not allowed; a placeholder of one's own is most likely to be filled in.
fn wrong_name(message: String, name: &str, span: Span) -> Diagnostic {
    let is_word = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if name.split_once('$').is_some_and(|(_, rest)| is_word(rest)) {
        let message = format!("the name '{name}' has a placeholder that is not filled in");
        return Diagnostic::error("unfilled-placeholder", message).at(span).help("replace it with a value");
    }
    Diagnostic::error("invalid-name", message).at(span)
}

/// Whether an object of the kind may be called so.
pub(super) fn check_name(name: &str, kind: &Kind) -> Result<(), String> {
    // What every name must be to have a URL (§7).
    if name.contains('/') || name == "." || name == ".." {
        return Err("must not contain '/' nor be '.' or '..'".to_owned());
    }
    (kind.names.check)(name)
}

fn product<'n>(spec: &'n Node, kind: &Kind, diagnostics: &mut Diagnostics) -> Option<&'n str> {
    if kind.scope == Scope::Tenant {
        return None;
    }
    let mut given = kind.names.product_keys.iter().filter_map(|key| spec.entry(key));
    let Some(entry) = given.next() else {
        let wanted = kind.names.product_keys.first().copied().unwrap_or_default();
        diagnostics.push(
            Diagnostic::error("missing-field", format!("required field '{wanted}' is missing"))
                .at(envelope::first_line(spec))
                .help(format!("name the product that it belongs to: {wanted}: NAME")),
        );
        return None;
    };
    let product = filled(entry, diagnostics)?;
    given.for_each(|other| check_other_product(entry, product, other, kind, diagnostics));
    if let Err(problem) = check_name(product, kinds::owner()) {
        let message = format!("the product name '{product}' {problem}");
        diagnostics.push(wrong_name(message, product, entry.value.span));
        return None;
    }
    Some(product)
}

/// Reports a second spelling of the product that says something else.
fn check_other_product(
    entry: &Entry,
    product: &str,
    other: &Entry,
    kind: &Kind,
    diagnostics: &mut Diagnostics,
) {
    if other.value.is_null() || other.value.text().is_some_and(|text| text.is_empty() || text == product) {
        return;
    }
    let message = format!("'{}' differs from '{}'", other.key, entry.key);
    let ignored = kind.attributes.iter().find(|attribute| attribute.answers_to(&other.key));
    let diagnostic = match ignored.and_then(|attribute| attribute.ignored) {
        Some(why) => Diagnostic::warning("ignored-field", format!("{message} and is ignored")).help(why),
        None => Diagnostic::error("two-products", message).help("keep one of them"),
    };
    diagnostics.push(diagnostic.at(other.value.span).also(entry.value.span, "this one is taken"));
}
