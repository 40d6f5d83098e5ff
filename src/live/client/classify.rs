//! Classifies replies: done, absent, to be repeated, to be waited for, ambiguous, or final (§2.2, §2.3, §2.4,
//! §8.6). Pure.
//!
//! HTTP 500 means a dozen things on this server, so the reason decides first and then the message (§11 item
//! 1).

mod error_patterns;

use serde::Deserialize;

use crate::resource::schema::{Kind, Scope};

use super::transport::{Reply, SendError};
use super::verdict::{Call, Verdict};

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

/// Classifies the outcome of one request about an object (or a collection) of `kind`.
pub(crate) fn classify(kind: &Kind, call: Call, outcome: &Result<Reply, SendError>) -> Verdict {
    match outcome {
        Err(error @ SendError::NotSent { .. }) => Verdict::Unreachable { message: error.to_string() },
        // A read would be answered with as much again.
        Err(error @ SendError::TooLarge { .. }) if !call.writes() => permanent(error.to_string(), None),
        Err(error @ (SendError::Lost { .. } | SendError::TooLarge { .. })) => lost(call, error.to_string()),
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
            format!("the answer is {}, not JSON: is this another server?", named(&reply.content_type)),
        );
    }
    if !call.writes() {
        return Verdict::Done { warning: None };
    }
    match serde_json::from_slice::<SuccessBody>(&reply.body) {
        Ok(body) => Verdict::Done { warning: body.message.starts_with("[warning]").then_some(body.message) },
        Err(error) => lost(call, format!("the answer is cut off or not JSON: {error}")),
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
        (status @ 300..=399, None) => wrong_server(
            status,
            "a redirect (is there a trailing slash or a wrong path in the URL?); the token is not sent elsewhere",
        ),
        (404, None) => wrong_server(404, "there is no such API"),
        (status @ 500.., None) => lost(call, format!("HTTP {status} with an answer that is not JSON")),
        (status, None) => wrong_server(status, "the answer does not come from a Nautes API server"),
    }
}

fn wrong_server(status: u16, meaning: &str) -> Verdict {
    Verdict::WrongServer { message: format!("HTTP {status}: {meaning}") }
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

const fn permanent(message: String, meaning: Option<&'static str>) -> Verdict {
    Verdict::Permanent { message, meaning }
}

#[cfg(test)]
mod tests;
