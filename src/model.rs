//! The vocabulary of the whole crate: values, secrets, diagnostics, graphs. Pure; imports no other room.

pub mod ci;
pub mod diagnostic;
pub mod encoding;
pub mod error;
pub mod graph;
pub mod hint;
pub mod suggestion;
pub mod text;
pub mod value;
