//! A stored Project (§4.2).

use serde::{Deserialize, Serialize};

/// The stored spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Project {
    pub(crate) language: String,
}
