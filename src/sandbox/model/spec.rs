//! What the server stores of the resources of each kind.

pub(crate) mod cluster;
pub(crate) mod deployment_runtime;
pub(crate) mod pipeline_runtime;

use serde::{Deserialize, Serialize};

/// A stored Project (§4.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Project {
    pub(crate) language: String,
}

/// A stored Environment (§4.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Environment {
    pub(crate) cluster: String,
    pub(crate) env_type: String,
}

/// A stored CodeRepo (§4.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CodeRepo {
    /// The stored repository name: the path.
    pub(crate) name: String,
    pub(crate) project: String,
    /// `None` if no webhook was given; replies show an empty one.
    pub(crate) events: Option<Vec<String>>,
    pub(crate) deployment_runtime: bool,
    pub(crate) pipeline_runtime: bool,
}

/// A stored CodeRepoBinding (§4.5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Binding {
    /// GitLab project id.
    pub(crate) repository: u64,
    pub(crate) projects: Vec<String>,
    pub(crate) permissions: String,
}
