//! Addresses, and the three views of an object: desired ([`Resource`]), live ([`Observed`]) and last applied ([`Record`]).
//!
//! Invariant: an [`Address`] has a product if and only if its kind lives in one.

mod address;
mod by_address;
mod display;
pub mod kinds;
mod lanes;
mod pattern;
mod references;
pub mod schema;
mod views;

pub use address::{Address, ParseAddressError};
pub use by_address::ByAddress;
pub use display::DisplayNames;
pub use lanes::{LaneKey, Lanes};
pub use pattern::{ParsePatternError, Pattern};
pub use references::{Named, references};
pub use views::{Annotations, Observed, Record, ReferenceTo, Resource};
