//! Writes with effects that no read shows are in the state before the first request of a run, as planned.
//!
//! A store that bundles steps has only the first ones of a killed run. If another machine goes on, it must not
//! take what such a write has left for done: the object exists, and keys may be missing.

use crate::plan::{Action, OperationKey};
use crate::state::{Entry, Intent, Verb};

use super::Executor;

impl Executor<'_, '_> {
    /// The planned writes. A replacement is left out: until its delete is done, the object is whole.
    pub(super) fn planned_writes(&self) -> Vec<Entry> {
        if !self.store.bundles() {
            return Vec::new();
        }
        let begun = |key: &OperationKey| {
            Entry::Begun(key.address.clone(), Intent { planned: true, ..self.intent(key) })
        };
        self.writes_with_hidden_effects().map(begun).collect()
    }

    fn writes_with_hidden_effects(&self) -> impl Iterator<Item = &OperationKey> {
        self.operations.keys().filter(|key| {
            key.verb != Verb::Delete
                && key.address.kind().writing.effects_outside_git
                && self.operations.change(key).action != Action::Replace
        })
    }

    /// At the end of the run it is known which ones were not begun.
    pub(super) async fn abandon_planned(&mut self) {
        self.planned.clear();
        let is_planned = |key: &&OperationKey| {
            self.run.state.intents.get(&key.address).is_some_and(|intent| intent.planned)
        };
        // What an earlier run may have sent, and this one did not, stays to be sent.
        let is_this_runs = |key: &&OperationKey| !self.operations.change(key).resends();
        let keys = self.writes_with_hidden_effects().filter(is_planned).filter(is_this_runs);
        let entries = keys.map(|key| Entry::Abandoned(key.address.clone())).collect();
        self.persist(entries).await;
    }
}
