//! Parts of the server's messages and what they mean (§8.6). The first row that matches decides.

use crate::resource::schema::Lane;

use crate::live::client::verdict::{Call, Verdict};

/// What a message calls for.
#[derive(Clone, Copy)]
enum Row {
    Retry,
    Sync,
    Deletion,
    /// On a write: read back first, then repeat.
    Ambiguous,
    Unreadable,
    Token,
    WriteAccess,
    Final(Option<&'static str>),
}

const ROWS: &[(&str, Row)] = &[
    // §2.2: tokens.
    ("token is not found", Row::Token),
    ("401 Unauthorized", Row::Token),
    ("invalid_token", Row::Token),
    // §8.2, §8.3, §8.6: collisions and lost races. Nothing was changed.
    ("already exists and is not an empty directory", Row::Retry),
    ("You are not allowed to push code", Row::WriteAccess),
    ("failed to push some refs", Row::Retry),
    ("[rejected]", Row::Retry),
    ("cannot lock ref", Row::Retry),
    ("cannot be merge automatically", Row::Retry),
    ("nothing to commit", Row::Ambiguous),
    ("the object has been modified", Row::Retry),
    // §4.3, §4.6: Kubernetes has not seen it yet.
    ("get cluster by runtime failed", Row::Sync),
    ("get used namespaces in cluster", Row::Sync),
    ("found that Cluster '", Row::Sync),
    // §4.6, §4.7: perhaps Kubernetes still has a runtime that was deleted a moment ago.
    ("is used by other runtime", Row::Sync),
    ("is used by other product", Row::Sync),
    // §4.1: GitLab deletes asynchronously.
    ("here are multiple project in", Row::Deletion),
    ("has already been taken", Row::Deletion),
    // §4.5, §4.7: a repository behind the object is gone.
    ("failed to convert codeRepo name", Row::Unreadable),
    // §3.2, §4: what the server checks. The same request fails again.
    ("failed to validate", Row::Final(None)),
    ("failed to construct cluster", Row::Final(None)),
    ("failed to parse kubeconfig", Row::Final(None)),
    ("invalid kubeconfig file", Row::Final(Some("the kubeconfig needs at least one cluster and one user"))),
    ("during global validation", Row::Final(None)),
    ("During global validation", Row::Final(None)),
    ("duplicate reference", Row::Final(None)),
    ("duplicate names", Row::Final(None)),
    ("verify project pipeline runtime failed", Row::Final(None)),
    ("verify deployment runtime failed", Row::Final(None)),
    ("not allow", Row::Final(None)),
    ("this cluster is referenced by", Row::Final(Some("other clusters still run on this one"))),
    ("environment referenced by", Row::Final(Some("runtimes still use the environment"))),
    ("must be the same as", Row::Final(None)),
    ("must be consistent with", Row::Final(None)),
    ("invalid webhook", Row::Final(None)),
    ("does not exist", Row::Final(None)),
    ("is not found", Row::Final(None)),
    ("not submitted", Row::Final(None)),
    ("the existing pipeline runtime", Row::Final(None)),
];

pub(super) fn classify(call: Call, lane: Lane, text: &str) -> Option<Verdict> {
    let row = ROWS.iter().find(|(words, _)| text.contains(words))?.1;
    let message = text.to_owned();
    Some(match row {
        Row::Retry => Verdict::RetrySoon { message, after: None },
        Row::Sync => Verdict::WaitForSync { message },
        Row::Deletion => Verdict::WaitForDeletion { message },
        Row::Ambiguous if call.writes() => Verdict::Ambiguous { message },
        Row::Ambiguous => Verdict::RetrySoon { message, after: None },
        Row::Unreadable if !call.writes() => Verdict::Unreadable { message },
        Row::Unreadable => Verdict::Permanent { message, meaning: None },
        Row::Token => Verdict::Unauthorized { message },
        Row::WriteAccess => Verdict::Permanent { message, meaning: Some(write_access(lane)) },
        Row::Final(meaning) => Verdict::Permanent { message, meaning },
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
