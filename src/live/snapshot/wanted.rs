//! Which reads are needed. Pure.

use std::collections::BTreeSet;

use crate::resource::kinds::{self, KINDS};
use crate::resource::schema::{Attribute, Kind, Scope, Strength, Type};
use crate::resource::{Address, Pattern};

use super::{Collection, Snapshot};

/// What a command needs to know about the live state.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Objects that manifests, state or references name.
    pub addresses: BTreeSet<Address>,
    /// Objects that may be deleted: everything that could use them is looked at too.
    pub deleting: BTreeSet<Address>,
    /// Objects that nobody manages and that may be deleted: the lists that could show them.
    pub pruning: Vec<Pattern>,
    /// Lists to be made whatever else is wanted.
    pub lists: BTreeSet<Collection>,
    /// Whether to look for objects of other products as well (§4.1: at most 20 are listed).
    pub discover: bool,
}

impl Wanted {
    /// Wants every list of a product.
    pub fn everything_in(&mut self, product: &str) {
        let inside = KINDS.iter().copied().filter(|kind| kind.scope == Scope::Product && kind.list_complete);
        self.lists.extend(inside.map(|kind| Collection::new(kind, Some(product))));
    }

    /// The products whose existence matters, those of product-scoped objects included.
    pub(super) fn owners(&self) -> BTreeSet<Address> {
        let owner = kinds::owner();
        let mut last = None;
        // Objects of one product lie side by side mostly: it is made once for all of them.
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
        let used_across =
            |address: &Address| address.kind().scope == Scope::Tenant && !address.kind().is_owner;
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
        let listed = |kind: &Kind| kind.list_complete;
        let own = self.addresses.iter().chain(&self.deleting).filter(|address| listed(address.kind()));
        let mut last = None;
        let own = own.filter(|address| {
            let place = (address.kind().name, address.product());
            last.replace(place) != Some(place)
        });
        let mut all: BTreeSet<Collection> = own.map(Collection::of).collect();
        all.extend(self.lists.iter().cloned());
        let owner = kinds::owner();
        let products: Vec<&Address> = snapshot
            .objects()
            .map(|observed| &observed.address)
            .filter(|address| address.kind() == owner)
            .collect();
        for target in &self.deleting {
            for kind in KINDS.iter().copied().filter(|kind| listed(kind) && may_use(kind, target.kind())) {
                match (kind.scope, target.product_or_own()) {
                    (Scope::Tenant, _) => drop(all.insert(Collection::new(kind, None))),
                    (Scope::Product, Some(product)) => drop(all.insert(Collection::new(kind, Some(product)))),
                    (Scope::Product, None) => {
                        all.extend(
                            products.iter().map(|product| Collection::new(kind, Some(product.name()))),
                        );
                    }
                }
            }
        }
        for kind in KINDS.iter().copied().filter(|kind| listed(kind)) {
            let pruned = |product| self.pruning.iter().any(|pattern| pattern.may_cover(kind, product));
            match kind.scope {
                Scope::Tenant if pruned(None) => drop(all.insert(Collection::new(kind, None))),
                Scope::Tenant => {}
                Scope::Product => {
                    let products =
                        products.iter().map(|product| product.name()).filter(|product| pruned(Some(product)));
                    all.extend(products.map(|product| Collection::new(kind, Some(product))));
                }
            }
        }
        if self.discover {
            for product in &products {
                let inside =
                    KINDS.iter().copied().filter(|kind| kind.scope == Scope::Product && listed(kind));
                all.extend(inside.map(|kind| Collection::new(kind, Some(product.name()))));
            }
            let tenant = KINDS.iter().copied().filter(|kind| kind.scope == Scope::Tenant && listed(kind));
            all.extend(tenant.map(|kind| Collection::new(kind, None)));
        }
        all
    }
}

/// Whether objects of `user` can need an object of `target`: by a field, or by living in it.
fn may_use(user: &Kind, target: &Kind) -> bool {
    (target.is_owner && user.scope == Scope::Product)
        || user.attributes.iter().any(|attribute| refers(attribute, target))
}

fn refers(attribute: &Attribute, target: &Kind) -> bool {
    let named = [attribute.refers_to, attribute.keys_refer_to].into_iter().flatten();
    named.into_iter().any(|reference| reference.kind == target.name && reference.strength == Strength::Hard)
        || match attribute.ty {
            Type::Object(fields) => fields.iter().any(|field| refers(field, target)),
            Type::List(item) | Type::Set(item) | Type::Map { value: item, .. } => refers(item, target),
            Type::String | Type::Bool | Type::Enum(_) | Type::Secret => false,
        }
}
