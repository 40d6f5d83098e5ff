//! What a plan says of objects besides their changes: drift, unmanaged objects, and what is unknown.

use serde::{Deserialize, Serialize};

use crate::model::hint::Hint;
use crate::model::rare::Empty;
use crate::model::value::{Path, Value};
use crate::plan::diff::AttributeChange;
use crate::resource::Address;

use super::refusal::NAMES_SHOWN;
#[cfg(feature = "sandbox")]
use super::refusal::{Refusal, RefusalKind};
use super::unread::{self, Unread};

/// How a live object changed since the last apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The object.
    pub address: Address,
    /// What happened to it.
    pub kind: DriftKind,
    /// The fields that differ from the last apply: `before` is the last apply, `after` is live.
    pub attributes: Vec<AttributeChange>,
    /// The live object; of a missing one, what was applied last.
    #[serde(default, skip_serializing_if = "Value::is_empty", serialize_with = "unread::json")]
    pub object: Value,
    /// What it has besides, and the server does not return.
    #[serde(default, skip_serializing_if = "Empty::is_empty")]
    pub unread: Unread,
}

/// What happened to a managed object outside of nautform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftKind {
    /// Fields changed.
    Changed,
    /// It was deleted.
    Missing,
}

/// Findings about an object that the settings suppress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    /// The object.
    pub address: Address,
    /// The fields; everything about the object if there are none.
    pub fields: Vec<Path>,
    /// Why.
    pub reason: Option<String>,
    /// The last day.
    pub until: Option<jiff::civil::Date>,
}

/// A live object that is in no manifest and not in the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmanaged {
    /// The object.
    pub address: Address,
}

/// A product whose every write the server refuses, whatever is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// The product.
    pub address: Address,
    /// The objects that the server's checks refuse, each with what it says.
    pub causes: Vec<(Address, String)>,
    /// Ways out that were carried out in a copy, the best first.
    #[serde(default)]
    pub ways_out: Vec<Hint>,
}

impl Blocked {
    /// The refusal of a plan that writes to the product.
    #[cfg(feature = "sandbox")]
    pub(crate) fn refusal(&self) -> Refusal {
        Refusal::new(RefusalKind::Rehearsal, self.sentence()).about(&self.address)
    }

    /// What is wrong, without the address of the product.
    pub fn sentence(&self) -> String {
        let causes =
            self.causes.iter().take(NAMES_SHOWN).map(|(address, why)| format!("{address}: {}", why.trim()));
        let mut causes: Vec<String> = causes.collect();
        if let Some(more) = self.causes.len().checked_sub(NAMES_SHOWN).filter(|more| *more > 0) {
            causes.push(format!("and {more} more"));
        }
        format!("every write to this product will be refused: {}", causes.join("; "))
    }
}

/// An object that could not be read, so nothing that depends on it may be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The object.
    pub address: Address,
    /// Why.
    pub why: String,
}
