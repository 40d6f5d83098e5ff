//! What a user can do about a problem, as values. The library knows no command line: the program around it
//! has the text of each hint and gives it to whatever renders ([`HintText`]).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::way_out::WayOut;

/// How a program phrases a hint: with its own flags and commands.
pub type HintText = fn(&Hint) -> String;

/// What to do. Addresses are texts here: this room is above theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hint {
    /// Permit another directory for secrets.
    SecretsBelow,
    /// Advice that needs no text of the program.
    Text(String),
    /// Check the URL of the API server, and proxies.
    CheckServer,
    /// Give the variable a value.
    SetVariable(String),
    /// Show the kinds and fields of manifests.
    Explain,
    /// List the unmanaged objects.
    ShowUnmanaged,
    /// Send what the server does not return and was never sent.
    SendSecrets,
    /// Allow that objects are replaced together with what uses them.
    AllowReplace,
    /// Allow that these objects are permanently destroyed.
    AllowIrreversible(Vec<String>),
    /// Allow so many deletes.
    AllowDeletes(usize),
    /// Allow so many updates.
    AllowUpdates(usize),
    /// Lift the protection of this object once.
    Unprotect(String),
    /// Select these objects as well.
    Target(Vec<String>),
    /// Select more: the targets and exclusions leave out what is needed.
    WidenSelection,
    /// Remove one of the two spellings from the state.
    Forget,
    /// Exclude this object.
    Exclude(String),
    /// Take these extra steps.
    Way(WayOut),
    /// Wait longer for clusters to reach Kubernetes.
    SyncTimeout,
    /// Wait longer for GitLab to finish deletes.
    DeleteTimeout,
    /// Wait for the lock.
    LockTimeout,
    /// Remove the stale lock with this ID.
    ForceUnlock(String),
    /// Overwrite files that exist.
    Overwrite,
    /// Push the state although it is older or of another lineage.
    PushAnyway,
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Hint {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// Words for a program that has none of its own.
impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Text(text) => text,
            Self::SetVariable(name) => return write!(f, "set the variable {name}"),
            Self::AllowIrreversible(all) => return write!(f, "allow it for {}", all.join(", ")),
            Self::AllowDeletes(number) => return write!(f, "allow {number} deletes"),
            Self::AllowUpdates(number) => return write!(f, "allow {number} updates"),
            Self::Way(way) => return way.fmt(f),
            Self::Unprotect(address) => return write!(f, "lift the protection of {address}"),
            Self::Target(all) => return write!(f, "select {} as well", all.join(", ")),
            Self::Exclude(address) => return write!(f, "exclude {address}"),
            Self::ForceUnlock(id) => return write!(f, "remove the lock {id} if it is stale"),
            Self::Forget => "if the state has both, remove one of them from it",
            Self::SecretsBelow => "copy it into the work tree, or permit its directory",
            Self::CheckServer => "check the URL of the API server and proxies",
            Self::Explain => "show the fields of a kind for more",
            Self::ShowUnmanaged => "they can be listed",
            Self::SendSecrets => "they can be sent",
            Self::AllowReplace => "allow the replacement",
            Self::WidenSelection => "select what is left out as well",
            Self::SyncTimeout => "wait longer for Kubernetes",
            Self::DeleteTimeout => "wait longer for GitLab",
            Self::LockTimeout => "wait for the lock",
            Self::Overwrite => "overwrite the files",
            Self::PushAnyway => "push the state anyway",
        };
        f.write_str(text)
    }
}

/// The texts of a program that has none of its own, as [`HintText`].
pub fn plain(hint: &Hint) -> String {
    hint.to_string()
}

/// The text of all hints, as one sentence; `None` if there are none.
pub fn spell(hints: &[Hint], text: HintText) -> Option<String> {
    let all: Vec<String> = hints.iter().map(text).collect();
    (!all.is_empty()).then(|| all.join("; "))
}
