//! Live state: what the platform says now (`snapshot`), and the only way to write to it (`client`).

pub(crate) mod client;
pub(crate) mod snapshot;
