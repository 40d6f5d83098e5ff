//! The verdict of a message that the table knows.

use crate::resource::schema::{Kind, Lane};

use crate::live::client::verdict::{Call, Verdict};

use super::class::Class;
use super::table::ROWS;

/// The verdict by the first row that matches; `None` for a message that is not known.
pub(super) fn of(kind: &Kind, call: Call, reason: &str, message: &str) -> Option<Verdict> {
    let (_, class, _) = ROWS.iter().find(|(pattern, ..)| pattern.matches(reason, message))?;
    let message = message.to_owned();
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
        Class::Panic if kind.reading.unreadable.iter().any(|pattern| pattern.matches(reason, &message)) => {
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
