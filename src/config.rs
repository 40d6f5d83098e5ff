//! Configuration: what the manifests of a directory say, loaded, checked and resolved; and their
//! fields.

pub mod codes;
pub mod describe;
pub mod load;
pub(crate) mod platform;
pub mod resolve;
pub(crate) mod settings;
