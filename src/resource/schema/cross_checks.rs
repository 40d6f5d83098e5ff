//! What an object asks of its neighbours in the same product: permissions it needs, and what its fields lead
//! to.

use crate::model::value::{Path, Value};

/// What an object needs beyond its plain references, given its spec and the other objects of its product.
pub(crate) type Requirements = fn(spec: &Value, siblings: &dyn Siblings) -> Vec<Requirement>;

/// What does not go together with the objects that the fields lead to.
pub(crate) type Mismatches = fn(spec: &Value, siblings: &dyn Siblings) -> Vec<Mismatch>;

/// A field that does not go with the object it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The field.
    pub path: Path,
    /// The other object: its kind and name.
    pub with: (&'static str, String),
    /// What is wrong, as a sentence.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// Whether the server refuses it in any case.
    pub is_refused: bool,
}

/// What a requirement may ask about the other desired objects of the same product.
pub trait Siblings {
    /// The spec of an object.
    fn spec(&self, kind: &str, name: &str) -> Option<&Value>;
    /// Names of the objects of `kind` whose text attribute `attribute` equals `value`, in their order.
    fn having(&self, kind: &str, attribute: &str, value: &str) -> Vec<&str>;
}

/// Something that must be there in addition to what the fields name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The field it comes from.
    pub path: Path,
    /// The names of what grants it among the desired objects; all of them are created before, deleted after.
    pub granted_by: Vec<String>,
    /// Whether the granting objects in `granted_by`, or the object's own spec, satisfy it.
    pub satisfied: bool,
    /// Whether the desired objects alone decide it: the repository is declared, so nothing live can grant it
    /// unseen. An undecided one is looked up in the live state.
    pub decided: bool,
    /// The kind of the objects that could grant it.
    pub grants: &'static str,
    /// What is missing, as a sentence.
    pub message: String,
    /// What to do about it.
    pub help: String,
}
