//! Who asks and who holds back while something that was saved has not reached Kubernetes (nautes-api.md §4.3). Pure.
//!
//! Each try costs the server a clone, and all that use the same cluster would fail alike: the first one that is told to wait asks
//! for all, the others are not sent before it has its answer.

use std::collections::BTreeMap;

use crate::plan::{Change, OperationKey};
use crate::resource::Address;

/// What lags, who asks, who holds back.
#[derive(Debug, Default)]
pub(super) struct Lag {
    asking: BTreeMap<Address, OperationKey>,
    holding: BTreeMap<OperationKey, Vec<OperationKey>>,
}

impl Lag {
    /// An operation was told to wait: it asks for all that need the same.
    pub(super) fn ask(&mut self, key: &OperationKey, change: &Change) {
        for needed in foreign(change) {
            self.asking.entry(needed.clone()).or_insert_with(|| key.clone());
        }
    }

    /// Whether an operation has to hold back; it is remembered if so.
    pub(super) fn holds_back(&mut self, key: &OperationKey, change: &Change) -> bool {
        let asking =
            foreign(change).find_map(|needed| self.asking.get(needed)).filter(|asking| *asking != key);
        let Some(asking) = asking.cloned() else { return false };
        self.holding.entry(asking).or_default().push(key.clone());
        true
    }

    /// The one that asked is through, one way or the other: who held back for it.
    pub(super) fn answered(&mut self, key: &OperationKey) -> Vec<OperationKey> {
        self.asking.retain(|_, asking| asking != key);
        self.holding.remove(key).unwrap_or_default()
    }
}

/// What an object needs that another repository holds, so that it reaches Kubernetes by a way and at a time of its own.
fn foreign(change: &Change) -> impl Iterator<Item = &Address> {
    change.dependencies.iter().filter(|needed| needed.kind().lane != change.address.kind().lane)
}
