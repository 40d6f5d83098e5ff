//! A stored DeploymentRuntime (§4.7).

use serde::{Deserialize, Serialize};

/// The stored spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DeploymentRuntime {
    pub(crate) projects_ref: Vec<String>,
    pub(crate) manifest_source: ManifestSource,
    pub(crate) destination: Destination,
    pub(crate) account: String,
}

/// The repository by GitLab project id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct ManifestSource {
    pub(crate) repository: u64,
    pub(crate) target_revision: String,
    pub(crate) path: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Destination {
    pub(crate) environment: String,
    pub(crate) namespaces: Vec<String>,
}

impl DeploymentRuntime {
    /// What no other runtime of the product may share.
    pub(crate) fn source_key(&self) -> (&ManifestSource, &str) {
        (&self.manifest_source, &self.destination.environment)
    }

    /// The namespaces it occupies, and whether each was written down.
    pub(crate) fn namespaces(&self, name: &str) -> Vec<(String, bool)> {
        if self.destination.namespaces.is_empty() {
            return vec![(name.to_owned(), false)];
        }
        self.destination.namespaces.iter().map(|namespace| (namespace.clone(), true)).collect()
    }
}
