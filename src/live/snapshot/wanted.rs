//! Which reads are needed. Pure.

use std::collections::BTreeSet;

use crate::resource::kinds::{self, KINDS};
use crate::resource::schema::{Kind, Listing, Scope};
use crate::resource::{Address, Pattern};

use super::{Collection, Snapshot};

/// What a command needs to know about the live state.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Objects that manifests, state or references name.
    pub addresses: BTreeSet<Address>,
    /// Objects that may be deleted: everything that could use them is read too.
    pub deleting: BTreeSet<Address>,
    /// Patterns of unmanaged objects that may be deleted: the lists that could show them are made.
    pub pruning: Vec<Pattern>,
    /// Lists to be made whatever else is wanted.
    pub lists: BTreeSet<Collection>,
    /// Whether to look for objects of other products as well (§4.1: at most 20 are listed).
    pub discover: bool,
}

impl Wanted {
    /// Requests every list of a product.
    pub fn everything_in(&mut self, product: &str) {
        let inside = KINDS
            .iter()
            .copied()
            .filter(|kind| kind.scope == Scope::Product && kind.reading.listing != Listing::Sample);
        self.lists.extend(inside.map(|kind| Collection::new(kind, Some(product))));
    }

    /// Whether all of it is known.
    #[cfg(feature = "sandbox")]
    pub(crate) fn is_known(&self, snapshot: &Snapshot) -> bool {
        (snapshot.is_discovered() || !self.needs_discovery())
            && self.addresses.iter().all(|address| snapshot.is_asked(address))
            && self.collections(snapshot).iter().all(|collection| snapshot.is_settled(collection))
    }

    /// The products whose existence matters, those of product-scoped objects included.
    pub(super) fn owners(&self) -> BTreeSet<Address> {
        let owner = kinds::owner();
        let mut last = None;
        // Objects of one product are mostly next to each other: it is made once for all of them.
        let all = self.addresses.iter().chain(&self.deleting).filter(|address| {
            address.product().is_none() || last.replace(address.product()) != Some(address.product())
        });
        let owners = all.filter_map(|address| match address.owner() {
            None => (address.kind() == owner).then(|| address.clone()),
            product => product,
        });
        let pruned = self.pruning.iter().filter_map(Pattern::product);
        owners.chain(pruned.map(|product| Address::of_tenant(owner, product))).collect()
    }

    /// Whether the list of all products is needed.
    pub(super) fn needs_discovery(&self) -> bool {
        let used_across = |address: &Address| address.kind().is_outside_products();
        // A pattern that names no product may mean any of them.
        let in_products = |kind: &&Kind| kind.scope == Scope::Product || kind.is_owner;
        let any_product = |pattern: &Pattern| {
            pattern.product().is_none()
                && KINDS.iter().copied().filter(in_products).any(|kind| pattern.may_mean(kind))
        };
        self.discover || self.deleting.iter().any(used_across) || self.pruning.iter().any(any_product)
    }

    /// The lists to be made, given which products exist.
    pub(super) fn collections(&self, snapshot: &Snapshot) -> BTreeSet<Collection> {
        let products: Vec<&str> = snapshot
            .objects()
            .map(|observed| &observed.address)
            .filter(|address| address.kind().is_owner)
            .map(Address::name)
            .collect();
        let mut all = self.lists.clone();
        all.extend(self.of_addresses());
        all.extend(self.deleting.iter().flat_map(|target| users_of(target, &products)));
        all.extend(listed().flat_map(|kind| self.pruned(kind, &products)));
        if self.discover {
            all.extend(listed().flat_map(|kind| in_products(kind, &products)));
        }
        all
    }

    /// The lists that show the named objects.
    fn of_addresses(&self) -> impl Iterator<Item = Collection> {
        let all = self
            .addresses
            .iter()
            .chain(&self.deleting)
            .filter(|address| address.kind().reading.listing != Listing::Sample);
        let mut last = None;
        // Objects of one list are mostly next to each other: it is made once for all of them.
        let first = all.filter(move |address| {
            let place = (address.kind().name, address.product());
            last.replace(place) != Some(place)
        });
        first.map(Collection::of)
    }

    /// The lists of a kind that could show objects to prune.
    fn pruned(&self, kind: &'static Kind, products: &[&str]) -> Vec<Collection> {
        let covers = |collection: &Collection| {
            self.pruning.iter().any(|pattern| pattern.may_cover(kind, collection.product()))
        };
        in_products(kind, products).into_iter().filter(covers).collect()
    }
}

/// The kinds whose lists are worth reading: those that show more than a sample.
fn listed() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().copied().filter(|kind| kind.reading.listing != Listing::Sample)
}

/// The lists of a kind: one for each product, or the one of the tenant.
fn in_products(kind: &'static Kind, products: &[&str]) -> Vec<Collection> {
    match kind.scope {
        Scope::Tenant => vec![Collection::new(kind, None)],
        Scope::Product => products.iter().map(|product| Collection::new(kind, Some(product))).collect(),
    }
}

/// The lists of everything that may use an object: in its own product, or in all of them if it has none.
fn users_of(target: &Address, products: &[&str]) -> Vec<Collection> {
    let own = target.product_or_own();
    let products = own.as_ref().map_or(products, std::slice::from_ref);
    let users = listed().filter(|kind| may_use(kind, target.kind()));
    users.flat_map(|kind| in_products(kind, products)).collect()
}

/// Whether objects of `user` can need an object of `target`: by a field, or by living in it.
fn may_use(user: &Kind, target: &Kind) -> bool {
    (target.is_owner && user.scope == Scope::Product) || user.refers_to(target)
}
