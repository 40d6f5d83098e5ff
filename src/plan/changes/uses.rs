//! What an object uses on the server.

use crate::plan::PlanInput;
use crate::plan::input::product_index::ProductIndex;
use crate::resource::schema::Strength;
use crate::resource::{Address, Observed, Record, references};

/// What a live object needs: what its fields name, and the product it is in.
pub(super) fn live_dependencies(
    input: &PlanInput<'_>,
    products: &ProductIndex<'_>,
    address: &Address,
) -> Vec<Address> {
    let mut all = uses(address, input.snapshot.observed(address), input.record(address));
    // A record does not have them if its object was applied without the file that declares them.
    all.extend(products.grants(address));
    normalize(&mut all, address);
    all
}

/// What a declared object needs by its live fields and by its last apply.
pub(super) fn uses(address: &Address, observed: Option<&Observed>, record: Option<&Record>) -> Vec<Address> {
    let named = observed.into_iter().flat_map(|observed| references(address, &observed.spec));
    let mut all: Vec<Address> =
        named.filter(|named| named.strength == Strength::Hard).map(|named| named.address).collect();
    all.extend(record.into_iter().flat_map(|record| record.references.iter().cloned()));
    all.extend(address.owner());
    normalize(&mut all, address);
    all
}

/// Each once, in order, and no object that needs itself.
fn normalize(all: &mut Vec<Address>, own: &Address) {
    all.retain(|address| address != own);
    all.sort_unstable();
    all.dedup();
}
