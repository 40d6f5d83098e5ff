//! What objects refer to outside of their product and does not exist: the server puts off every other write to
//! the product because of it, as if it were about to come (§4.3). Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::live::snapshot::Live;
use crate::plan::{OperationKey, Operations, PlanInput};
use crate::resource::kinds::KINDS;
use crate::resource::schema::{Kind, Strength};
use crate::resource::{Address, Observed, references};
use crate::state::Verb;

/// By product, live objects in it and what they refer to that does not exist on the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unavailable(BTreeMap<String, Vec<Dangling>>);

/// An object, and something that it refers to and the server does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Dangling {
    from: Address,
    to: Address,
}

/// The kinds whose objects may refer to objects outside of products. Of the others, which most objects are of, no
/// references are looked up.
static LEADING_OUT: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    let leads_out =
        |kind: &&&Kind| KINDS.iter().any(|target| target.is_outside_products() && kind.refers_to(target));
    KINDS.iter().filter(leads_out).map(|kind| kind.name).collect()
});

/// Finds them.
pub(in crate::plan) fn find(input: &PlanInput<'_>) -> Unavailable {
    let mut found: BTreeMap<String, Vec<Dangling>> = BTreeMap::new();
    let leads_out = |observed: &&Observed| LEADING_OUT.contains(observed.address.kind().name);
    for observed in input.snapshot.objects().filter(leads_out) {
        let Some(product) = observed.address.product() else { continue };
        for named in references(&observed.address, &observed.spec) {
            if named.strength == Strength::Hard
                && named.address.kind().is_outside_products()
                && input.snapshot.live(&named.address) == Live::Absent
            {
                let dangling = Dangling { from: observed.address.clone(), to: named.address };
                found.entry(product.to_owned()).or_default().push(dangling);
            }
        }
    }
    Unavailable(found)
}

impl Unavailable {
    /// What an operation that waits for Kubernetes waits for in vain: neither the server nor the rest of the
    /// plan has it, and what refers to it stays as it is for as long as the operation waits. `ended` says of
    /// an operation that is over whether it was done.
    pub(crate) fn never_comes(
        &self,
        key: &OperationKey,
        operations: Operations<'_>,
        ended: impl Fn(&OperationKey) -> Option<bool>,
    ) -> BTreeSet<&Address> {
        let all = key.address.product().and_then(|product| self.0.get(product)).into_iter().flatten();
        let comes = |to: &Address| {
            let create = OperationKey { address: to.clone(), verb: Verb::Create };
            operations.contains(to, Verb::Create) && ended(&create) != Some(false)
        };
        // Each with the operation that is still to come and ends it, if there is one.
        let open = all.filter(|dangling| !comes(&dangling.to)).filter_map(|dangling| {
            let release = dangling.release(operations);
            match release.as_ref().and_then(&ended) {
                Some(true) => None,
                Some(false) => Some((dangling, None)),
                // What is sent unchecked waits for no other.
                None if release.as_ref().is_some_and(|key| operations.change(key).is_unchecked()) => None,
                None => Some((dangling, release)),
            }
        });
        let open: Vec<(&Dangling, Option<OperationKey>)> = open.collect();
        let holders: BTreeSet<&Address> = open.iter().map(|(dangling, _)| &dangling.from).collect();
        let others = || open.iter().filter(|(_, release)| release.as_ref() != Some(key));
        // Of two objects each is refused because of the other.
        if holders.len() < 2 && others().all(|(_, release)| release.is_some()) {
            return BTreeSet::new();
        }
        others().map(|(dangling, _)| &dangling.to).collect()
    }
}

impl Dangling {
    /// The operation after which the object does not refer to it any more.
    fn release(&self, operations: Operations<'_>) -> Option<OperationKey> {
        let key = |verb| OperationKey { address: self.from.clone(), verb };
        if operations.contains(&self.from, Verb::Delete) {
            return Some(key(Verb::Delete));
        }
        let update = Some(key(Verb::Update)).filter(|_| operations.contains(&self.from, Verb::Update))?;
        let after = operations.change(&update).after.as_deref()?;
        let refers = references(&self.from, after).iter().any(|named| named.address == self.to);
        (!refers).then_some(update)
    }
}

#[cfg(test)]
mod tests;
