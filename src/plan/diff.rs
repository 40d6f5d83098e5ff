//! Compares the desired with the live fields, driven by the kind's table; knows no kind.
//!
//! Three sides are compared: the manifest, the live object and the last apply. A field that is neither
//! declared nor was applied is not managed and stays as it is: it is copied into the request, since the API's
//! POST resets what it leaves out (§3.4, §5). A field that was applied and is no longer declared is set back
//! to the server's default. Fields that the server never returns are compared with the last apply.
//!
//! Invariant: what the table treats as equal (unset and empty, an undeclared field and the server's default,
//! items of a set in another order) never makes a change.

mod applied;
mod compare;
mod equal;
mod merge;
mod resets;

pub use applied::applied;
pub(super) use compare::compare_unlisted;
pub use compare::{Comparison, LiveSide, Sending, Sides, compare};
pub use equal::{Fields, same};
pub use merge::merge;
pub use resets::resets;

use std::borrow::Cow;

use serde::{Deserialize, Serialize, Serializer};

use crate::model::value::{Path, Value};

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeChange {
    /// The field.
    pub path: Path,
    /// The live value; `None` if there is none, or if it can't be known.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "as_json")]
    pub before: Option<Value>,
    /// The desired value; `None` if the field is set back to the server's default.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "as_json")]
    pub after: Option<Value>,
    /// Its values must not be shown; they are not in `before` and `after` either.
    pub sensitive: bool,
    /// It can't change in place, so the object is replaced.
    pub forces_replacement: bool,
    /// It can't change in place while something refers to the object.
    pub fixed_while_used: bool,
    /// A remark: "not readable, compared with the last apply".
    pub note: Option<Cow<'static, str>>,
}

/// Values have no `Serialize`; these two hold no secrets.
fn as_json<S: Serializer>(value: &Option<Value>, serializer: S) -> Result<S::Ok, S::Error> {
    value.as_ref().map(Value::to_json).serialize(serializer)
}
