//! What a kind's table is made of, and the two translations it drives: manifest to spec, spec to API JSON.
//!
//! [`model`] is the vocabulary of the tables in `kinds`; [`node`] is a located value as the loader made it; `decode` turns nodes
//! into checked values; `wire` turns values into request bodies and replies into values. Nothing here knows a kind.

pub mod decode;
pub mod model;
pub mod node;
pub mod wire;

pub use decode::{Located, SecretProblem, SecretSource, decode};
pub use model::{
    Absence, Attribute, Check, Element, FieldPath, Fixed, Grant, Kind, Lane, Mismatch, Mismatches, ReadBack,
    Reference, Removed, ReplyPattern, Requirement, Requirements, Rule, Scope, Siblings, Strength, Type,
    group_words,
};
pub use node::{Entry, Node, NodeValue};
