//! Which objects are known of a product: what is read again during an apply is one product at a time, and the
//! others are not to be walked through for each of them.
//!
//! Invariant: every object of the products that the snapshot has, or was asked for, is in here. Objects that it
//! has no more may be, too.

use std::collections::{BTreeSet, HashMap};

use crate::resource::Address;

/// Objects by the product that they live in, or are.
#[derive(Clone, Debug, Default)]
pub(super) struct Places(HashMap<String, BTreeSet<Address>>);

impl Places {
    /// Those of these addresses that are of a product.
    pub(super) fn of<'a>(all: impl IntoIterator<Item = &'a Address>) -> Self {
        let mut places = Self::default();
        all.into_iter().for_each(|address| places.insert(address));
        places
    }

    /// Adds an object.
    pub(super) fn insert(&mut self, address: &Address) {
        let Some(product) = address.product_or_own() else { return };
        match self.0.get_mut(product) {
            Some(known) => _ = known.insert(address.clone()),
            None => _ = self.0.insert(product.to_owned(), BTreeSet::from([address.clone()])),
        }
    }

    /// The objects of a product, in order.
    pub(super) fn of_product(&self, product: &str) -> impl Iterator<Item = &Address> {
        self.0.get(product).into_iter().flatten()
    }
}
