//! Makes equal addresses one.
//!
//! The objects of a fleet name each other, and the state names all of them again: most addresses that are read
//! were read before.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::Address;

/// The addresses that were read so far.
#[derive(Default)]
pub(crate) struct Interner(HashSet<Address, RandomState>);

impl Interner {
    /// Has room for some addresses.
    pub(crate) fn with_capacity(addresses: usize) -> Self {
        Self(HashSet::with_capacity_and_hasher(addresses, RandomState::default()))
    }

    /// The address as it was first read, if it was.
    pub(crate) fn known(&self, address: &Address) -> Option<&Address> {
        self.0.get(address)
    }

    /// The address as it was first read.
    pub(crate) fn intern(&mut self, address: Address) -> Address {
        if let Some(known) = self.0.get(&address) {
            return known.clone();
        }
        self.0.insert(address.clone());
        address
    }
}
