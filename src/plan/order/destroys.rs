//! A destroy waits for what takes its place, and does not begin if that has failed: the delete half of a
//! replacement waits for all that the create half needs, and a rename that destroys something for good waits
//! for the object with the new name.
//!
//! These edges are dropped where they would close a cycle: what the server wants deleted first is deleted
//! first.

use crate::state::Verb;

use super::{Action, Change, OperationKey, Operations, Plan};

impl Operations<'_> {
    /// Before the soft edges: no other order is worth losing an object with a new name.
    pub(super) fn rename(&mut self, plan: &Plan) {
        let pairs: Vec<_> = plan.changing().filter_map(|change| self.renamed(change)).collect();
        self.graph.follow(&pairs, &());
    }

    /// After the soft edges: they say what the server needs to have deleted first.
    pub(super) fn replace(&mut self, plan: &Plan) {
        let renamed = plan.changing().filter_map(|change| self.renamed(change));
        let replaced = plan.changing().filter_map(|change| self.replaced(change));
        let pairs: Vec<_> = renamed.chain(replaced).collect();
        self.graph.follow(&pairs, &());
    }

    /// Whether an operation destroys something that can't be brought back.
    pub(super) fn destroys_for_good(&self, key: &OperationKey) -> bool {
        key.verb == Verb::Delete && self.all[key].change.irreversible.is_some()
    }

    fn renamed(&self, change: &Change) -> Option<(OperationKey, OperationKey)> {
        let delete = self.find(&change.address, Verb::Delete).filter(|key| self.destroys_for_good(key))?;
        Some((delete, self.save(change.successor()?)?))
    }

    fn replaced(&self, change: &Change) -> Option<(OperationKey, OperationKey)> {
        if change.action != Action::Replace {
            return None;
        }
        Some((self.find(&change.address, Verb::Delete)?, self.find(&change.address, Verb::Create)?))
    }
}
