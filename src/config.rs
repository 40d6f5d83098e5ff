//! Configuration: what the manifests of a directory say, loaded, checked and resolved; and what may stand in them.

pub mod describe;
pub mod load;
pub mod resolve;
pub(crate) mod settings;
