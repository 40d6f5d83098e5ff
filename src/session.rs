//! The use cases, one file per command, composing the stages of the road. They read and write what they are given; arguments,
//! terminal and exit codes belong to the binary.

pub mod adopt;
pub mod comment;
pub mod drift;
pub mod export;
pub mod graph;
pub mod init;
pub mod plan;
#[cfg(feature = "sandbox")]
pub mod rehearse;
pub mod validate;

/// A use case could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum OpsError {
    /// The manifests have errors; they are in the diagnostics.
    #[error("the manifests have errors")]
    Manifests,
    /// The live state can't be read.
    #[error("cannot read the live state")]
    Refresh(#[from] crate::live::snapshot::RefreshError),
    /// A pattern of the selection is misspelt.
    #[error(transparent)]
    Selection(#[from] crate::plan::selection::NothingMatches),
    /// The state can't be had.
    #[error(transparent)]
    State(#[from] crate::state::StoreError),
}
