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

#[derive(Deserialize)]
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

    /// Decodes iff the length is a multiple of four and all characters are of the standard alphabet; wrapped, URL-safe or
    /// unpadded base64 is taken for YAML.
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
        let text = std::str::from_utf8(&self.0).map_err(|_| "yaml: control characters are not allowed")?;
        let shape: Shape = serde_yaml::from_str(text)
            .map_err(|_| "yaml: unmarshal errors: cannot unmarshal into v1.Config".to_owned())?;
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
