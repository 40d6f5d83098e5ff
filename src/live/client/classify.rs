//! Sorts what came back: done, absent, worth another try, worth waiting for, doubtful, or final (§2.2, §2.3, §2.4, §8.6). Pure.
//!
//! HTTP 500 means a dozen things on this server, so the reason is looked at first and then the words (§11 item 1).

mod error_patterns;

use std::time::Duration;

use serde::Deserialize;

use crate::resource::schema::{Kind, Lane, Scope};

use super::{Reply, SendError};

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
    /// Nothing happened, and the same request may succeed soon: collisions, lost pushes, 429, 503 (§8.6).
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
    /// The object exists, but the server can't show it (§4.5, §4.6).
    Unreadable {
        /// The server's words.
        message: String,
    },
    /// The token was not accepted (§2.2: there is no 401).
    Unauthorized {
        /// The server's words.
        message: String,
    },
    /// A 500 whose words nobody knows: worth few tries.
    Unclear {
        /// The server's words.
        message: String,
    },
    /// The same request will fail again.
    Permanent {
        /// What the server said.
        message: String,
        /// What it means and what to do, if that is known.
        meaning: Option<String>,
    },
}

impl Verdict {
    /// The server's words; empty for successes.
    pub fn message(&self) -> &str {
        match self {
            Self::Done { warning } => warning.as_deref().unwrap_or_default(),
            Self::Absent => "it does not exist",
            Self::RetrySoon { message, .. }
            | Self::WaitForSync { message }
            | Self::WaitForDeletion { message }
            | Self::Ambiguous { message }
            | Self::Unreadable { message }
            | Self::Unauthorized { message }
            | Self::Unclear { message }
            | Self::Permanent { message, .. } => message,
        }
    }

    /// What to tell people: the server's words and what they mean.
    pub fn explanation(&self) -> String {
        let meaning = match self {
            Self::Permanent { meaning, .. } => meaning.as_deref(),
            Self::Unauthorized { .. } => Some(
                "the token was not accepted: check that it is valid and has the scopes api and write_repository",
            ),
            _ => None,
        };
        match meaning {
            Some(meaning) => format!("{meaning} (the server said: {})", self.message()),
            None => self.message().to_owned(),
        }
    }
}

/// What was asked of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
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
    pub const fn writes(self) -> bool {
        matches!(self, Self::Save | Self::Delete)
    }
}

/// The body of every error (§2.2).
#[derive(Deserialize)]
struct ErrorBody {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct SuccessBody {
    #[serde(default)]
    message: String,
}

/// Judges the outcome of one request about an object (or a collection) of `kind`.
pub fn classify(kind: &Kind, call: Call, outcome: &Result<Reply, SendError>) -> Verdict {
    match outcome {
        Err(error @ SendError::NotSent { .. }) => {
            Verdict::RetrySoon { message: error.to_string(), after: None }
        }
        Err(error @ SendError::Lost { .. }) => lost(call, error.to_string()),
        Ok(reply) if reply.status == 200 => success(call, reply),
        Ok(reply) => failure(kind, call, reply),
    }
}

/// No whole answer: reads can be repeated, writes may have happened.
fn lost(call: Call, message: String) -> Verdict {
    if call.writes() { Verdict::Ambiguous { message } } else { Verdict::RetrySoon { message, after: None } }
}

fn success(call: Call, reply: &Reply) -> Verdict {
    if reply.content_type != "application/json" {
        return lost(
            call,
            format!("the answer is {}, not JSON: is something else answering?", named(&reply.content_type)),
        );
    }
    if !call.writes() {
        return Verdict::Done { warning: None };
    }
    match serde_json::from_slice::<SuccessBody>(&reply.body) {
        Ok(body) => Verdict::Done { warning: body.message.starts_with("[warning]").then_some(body.message) },
        Err(error) => lost(call, format!("the answer is cut off or no JSON: {error}")),
    }
}

fn named(content_type: &str) -> &str {
    if content_type.is_empty() { "without a type" } else { content_type }
}

fn failure(kind: &Kind, call: Call, reply: &Reply) -> Verdict {
    let body = (reply.content_type == "application/json")
        .then(|| serde_json::from_slice::<ErrorBody>(&reply.body).ok())
        .flatten()
        .filter(|body| !body.message.is_empty() || !body.reason.is_empty());
    match (reply.status, body) {
        (429 | 503, body) => {
            let message = body.map_or_else(|| format!("HTTP {}", reply.status), |body| body.message);
            Verdict::RetrySoon { message, after: reply.retry_after }
        }
        (408 | 502 | 504, _) => lost(call, format!("HTTP {} from a gateway", reply.status)),
        (_, Some(body)) => explained(kind, call, reply.status, &body),
        (status @ 300..=399, None) => foreign(
            status,
            "a redirect; the token is not sent elsewhere: check --api-server for a trailing slash or a wrong path",
        ),
        (404, None) => foreign(404, "there is no such API: check --api-server"),
        (status @ 500.., None) => lost(call, format!("HTTP {status} with an answer that is no JSON")),
        (status, None) => foreign(
            status,
            "the answer does not come from a Nautes API server: check --api-server and proxies",
        ),
    }
}

fn foreign(status: u16, meaning: &str) -> Verdict {
    Verdict::Permanent { message: format!("HTTP {status}"), meaning: Some(meaning.to_owned()) }
}

/// An error with the server's own body.
fn explained(kind: &Kind, call: Call, status: u16, body: &ErrorBody) -> Verdict {
    let ErrorBody { reason, message } = body;
    if is_absence(kind, call, reason, message) {
        // A panic may mean absence (§2.3), and anything else as well: the object has to be looked at.
        let panicked = call.writes() && reason == "UNKNOWN";
        return if panicked { Verdict::Ambiguous { message: message.clone() } } else { Verdict::Absent };
    }
    let message = message.clone();
    match reason.as_str() {
        "REFRESH_PERMISSIONS_ACCESS_DENIED" if call.writes() => return Verdict::Ambiguous { message },
        "UNKNOWN" if !call.writes() => {
            let hidden = kind.unreadable.iter().any(|pattern| pattern.matches(reason, &message));
            return if hidden { Verdict::Unreadable { message } } else { Verdict::Unclear { message } };
        }
        "UNKNOWN" => {
            return permanent(
                message,
                Some("the server's code failed on this request and would fail again; its log says where"),
            );
        }
        _ => {}
    }
    error_patterns::classify(call, kind.lane, &message).unwrap_or_else(|| match (status, reason.as_str()) {
        (403, _) | (_, "NO_AUTHORIZATION") => {
            permanent(message, Some("your account may not do this in GitLab: ask for the Maintainer role"))
        }
        (_, "GROUP_NOT_FOUND") => {
            permanent(message, Some("the product does not exist, or your account can't see its group"))
        }
        (500, "") => Verdict::Unclear { message },
        _ => permanent(message, None),
    })
}

fn is_absence(kind: &Kind, call: Call, reason: &str, message: &str) -> bool {
    // Without its product, or the product's config repository, an object can't exist (§2.3).
    let no_product =
        kind.scope == Scope::Product && ["GROUP_NOT_FOUND", "PROJECT_NOT_FOUND"].contains(&reason);
    let patterns = match call {
        Call::Get => kind.absence.get,
        Call::Delete => kind.absence.delete,
        Call::List => return no_product,
        Call::Save => return false,
    };
    no_product || patterns.iter().any(|pattern| pattern.matches(reason, message))
}

fn permanent(message: String, meaning: Option<&str>) -> Verdict {
    Verdict::Permanent { message, meaning: meaning.map(str::to_owned) }
}

/// What somebody without write access is told (§8.3).
const fn write_access(lane: Lane) -> &'static str {
    match lane {
        Lane::Tenant => "your account needs write access to the main branch of the tenant repository",
        Lane::Products => {
            "your account needs write access to the main branch of the product's config repository (default.project)"
        }
    }
}

#[cfg(test)]
mod tests;
