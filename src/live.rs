//! Live state: what the platform says now (`snapshot`), and the only way to write to it (`client`).

pub mod client;
pub mod snapshot;
