//! A stored CodeRepo (§4.4).

use serde::{Deserialize, Serialize};

/// The stored spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CodeRepo {
    /// The stored repository name: the path.
    pub(crate) name: String,
    pub(crate) project: String,
    /// `None` if no webhook was given; replies show an empty one.
    pub(crate) events: Option<Vec<String>>,
    pub(crate) deployment_runtime: bool,
    pub(crate) pipeline_runtime: bool,
}

impl CodeRepo {
    /// A managed repository of which nothing is known but that something refers to it; LIST hides it.
    pub(crate) fn assumed() -> CodeRepo {
        CodeRepo {
            name: String::new(),
            project: String::new(),
            events: None,
            deployment_runtime: false,
            pipeline_runtime: false,
        }
    }
}
