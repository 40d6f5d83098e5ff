//! A change of what protects objects. It writes nothing to the server, and decides what later plans may do.

use serde::{Deserialize, Serialize};

use crate::resource::Address;

/// A change of what the state remembers of an object's protection, or of a rule of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProtectionChange {
    /// The object; `None` for a rule of the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// The annotation, the setting or the rule.
    pub name: String,
    /// What held at the last apply; `None` if there was nothing.
    pub before: Option<String>,
    /// What holds after this one; `None` if there is nothing.
    pub after: Option<String>,
    /// Whether more may pass than before.
    pub permits_more: bool,
}
