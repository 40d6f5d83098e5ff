//! Live state: what the platform says now (`snapshot`), read through the API and from GitLab (`gitlab`), and
//! the only way to write to it (`client`).

pub(crate) mod client;
pub(crate) mod gitlab;
pub(crate) mod snapshot;
