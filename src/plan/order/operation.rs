//! One operation: a request to be made, and the change that it belongs to.

use crate::model::value::Value;
use crate::plan::Change;
use crate::resource::Address;
use crate::state::Verb;

/// One request to be made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationKey {
    /// The object.
    pub address: Address,
    /// What is done to it.
    pub verb: Verb,
}

impl std::fmt::Display for OperationKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.verb, self.address)
    }
}

/// One request and the change it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    /// What is done.
    pub verb: Verb,
    /// Why and with what.
    pub change: &'a Change,
}

impl<'a> Operation<'a> {
    /// What a save sends: the planned fields; those that are live, if it is sent only for its effects.
    pub fn sent(&self) -> Option<&'a Value> {
        self.change.after.as_deref().or(self.change.before.as_deref())
    }
}
