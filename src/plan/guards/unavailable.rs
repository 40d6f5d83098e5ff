//! What objects refer to outside of their product and neither the server nor the plan has: a write that the
//! server puts off because of it would wait in vain (§4.3). Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::live::snapshot::Live;
use crate::plan::{Action, Change, PlanInput};
use crate::resource::schema::{Scope, Strength};
use crate::resource::{Address, references};

/// By product, what its objects will still refer to, and neither the server nor the plan has.
pub(in crate::plan) fn find(
    input: &PlanInput<'_>,
    kept: &[Change],
    gone: &[Change],
) -> BTreeMap<String, Vec<Address>> {
    let mut found: BTreeMap<String, BTreeSet<Address>> = BTreeMap::new();
    if gone.is_empty() && kept.iter().all(|change| change.action == Action::NoOp) {
        return BTreeMap::new();
    }
    let deleted: BTreeSet<&Address> =
        gone.iter().filter(|change| change.action == Action::Delete).map(|change| &change.address).collect();
    let written: BTreeSet<&Address> =
        kept.iter().filter(|change| change.action != Action::NoOp).map(|change| &change.address).collect();
    for observed in input.snapshot.objects().filter(|observed| !deleted.contains(&observed.address)) {
        let Some(product) = observed.address.product() else { continue };
        let spec = input.declared(&observed.address).map_or(&*observed.spec, |resource| &resource.spec);
        let missing = references(&observed.address, spec).into_iter().filter(|named| {
            let kind = named.address.kind();
            named.strength == Strength::Hard
                && kind.scope == Scope::Tenant
                && !kind.is_owner
                && !written.contains(&named.address)
                && input.snapshot.live(&named.address) == Live::Absent
        });
        for named in missing {
            found.entry(product.to_owned()).or_default().insert(named.address);
        }
    }
    found.into_iter().map(|(product, missing)| (product, missing.into_iter().collect())).collect()
}
