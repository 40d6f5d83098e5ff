//! What a reply, or its lack, means for a request.

use std::time::Duration;

/// What a reply, or its lack, means for the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was carried out; a warning if the server gave one (§2.4).
    Done {
        /// The server's message.
        warning: Option<String>,
    },
    /// The object does not exist (§2.3).
    Absent,
    /// Nothing happened, and the same request may succeed soon: collisions, lost pushes (§8.6).
    RetrySoon {
        /// The server's message.
        message: String,
    },
    /// Nothing happened: Kubernetes has not yet seen a cluster or runtime (§4.3).
    WaitForSync {
        /// The server's message.
        message: String,
    },
    /// Nothing happened: GitLab is still deleting (§4.1).
    WaitForDeletion {
        /// The server's message.
        message: String,
    },
    /// Nothing happened: there was no connection. Only the transport says so, never a reply.
    Unreachable {
        /// The transport's error.
        message: String,
    },
    /// Nothing happened: the server or what is in front of it can't serve now (429, 503, for reads any 5xx of
    /// a gateway and a reply that is not whole). It may heal.
    Unavailable {
        /// What answered instead.
        message: String,
        /// How long the server asks to wait.
        after: Option<Duration>,
    },
    /// No request can succeed: a wrong URL, name, port or certificate, or another server.
    WrongServer {
        /// What answered instead, or why there is no connection.
        message: String,
        /// Whether it is worth one more try: a redirect, a name that can't be resolved.
        once_more: bool,
    },
    /// Not sent: the retry budget of the server is used up.
    GivenUp {
        /// The last failure, how many tries there were, and for how long.
        message: String,
        /// Whether the last failure was an answer of the server.
        answered: bool,
    },
    /// The write may have happened: read back before anything else (§11.5).
    Ambiguous {
        /// What is known.
        message: String,
    },
    /// There was no answer to a write, and it may have happened.
    Lost {
        /// What is known.
        message: String,
        /// Whether the server kept the connection and did not answer in time.
        timed_out: bool,
    },
    /// The object exists, but the server can't show it (§4.5, §4.6).
    Unreadable {
        /// The server's message.
        message: String,
    },
    /// The token was not accepted (§2.2: there is no 401).
    Unauthorized {
        /// The server's message.
        message: String,
    },
    /// A 500 whose message is not known: repeated a few times.
    Unclear {
        /// The server's message.
        message: String,
    },
    /// The same request will fail again.
    Permanent {
        /// What the server said.
        message: String,
        /// What it means and what to do, if that is known.
        meaning: Option<&'static str>,
    },
}

impl Verdict {
    /// The server's message; empty for successes.
    pub fn message(&self) -> &str {
        match self {
            Self::Done { warning } => warning.as_deref().unwrap_or_default(),
            Self::Absent => "it does not exist",
            Self::RetrySoon { message }
            | Self::WaitForSync { message }
            | Self::WaitForDeletion { message }
            | Self::Unreachable { message }
            | Self::Unavailable { message, .. }
            | Self::WrongServer { message, .. }
            | Self::GivenUp { message, .. }
            | Self::Ambiguous { message }
            | Self::Lost { message, .. }
            | Self::Unreadable { message }
            | Self::Unauthorized { message }
            | Self::Unclear { message }
            | Self::Permanent { message, .. } => message,
        }
    }

    /// Whether the server was away when the request was sent, or went away meanwhile: it may have been
    /// restarted.
    pub(crate) const fn shows_absence(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Lost { timed_out: false, .. }
                | Self::Unavailable { after: None, .. }
        )
    }

    /// For people: the server's message and what it means.
    pub fn explanation(&self) -> String {
        let meaning = match self {
            Self::Permanent { meaning, .. } => *meaning,
            Self::Unauthorized { .. } => Some(
                "the token was not accepted: check that it is valid and has the scopes api and \
                 write_repository",
            ),
            _ => None,
        };
        match meaning {
            Some(meaning) => format!("{meaning} (the server said: {})", self.message()),
            None => self.message().to_owned(),
        }
    }
}

/// The kind of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// GET of one object.
    Get,
    /// GET of a collection.
    List,
    /// POST.
    Save,
    /// DELETE.
    Delete,
}

impl Call {
    /// Whether it changes something.
    pub(crate) const fn writes(self) -> bool {
        matches!(self, Self::Save | Self::Delete)
    }
}
