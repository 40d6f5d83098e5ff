//! Where a secret's text comes from: inline, base64 with any wrapping, a file relative to the manifest, or
//! the environment.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::resource::schema::{Attribute, Node, NodeValue};

/// Why a source gave nothing. Says nothing of the content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct SecretProblem {
    /// A sentence.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// Reads files and environment variables on behalf of the decoder.
pub(crate) trait SecretSource {
    /// The text of a file, relative to the manifest.
    ///
    /// # Errors
    /// If it can't be read.
    fn file(
        &mut self,
        manifest: crate::model::diagnostic::FileId,
        path: &str,
    ) -> Result<String, SecretProblem>;
    /// The text of an environment variable, if it is set.
    fn variable(&mut self, name: &str) -> Option<String>;
    /// Whether what is written at a place holds the value of a secret variable.
    fn is_secret(&self, span: crate::model::diagnostic::Span) -> bool;
    /// What was written where this text was filled in, or the text itself.
    fn written<'t>(&'t self, text: &'t str) -> &'t str;
    /// The place of an inline secret, so that it is never shown.
    fn mask(&mut self, span: crate::model::diagnostic::Span);
    /// What the rule of a field says of a secret's text. Who reads many objects may remember it: fleets share
    /// kubeconfigs.
    ///
    /// # Errors
    /// What is wrong with the text, without any of it.
    fn check(&mut self, attribute: &'static Attribute, text: &str) -> Result<(), String> {
        attribute.check.map_or(Ok(()), |check| check(text))
    }
}

/// The shapes of a secret field.
pub(super) enum Shape<'a> {
    Inline(&'a str),
    File(&'a str),
    Variable(&'a str),
}

pub(super) fn shape(node: &Node) -> Option<Shape<'_>> {
    match &node.value {
        NodeValue::Scalar { text, .. } => Some(Shape::Inline(text)),
        NodeValue::Mapping(entries) => match entries.as_slice() {
            [entry] if entry.key.as_ref() == "file" => entry.value.text().map(Shape::File),
            [entry] if entry.key.as_ref() == "env" => entry.value.text().map(Shape::Variable),
            _ => None,
        },
        NodeValue::Sequence(_) => None,
    }
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
