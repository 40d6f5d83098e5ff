//! A delete waits for what takes the object's place, and is skipped if that can't be written: the delete half
//! of a replacement waits for all that the create half needs, so does a delete that frees what another object
//! takes over, and an object that gets another name is deleted after the one with the new name is written. If
//! that permanently destroys something, no other order is worth losing it.
//!
//! The other edges are dropped where they would close a cycle: what the server needs deleted first is deleted
//! first.

use crate::state::Verb;

use super::{Action, Builder, Change, Number, OperationKey};

impl Builder<'_> {
    pub(super) fn delete_renamed_last(&mut self) {
        let renamed = self.changing().filter_map(|change| self.renamed(change));
        let pairs: Vec<_> = renamed.filter(|(delete, _)| self.destroys_for_good(delete)).collect();
        self.order.graph.follow(&pairs, &());
    }

    pub(super) fn delete_replaced_last(&mut self) {
        let renamed = self.changing().filter_map(|change| self.renamed(change));
        let replaced = self.changing().filter_map(|change| self.replaced(change));
        let pairs: Vec<_> = renamed.chain(replaced).collect();
        self.order.replaced.extend(pairs);
        self.order.graph.follow(&self.order.replaced, &());
    }

    /// Whether an operation destroys something that can't be brought back.
    pub(super) fn destroys_for_good(&self, key: &OperationKey) -> bool {
        key.verb == Verb::Delete && self.changes[self.order.change(key)].irreversible.is_some()
    }

    fn renamed(&self, change: &Change) -> Option<(OperationKey, OperationKey)> {
        self.pair(self.find(&change.address, Verb::Delete)?, self.save(change.successor()?)?)
    }

    fn replaced(&self, change: &Change) -> Option<(OperationKey, OperationKey)> {
        if change.action != Action::Replace {
            return None;
        }
        self.pair(self.find(&change.address, Verb::Delete)?, self.find(&change.address, Verb::Create)?)
    }

    fn pair(&self, first: Number, second: Number) -> Option<(OperationKey, OperationKey)> {
        Some((self.key(first).clone(), self.key(second).clone()))
    }
}
