//! Objects as replies show them.

use crate::sandbox::api::{ApiError, Kind, Message, Query, decode_body};

/// Why no world could be made of the replies.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct RepliesError {
    place: String,
    reason: String,
}

/// What was read of the tenant or of a product.
#[derive(Debug, Default)]
pub struct Replies<'a> {
    /// The objects, in the order of their lists. Any of them may be missing.
    pub objects: Vec<ObjectReply<'a>>,
    /// The server's own names of repositories that are gone and still referred to: `repo-7`.
    pub gone: Vec<String>,
}

/// One object as a reply shows it.
#[derive(Debug)]
pub struct ObjectReply<'a> {
    /// The path segment of its collection: `clusters`, `products`, `environments`.
    pub collection: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The JSON object.
    pub body: Vec<u8>,
}

impl<'a> Replies<'a> {
    pub(super) fn of(&self, kind: Kind) -> impl DoubleEndedIterator<Item = &ObjectReply<'a>> {
        self.objects.iter().filter(move |object| object.collection == kind.collection())
    }

    /// The repositories that are gone, and the numbers in their names.
    pub(super) fn gone(&self) -> impl Iterator<Item = (&str, u64)> {
        let names = self.gone.iter().map(String::as_str);
        names.filter_map(|name| Some((name, name.strip_prefix("repo-")?.parse().ok()?)))
    }
}

pub(super) fn at<'a>(place: &'a str, name: &'a str) -> impl FnOnce(ApiError) -> RepliesError + 'a {
    move |error| RepliesError { place: format!("{place} {name}"), reason: error.message }
}

pub(super) fn decode<T: Message>(body: &[u8]) -> Result<T, ApiError> {
    decode_body(body, &Query::default(), "")?.ok_or_else(|| ApiError::codec("no object"))
}
