//! Why apply must not carry out a plan.

use serde::{Deserialize, Serialize};

use crate::model::diagnostic::Span;
use crate::model::hint::Hint;
use crate::resource::Address;

/// How many addresses a message names before it says "and 3 more".
pub(in crate::plan) const NAMES_SHOWN: usize = 10;

/// Why apply must not go ahead with (a part of) the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What kind of refusal.
    pub kind: RefusalKind,
    /// The object, if it is about one.
    pub address: Option<Address>,
    /// What is wrong with it, without its address: a rendering puts that in front.
    pub message: String,
    /// What to do, most useful first.
    #[serde(default)]
    pub hints: Vec<Hint>,
    /// The manifest's document or field; not known in a saved plan.
    #[serde(skip)]
    pub span: Option<Span>,
}

impl Refusal {
    /// One that is not about a single object, without a hint and a place.
    pub(crate) fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self { kind, address: None, message: message.into(), hints: Vec::new(), span: None }
    }

    /// It is about this object.
    #[must_use]
    pub(crate) fn about(self, address: &Address) -> Self {
        Self { address: Some(address.clone()), ..self }
    }

    /// Says what to do, after what was said before.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<Hint>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Its place in the manifests, if it has one.
    #[must_use]
    pub(crate) fn at(self, span: Option<Span>) -> Self {
        Self { span, ..self }
    }
}

/// Kinds of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// Something that is not in the plan still uses an object that would be deleted.
    InUse,
    /// A reference to an object that does not exist.
    MissingReference,
    /// A protected object would be deleted or replaced.
    Protected,
    /// Something would be permanently destroyed without a permission.
    Irreversible,
    /// A file exists and no longer declares anything.
    EmptiedFile,
    /// The manifest of an object that would be deleted is there and not read.
    SkippedManifest,
    /// Too much would change.
    Threshold,
    /// The server's own checks would refuse it.
    Rehearsal,
    /// A replacement replaces other objects too.
    Replacement,
    /// What it depends on is unknown.
    Unknown,
    /// A secret has to be sent and has no value here.
    MissingSecret,
    /// A field would be above what the object's owner allows.
    AboveOwner,
    /// Its address differs from another one in case only: both are one object for the server.
    SameObject,
}
