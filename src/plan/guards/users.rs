//! Which live objects use which, without those that are deleted. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::value::Value;
use crate::plan::{Action, Change, PlanInput};
use crate::resource::schema::Strength;
use crate::resource::{Address, references};

/// For each object, the live objects that use it and are not deleted.
pub(in crate::plan) struct Users(BTreeMap<Address, Vec<Address>>);

impl Users {
    /// Walks over the snapshot; costs nothing if nothing is deleted or replaced.
    pub(in crate::plan) fn find(input: &PlanInput<'_>, kept: &[Change], gone: &[Change]) -> Self {
        let deleted: BTreeSet<&Address> = deletes(gone).map(|change| &change.address).collect();
        if deleted.is_empty() && !kept.iter().any(may_be_replaced) {
            return Self(BTreeMap::new());
        }
        Self(users(input, &deleted))
    }

    /// The users of an object.
    pub(in crate::plan) fn of(&self, address: &Address) -> &[Address] {
        self.0.get(address).map(Vec::as_slice).unwrap_or_default()
    }
}

pub(super) fn deletes(gone: &[Change]) -> impl Iterator<Item = &Change> {
    gone.iter().filter(|change| change.action == Action::Delete)
}

pub(super) fn may_be_replaced(change: &Change) -> bool {
    change.action == Action::Replace || change.changes_fixed_field()
}

fn users(input: &PlanInput<'_>, deleted: &BTreeSet<&Address>) -> BTreeMap<Address, Vec<Address>> {
    let mut users: BTreeMap<Address, Vec<Address>> = BTreeMap::new();
    let mut note = |user: &Address, spec: &Value| {
        let named = references(user, spec).into_iter().filter(|named| named.strength == Strength::Hard);
        let mut targets: BTreeSet<Address> = named.map(|named| named.address).collect();
        targets.extend(user.owner());
        targets.into_iter().for_each(|target| users.entry(target).or_default().push(user.clone()));
    };
    // What a declared object is going to name counts, not what it names now.
    let desired = |address: &Address| input.declared(address).map(|resource| &resource.spec);
    for observed in input.snapshot.objects().filter(|observed| !deleted.contains(&observed.address)) {
        note(&observed.address, desired(&observed.address).unwrap_or(&observed.spec));
    }
    let mut remembered = Vec::new();
    for (address, _) in input.snapshot.unreadable().filter(|(address, _)| !deleted.contains(address)) {
        match desired(address) {
            Some(spec) => note(address, spec),
            None => remembered.push(address),
        }
    }
    for address in remembered {
        let record = input.record(address);
        for target in record.into_iter().flat_map(|record| &record.references) {
            users.entry(target.clone()).or_default().push(address.clone());
        }
    }
    users
}
