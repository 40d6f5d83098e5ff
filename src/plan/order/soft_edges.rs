//! Orders that spare the server's checks a state in between that they would refuse; each gives way rather than close a loop.

use std::collections::BTreeSet;

use crate::model::value::Value;
use crate::resource::{Address, references};
use crate::state::Verb;

use super::{Action, Change, OperationKey, Operations, Plan, lets_go};

impl Operations<'_> {
    /// Adds the wishes, strongest first.
    pub(super) fn wish(&mut self, plan: &Plan) {
        plan.changes.iter().for_each(|change| self.grant_first(change));
        self.graph.settle_soft_edges();
        plan.changes.iter().for_each(|change| self.release_first(change));
        self.graph.settle_soft_edges();
        plan.changing().for_each(|change| self.update_first(change));
        self.graph.settle_soft_edges();
    }

    /// An object that stays and gets by in a new way (a runtime whose repository is lent instead of owned, §6): the new way is
    /// opened before the old one is closed.
    fn grant_first(&mut self, change: &Change) {
        if !matches!(change.action, Action::NoOp | Action::Update) {
            return;
        }
        // Who changes comes in between anyway: after what it needs, before what it lets go of.
        let lets_go = if change.action == Action::NoOp { lets_go(change) } else { BTreeSet::new() };
        let closing: Vec<OperationKey> = lets_go.iter().filter_map(|used| self.close(used)).collect();
        let used: BTreeSet<&Address> = change.used.iter().collect();
        for needed in &change.dependencies {
            let Some(opening) = self.save(needed) else { continue };
            for later in &closing {
                self.graph.depend_softly(later.clone(), opening.clone(), ());
            }
            if used.contains(needed) {
                continue;
            }
            // What is lent may only change once it is lent.
            let lent = self.all[&opening].change.dependencies.iter().filter(|lent| used.contains(lent));
            let later: Vec<OperationKey> = lent.filter_map(|lent| self.find(lent, Verb::Update)).collect();
            later.into_iter().for_each(|later| self.graph.depend_softly(later, opening.clone(), ()));
        }
    }

    /// The operation that takes away what an object offers to others, or may do so.
    fn close(&self, address: &Address) -> Option<OperationKey> {
        [Verb::Delete, Verb::Update].into_iter().find_map(|verb| self.find(address, verb))
    }

    /// What is used changes when its user has gone or let go of it: it may change into something that the user could not use.
    fn release_first(&mut self, change: &Change) {
        let (save, delete) = (self.save(&change.address), self.find(&change.address, Verb::Delete));
        let lets_go = lets_go(change);
        for used in &change.used {
            let Some(later) = self.find(used, Verb::Update) else { continue };
            let update = self.all[&later].change;
            // What only grows still suits those who use it.
            if only_adds(update) {
                continue;
            }
            // What a replacement goes on using changes first, so that nothing is deleted if that fails.
            if delete.is_some() && change.dependencies.contains(used) && names_the_same(update) {
                continue;
            }
            let first = delete.as_ref().or(save.as_ref().filter(|_| lets_go.contains(used)));
            first.into_iter().for_each(|first| self.graph.depend_softly(later.clone(), first.clone(), ()));
        }
    }

    /// What is needed and changes, changes first.
    fn update_first(&mut self, change: &Change) {
        let Some(save) = self.save(&change.address) else { return };
        for needed in &change.dependencies {
            if let Some(first) = self.find(needed, Verb::Update) {
                self.graph.depend_softly(save.clone(), first, ());
            }
        }
    }
}

/// Whether an update leaves alone what decides who may use the object: what it names, and what is fixed while
/// it is used.
fn names_the_same(change: &Change) -> bool {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return false };
    !change.attributes.iter().any(|attribute| attribute.fixed_while_used)
        && references(&change.address, before) == references(&change.address, after)
}

/// Whether an update does no more than add items to lists that say something already (an empty one may mean "all").
fn only_adds(change: &Change) -> bool {
    let grows = |attribute: &crate::plan::diff::AttributeChange| {
        let items = |value: &Option<Value>| value.as_ref().map(Value::items).unwrap_or_default().to_vec();
        let (before, after) = (items(&attribute.before), items(&attribute.after));
        !before.is_empty() && before.iter().all(|item| after.contains(item))
    };
    change.action == Action::Update && !change.attributes.is_empty() && change.attributes.iter().all(grows)
}
