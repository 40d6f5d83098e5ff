//! Addresses, and the three views of an object: desired ([`Resource`]), live ([`Observed`]) and last applied
//! ([`Record`]).
//!
//! Invariant: an [`Address`] has a product if and only if its kind lives in one.

mod address;
mod by_address;
pub(crate) mod catalogue;
mod display;
mod interner;
pub mod kinds;
mod lanes;
mod pattern;
mod references;
pub(crate) mod schema;
pub(crate) mod stored;
mod views;

pub use address::Address;
pub(crate) use address::ParseAddressError;
pub(crate) use by_address::ByAddress;
#[cfg(test)]
pub(crate) use by_address::WALKED;
pub(crate) use display::DisplayNames;
pub(crate) use interner::Interner;
pub use lanes::{LaneKey, Lanes};
pub use pattern::Pattern;
pub(crate) use references::{Named, references};
pub(crate) use views::{Annotations, ReferenceTo};
pub use views::{Listed, Observed, Record, Resource};
