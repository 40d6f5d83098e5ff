//! Carries a plan out in a copy of a product that refuses every write: with deletes of unmanaged objects, and
//! unchecked where nothing else is accepted and the product gets nearer to valid. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::live::client::Verdict;
use crate::live::client::request::Checks;
use crate::plan::{OperationKey, Operations};
use crate::resource::Address;
use crate::resource::schema::Scope;
use crate::state::Verb;

use super::copy::{Copy, is_accepted};
use super::is_needed_by;

/// What led to a valid product.
#[derive(Clone, Debug, Default)]
pub(super) struct Repair {
    /// Unmanaged objects that were deleted.
    pub(super) prune: BTreeSet<Address>,
    /// What had to be sent unchecked.
    pub(super) unchecked: BTreeSet<Address>,
}

/// What is to be done.
pub(super) struct Tasks<'a> {
    pub(super) operations: Operations<'a>,
    /// The plan's operations in the product and in the tenant.
    pub(super) keys: Vec<OperationKey>,
    /// The objects that block the product.
    pub(super) causes: BTreeSet<Address>,
    /// Unmanaged objects to be deleted.
    pub(super) prune: BTreeSet<Address>,
    /// Who uses them.
    pub(super) users: BTreeMap<Address, BTreeSet<Address>>,
}

impl Tasks<'_> {
    /// Does everything in an order that is accepted, unchecked where that is the only way on; `None` if there
    /// is no such order, or the product is not valid in the end.
    pub(super) fn carry_out(&self, copy: &Copy, product: &str) -> Option<Repair> {
        let mut copy = copy.clone();
        let pruned =
            self.prune.iter().map(|address| OperationKey { address: address.clone(), verb: Verb::Delete });
        let mut open: BTreeSet<OperationKey> = self.keys.iter().cloned().chain(pruned).collect();
        let mut unchecked = BTreeSet::new();
        while !open.is_empty() {
            let ready: Vec<OperationKey> =
                open.iter().filter(|key| self.is_ready(key, &open)).cloned().collect();
            let done =
                ready.iter().find(|key| is_accepted(&self.send(&mut copy, key, Checks::Made))).or_else(
                    || ready.iter().find(|key| self.send_unchecked(&mut copy, key, product, &mut unchecked)),
                )?;
            open.remove(done);
        }
        copy.violations(product).is_empty().then(|| Repair { prune: self.prune.clone(), unchecked })
    }

    fn is_ready(&self, key: &OperationKey, open: &BTreeSet<OperationKey>) -> bool {
        if let Some(users) = self.users.get(&key.address) {
            return !open.iter().any(|other| users.contains(&other.address));
        }
        !self.operations.graph().dependencies(key).any(|needed| open.contains(needed))
    }

    /// Whether it is accepted unchecked, and leaves fewer violations, or no more and what repairs the product
    /// needs it. Otherwise nothing has happened.
    fn send_unchecked(
        &self,
        copy: &mut Copy,
        key: &OperationKey,
        product: &str,
        unchecked: &mut BTreeSet<Address>,
    ) -> bool {
        let blocks = self.causes.contains(&key.address) || self.prune.contains(&key.address);
        let is_needed = is_needed_by(&self.causes, key, self.operations);
        if !(blocks || is_needed) || key.address.kind().scope != Scope::Product {
            return false;
        }
        let before = copy.violations(product).len();
        let mut next = copy.clone();
        let accepted = is_accepted(&self.send(&mut next, key, Checks::Skipped));
        let left = next.violations(product).len();
        if !accepted || left > before || (left == before && !is_needed) {
            return false;
        }
        *copy = next;
        unchecked.insert(key.address.clone());
        true
    }

    fn send(&self, copy: &mut Copy, key: &OperationKey, checks: Checks) -> Verdict {
        let planned = self.operations.contains(&key.address, key.verb);
        let after = planned.then(|| self.operations.change(key)).and_then(|change| change.after.as_ref());
        copy.send(&key.address, key.verb, after, checks)
    }
}
