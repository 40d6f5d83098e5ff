//! Who still uses what would go. The API lets people delete a cluster that environments use, and poisons their products (§4.3);
//! nautform does not.

use std::collections::{BTreeMap, BTreeSet};

use crate::refresh::{Collection, Live, Snapshot};
use crate::resource::{Address, references};
use crate::schema::{Scope, Strength};
use crate::value::Value;

use super::{Action, Change, Plan, PlanInput, Refusal, RefusalKind};

/// Refuses deletes and replacements of objects that something else uses, and names the users.
pub(super) fn check(input: &PlanInput<'_>, kept: &[Change], gone: &[Change], plan: &mut Plan) {
    let leaving: BTreeSet<&Address> =
        gone.iter().filter(|change| change.action == Action::Delete).map(|change| &change.address).collect();
    let fixed = |change: &&Change| {
        change.action == Action::Replace
            || change.attributes.iter().any(|attribute| attribute.fixed_while_used)
    };
    let fixed: Vec<&Change> = kept.iter().filter(fixed).collect();
    if leaving.is_empty() && fixed.is_empty() {
        return;
    }
    let users = users(input, &leaving);
    let of = |address: &Address| users.get(address).map(Vec::as_slice).unwrap_or_default();
    for change in gone.iter().filter(|change| change.action == Action::Delete) {
        let (inside, outside): (Vec<&Address>, Vec<&Address>) =
            of(&change.address).iter().partition(|user| lives_in(user, &change.address));
        let blocking: Vec<&Address> = outside
            .into_iter()
            .chain(inside.into_iter().filter(|user| user.kind().irreversible.is_some()))
            .collect();
        if !blocking.is_empty() {
            plan.refusals.push(in_use(change, "deleted", &blocking));
        }
        plan.refusals.extend(blind_spot(input.snapshot, change));
    }
    for change in fixed {
        let users: Vec<&Address> = of(&change.address).iter().collect();
        if !users.is_empty() {
            plan.refusals.push(in_use(change, "replaced", &users));
        }
        plan.refusals.extend(blind_spot(input.snapshot, change));
    }
}

/// For each object, the live objects that use it and do not leave with this plan.
fn users(input: &PlanInput<'_>, leaving: &BTreeSet<&Address>) -> BTreeMap<Address, Vec<Address>> {
    let mut users: BTreeMap<Address, Vec<Address>> = BTreeMap::new();
    let mut note = |user: &Address, spec: &Value| {
        let named = references(user, spec).into_iter().filter(|named| named.strength == Strength::Hard);
        let mut targets: BTreeSet<Address> = named.map(|named| named.address).collect();
        targets.extend(user.product().map(|product| Address::of_tenant(crate::kinds::owner(), product)));
        targets.into_iter().for_each(|target| users.entry(target).or_default().push(user.clone()));
    };
    // What a declared object will name counts, not what it names now.
    let desired =
        |address: &Address| input.configuration.resources.get(address).map(|resource| &resource.spec);
    for observed in input.snapshot.objects().filter(|observed| !leaving.contains(&observed.address)) {
        note(&observed.address, desired(&observed.address).unwrap_or(&observed.spec));
    }
    let mut remembered = Vec::new();
    for (address, _) in input.snapshot.unreadable().filter(|(address, _)| !leaving.contains(address)) {
        match desired(address) {
            Some(spec) => note(address, spec),
            None => remembered.push(address),
        }
    }
    for address in remembered {
        let record = input.state.and_then(|state| state.records.get(address));
        for target in record.into_iter().flat_map(|record| &record.references) {
            users.entry(target.clone()).or_default().push(address.clone());
        }
    }
    users
}

fn lives_in(user: &Address, owner: &Address) -> bool {
    owner.kind().is_owner && user.product() == Some(owner.name())
}

fn in_use(change: &Change, what: &str, users: &[&Address]) -> Refusal {
    let names: Vec<String> = users.iter().take(10).map(ToString::to_string).collect();
    let more = users.len().saturating_sub(names.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Refusal {
        kind: RefusalKind::InUse,
        address: Some(change.address.clone()),
        message: format!("{} can't be {what}: it is used by {}{more}", change.address, names.join(", ")),
        help: "remove or change what uses it first".to_owned(),
        span: change.source,
    }
}

/// Nobody can say that nothing uses an object if the lists of possible users could not be read.
fn blind_spot(snapshot: &Snapshot, change: &Change) -> Option<Refusal> {
    let same_product =
        |collection: &Collection| match (change.address.kind().scope, change.address.kind().is_owner) {
            (_, true) => collection.product() == Some(change.address.name()),
            (Scope::Product, _) => collection.product() == change.address.product(),
            (Scope::Tenant, _) => true,
        };
    let (collection, why) = snapshot
        .failures()
        .find(|(collection, _)| same_product(collection) && snapshot.failure(collection).is_some())?;
    matches!(snapshot.live(&change.address), Live::Present(_)).then(|| Refusal {
        kind: RefusalKind::Unknown,
        address: Some(change.address.clone()),
        message: format!(
            "nobody can tell what uses {}: the {} objects could not be read: {why}",
            change.address,
            collection.kind()
        ),
        help: "try again when they can be read".to_owned(),
        span: change.source,
    })
}
