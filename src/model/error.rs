//! Errors as text.

use std::error::Error;
use std::fmt::Write as _;

/// An error and all its sources in one line: `cannot read the state: permission denied`.
pub fn chain(error: &dyn Error) -> String {
    let sources = std::iter::successors(error.source(), |error| (*error).source());
    sources.fold(error.to_string(), |mut text, source| {
        let _ = write!(text, ": {source}");
        text
    })
}
