//! Kubeconfigs: what the server demands of them, and how it can read them (§3.2 steps 5 and 7).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Deserialize)]
struct Kubeconfig {
    #[serde(default)]
    clusters: Vec<IgnoredAny>,
    #[serde(default)]
    users: Vec<IgnoredAny>,
}

/// It must be YAML with at least one cluster and one user. The error says nothing of the content.
pub(super) fn check(text: &str) -> Result<(), String> {
    let Ok(kubeconfig) = serde_yaml::from_str::<Kubeconfig>(text) else {
        return Err("is not a kubeconfig: it can't be read as YAML with clusters and users".into());
    };
    match (kubeconfig.clusters.is_empty(), kubeconfig.users.is_empty()) {
        (true, _) => Err("is not a usable kubeconfig: it has no cluster".into()),
        (_, true) => Err("is not a usable kubeconfig: it has no user".into()),
        _ => Ok(()),
    }
}

/// Unwrapped standard base64 is the one form that the server always recognises.
pub(super) fn encode(text: &str) -> String {
    STANDARD.encode(text)
}
