//! When parts of a secret stop being valid.

use jiff::Timestamp;

/// A part of a secret that is valid for some time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// What it is: "the client certificate".
    pub what: &'static str,
    /// Until when it is valid.
    pub until: Timestamp,
}

/// Finds the parts of a secret's text that are valid for some time.
pub(crate) type ExpiryOf = fn(text: &str) -> Vec<Expiry>;
