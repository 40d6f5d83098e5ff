//! Reads the live state: few calls, bounded, lane by lane; a failed read is data, not an end.
//!
//! Invariant: an object is *absent* in a [`Snapshot`] only if a reply said so.

mod snapshot;

pub use snapshot::{Collection, Live, Snapshot};
