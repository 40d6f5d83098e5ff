//! What the server has of an object and does not return, as far as it is known: for readers of a plan who
//! compare an object before with the same object after.

use serde::{Deserialize, Serialize};

use crate::model::rare::Empty;
use crate::model::value::{Path, Value};

/// Fields that the server has and does not return, and secrets. No secret's value is in here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Unread {
    /// The fields as they were applied last; of an object that can't be shown, all of them.
    #[serde(default, skip_serializing_if = "Value::is_empty", serialize_with = "json")]
    pub fields: Value,
    /// The secrets that the object has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<Path>,
    /// The secrets that the manifest declares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declared: Vec<Path>,
}

impl Empty for Unread {
    const EMPTY: &'static Self = &Self { fields: Value::Null, secrets: Vec::new(), declared: Vec::new() };

    /// Whether nothing is known.
    fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.secrets.is_empty() && self.declared.is_empty()
    }
}

/// Values have no `Serialize`; those of a plan's memory hold no secrets.
pub(super) fn json<S: serde::Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    value.to_json().serialize(serializer)
}
