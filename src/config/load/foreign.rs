//! What lies among manifests and is none: files of other programs, objects of other systems, and what
//! nautform itself has written.
//!
//! Invariant: what may have been meant to be a manifest is not foreign. It would be left out, and its object
//! looks as if it had been removed.

use std::path::PathBuf;

use crate::model::diagnostic::{Diagnostic, FileId, Span};
use crate::model::suggestion::nearest;
use crate::resource::schema::{Kind, Node, NodeValue, Scope};
use crate::resource::{Address, kinds};

use super::envelope::API_VERSION;
use super::{manifest, redact, scan};

/// Why a document or a file is not a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// It is an object of another system.
    Version,
    /// It is Kustomize's own file.
    Kustomization,
    /// It has no `apiVersion` and `kind`: values, a package, a report.
    Shape,
    /// nautform has written it.
    Output,
}

impl std::fmt::Display for SkipReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Version => "the apiVersion of another system",
            Self::Kustomization => "a file of Kustomize",
            Self::Shape => "no apiVersion and kind of a manifest",
            Self::Output => "written by nautform",
        })
    }
}

/// A file that is not a manifest, or a document of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// As `Resource::file` names it.
    pub file: String,
    /// Its path.
    pub path: PathBuf,
    /// The line on which the document begins, if others of the file are manifests.
    pub line: Option<usize>,
    /// Why.
    pub why: SkipReason,
    /// What it would declare.
    pub addresses: Vec<Address>,
}

/// The first bytes of a text without its blanks.
fn head(text: &str) -> String {
    /// Enough for every beginning below.
    const LENGTH: usize = 1024;
    text.chars().filter(|c| !c.is_whitespace()).take(LENGTH).collect()
}

/// Whether nautform has written a text: a plan, a state, a report or a note, whatever its name. What has been
/// put together with manifests is read as they are.
pub(super) fn is_output(text: &str) -> bool {
    // Most manifests are told by their first character.
    if !text.trim_start().starts_with(['{', '[', '<', '#']) {
        return false;
    }
    let is_version = |line: &str| line.starts_with("apiVersion:") && line.contains(API_VERSION);
    let head = head(text);
    is_output_by(&head)
        && !head.contains(&format!("\"apiVersion\":\"{API_VERSION}"))
        && !text.lines().any(is_version)
}

fn is_output_by(head: &str) -> bool {
    let begins = |starts: &[&str]| starts.iter().any(|start| head.starts_with(start));
    let holds = |parts: &[&str]| parts.iter().any(|part| head.contains(part));
    let is_report = || holds(&["\"nautform_version\":", "\"valid\":", "\"objects\":[", "\"nodes\":["]);
    let is_widget = || head.ends_with('}') && holds(&["\"update\":"]) && holds(&["\"delete\":"]);
    begins(&[
        "{\"format\":\"nautform-",
        "{\"nautform_sandbox\":",
        "{\"@level\":\"info\",\"@message\":\"nautform",
        "<!--nautform:",
        "#HELPnautform_",
    ]) || head == "[]"
        || head.starts_with("{\"format_version\":\"") && is_report()
        || head.starts_with("{\"create\":") && is_widget()
        || head.starts_with("[{\"description\":") && holds(&["\"check_name\":"])
        || head.starts_with("{\"$schema\":")
            && holds(&["\"driver\":{\"name\":\"nautform\"", "asnautformreadsit\""])
        || begins(&["<?xml", "<testsuites", "<!DOCTYPEhtml>"]) && holds(&["nautform"])
}

/// Why a document is not a manifest; `None` if it is one, or may have been meant to be.
pub(super) fn why(document: &Node) -> Option<SkipReason> {
    match &document.value {
        NodeValue::Mapping(_) if is_meant(document) => None,
        NodeValue::Mapping(_) => match version(document) {
            Some(version) if version.starts_with("kustomize.config.k8s.io/") => {
                Some(SkipReason::Kustomization)
            }
            Some(_) => Some(SkipReason::Version),
            None => Some(SkipReason::Shape),
        },
        NodeValue::Sequence(items) => (!items.iter().any(is_meant)).then_some(SkipReason::Shape),
        NodeValue::Scalar { text, .. } => (!redact::is_meant(text)).then_some(SkipReason::Shape),
    }
}

fn version(document: &Node) -> Option<&str> {
    document.get("apiVersion").filter(|node| !node.is_null())?.text().filter(|text| !text.is_empty())
}

/// Whether a mapping is meant to be a manifest, well written or not.
fn is_meant(document: &Node) -> bool {
    let text = |key: &str| document.get(key).and_then(Node::text);
    let kind = text("kind").unwrap_or_default();
    let has_fields_of_a_kind = |spec: &Node| kinds::KINDS.iter().any(|kind| has_fields_of(kind, spec));
    let has_fields = || document.get("spec").is_some_and(has_fields_of_a_kind);
    match version(document) {
        Some(version) if is_near(version) => true,
        _ if document.get("items").is_some_and(|items| items.items().iter().any(is_meant)) => true,
        // Objects of other systems may be called as ours are.
        Some(version) if version.contains('/') => false,
        Some(_) => kinds::find_by_alias(kind).is_some() || has_fields(),
        None if document.entry("apiVersion").is_some_and(|entry| entry.value.text().is_none()) => true,
        None => is_like_a_kind(kind) || has_fields() || has_misspelt_head(document),
    }
}

/// Whether an `apiVersion` is almost that of manifests, or one that a variable gives.
fn is_near(version: &str) -> bool {
    /// A quarter of the letters may differ.
    const NEAR: f64 = 0.75;
    let version = version.to_ascii_lowercase();
    let is_like = || strsim::normalized_damerau_levenshtein(&version, API_VERSION) >= NEAR;
    // What SOPS has encrypted may be any.
    let is_hidden = version.contains('$') || version.starts_with("enc[");
    version.contains("nautes") || is_hidden || is_like()
}

fn is_like_a_kind(word: &str) -> bool {
    let names = kinds::KINDS.iter().map(|kind| kind.name);
    kinds::find_by_alias(word).is_some() || nearest(word, names).is_some()
}

/// Whether `apiVersion` or `kind` is there under a misspelt key.
fn has_misspelt_head(document: &Node) -> bool {
    document.entries().iter().any(|entry| {
        let value = entry.value.text().unwrap_or_default();
        let is_kind = || nearest(&entry.key, ["kind"]).is_some() && kinds::find(value).is_some();
        value.contains(API_VERSION) || is_kind()
    })
}

/// Whether at least half of a spec are fields of a kind, and not its name alone.
fn has_fields_of(kind: &Kind, spec: &Node) -> bool {
    let is_field = |key: &str| {
        kind.names.product_keys.contains(&key)
            || kind.attributes.iter().any(|attribute| attribute.answers_to(key))
    };
    let known = spec.entries().iter().filter(|entry| is_field(&entry.key)).count();
    let named = usize::from(spec.entry("name").is_some());
    known > 0 && 2 * (known + named) >= spec.entries().len()
}

/// What a document would declare if it were a manifest, and what manifests within it would: in a list, in a
/// template, in a text of several lines.
pub(super) fn addresses(document: &Node) -> Vec<Address> {
    match &document.value {
        NodeValue::Mapping(_) => {
            let values = document.entries().iter().flat_map(|entry| addresses(&entry.value));
            own_addresses(document).into_iter().chain(values).collect()
        }
        NodeValue::Sequence(items) => items.iter().flat_map(addresses).collect(),
        NodeValue::Scalar { text, .. } if text.contains(API_VERSION) => {
            scan::addresses(text).unwrap_or_default()
        }
        NodeValue::Scalar { .. } => Vec::new(),
    }
}

/// What a mapping would declare if it were a manifest. Of a kind that is not known, it may be each that the
/// fields fit.
fn own_addresses(mapping: &Node) -> Vec<Address> {
    let Some(spec) = mapping.get("spec") else { return Vec::new() };
    let kind = mapping.get("kind").and_then(Node::text).and_then(kinds::find_by_alias);
    let other = mapping.get("metadata").and_then(|metadata| metadata.get("name"));
    let of_kind = |of: &'static Kind| {
        let product = of.names.product_keys.iter().find_map(|key| spec.get(key)).and_then(Node::text);
        let is_of_it = product.is_some() || has_fields_of(of, spec);
        let names = spec.get("name").into_iter().chain(other).filter(move |_| is_of_it);
        names.filter_map(Node::text).filter_map(move |name| address(of, product, name))
    };
    let wanted = kinds::KINDS.iter().copied().filter(|of| kind.is_none_or(|kind| kind.name == of.name));
    wanted.flat_map(of_kind).collect()
}

fn address(kind: &'static Kind, product: Option<&str>, name: &str) -> Option<Address> {
    manifest::check_name(name, kind).ok()?;
    match kind.scope {
        Scope::Tenant => Some(Address::of_tenant(kind, name)),
        Scope::Product => Some(Address::of_product(kind, product?, name)),
    }
}

/// The error for a file of nautform that is given as a manifest.
pub(super) fn output_as_manifest(file: FileId) -> Diagnostic {
    Diagnostic::error("not-a-manifest", "nautform has written this file: it is not a manifest")
        .at(Span { file, start: 0, end: 1 })
        .help("name a directory of manifests, or a file of manifests")
}
