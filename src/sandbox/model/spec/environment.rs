//! A stored Environment (§4.3).

use serde::{Deserialize, Serialize};

/// The stored spec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Environment {
    pub(crate) cluster: String,
    pub(crate) env_type: String,
}
