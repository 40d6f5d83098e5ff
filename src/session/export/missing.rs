//! What an export could not read.

use crate::live::snapshot::Collection;
use crate::resource::kinds::KINDS;
use crate::resource::schema::Listing;

use super::Exported;

/// A list of the server that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListFailure<'e> {
    /// The kind of its objects.
    pub kind: &'static str,
    /// The product they are in.
    pub product: Option<&'e str>,
    /// Why.
    pub why: &'e str,
    /// Whether objects that the state or a target names were read one by one instead.
    pub read_singly: bool,
}

impl Exported {
    /// The lists that could not be read.
    pub fn list_failures(&self) -> impl Iterator<Item = ListFailure<'_>> {
        self.snapshot.failures().map(|(list, why)| ListFailure {
            kind: list.kind(),
            product: list.product(),
            why,
            read_singly: self.snapshot.is_unlisted(list),
        })
    }

    /// Whether every object that is known to exist has a file. A list fails over an object that can't be
    /// shown: if none is known, one is missing.
    pub fn is_complete(&self) -> bool {
        let is_explained = |list: &Collection| {
            self.snapshot.unreadable().any(|(address, _)| Collection::of(address) == *list)
        };
        self.export.left_out.is_empty() && self.snapshot.failures().all(|(list, _)| is_explained(list))
    }
}

/// The kinds whose lists may lack objects.
pub fn hidden_kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().filter(|kind| kind.reading.listing != Listing::Complete).map(|kind| kind.name)
}
