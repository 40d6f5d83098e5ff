//! The plan as a value: what will change and why, what may not, and what could not be found out.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::diagnostic::Span;
use crate::model::value::Value;
use crate::plan::diff::AttributeChange;
use crate::resource::{Address, Record};

use super::moves::Move;

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
    /// It stays, and nautform lets go of it.
    Forget,
}

/// Why something happens; renderers put it into words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The manifest is new.
    NotLive,
    /// Fields differ.
    Differs,
    /// A field that can't change in place differs.
    FixedField(crate::model::value::Path),
    /// An object it depends on is replaced.
    ReplacedWith(Address),
    /// The manifest is gone; the file it was last seen in.
    ManifestGone(Option<String>),
    /// `destroy` was asked for.
    Destroy,
    /// `--prune` was asked for and no manifest has it.
    Pruned,
    /// It is inside an object that is deleted.
    ParentDeleted(Address),
    /// It vanished from the server behind nautform's back.
    Vanished,
    /// A former run was killed while writing it.
    Interrupted,
    /// It exists already and matches: it is only taken into the state.
    Adopted,
    /// `nautform.dev/deletion-policy: orphan`.
    Orphaned,
    /// It gets, or seems to get, another name: the new address.
    Renamed(Address),
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
    /// The live fields, if it exists and can be read.
    pub before: Option<Arc<Value>>,
    /// The fields as they will be sent: declared ones, and undeclared live ones that the server would otherwise reset.
    /// May hold secrets; renderers use `attributes`. `None` for deletes, forgets and no-ops.
    pub after: Option<Value>,
    /// The fields that differ, in the order of the table.
    pub attributes: Vec<AttributeChange>,
    /// Why, most important first.
    pub reasons: Vec<Reason>,
    /// What is destroyed for good, if something is.
    pub irreversible: Option<&'static str>,
    /// Objects that vanish with it although nothing deletes them one by one.
    pub takes_along: Vec<Address>,
    /// The manifest's document.
    pub source: Option<Span>,
    /// What must be there before it is written, and may only be deleted after it.
    pub dependencies: Vec<Address>,
    /// What it uses on the server so far, by its live fields and the last apply, in order; empty if it does not exist.
    /// What is no longer among the dependencies may be deleted only after this change.
    pub used: Vec<Address>,
    /// What the state will remember when it is done; `None` for deletes and forgets, and where nothing changes and the state
    /// remembers all of it already.
    pub record: Option<Record>,
    /// How many declared fields are as they should be.
    pub unchanged: usize,
}

impl Change {
    /// The object that takes this one's place under another name, if there is one.
    pub fn successor(&self) -> Option<&Address> {
        self.reasons.iter().find_map(|reason| match reason {
            Reason::Renamed(to) => Some(to),
            _ => None,
        })
    }
}

/// What the world changed since the last apply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drift {
    /// The object.
    pub address: Address,
    /// What happened to it.
    pub kind: DriftKind,
    /// The fields that differ from the last apply: `before` is the last apply, `after` is live.
    pub attributes: Vec<AttributeChange>,
}

/// What happened to a managed object behind nautform's back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriftKind {
    /// Fields changed.
    Changed,
    /// It was deleted.
    Missing,
}

/// Findings about an object that somebody knows of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppressed {
    /// The object.
    pub address: Address,
    /// The fields; everything about the object if there are none.
    pub fields: Vec<crate::model::value::Path>,
    /// Why.
    pub reason: Option<String>,
    /// The last day.
    pub until: Option<jiff::civil::Date>,
}

/// A live object that no manifest and no state knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unmanaged {
    /// The object.
    pub address: Address,
}

/// Something that could not be found out, so nothing that depends on it may be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// The object.
    pub address: Address,
    /// Why.
    pub why: String,
}

/// Why apply must not go ahead with (a part of) the plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What kind of objection.
    pub kind: RefusalKind,
    /// The object, if it is about one.
    pub address: Option<Address>,
    /// What is wrong with it, without its address: a rendering puts that in front.
    pub message: String,
    /// What to do, with the exact flag.
    pub help: String,
    /// The manifest's document or field; not known in a saved plan.
    #[serde(skip)]
    pub span: Option<Span>,
}

/// Kinds of objections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// Something that is not in the plan still uses an object that would go.
    InUse,
    /// A reference leads nowhere.
    MissingReference,
    /// A protected object would go.
    Protected,
    /// Something would be destroyed for good without leave.
    Irreversible,
    /// A file that is there has lost all that it declared.
    EmptiedFile,
    /// Too much would change.
    Threshold,
    /// The server's own checks would refuse it.
    Rehearsal,
    /// A replacement drags others along.
    Replacement,
    /// What it depends on is unknown.
    Unknown,
    /// It differs from another object in case only, so the server takes both for one.
    SameObject,
}

/// Everything that will happen.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Every object in scope, no-ops too, in the order it is carried out (deletes last).
    pub changes: Vec<Change>,
    /// What the world changed.
    pub drift: Vec<Drift>,
    /// What nobody manages.
    pub unmanaged: Vec<Unmanaged>,
    /// What could not be found out.
    pub gaps: Vec<Gap>,
    /// Of a drift check: findings that the settings keep quiet. They are planned all the same.
    pub suppressed: Vec<Suppressed>,
    /// What stands in the way.
    pub refusals: Vec<Refusal>,
    /// Objects whose new names the state takes over.
    pub moved: Vec<Move>,
    /// Sentences worth reading that block nothing.
    pub notes: Vec<String>,
    /// How many requests the refresh took.
    pub requests: usize,
    /// Whether it covers only a part of the directory (`--target`, `--exclude`, …): what was left out.
    pub left_out: Vec<Address>,
}

/// Counts as Terraform counts: a replace is an add and a destroy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Creates and replaces.
    pub add: usize,
    /// Updates.
    pub change: usize,
    /// Deletes and replaces.
    pub destroy: usize,
    /// Forgets.
    pub forget: usize,
    /// No-ops.
    pub unchanged: usize,
}

impl Summary {
    /// Whether nothing is written or forgotten.
    pub const fn is_empty(&self) -> bool {
        self.add + self.change + self.destroy + self.forget == 0
    }
}

impl Plan {
    /// The counts of the summary sentence.
    pub fn summary(&self) -> Summary {
        self.changes.iter().fold(Summary::default(), |mut summary, change| {
            match change.action {
                Action::NoOp => summary.unchanged += 1,
                Action::Create => summary.add += 1,
                Action::Update => summary.change += 1,
                Action::Delete => summary.destroy += 1,
                Action::Forget => summary.forget += 1,
                Action::Replace => {
                    summary.add += 1;
                    summary.destroy += 1;
                }
            }
            summary
        })
    }

    /// The objects to which something happens.
    pub fn changing(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.action != Action::NoOp)
    }

    /// Counts by kind and action, for the table on top of a long plan.
    pub fn by_kind(&self) -> BTreeMap<(&'static str, Action), usize> {
        let mut counts = BTreeMap::new();
        for change in self.changing() {
            *counts.entry((change.address.kind().name, change.action)).or_insert(0) += 1;
        }
        counts
    }
}
