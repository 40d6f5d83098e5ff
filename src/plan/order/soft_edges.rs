//! Orders that avoid intermediate states which the server's checks would refuse. An edge that would close a
//! cycle is dropped.

use std::collections::BTreeSet;

use crate::model::value::Value;
use crate::resource::{Address, references};
use crate::state::Verb;

use crate::plan::Reason;

use super::{Action, Builder, Change, Number, released};

impl Builder<'_> {
    /// Adds the soft edges, the most important first.
    pub(super) fn add_soft_edges(&mut self) {
        self.unblock_first();
        self.order.graph.settle_soft_edges();
        self.changes.iter().for_each(|change| self.grant_first(change));
        self.order.graph.settle_soft_edges();
        self.changes.iter().for_each(|change| self.release_first(change));
        self.order.graph.settle_soft_edges();
        self.changing().for_each(|change| self.update_first(change));
        self.order.graph.settle_soft_edges();
    }

    /// In a product that refuses every write, what is sent unchecked comes first, and then what blocks it.
    fn unblock_first(&mut self) {
        let rank = |change: &Change| match change {
            change if change.is_unchecked() => 0,
            change if change.reasons.contains(&Reason::Blocking) => 1,
            _ => 2,
        };
        let ranked: Vec<&Change> = self.changing().filter(|change| rank(change) < 2).collect();
        for first in ranked {
            let (Some(product), Some(before)) = (first.address.product(), self.last(first)) else { continue };
            let later: Vec<Number> = self
                .changing()
                .filter(|change| change.address.product() == Some(product) && rank(change) > rank(first))
                .filter_map(|change| self.first(change))
                .collect();
            later.into_iter().for_each(|later| self.prefer(later, before));
        }
    }

    fn first(&self, change: &Change) -> Option<Number> {
        change.action.verbs().first().and_then(|verb| self.find(&change.address, *verb))
    }

    fn last(&self, change: &Change) -> Option<Number> {
        change.action.verbs().last().and_then(|verb| self.find(&change.address, *verb))
    }

    /// For an object that stays and gets its permission in another way (a binding now permits a runtime's
    /// repository, §6): the new permission is granted before the old one is withdrawn.
    fn grant_first(&mut self, change: &Change) {
        if !matches!(change.action, Action::NoOp | Action::Update) {
            return;
        }
        // An update is between the two in any case: after what it needs, before what it releases.
        let withdrawal =
            |used: &Address| [Verb::Delete, Verb::Update].into_iter().find_map(|verb| self.find(used, verb));
        let unneeded = if change.action == Action::NoOp { released(change) } else { BTreeSet::new() };
        let withdrawals: Vec<Number> = unneeded.iter().filter_map(|used| withdrawal(used)).collect();
        let used: BTreeSet<&Address> = change.used.iter().collect();
        for needed in &change.dependencies {
            let Some(grant) = self.save(needed) else { continue };
            withdrawals.iter().for_each(|later| self.prefer(*later, grant));
            if used.contains(needed) {
                continue;
            }
            // What is granted may change only after the grant.
            let granted = self.change(grant).dependencies.iter().filter(|granted| used.contains(granted));
            let later: Vec<Number> = granted.filter_map(|granted| self.find(granted, Verb::Update)).collect();
            later.into_iter().for_each(|later| self.prefer(later, grant));
        }
    }

    /// What is used changes after its user is deleted or has released it: the user might not be able to use
    /// it any more.
    fn release_first(&mut self, change: &Change) {
        let save = self.save(&change.address);
        let delete = self.find(&change.address, Verb::Delete);
        let unneeded = released(change);
        for used in &change.used {
            let Some(later) = self.find(used, Verb::Update) else { continue };
            let update = self.change(later);
            // Users can still use an object that only gets more.
            if only_adds(update) {
                continue;
            }
            // What a replaced object will use again changes first, so that nothing is deleted if that fails.
            if delete.is_some() && change.dependencies.contains(used) && keeps_references(update) {
                continue;
            }
            let first = delete.or(save.filter(|_| unneeded.contains(used)));
            first.into_iter().for_each(|first| self.prefer(later, first));
        }
    }

    /// Dependencies change first.
    fn update_first(&mut self, change: &Change) {
        let Some(save) = self.save(&change.address) else { return };
        for needed in &change.dependencies {
            if let Some(first) = self.find(needed, Verb::Update)
                && !self.waits_for_a_loss(first)
            {
                self.prefer(save, first);
            }
        }
    }

    /// Whether an update comes after something that is permanently destroyed: then others do not wait for it,
    /// so that they come before that.
    fn waits_for_a_loss(&self, update: Number) -> bool {
        self.order.graph.dependencies_of_number(update).any(|first| self.destroys_for_good(first))
    }
}

/// Whether an update keeps what decides which objects may use this one: its references, and what is fixed
/// while it is used.
fn keeps_references(change: &Change) -> bool {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return false };
    !change.attributes.iter().any(|attribute| attribute.fixed_while_used)
        && references(&change.address, before) == references(&change.address, after)
}

/// Whether an update only adds items to lists that are not empty (an empty one may mean "all").
fn only_adds(change: &Change) -> bool {
    let grows = |attribute: &crate::plan::diff::AttributeChange| {
        let items = |value: &Option<Value>| value.as_ref().map(Value::items).unwrap_or_default().to_vec();
        let before = items(&attribute.before);
        let after = items(&attribute.after);
        !before.is_empty() && before.iter().all(|item| after.contains(item))
    };
    change.action == Action::Update && !change.attributes.is_empty() && change.attributes.iter().all(grows)
}
