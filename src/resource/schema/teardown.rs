//! How an object is deleted whose DELETE the server may leave half done (§4.4).

use crate::model::value::Value;

use super::ReplyPattern;

/// What a DELETE of such an object needs besides the request.
#[derive(Clone, Copy, Debug)]
pub struct Teardown {
    /// Replies to GET: its manifest is gone, and what it manages is still there. Saved and deleted once more
    /// it goes as a whole.
    pub remains: &'static [ReplyPattern],
    /// What is saved before it is deleted (again): the object with as little as possible. Given what is known
    /// of its spec, which may be nothing.
    pub detached: fn(spec: &Value) -> Value,
    /// The field that `detached` clears, by which objects are in one group.
    pub group: &'static [&'static str],
    /// How many live objects of one group make a DELETE dangerous: they are detached before.
    pub crowd: usize,
}
