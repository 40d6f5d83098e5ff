//! Where a secret's text comes from: inline, base64 with any wrapping, a mapping in place, a file relative to
//! the manifest, or the environment.

use std::sync::Arc;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use serde_json::Value as Json;

use crate::model::diagnostic::{FileId, Span};
use crate::resource::catalogue::Catalogue;
use crate::resource::schema::{Attribute, Entry, Node, NodeValue};

/// Why a source gave nothing. Says nothing of the content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct SecretProblem {
    /// A sentence.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// Reads files and environment variables on behalf of the decoder.
pub(crate) trait SecretSource {
    /// The text of a file, relative to the manifest.
    ///
    /// # Errors
    /// If it can't be read.
    fn file(&mut self, manifest: FileId, path: &str) -> Result<String, SecretProblem>;
    /// The text of an environment variable, or of the file whose path it holds; `None` if it is not set.
    ///
    /// # Errors
    /// If it holds a path, and the file can't be read.
    fn variable(&mut self, manifest: FileId, name: &str) -> Result<Option<String>, SecretProblem>;
    /// The text of a manifest as it is written, for edits that mend it.
    fn source(&self, manifest: FileId) -> &str;
    /// What the platform offers, if it is not what v0.4.2 brings.
    fn catalogue(&self) -> Option<Arc<Catalogue>>;
    /// Whether anything in the document holds the value of a secret variable.
    fn has_secret_variables(&self) -> bool;
    /// Whether what is written at a place holds the value of a secret variable.
    fn is_secret(&self, span: Span) -> bool;
    /// Whether a variable filled in what is written at a place.
    fn is_filled(&self, span: Span) -> bool;
    /// What was written where this text was filled in, or the text itself.
    fn written<'t>(&'t self, text: &'t str) -> &'t str;
    /// The place of an inline secret, so that it is never shown.
    fn mask(&mut self, span: Span);
    /// What the rule of a field says of a secret's text. Who reads many objects may remember it: fleets share
    /// kubeconfigs.
    ///
    /// # Errors
    /// What is wrong with the text, without any of it.
    fn check(&mut self, attribute: &'static Attribute, text: &str) -> Result<(), String>;
}

/// The shapes of a secret field.
pub(super) enum Shape<'a> {
    Inline(&'a str),
    InPlace(&'a Node),
    File(&'a str),
    Variable(&'a str),
}

pub(super) fn shape<'a>(attribute: &Attribute, node: &'a Node) -> Option<Shape<'a>> {
    match &node.value {
        NodeValue::Scalar { text, .. } => Some(Shape::Inline(text)),
        NodeValue::Mapping(entries) => match entries.as_slice() {
            [entry] if entry.key.as_ref() == "file" => given(&entry.value).map(Shape::File),
            [entry] if entry.key.as_ref() == "env" => given(&entry.value).map(Shape::Variable),
            entries if attribute.content.is_some() && is_content(entries) => Some(Shape::InPlace(node)),
            _ => None,
        },
        NodeValue::Sequence(_) => None,
    }
}

fn given(node: &Node) -> Option<&str> {
    node.text().filter(|text| !text.is_empty() && !node.is_null())
}

/// Whether a mapping is what the secret says, and not a source of it that is written wrongly.
fn is_content(entries: &[Entry]) -> bool {
    let is_source = |entry: &Entry| ["file", "env"].contains(&entry.key.as_ref());
    !entries.iter().any(is_source) && entries.iter().any(|entry| entry.value.text().is_none())
}

/// A mapping as JSON, which every reader of YAML reads. A plain scalar is what it would be in a text.
pub(super) fn in_place(node: &Node) -> Json {
    match &node.value {
        NodeValue::Mapping(entries) => {
            entries.iter().map(|entry| (entry.key.to_string(), in_place(&entry.value))).collect()
        }
        NodeValue::Sequence(items) => items.iter().map(in_place).collect(),
        NodeValue::Scalar { .. } if node.is_null() => Json::Null,
        NodeValue::Scalar { text, plain } => match serde_yaml::from_str(text) {
            Ok(word @ (Json::Bool(_) | Json::Number(_))) if *plain => word,
            _ => Json::from(text.as_ref()),
        },
    }
}

/// Whether a text is most likely the path of a file.
pub(crate) fn is_path(text: &str) -> bool {
    const ENDINGS: [&str; 6] = [".yaml", ".yml", ".json", ".conf", ".config", ".kubeconfig"];
    /// The longest path of Linux.
    const LONGEST: usize = 4096;
    let text = text.trim();
    let is_drive =
        text.as_bytes().get(1) == Some(&b':') && text.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_one = text.len() <= LONGEST && !text.contains(['\n', '{', '}', '"']) && !text.contains(": ");
    let begins =
        ["/", "./", "../", "~/", ".\\", "..\\"].iter().any(|start| text.starts_with(start)) || is_drive;
    let is_inside = || {
        text.contains('/')
            && !text.contains(' ')
            && !text.contains("://")
            && plain_text(text.to_owned()) == text
    };
    is_one && (begins || ENDINGS.iter().any(|end| text.ends_with(end)) || is_inside())
}

/// Whether a text is most likely the name of an environment variable.
pub(super) fn is_variable(text: &str) -> bool {
    let name = text.trim().trim_start_matches('$');
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    /// Longer ones may be secrets.
    const LONGEST: usize = 64;
    name.len() <= LONGEST && name.starts_with(|c: char| c.is_ascii_uppercase()) && name.bytes().all(is_part)
}

/// Undoes base64, standard or URL-safe, wrapped or not, padded or not; anything else is taken as it is.
pub(super) fn plain_text(text: String) -> String {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    [&alphabet::STANDARD, &alphabet::URL_SAFE]
        .into_iter()
        .find_map(|alphabet| GeneralPurpose::new(alphabet, lenient).decode(&compact).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|_| !compact.is_empty())
        .unwrap_or(text)
}
