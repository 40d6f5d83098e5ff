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
    /// The address as it was first read.
    pub(crate) fn intern(&mut self, address: Address) -> Address {
        if let Some(known) = self.0.get(&address) {
            return known.clone();
        }
        self.0.insert(address.clone());
        address
    }
}
