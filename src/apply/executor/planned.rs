//! Operations that a kill may leave half-done behind the API are in the state before the first request of a
//! run, as planned.
//!
//! A store that bundles steps has only the first ones of a killed run. If another machine goes on, it must not
//! take what such an operation has left for done: keys may be missing of an object that exists, and GitLab may
//! have what Nautes no longer knows. A delete that the platform finishes later is another case, since it can't be
//! called begun before it is: the state is saved right before its request.

use crate::plan::OperationKey;
use crate::state::{Entry, Intent, Verb};

use super::Executor;

impl Executor<'_, '_> {
    /// The planned operations. Of a replacement the create counts: sending it is what makes the object whole.
    pub(super) fn planned_writes(&self) -> Vec<Entry> {
        if !self.store.bundles() {
            return Vec::new();
        }
        let begun = |key: &OperationKey| {
            Entry::Begun(key.address.clone(), Intent { planned: true, ..self.intent(key) })
        };
        self.operations_with_hidden_effects().map(begun).collect()
    }

    fn operations_with_hidden_effects(&self) -> impl Iterator<Item = &OperationKey> {
        self.operations.keys().filter(|key| match key.verb {
            Verb::Create | Verb::Update => key.address.kind().writing.effects_outside_git,
            Verb::Delete => {
                key.address.kind().deleting.teardown.is_some() && self.operations.change(key).after.is_none()
            }
        })
    }

    /// Whether one of the steps begins a delete that goes on after its answer: nothing may be written into the
    /// object from then on, whoever goes on.
    pub(super) fn begins_deletion(&self, entries: &[Entry]) -> bool {
        let begins = |entry: &Entry| match entry {
            Entry::Begun(address, intent) => {
                !intent.planned && intent.verb == Verb::Delete && address.kind().deleting.finished_later
            }
            _ => false,
        };
        self.store.bundles() && entries.iter().any(begins)
    }

    /// At the end of the run it is known which ones were not begun.
    pub(super) async fn abandon_planned(&mut self) {
        self.planned.clear();
        let is_planned = |key: &&OperationKey| {
            self.run.state.intents.get(&key.address).is_some_and(|intent| intent.planned)
        };
        // What an earlier run may have sent, and this one did not, stays to be sent.
        let is_this_runs = |key: &&OperationKey| !self.operations.change(key).resends();
        let keys = self.operations_with_hidden_effects().filter(is_planned).filter(is_this_runs);
        let entries = keys.map(|key| Entry::Abandoned(key.address.clone())).collect();
        self.persist(entries).await;
    }
}
