//! What a kind's table is made of, and the two translations it drives: manifest to spec, spec to API JSON.
//!
//! The vocabulary of the tables in `kinds` is [`Kind`] (`kind`), its fields (`attribute`), what it asks of
//! its neighbours (`siblings`) and how replies say that there is none (`absence`). [`node`] is a located
//! value as the loader made it; `decode` turns nodes into checked values; `wire` turns values into request
//! bodies and replies into values. Nothing here knows a kind.

mod attribute;
mod bound;
mod cross_checks;
pub(crate) mod decode;
pub(crate) mod edit;
mod expiry;
mod field_path;
mod kind;
mod lint;
pub(crate) mod node;
mod not_found;
mod replied;
mod stored;
mod teardown;
mod visit;
pub mod wire;

pub(crate) use attribute::{Attribute, Check, Fixed, ReadBack, Reference, Strength, Type};
pub(crate) use bound::Bound;
pub(crate) use cross_checks::{Mismatch, Mismatches, Requirement, Requirements, Siblings};
pub(crate) use decode::{Located, SecretProblem, SecretSource, decode, is_path};
pub(crate) use expiry::{Expiry, ExpiryOf};
pub(crate) use field_path::{FieldPathError, field_path};
pub(crate) use kind::{
    Deleting, FieldPath, Kind, Lane, Names, Reading, Removed, Rule, Successor, Writing, group_words,
};
pub use kind::{Listing, Scope};
pub(crate) use lint::{Declared, Finding, Lint, Unused};
pub(crate) use node::{Entry, Node, NodeValue};
pub(crate) use not_found::ReplyPattern;
pub(crate) use replied::{as_replied, is_never_replied, with_hidden};
pub(crate) use stored::{Folder, Kept, Manifests, Naming, TenantFile, TenantFiles};
pub(crate) use teardown::Teardown;
pub(crate) use visit::{attribute_at, visit};
