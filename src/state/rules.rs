//! The rules of the settings at the last apply, as far as they decide what passes: to say what has changed
//! since. Their meaning is the planner's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the settings and the manifests let pass at the last apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Numbers by name; the higher, the more passes. `None`: no limit.
    pub limits: BTreeMap<String, Option<usize>>,
    /// What is left out of comparisons, or treated as another object: rules as texts, each with its last day.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub exceptions: BTreeMap<String, Option<String>>,
    /// The fields that manifests themselves leave out of comparisons, by address.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ignored_fields: BTreeMap<String, Vec<String>>,
}
