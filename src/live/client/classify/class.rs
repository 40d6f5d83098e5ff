//! What a row of the table matches, and the classes of messages.

/// What a row matches.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pattern {
    /// The whole reason.
    Reason(&'static str),
    /// A part of the message.
    Text(&'static str),
    /// The first words of the message.
    Start(&'static str),
    /// Parts of the message, in this order.
    Parts(&'static [&'static str]),
}

/// What a message calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// It collided with another request and changed nothing: repeat it soon.
    Collision,
    /// Kubernetes has not seen a cluster or runtime: wait for it.
    Sync,
    /// GitLab is still deleting: wait for it.
    Deletion,
    /// The write may have happened: read first.
    Ambiguous,
    /// GitLab or Vault fails behind the server, which has repeated its request already: few tries.
    Upstream,
    /// The server's code failed. On a write it would fail again; on a read it may be a kind that the server
    /// can't show.
    Panic,
    /// The object exists, and the server can't show it.
    Unreadable,
    /// The token is not accepted.
    Token,
    /// The account may not push.
    Access,
    /// The installation lacks something.
    Missing(&'static str),
    /// Refused for a reason that the message does not say well.
    Refused(&'static str),
    /// Refused, and the message says why.
    Permanent,
}

impl Pattern {
    /// Whether an error reply matches.
    pub(super) fn matches<'m>(self, reason: &str, message: &'m str) -> bool {
        match self {
            Self::Reason(whole) => reason == whole,
            Self::Text(part) => message.contains(part),
            Self::Start(words) => message.starts_with(words),
            Self::Parts(parts) => {
                let behind = |text: &'m str, part: &&str| text.split_once(*part).map(|(_, rest)| rest);
                parts.iter().try_fold(message, behind).is_some()
            }
        }
    }
}
