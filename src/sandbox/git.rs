//! Git behind the server: clone directories and pushes, and the tree inside a product's config repository.

pub(crate) mod clones;
pub(crate) mod tree;
