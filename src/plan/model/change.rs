//! One object and what happens to it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::diagnostic::Span;
use crate::model::rare::Rare;
use crate::model::value::{Path, Value};
use crate::plan::model::attributes::Attributes;
use crate::plan::model::unread::Unread;
use crate::resource::{Address, Record};
use crate::state::Verb;

/// What is wrong with an object whose manifest is gone, and not what it manages.
pub(crate) const HALF_DELETED: &str =
    "it is half deleted: Nautes no longer knows it, and GitLab still has it with its content";

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is created.
    Create,
    /// It is changed in place.
    Update,
    /// It is deleted and created again.
    Replace,
    /// It is deleted.
    Delete,
    /// It stays on the server and is no longer managed.
    Forget,
}

impl Action {
    /// The requests that it takes, in their order.
    pub const fn verbs(self) -> &'static [Verb] {
        match self {
            Self::Create => &[Verb::Create],
            Self::Update => &[Verb::Update],
            Self::Delete => &[Verb::Delete],
            Self::Replace => &[Verb::Delete, Verb::Create],
            Self::NoOp | Self::Forget => &[],
        }
    }
}

/// Why something happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The manifest is new.
    NotLive,
    /// Fields differ.
    Differs,
    /// A field that can't change in place differs.
    FixedField(Path),
    /// An object it depends on is replaced.
    ReplacedWith(Address),
    /// It has no manifest any more; the file that had it.
    ManifestGone(Option<String>),
    /// `destroy` was asked for.
    Destroy,
    /// It is unmanaged and was to be pruned.
    Pruned,
    /// It was deleted outside of nautform.
    Vanished,
    /// An earlier run was killed while it wrote the object.
    Interrupted,
    /// The server has not answered an earlier write with success, and what it did of it is unknown: why. It is
    /// sent again.
    Incomplete(String),
    /// It exists already and matches: it is only recorded in the state.
    Adopted,
    /// It exists, and was not managed until now: it is changed or replaced, and managed from now on.
    TakenOver,
    /// It exists, and was not managed until now: it is deleted.
    NotManaged,
    /// `nautform.dev/deletion-policy: orphan`.
    Orphaned,
    /// It gets, or seems to get, another name: the new address.
    Renamed(Address),
    /// These fields can't be compared: the server does not return them, and nautform has never sent them.
    NeverSent(Vec<Path>),
    /// These fields differ although they were applied with the same value before: others changed them, or the
    /// server keeps them in another form. The write is checked with a read.
    WrittenBefore(Vec<Path>),
    /// The write resets these fields, if they are set: the server does not return them, and the manifest does
    /// not declare them.
    Resets(Vec<Path>),
    /// The server checks the product as a whole and is told not to for this one.
    Unchecked,
    /// The same for one half of a replacement only.
    UncheckedHalf(Verb),
    /// While the object is as it is, every write to its product is refused.
    Blocking,
    /// It could only be compared with the last apply: why.
    Unreadable(String),
}

/// One object and what happens to it.
#[derive(Clone, Debug)]
pub struct Change {
    /// The object.
    pub address: Address,
    /// What happens.
    pub action: Action,
    /// The live fields, if it exists and can be read; of a half-deleted object what was applied last.
    pub before: Option<Arc<Value>>,
    /// The fields as they will be sent: declared ones, and undeclared live ones that the server would
    /// otherwise reset. May hold secrets; renderers use `attributes`. `None` for deletes, forgets and no-ops.
    pub after: Option<Arc<Value>>,
    /// What the object has besides, and the server does not return.
    pub unread: Rare<Unread>,
    /// The fields that differ, in the order of the table.
    pub attributes: Attributes,
    /// Why, most important first.
    pub reasons: Rare<Vec<Reason>>,
    /// What is permanently destroyed, if something is.
    pub irreversible: Option<&'static str>,
    /// Objects that vanish with it although nothing deletes them one by one.
    pub takes_along: Rare<Vec<Address>>,
    /// The manifest's document.
    pub source: Option<Span>,
    /// What must be there before it is written, and may only be deleted after it.
    pub dependencies: Vec<Address>,
    /// What it uses on the server so far, by its live fields and the last apply, in order; empty if it does
    /// not exist. What is no longer among the dependencies may be deleted only after this change.
    pub used: Rare<Vec<Address>>,
    /// What the state will record when it is done; `None` for deletes and forgets, and where nothing changes
    /// and the state has all of it already.
    pub record: Option<Box<Record>>,
    /// How many declared fields are as they should be.
    pub unchanged: usize,
    /// Of a delete: how many live objects are in one group with it, itself included, if that matters
    /// (`Teardown::group`).
    pub crowd: usize,
}

impl Change {
    /// One of an object of which nothing else is known.
    #[cfg(test)]
    pub(crate) fn bare(address: Address, action: Action) -> Self {
        Self {
            address,
            action,
            before: None,
            after: None,
            unread: Rare::default(),
            attributes: Attributes::default(),
            reasons: Rare::default(),
            irreversible: None,
            takes_along: Rare::default(),
            source: None,
            dependencies: Vec::new(),
            used: Rare::default(),
            record: None,
            unchanged: 0,
            crowd: 0,
        }
    }

    /// Whether it exists and was not managed until now.
    pub fn adopts(&self) -> bool {
        let not_managed =
            |reason: &Reason| matches!(reason, Reason::Adopted | Reason::TakenOver | Reason::NotManaged);
        self.reasons.iter().any(not_managed)
    }

    /// Whether a field changes that can't change in place while something refers to the object.
    pub(crate) fn changes_fixed_field(&self) -> bool {
        // What is created has no such field: what all of its fields are need not be known.
        self.action != Action::Create && self.attributes.iter().any(|field| field.fixed_while_used)
    }

    /// The file that declared it, if it has no manifest any more and that is why something happens.
    pub(crate) fn last_file(&self) -> Option<String> {
        self.reasons.iter().find_map(|reason| match reason {
            Reason::ManifestGone(file) => file.clone(),
            _ => None,
        })
    }

    /// Whether a request of it is sent without the server's checks.
    pub fn is_unchecked(&self) -> bool {
        self.action.verbs().iter().any(|verb| self.sends_unchecked(*verb))
    }

    /// Whether this request of it is sent without the server's checks.
    pub fn sends_unchecked(&self, verb: Verb) -> bool {
        self.reasons.iter().any(|reason| match reason {
            Reason::Unchecked => true,
            Reason::UncheckedHalf(half) => *half == verb,
            _ => false,
        })
    }

    /// The object that takes this one's place under another name, if there is one.
    pub fn successor(&self) -> Option<&Address> {
        self.reasons.iter().find_map(|reason| match reason {
            Reason::Renamed(to) => Some(to),
            _ => None,
        })
    }

    /// Whether it is sent again because an earlier write is incomplete.
    pub fn resends(&self) -> bool {
        self.incomplete().is_some()
    }

    /// What is known of an earlier write that is incomplete, if that is why it is sent again.
    pub fn incomplete(&self) -> Option<&str> {
        self.reasons.iter().find_map(|reason| match reason {
            Reason::Incomplete(why) => Some(why.as_str()),
            _ => None,
        })
    }
}
