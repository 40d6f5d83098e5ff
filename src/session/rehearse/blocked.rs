//! Products that refuse every write, whatever is written: found in a copy, with the ways out of it that lead
//! to a valid product there. Pure.

use std::collections::BTreeSet;

use crate::live::snapshot::Live;
use crate::model::hint::Hint;
use crate::plan::{Blocked, OperationKey, Plan};
use crate::resource::schema::{Scope, Strength};
use crate::resource::{Address, Observed, references};

use super::Ground;
use super::copy::Copy;
use super::repair::{Repair, Tasks};

/// How many live objects serve as models of one that is missing.
const MODELS: usize = 10;

/// The blocked products among those that were read without gaps. Unmanaged objects are offered for deletion
/// where `may_prune`.
pub(crate) fn find(plan: &Plan, ground: &mut Ground<'_>, may_prune: bool) -> Vec<Blocked> {
    let mut found = Vec::new();
    let owners = ground.snapshot.objects().filter(|observed| observed.address.kind().is_owner);
    let products: BTreeSet<&str> = owners.map(|observed| observed.address.name()).collect();
    for product in products {
        if !ground.is_open(Some(product)) {
            continue;
        }
        let Ok(copy) = &mut ground.copy else { return Vec::new() };
        let mut causes = copy.violations(product);
        // One object may be refused for several reasons; the first will do.
        causes.dedup_by(|a, b| a.0 == b.0);
        let Some(address) = causes.first().and_then(|(address, _)| address.owner()) else { continue };
        let view = View { plan, ground, product, causes: &causes };
        let ways_out = view.ways_out(may_prune);
        found.push(Blocked { address, causes, ways_out });
    }
    found
}

struct View<'a> {
    plan: &'a Plan,
    ground: &'a Ground<'a>,
    product: &'a str,
    causes: &'a [(Address, String)],
}

impl<'a> View<'a> {
    fn ways_out(&self, may_prune: bool) -> Vec<Hint> {
        let Ok(copy) = &self.ground.copy else { return Vec::new() };
        let unmanaged = if may_prune { self.unmanaged() } else { BTreeSet::new() };
        let repair = self.fewest(copy, unmanaged).map(|Repair { prune, unchecked }| {
            let texts = |all: BTreeSet<Address>| all.iter().map(ToString::to_string).collect();
            Hint::Repair { prune: texts(prune), unchecked: texts(unchecked) }
        });
        // The plan as it is leads out of it.
        let is_nothing = matches!(
            &repair,
            Some(Hint::Repair { prune, unchecked }) if prune.is_empty() && unchecked.is_empty()
        );
        if is_nothing {
            return Vec::new();
        }
        let or = if repair.is_some() { "or " } else { "" };
        let declare = self.declare().map(|names| Hint::Text(format!("{or}declare {names} again")));
        repair.into_iter().chain(declare).collect()
    }

    fn tasks(&self, prune: BTreeSet<Address>) -> Tasks<'a> {
        let operations = self.plan.operations();
        let is_near =
            |key: &&OperationKey| key.address.product_or_own().is_none_or(|place| place == self.product);
        Tasks {
            operations,
            keys: operations.keys().filter(is_near).cloned().collect(),
            causes: self.causes.iter().map(|(address, _)| address.clone()).collect(),
            users: prune.iter().map(|address| (address.clone(), self.users(address))).collect(),
            prune,
        }
    }

    /// A repair that deletes as few unmanaged objects as possible.
    fn fewest(&self, copy: &Copy, unmanaged: BTreeSet<Address>) -> Option<Repair> {
        if let Some(repair) = self.tasks(BTreeSet::new()).carry_out(copy, self.product) {
            return Some(repair);
        }
        let mut best = self.tasks(unmanaged.clone()).carry_out(copy, self.product)?;
        for address in unmanaged {
            let mut fewer = best.prune.clone();
            fewer.remove(&address);
            if let Some(repair) = self.tasks(fewer).carry_out(copy, self.product)
                && repair.unchecked.len() <= best.unchecked.len()
            {
                best = repair;
            }
        }
        Some(best)
    }

    /// Unmanaged objects that block the product, and those that use them.
    fn unmanaged(&self) -> BTreeSet<Address> {
        let known: BTreeSet<&Address> =
            self.plan.changes.iter().map(|change| &change.address).chain(&self.plan.left_out).collect();
        let is_unmanaged =
            |address: &Address| !known.contains(address) && address.kind().deleting.irreversible.is_none();
        let mut found = BTreeSet::new();
        let mut open: Vec<Address> = self.causes.iter().map(|(address, _)| address.clone()).collect();
        while let Some(address) = open.pop() {
            if is_unmanaged(&address) && found.insert(address.clone()) {
                open.extend(self.users(&address));
            }
        }
        found
    }

    fn users(&self, address: &Address) -> BTreeSet<Address> {
        let inside =
            self.ground.snapshot.objects().filter(|found| found.address.product() == Some(self.product));
        let uses = |found: &&Observed| {
            let named = references(&found.address, &found.spec);
            named.iter().any(|named| named.strength == Strength::Hard && named.address == *address)
        };
        inside.filter(uses).map(|found| found.address.clone()).collect()
    }

    /// What is missing, if the plan could be carried out with it.
    fn declare(&self) -> Option<String> {
        let specs = self.causes.iter().filter_map(|(address, _)| self.ground.snapshot.observed(address));
        let named = specs.flat_map(|found| references(&found.address, &found.spec));
        let missing: BTreeSet<Address> = named
            .filter(|named| named.strength == Strength::Hard && named.address.kind().scope == Scope::Tenant)
            .map(|named| named.address)
            .filter(|address| self.ground.snapshot.live(address) == Live::Absent)
            .collect();
        let kind = missing.first()?.kind();
        let models = self.ground.snapshot.objects().filter(|found| found.address.kind() == kind).take(MODELS);
        let serves = |model: &&Observed| {
            let copied = |address: &Address| Observed { address: address.clone(), ..(*model).clone() };
            let more: Vec<Observed> = missing.iter().map(copied).collect();
            let repair = |copy: Copy| self.tasks(BTreeSet::new()).carry_out(&copy, self.product);
            let repair = self.ground.with(&more).ok().and_then(repair);
            repair.is_some_and(|repair| repair.unchecked.is_empty())
        };
        models.into_iter().find(serves)?;
        let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
        Some(names.join(", "))
    }
}
