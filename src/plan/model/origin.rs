//! Where and when a plan was made: for readers of a note, a page or a report, who see it elsewhere and later.

use serde::{Deserialize, Serialize};

use crate::model::fingerprint::Fingerprint;

/// Where and when a plan was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// What the fleet is called where there may be others.
    #[serde(default)]
    pub label: String,
    /// The environment, of a fleet that has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// When, RFC 3339.
    pub created: String,
    /// The server that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The commit of the manifests, where CI says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The URL of the CI job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// What of the plan can be agreed on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
}
