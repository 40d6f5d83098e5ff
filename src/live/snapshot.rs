//! Reads the live state: few calls, bounded, lane by lane; a failed read is data, not an end.
//!
//! One list for each kind of the tenant, one GET for each named product, one list for each (product, kind) in
//! use; single GETs only where a list hides or fails (§4.4-§4.7). Invariant: an object is *absent* in a
//! [`Snapshot`] only if a reply said so.

mod collection;
mod git;
mod model;
mod places;
mod progress;
mod read;
mod reading;
mod renew;
mod wanted;
mod ways;

pub use collection::Collection;
pub use model::{Live, Snapshot};
pub(crate) use progress::Watch;
pub use progress::{Failing, Reading};
pub use read::RefreshOptions;
pub(crate) use read::{RefreshError, refresh};
pub use reading::MaxAge;
pub(crate) use renew::{Again, Renewed, read_again, read_product};
pub(crate) use wanted::Wanted;
pub(crate) use ways::Ways;
