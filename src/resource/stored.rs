//! From what the platform stores (manifests in Git, attributes in GitLab) to the objects that its API shows.
//!
//! Driven by the kinds' tables; pure. The server reads the same files, so a file that it would read in another
//! way must not be guessed at: whatever is not exactly as the server writes it is an [`UnknownLayout`], and
//! the whole product is left to the API.
//!
//! `yaml` reads a manifest's text, `field` turns stored values into those of a table's fields, `manifest`
//! checks kind, name and place, and `product` puts a product together.

mod field;
mod manifest;
mod product;
mod yaml;

#[cfg(test)]
mod tests;

pub(crate) use product::{GitLabProduct, GitLabProject, StoredProduct, translate};

/// A repository is not laid out as the server of Nautes v0.4 does it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub(crate) struct UnknownLayout {
    /// The file in the repository.
    pub(crate) file: String,
    /// What is unknown about it.
    pub(crate) problem: Problem,
}

/// What is unknown about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// It can't be read as one YAML document without anchors, aliases and tags.
    #[error("it is not a plain YAML document")]
    Yaml,
    /// It has no `apiVersion`, `kind`, `metadata.name` or `spec` of a known resource.
    #[error("it is not a resource of Nautes v0.4")]
    Resource,
    /// It is not where the server puts such a resource.
    #[error("it is not where the server keeps such a resource")]
    Place,
    /// A field holds another type of value than the API has.
    #[error("a field holds a value of another type")]
    Field,
    /// Another file holds a resource of the same name.
    #[error("another file has a resource of the same kind and name")]
    Duplicate,
}
