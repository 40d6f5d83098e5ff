//! Compares what is wished with what is live, field by field, driven by the kind's table; knows no kind.
//!
//! Invariant: what the table says cannot be told apart (unset and empty, an undeclared field and the server's default, items of a
//! set in another order) never makes a change.

use crate::value::{Path, Value};

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeChange {
    /// The field.
    pub path: Path,
    /// The live value; `None` if there is none, or if it can't be known.
    pub before: Option<Value>,
    /// The wished value; `None` if the field goes (the server's default comes back).
    pub after: Option<Value>,
    /// Its values must not be shown; they are not in `before` and `after` either.
    pub sensitive: bool,
    /// It can't change in place, so the object is replaced.
    pub forces_replacement: bool,
    /// Words beside it: "not readable, compared with the last apply".
    pub note: Option<&'static str>,
}
