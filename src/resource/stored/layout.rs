//! What is unknown about a repository.

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
