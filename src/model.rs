//! The vocabulary of the whole crate: values, secrets, diagnostics, graphs. Pure; imports no other room.

pub(crate) mod ci;
pub(crate) mod diagnostic;
pub(crate) mod encoding;
pub(crate) mod error;
pub(crate) mod fingerprint;
pub(crate) mod format_head;
pub(crate) mod graph;
pub mod hint;
pub(crate) mod rare;
pub(crate) mod server_url;
pub(crate) mod suggestion;
pub(crate) mod text;
pub(crate) mod value;
pub mod way_out;
