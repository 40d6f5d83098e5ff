//! Every change of the lasting state as a value: what the data file appends, and what a snapshot consists of.
//!
//! A change is absolute, so replaying one that is already part of the state does no harm. None holds a
//! secret.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::sandbox::gitlab::{GroupFacts, Repository};
use crate::sandbox::model::{Cluster, Edit, Incomplete};

/// One change.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// A cluster in the tenant repository, or its removal.
    Cluster { name: String, cluster: Option<Arc<Cluster>> },
    /// A kubeconfig was stored; only a short digest is kept.
    Kubeconfig { cluster: String, digest: String },
    /// A group was created or updated, or begins to vanish.
    Group(GroupFacts),
    /// A group is gone, with everything in it.
    GroupGone(u64),
    /// A project was created or updated, or begins to vanish.
    Repository { group: u64, repository: Repository },
    /// A project is gone.
    RepositoryGone { group: u64, id: u64 },
    /// A resource in a product's tree.
    Node { group: u64, edit: Box<Edit> },
    /// Something behind the API is missing, or is there again.
    Incomplete { what: Incomplete, missing: bool },
    /// Ids that were given away stay taken.
    NextIds { group: u64, project: u64 },
}
