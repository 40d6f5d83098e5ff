//! Git behind the server: clone directories and pushes.

pub(crate) mod clones;
mod collision;
pub(crate) mod files;
pub(crate) mod push;
pub(crate) mod tenant;

/// Clone directories differ by the repository's base name only: all products share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Repo {
    /// `default.project` of any product.
    Config,
    /// The cluster templates.
    Templates,
    /// The tenant repository.
    Tenant,
}

impl Repo {
    pub(crate) fn directory(self) -> &'static str {
        match self {
            Repo::Config => "default.project",
            Repo::Templates => "cluster-templates",
            Repo::Tenant => "management",
        }
    }
}

/// What is cloned, and with which token.
pub(crate) struct Remote<'a> {
    pub(crate) repo: Repo,
    pub(crate) url: &'a str,
    pub(crate) token: &'a str,
}
