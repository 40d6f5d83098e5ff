//! Errors as causes of others, and as text.

use std::error::Error;
use std::fmt::Write as _;

/// Any error. Nothing is decided by it: it is the source of another one, for messages.
pub(crate) type Cause = Box<dyn Error + Send + Sync>;

/// An error and all its sources in one line: `cannot read the state: permission denied`.
pub fn chain(error: &dyn Error) -> String {
    let sources = std::iter::successors(error.source(), |error| (*error).source());
    sources.fold(error.to_string(), |mut text, source| {
        let _ = write!(text, ": {source}");
        text
    })
}
