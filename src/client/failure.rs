//! Sorts what came back: done, absent, worth another try, worth waiting for, doubtful, or final (§2.2, §2.3, §2.4, §8.6). Pure.

use std::time::Duration;

/// What a reply, or its lack, means for the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was carried out; a warning if the server gave one (§2.4).
    Done {
        /// The server's words.
        warning: Option<String>,
    },
    /// The object does not exist (§2.3).
    Absent,
    /// Nothing happened, and the same request may succeed soon: collisions, lost pushes, 429, 502-504 (§8.6).
    RetrySoon {
        /// The server's words.
        message: String,
        /// How long the server wants to be left alone.
        after: Option<Duration>,
    },
    /// Nothing happened: Kubernetes has not yet seen a cluster or runtime (§4.3).
    WaitForSync {
        /// The server's words.
        message: String,
    },
    /// Nothing happened: GitLab is still deleting (§4.1).
    WaitForDeletion {
        /// The server's words.
        message: String,
    },
    /// The write may have happened: read back before anything else (§11.5).
    Ambiguous {
        /// What is known.
        message: String,
    },
    /// The object exists, but the server can't show it (§4.6, §4.5).
    Unreadable {
        /// The server's words.
        message: String,
    },
    /// The same request will fail again.
    Permanent {
        /// What the server said.
        message: String,
        /// What it means and what to do, if that is known: "your account needs write access …".
        meaning: Option<String>,
    },
}
