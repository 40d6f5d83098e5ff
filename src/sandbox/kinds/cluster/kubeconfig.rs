//! The kubeconfig of a save (§3.2 steps 5 and 7): decoded, looked at, and forgotten but for a short digest.

use base64::Engine;
use serde::Deserialize;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

/// As sent. Neither `Debug` nor `Serialize`: it is a secret.
#[derive(Clone, Default)]
pub(super) struct Kubeconfig(String);

/// After base64 decoding, where the server recognises base64.
pub(super) struct Decoded(Vec<u8>);

#[derive(Default, Deserialize)]
struct Shape {
    #[serde(default)]
    clusters: Option<Vec<IgnoredAny>>,
    #[serde(default)]
    users: Option<Vec<IgnoredAny>>,
}

impl Kubeconfig {
    pub(super) fn new(text: String) -> Kubeconfig {
        Kubeconfig(text)
    }

    /// Decodes iff the length is a multiple of four and all characters are of the standard alphabet; wrapped,
    /// URL-safe or unpadded base64 is taken for YAML.
    pub(super) fn decode(&self) -> Result<Decoded, String> {
        let looks_encoded = self.0.len().is_multiple_of(4)
            && self.0.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='));
        if !looks_encoded {
            return Ok(Decoded(self.0.clone().into_bytes()));
        }
        let decoded = base64::engine::general_purpose::STANDARD.decode(&self.0);
        decoded.map(Decoded).map_err(|_| "illegal base64 data at input byte 0".to_owned())
    }
}

impl Decoded {
    /// What Vault would be given: a digest of it, if it is a kubeconfig.
    pub(super) fn check(&self) -> Result<String, String> {
        if self.0.is_empty() {
            return Err("register physical cluster, kubeconfig is not empty".to_owned());
        }
        let text =
            std::str::from_utf8(&self.0).map_err(|error| encoding_error(&self.0[error.valid_up_to()..]))?;
        let shape = parse(text)?;
        if shape.clusters.is_none_or(|clusters| clusters.is_empty()) {
            return Err("invalid kubeconfig file: must have at least one cluster".to_owned());
        }
        if shape.users.is_none_or(|users| users.is_empty()) {
            return Err("invalid kubeconfig file: must have at least one user".to_owned());
        }
        let digest = Sha256::digest(&self.0);
        Ok(digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect())
    }
}

/// The texts of Go's YAML reader.
fn encoding_error(rest: &[u8]) -> String {
    let width = match rest[0] {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => return "yaml: invalid leading UTF-8 octet".to_owned(),
    };
    let why =
        if rest.len() < width { "incomplete UTF-8 octet sequence" } else { "invalid trailing UTF-8 octet" };
    format!("yaml: {why}")
}

fn parse(text: &str) -> Result<Shape, String> {
    if text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}')) {
        return Err("yaml: control characters are not allowed".to_owned());
    }
    let value: serde_json::Value = match serde_yaml::from_str(text) {
        Ok(value) => value,
        Err(error) => return Err(syntax_error(text, &error)),
    };
    let kind = match &value {
        serde_json::Value::Null => return Ok(Shape::default()),
        serde_json::Value::Object(_) => {
            return serde_json::from_value(value).map_err(|_| {
                "json: cannot unmarshal into Go value of type kubeconfig.KubectlConfig".to_owned()
            });
        }
        serde_json::Value::String(_) => "string",
        serde_json::Value::Number(_) => "number",
        serde_json::Value::Bool(_) => "bool",
        serde_json::Value::Array(_) => "array",
    };
    Err(format!("json: cannot unmarshal {kind} into Go value of type kubeconfig.KubectlConfig"))
}

/// Which text Go's parser would have depends on its state: an unclosed list or map is a case of its own, and
/// found at the end.
fn syntax_error(text: &str, error: &serde_yaml::Error) -> String {
    let last_line = text.lines().count();
    let (line, expected) = match text.trim_start().chars().next() {
        Some('[') => (last_line, "',' or ']'"),
        Some('{') => (last_line, "',' or '}'"),
        _ => (error.location().map_or(1, |location| location.line() as usize), "node content"),
    };
    format!("yaml: line {line}: did not find expected {expected}")
}
