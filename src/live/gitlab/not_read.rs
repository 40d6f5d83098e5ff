//! Why a product is not read from GitLab.

use crate::resource::stored::{Mark, UnknownLayout};

/// Why a product is not read from GitLab.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotRead {
    /// The token is not accepted.
    #[error("GitLab does not accept the token")]
    Unauthorized,
    /// There is no group of that path for this token, or no config repository in it.
    #[error("GitLab shows no such group with a default.project")]
    NotVisible,
    /// An older GitLab, another sort of token, or no such member.
    #[error("GitLab has no such page")]
    NoPage,
    /// The repository may not be read.
    #[error("the token may not read the group's default.project")]
    Forbidden,
    /// There is no branch `main`.
    #[error("its default.project has no branch main")]
    NoBranch,
    /// It is going to be deleted.
    #[error("GitLab has marked it for deletion{}", .0.when())]
    Marked(Mark),
    /// The files are not as a server v0.4 writes them.
    #[error("its repository has an unknown layout: {0}")]
    Layout(#[from] UnknownLayout),
    /// A value is missing that every group, project and file has.
    #[error("GitLab does not show all of it to the token")]
    Partial,
    /// It does not hold what it was named for.
    #[error("it does not hold the manifests of the clusters")]
    OtherRepository,
    /// It is larger than what is read.
    #[error("its repository is too large")]
    TooLarge,
    /// There was a push each time that it was read.
    #[error("its repository changes all the time")]
    Changing,
    /// GitLab answered with an error.
    #[error("GitLab refuses the query: {0}")]
    Refused(String),
    /// What answers is not GitLab.
    #[error("no GitLab there: {0}")]
    NotGitLab(String),
    /// There is no connection.
    #[error("no connection to {host}: {why}")]
    NoConnection {
        /// GitLab's host.
        host: String,
        /// What went wrong.
        why: String,
    },
    /// The request failed in another way.
    #[error("no usable answer from GitLab: {0}")]
    Failed(String),
    /// There can be no client for it.
    #[error("{0}")]
    Unusable(String),
}

impl NotRead {
    /// Whether it would be the same with every other product.
    pub(crate) const fn is_general(&self) -> bool {
        match self {
            Self::Unauthorized | Self::NotGitLab(_) | Self::NoConnection { .. } | Self::Unusable(_) => true,
            Self::NotVisible
            | Self::NoPage
            | Self::Forbidden
            | Self::NoBranch
            | Self::Marked(_)
            | Self::Layout(_)
            | Self::Partial
            | Self::OtherRepository
            | Self::TooLarge
            | Self::Changing
            | Self::Refused(_)
            | Self::Failed(_) => false,
        }
    }
}
