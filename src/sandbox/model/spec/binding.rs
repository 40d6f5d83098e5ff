//! A stored CodeRepoBinding (§4.5).

use serde::{Deserialize, Serialize};

/// The stored spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Binding {
    /// GitLab project id.
    pub(crate) repository: u64,
    pub(crate) projects: Vec<String>,
    pub(crate) permissions: String,
}
