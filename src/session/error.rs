//! Why an operation of a session was not carried out. Programs match on the variants, never on the texts.

use std::io;
use std::path::{Path, PathBuf};

use crate::files::worktree;
use crate::live::client::http::SettingsError as ClientSettingsError;
use crate::live::snapshot::RefreshError;
use crate::model::text::first_few;
use crate::notify::merge_request::NoteError;
use crate::plan::drift::BaselineError;
use crate::plan::saved::{PlanFileError, Stale};
use crate::plan::selection::NothingMatches;
use crate::plan::{Permissions, Refusals};
use crate::resource::{Address, Pattern};
use crate::state::StoreError;
use crate::state::edit::EditError;
use crate::state::format::FormatError;

use super::addresses::AddressError;
use super::agreed::NotAgreed;
use super::binding::{OtherEnvironment, OtherFleet, OtherServer};
use super::environments::EnvironmentError;
use super::export::write::ExportWriteError;
use super::git::GitError;
use super::init::InitError;
use super::not_accepted::NotAccepted;

/// How many objects an error names.
const SHOWN: usize = 10;

/// An operation was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The manifests have errors, which were given to [`Notice::Diagnostics`](super::Notice::Diagnostics).
    #[error("the manifests have errors")]
    Manifests,
    /// `nautform.yaml` has errors, which were given to [`Notice::Diagnostics`](super::Notice::Diagnostics).
    #[error("nautform.yaml has errors")]
    Settings,
    /// The settings of the backend lack something.
    #[error("nautform.yaml: the {backend} backend needs {setting}")]
    BackendSetting {
        /// The backend.
        backend: &'static str,
        /// The setting or the variable.
        setting: &'static str,
    },
    /// The environment can't be used.
    #[error(transparent)]
    Environment(#[from] EnvironmentError),
    /// Credentials are not sent to an address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// No URL of an API server is known.
    #[error("no API server")]
    NoServer,
    /// There is no token.
    #[error("no token")]
    NoToken,
    /// GitLab's address can't be used. It is not quoted: people put tokens into URLs.
    #[error("the address of GitLab is not valid: expected a URL such as https://gitlab.example.com")]
    GitLabAddress,
    /// The connection can't be set up.
    #[error(transparent)]
    Client(#[from] ClientSettingsError),
    /// This build lacks a feature.
    #[error("this nautform was built without {0}")]
    NotBuiltIn(&'static str),
    /// The sandbox of this process can't be started.
    #[error("cannot start the sandbox with {}", path.display())]
    Sandbox {
        /// Its data file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The live state can't be read.
    #[error("cannot read the live state")]
    Refresh(#[from] RefreshError),
    /// A pattern of the selection matches nothing.
    #[error(transparent)]
    Selection(#[from] NothingMatches),
    /// Only standard input can be declared to be the whole fleet.
    #[error("only standard input can be declared to be the whole fleet; a directory is complete by itself")]
    CompleteDirectory,
    /// Unmanaged objects can be found only with all manifests.
    #[error("this needs the whole fleet, and these manifests are a part of it")]
    NeedsWholeFleet(Purpose),
    /// Git can't say which manifests changed.
    #[error("cannot find the manifests that changed since {revision}")]
    Git {
        /// The revision.
        revision: String,
        /// Why.
        source: GitError,
    },
    /// The store of the state failed.
    #[error(transparent)]
    State(#[from] StoreError),
    /// There is no state.
    #[error("there is no state at {0}")]
    NoState(String),
    /// The name of a fleet has other characters.
    #[error("a fleet's name has letters, digits, '-', '_' and '.' only, such as production, at most 63")]
    FleetName,
    /// The state can't be edited so.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// The operation writes the state, and the session uses none.
    #[error("this operation writes the state, and the session uses none")]
    Stateless,
    /// No manifest declares what is to be adopted.
    #[error("no manifest declares {0}: an adopted object needs one")]
    NotDeclared(String),
    /// Nothing on the server matches what is to be exported.
    #[error("nothing on the server matches {0}")]
    NotLive(Box<Pattern>),
    /// There is no such object where it was looked for.
    #[error("there is no {0}")]
    NotFound(Box<Pattern>),
    /// Drift can't be taken over into the manifests.
    #[error(transparent)]
    NotAccepted(Box<NotAccepted>),
    /// The exported manifests can't be written.
    #[error(transparent)]
    Export(#[from] ExportWriteError),
    /// The new directory can't be written.
    #[error(transparent)]
    Init(#[from] InitError),
    /// A saved plan can't be read.
    #[error("{}", path.display())]
    PlanFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: PlanFileError,
    },
    /// A baseline can't be read.
    #[error("{}", path.display())]
    Baseline {
        /// The file.
        path: PathBuf,
        /// Why.
        source: BaselineError,
    },
    /// A state file can't be read.
    #[error("{}", path.display())]
    StateFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: FormatError,
    },
    /// A state, plan or baseline is for another server.
    #[error(transparent)]
    OtherServer(#[from] Box<OtherServer>),
    /// A state or baseline is of another fleet.
    #[error(transparent)]
    OtherFleet(#[from] Box<OtherFleet>),
    /// A state, plan or baseline is of another environment.
    #[error(transparent)]
    OtherEnvironment(#[from] Box<OtherEnvironment>),
    /// The saved plan does not fit the manifests or the state any more.
    #[error("the saved plan is stale: {0}")]
    Outdated(Outdated),
    /// The saved plan was made with permissions that are not given again.
    #[error("the saved plan was made with permissions that apply must be given again")]
    NotRepeated(Box<NotRepeated>),
    /// Objects of the saved plan have changed, on the server or in the manifests.
    #[error("the saved plan is stale")]
    Stale(Vec<Stale>),
    /// Others change these objects faster than the plan can be approved.
    #[error("what the plan touches changes again and again: {}", first_few(.0, SHOWN))]
    KeepsChanging(Vec<Address>),
    /// The plan has operations that were not agreed on.
    #[error("the plan is not what was agreed on")]
    NotAgreed(Box<NotAgreed>),
    /// What was agreed on can't be read.
    #[error("cannot find out what was agreed on")]
    Agreement(#[from] NoteError),
    /// The plan can't succeed.
    #[error("the plan cannot be carried out")]
    Impossible,
    /// A guard refuses the plan.
    #[error("the plan is refused")]
    Refused,
    /// The plan would permanently destroy these objects, which is not permitted.
    #[error("this would permanently destroy {}, with all history", first_few(.0, SHOWN))]
    Irreversible(Vec<Address>),
    /// The user did not approve the plan.
    #[error("the plan was not approved")]
    NotApproved,
    /// The operation was interrupted before it began to write.
    #[error("interrupted")]
    Interrupted,
    /// Standard input can't be read.
    #[error("cannot read standard input")]
    StandardInput(#[source] io::Error),
    /// A file that the settings name can't be read.
    #[error(transparent)]
    WorkTree(#[from] worktree::ReadError),
    /// A file can't be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file can't be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The program could not show or ask something.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl SessionError {
    /// A file can't be read.
    pub(super) fn unread(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |source| Self::Read { path: path.to_owned(), source }
    }
}

/// What the whole fleet is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Deleting unmanaged objects.
    Prune,
    /// Finding unmanaged objects.
    Discover,
}

/// What a saved plan was made with and its apply lacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotRepeated {
    /// What unmanaged objects were to be deleted.
    pub prune: Vec<Pattern>,
    /// What was permitted.
    pub permissions: Permissions,
}

impl NotRepeated {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Why a saved plan can't be carried out, whatever the server says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Outdated {
    /// The manifests or the secrets they name are not those of the plan.
    #[error("the manifests in {0} (or the secrets they name) have changed since it was made")]
    Manifests(String),
    /// It was applied.
    #[error("it has been applied already")]
    Applied,
    /// The state is not that of the plan.
    #[error("it was made with another state")]
    OtherState,
    /// The plan has a state and the session has none.
    #[error("it was made with a state, and this session uses none")]
    Stateless,
}

impl From<NotAccepted> for SessionError {
    fn from(why: NotAccepted) -> Self {
        Self::NotAccepted(Box::new(why))
    }
}

impl From<Refusals<'_>> for SessionError {
    fn from(refusals: Refusals<'_>) -> Self {
        match refusals {
            Refusals::Impossible(_) => Self::Impossible,
            Refusals::Refused(_) => Self::Refused,
            Refusals::Irreversible(all) => Self::Irreversible(all.into_iter().cloned().collect()),
        }
    }
}
