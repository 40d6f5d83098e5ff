//! The plan as a value: what will change and why, what may not, and what is unknown.

pub(crate) mod attributes;
pub(crate) mod change;
pub(crate) mod finding;
pub(crate) mod origin;
pub(crate) mod protection;
pub(crate) mod refusal;
pub(crate) mod unread;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Serialize;

use crate::config::settings::Move;
use crate::model::way_out::WaysOut;
use crate::resource::Address;
use crate::state::Rules;

use super::guards::unavailable::Unavailable;
use super::order::{Operations, Order};
use super::read_from::{Broken, ReadFrom};
use change::{Action, Change, Reason};
use finding::{Blocked, Drift, Gap, Suppressed, Unmanaged};
use protection::ProtectionChange;
use refusal::Refusal;

/// Everything that will happen.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The environment that it is for, of a fleet that has several.
    pub environment: Option<String>,
    /// Every object in scope, no-ops too, in the order it is carried out (deletes last).
    pub changes: Vec<Change>,
    /// How live objects changed since the last apply.
    pub drift: Vec<Drift>,
    /// Live objects that are not managed.
    pub unmanaged: Vec<Unmanaged>,
    /// Products that refuse every write.
    pub blocked: Vec<Blocked>,
    /// What objects refer to outside of their products and the server does not have.
    pub(crate) unavailable: Unavailable,
    /// What could not be read.
    pub gaps: Vec<Gap>,
    /// Of a drift check: findings that the settings suppress. They are planned nevertheless.
    pub suppressed: Vec<Suppressed>,
    /// Why it must not be applied.
    pub refusals: Vec<Refusal>,
    /// With which extra steps it could be; `None` if none were looked for.
    pub ways_out: Option<WaysOut>,
    /// Objects that get their new names in the state.
    pub moved: Vec<Move>,
    /// What changes of the protections: nothing is written to the server for them.
    pub protections: Vec<ProtectionChange>,
    /// The rules that the state will remember, if they are not those that it remembers.
    pub rules: Option<Rules>,
    /// Objects whose deletion was not over when an earlier run ended, and is now.
    pub gone: Vec<Address>,
    /// Remarks that block nothing.
    pub notes: Vec<String>,
    /// How many requests the refresh took.
    pub requests: usize,
    /// How the products were read.
    pub read_from: ReadFrom,
    /// If it covers only a part of the directory: what was left out.
    pub left_out: Vec<Address>,
    /// The operations, once they are known: see [`Plan::operations`].
    pub(crate) order: OnceLock<Order>,
}

/// Counts as in Terraform: a replacement is an add and a destroy.
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
    /// Changes of protections, which only the state remembers.
    #[serde(skip_serializing_if = "is_zero")]
    pub protections: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Summary {
    /// Whether nothing is written, forgotten or protected otherwise.
    pub const fn is_empty(&self) -> bool {
        self.add + self.change + self.destroy + self.forget + self.protections == 0
    }
}

impl Plan {
    /// The operations and their order; derived from the changes once.
    pub fn operations(&self) -> Operations<'_> {
        Operations::new(&self.changes, self.order.get_or_init(|| Order::of(&self.changes)))
    }

    /// Whether a blocked product has no refusal of its own.
    pub(crate) fn is_apart(&self, blocked: &Blocked) -> bool {
        !self.refusals.iter().any(|refusal| refusal.address.as_ref() == Some(&blocked.address))
    }

    /// Objects of the plan that are broken behind the API.
    pub(crate) fn broken(&self) -> impl Iterator<Item = &Broken> {
        self.read_from.broken_in(&self.changes, true)
    }

    /// Adds a reason to what happens to these objects. The order of the operations may depend on it.
    pub(crate) fn give_reason(&mut self, to: &BTreeSet<Address>, reason: &Reason) {
        for change in self.changes.iter_mut().filter(|change| to.contains(&change.address)) {
            if change.action != Action::NoOp {
                change.reasons.push(reason.clone());
                self.order = OnceLock::new();
            }
        }
    }

    /// The counts of the summary sentence.
    pub fn summary(&self) -> Summary {
        let start = Summary { protections: self.protections.len(), ..Summary::default() };
        self.changes.iter().fold(start, |mut summary, change| {
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
