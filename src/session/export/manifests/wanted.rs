//! Which reads an export needs: everything in lists, and one by one what they hide but something names (§4.1,
//! §4.4).

use std::collections::BTreeSet;

use crate::live::snapshot::{Collection, Live, Snapshot, Wanted};
use crate::resource::kinds::{self, KINDS};
use crate::resource::schema::{Listing, Scope};
use crate::resource::{Address, Pattern, references};
use crate::state::State;

/// Whether an object is selected: without targets, all are.
pub(crate) fn is_wanted(targets: &[Pattern], address: &Address) -> bool {
    targets.is_empty() || targets.iter().any(|target| target.covers(address))
}

/// The objects that are asked for by name or known from the state.
pub(super) fn named(targets: &[Pattern], state: Option<&State>) -> BTreeSet<Address> {
    let managed = state.into_iter().flat_map(|state| state.records.keys().cloned());
    let named = targets.iter().filter_map(Pattern::address);
    managed.chain(named).filter(|address| is_wanted(targets, address)).collect()
}

/// What to read first.
pub(crate) fn wanted(targets: &[Pattern], state: Option<&State>) -> Wanted {
    let mut wanted = Wanted { addresses: named(targets, state), ..Wanted::default() };
    for target in targets {
        lists(target, target.product(), &mut wanted);
    }
    wanted.discover = targets.is_empty() || targets.iter().any(is_anywhere);
    wanted
}

/// Whether a target may cover objects of products that it does not name.
fn is_anywhere(target: &Pattern) -> bool {
    let in_products = target.to_string().split('/').count() > 2 || target.may_cover(kinds::owner(), None);
    in_products && target.product().is_none()
}

fn lists(target: &Pattern, product: Option<&str>, wanted: &mut Wanted) {
    for kind in KINDS.iter().copied().filter(|kind| kind.reading.listing != Listing::Sample) {
        match (kind.scope, product) {
            (Scope::Tenant, _) if target.may_cover(kind, None) => {
                wanted.lists.insert(Collection::new(kind, None));
            }
            (Scope::Product, Some(product)) if target.may_cover(kind, Some(product)) => {
                wanted.lists.insert(Collection::new(kind, Some(product)));
                wanted.addresses.insert(Address::of_tenant(kinds::owner(), product));
            }
            _ => {}
        }
    }
}

/// What the objects read so far refer to and was not read yet; `None` once nothing is left.
pub(crate) fn extra_reads(snapshot: &Snapshot, targets: &[Pattern]) -> Option<Wanted> {
    let mut wanted = Wanted::default();
    for observed in snapshot.objects().filter(|observed| is_wanted(targets, &observed.address)) {
        let named = references(&observed.address, &observed.spec).into_iter().map(|named| named.address);
        wanted.addresses.extend(named.filter(|address| is_open(address, snapshot)));
        let own = &observed.address;
        if own.kind().is_owner {
            lists_inside(own.name(), snapshot, targets, &mut wanted);
        }
    }
    (!wanted.addresses.is_empty() || !wanted.lists.is_empty()).then_some(wanted)
}

/// Whether reading an object can show something new: its name is valid in a manifest, and no answer was about
/// it.
fn is_open(address: &Address, snapshot: &Snapshot) -> bool {
    let hidden = address.kind().reading.listing != Listing::Complete;
    let unasked = match snapshot.live(address) {
        Live::Present(_) | Live::Unreadable(_) => false,
        Live::Absent => hidden && !snapshot.is_single(address),
        Live::Unknown(_) => {
            let list = Collection::of(address);
            !snapshot.is_tried(address) && (snapshot.is_unlisted(&list) || !snapshot.is_settled(&list))
        }
    };
    unasked && super::layout::check(address).is_ok()
}

/// A product that was found on the way is selected like those that were listed.
fn lists_inside(product: &str, snapshot: &Snapshot, targets: &[Pattern], wanted: &mut Wanted) {
    for kind in KINDS
        .iter()
        .copied()
        .filter(|kind| kind.scope == Scope::Product && kind.reading.listing != Listing::Sample)
    {
        let collection = Collection::new(kind, Some(product));
        let asked = targets.is_empty() || targets.iter().any(|target| target.may_cover(kind, Some(product)));
        if asked && !snapshot.is_settled(&collection) {
            wanted.lists.insert(collection);
        }
    }
}
