//! What a plan was made from.

use std::collections::BTreeSet;

use crate::live::snapshot::{MaxAge, Snapshot};
use crate::plan::Basis;
use crate::resource::Address;

/// What the plan was made from. It is renewed while the plan is carried out.
#[derive(Clone, Debug)]
pub struct Readings<'a> {
    pub(super) snapshot: Snapshot,
    pub(super) basis: Basis<'a>,
    pub(super) max_age: MaxAge,
    /// What the server could not show when the plan was made.
    pub(super) unreadable: BTreeSet<Address>,
}

impl<'a> Readings<'a> {
    /// The live state and the rest; nothing is written from what is older than `max_age`.
    pub fn new(snapshot: Snapshot, basis: Basis<'a>, max_age: MaxAge) -> Self {
        let unreadable = snapshot.unreadable().map(|(address, _)| address.clone()).collect();
        Self { snapshot, basis, max_age, unreadable }
    }
}
