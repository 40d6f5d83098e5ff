//! From changes to operations: what is sent, in which order. A replace is two operations; everything else is one or none.

use crate::resource::Address;
use crate::state::Verb;

use super::Change;

/// One request to be made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationKey {
    /// The object.
    pub address: Address,
    /// What is done to it.
    pub verb: Verb,
}

/// One request and the change it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    /// What is done.
    pub verb: Verb,
    /// Why and with what.
    pub change: &'a Change,
}

/// The operations of a plan and their order.
pub struct Operations<'a> {
    /// Each operation, by its key.
    pub all: std::collections::BTreeMap<OperationKey, Operation<'a>>,
    /// (what waits, what it waits for).
    pub order: Vec<(OperationKey, OperationKey)>,
}
