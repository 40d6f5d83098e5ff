//! The classes of messages, how a row matches, and the verdict of a class.

use crate::resource::schema::{Kind, Lane};

use crate::live::client::verdict::{Call, Verdict};

use super::ErrorBody;
use super::table::{ROWS, Row};

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
    fn matches<'b>(self, body: &'b ErrorBody) -> bool {
        match self {
            Self::Reason(reason) => body.reason == reason,
            Self::Text(part) => body.message.contains(part),
            Self::Start(words) => body.message.starts_with(words),
            Self::Parts(parts) => {
                let behind = |text: &'b str, part: &&str| text.split_once(*part).map(|(_, rest)| rest);
                parts.iter().try_fold(body.message.as_str(), behind).is_some()
            }
        }
    }
}

/// The verdict by the first row that matches; `None` for a message that is not known.
pub(super) fn verdict(kind: &Kind, call: Call, body: &ErrorBody) -> Option<Verdict> {
    let (_, class, _): &Row = ROWS.iter().find(|(pattern, ..)| pattern.matches(body))?;
    let message = body.message.clone();
    let permanent = |meaning| Verdict::Permanent { message: message.clone(), meaning };
    Some(match *class {
        Class::Collision => Verdict::RetrySoon { message },
        Class::Sync => Verdict::WaitForSync { message },
        Class::Deletion => Verdict::WaitForDeletion { message },
        Class::Ambiguous if call.writes() => Verdict::Ambiguous { message },
        Class::Ambiguous => Verdict::RetrySoon { message },
        Class::Upstream => Verdict::Unclear { message },
        Class::Panic if call.writes() => permanent(Some(
            "the server's code failed on this request and would fail again; its log says where",
        )),
        Class::Panic if kind.unreadable.iter().any(|pattern| pattern.matches(&body.reason, &message)) => {
            Verdict::Unreadable { message }
        }
        Class::Panic => Verdict::Unclear { message },
        Class::Unreadable if !call.writes() => Verdict::Unreadable { message },
        Class::Token => Verdict::Unauthorized { message },
        Class::Access => permanent(Some(write_access(kind.lane))),
        Class::Missing(meaning) | Class::Refused(meaning) => permanent(Some(meaning)),
        Class::Unreadable | Class::Permanent => permanent(None),
    })
}

/// What an account without write access needs (§8.3).
const fn write_access(lane: Lane) -> &'static str {
    match lane {
        Lane::Tenant => "your account needs write access to the main branch of the tenant repository",
        Lane::Products => {
            "your account needs write access to the main branch of the product's config repository \
             (default.project)"
        }
    }
}
