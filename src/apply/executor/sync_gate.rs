//! Which operations are blocked while something that was saved has not reached Kubernetes (nautes-api.md
//! §4.3). Pure.
//!
//! Each try costs the server a clone, and all operations that use the same cluster would fail alike. So the
//! first one that has to wait tries again for all, and the others are not sent before it has ended.

use std::collections::BTreeMap;

use crate::plan::{Change, OperationKey};
use crate::resource::Address;

/// The operations that wait for Kubernetes, and those that are blocked by them.
#[derive(Debug, Default)]
pub(super) struct SyncGate {
    /// For each object that may not be synced, the operation that tries again.
    waiting: BTreeMap<Address, OperationKey>,
    /// For each operation that tries again, those that are blocked.
    blocked: BTreeMap<OperationKey, Vec<OperationKey>>,
}

impl SyncGate {
    /// An operation has to wait: it tries again for all that need the same.
    pub(super) fn wait(&mut self, key: &OperationKey, change: &Change) {
        for needed in foreign(change) {
            self.waiting.entry(needed.clone()).or_insert_with(|| key.clone());
        }
    }

    /// Whether an operation has to wait for another one; it is remembered if so.
    pub(super) fn is_blocked(&mut self, key: &OperationKey, change: &Change) -> bool {
        let waiting = foreign(change).find_map(|needed| self.waiting.get(needed));
        let Some(waiting) = waiting.filter(|waiting| *waiting != key).cloned() else { return false };
        self.blocked.entry(waiting).or_default().push(key.clone());
        true
    }

    /// An operation that may be blocked is skipped.
    pub(super) fn forget(&mut self, key: &OperationKey) {
        self.blocked.values_mut().for_each(|blocked| blocked.retain(|other| other != key));
    }

    /// An operation has ended: those that it blocked.
    pub(super) fn settle(&mut self, key: &OperationKey) -> Vec<OperationKey> {
        self.waiting.retain(|_, waiting| waiting != key);
        self.blocked.remove(key).unwrap_or_default()
    }
}

/// What an object needs of another repository: it reaches Kubernetes separately.
fn foreign(change: &Change) -> impl Iterator<Item = &Address> {
    change.dependencies.iter().filter(|needed| needed.kind().lane != change.address.kind().lane)
}
