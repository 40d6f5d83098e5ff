//! Classifies replies: done, absent, to be repeated, to be waited for, ambiguous, or final (§2.2, §2.3, §2.4,
//! §8.6). Pure.
//!
//! HTTP 500 means a dozen things on this server, so the reason decides first and then the message (§11 item
//! 1).

mod class;
mod known;
mod table;

use std::time::Duration;

use serde::Deserialize;

use crate::http::NotSent;
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

impl ErrorBody {
    fn is_empty(&self) -> bool {
        self.reason.is_empty() && self.message.is_empty()
    }
}

#[derive(Deserialize)]
struct SuccessBody {
    #[serde(default)]
    message: String,
    /// That of an error, in the body of a gateway that answers HTTP 200 to everything.
    #[serde(default)]
    code: serde_json::Value,
}

impl SuccessBody {
    fn is_error(&self) -> bool {
        let of_text = || self.code.as_str().and_then(|code| code.parse().ok());
        self.code.as_u64().or_else(of_text).is_some_and(|code: u64| code >= 400)
    }
}

/// Classifies the outcome of one request about an object (or a collection) of `kind`.
pub(crate) fn classify(kind: &Kind, call: Call, outcome: &Result<Reply, SendError>) -> Verdict {
    match outcome {
        Err(error @ SendError::NotSent { why, .. }) => not_sent(*why, error.to_string()),
        Err(error @ SendError::NotHttp { .. }) => wrong_server(error.to_string()),
        // A read would be answered with as much again.
        Err(error @ SendError::TooLarge { .. }) if !call.writes() => permanent(error.to_string(), None),
        Err(error @ (SendError::Lost { .. } | SendError::TimedOut { .. })) if call.writes() => {
            let timed_out = matches!(error, SendError::TimedOut { .. });
            Verdict::Lost { message: error.to_string(), timed_out }
        }
        Err(error) => lost(call, error.to_string()),
        Ok(reply) if reply.status == 200 => success(call, reply),
        Ok(reply) => failure(kind, call, reply),
    }
}

/// What no repetition cures is final at once; a name may be resolved by another server the next time.
fn not_sent(why: NotSent, message: String) -> Verdict {
    match why {
        NotSent::Url
        | NotSent::Certificate
        | NotSent::Expired
        | NotSent::OtherName
        | NotSent::PlainText
        | NotSent::Tls => wrong_server(message),
        NotSent::Dns => Verdict::WrongServer { message, once_more: true },
        NotSent::Refused | NotSent::TimedOut | NotSent::Unreachable => Verdict::Unreachable { message },
    }
}

/// Whether a reply to GET, which says that an object is absent, says that something of it is still there.
pub(crate) fn remains(kind: &Kind, reply: &Reply) -> bool {
    let Ok(body) = serde_json::from_slice::<ErrorBody>(&reply.body) else { return false };
    let patterns = kind.deleting.teardown.map(|teardown| teardown.remains).unwrap_or_default();
    patterns.iter().any(|pattern| pattern.matches(&body.reason, &body.message))
}

/// No whole answer: reads can be repeated, writes may have happened.
fn lost(call: Call, message: String) -> Verdict {
    if call.writes() { Verdict::Ambiguous { message } } else { Verdict::Unavailable { message, after: None } }
}

fn success(call: Call, reply: &Reply) -> Verdict {
    if reply.content_type == "text/html" {
        let what =
            "a page of HTML instead of an answer: this is another server, or a proxy that asks to log in";
        return wrong_server(format!("HTTP 200: {what}"));
    }
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
        Ok(body) if body.is_error() => {
            lost(call, format!("HTTP 200 with an error in its body: code {}: {}", body.code, body.message))
        }
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
        .flatten();
    let status = reply.status;
    match (status, body.filter(|body| status >= 500 || !body.is_empty())) {
        // Whatever it says.
        (429 | 503, body) => {
            let message = said(body).unwrap_or_else(|| format!("the server answers HTTP {status}"));
            // A server that is too busy is not away.
            let after = reply.retry_after.or((status == 429).then_some(Duration::ZERO));
            Verdict::Unavailable { message, after }
        }
        // The server has none (§2.2): a gateway in front of it, whatever its body is.
        (401, body) => {
            let message =
                said(body).map_or_else(|| "HTTP 401".to_owned(), |said| format!("HTTP 401: {said}"));
            Verdict::Unauthorized { message }
        }
        (408, _) | (502 | 504, None) => lost(call, format!("a gateway answers HTTP {status}")),
        (_, Some(body)) => explained(kind, call, status, body),
        // The server has none (§2.2): a proxy in front of it.
        (403, None) => permanent(
            "HTTP 403".to_owned(),
            Some("what is in front of the server does not let this request through"),
        ),
        (300..=399, None) => Verdict::WrongServer {
            message: format!(
                "HTTP {status}: a redirect (is there a trailing slash or a wrong path in the URL?); the token is not \
                 sent elsewhere"
            ),
            once_more: true,
        },
        (404, None) => wrong_server("HTTP 404: there is no such API".to_owned()),
        (500.., None) => lost(call, format!("HTTP {status} with an answer that is not JSON")),
        (_, None) => {
            wrong_server(format!("HTTP {status}: the answer does not come from a Nautes API server"))
        }
    }
}

fn said(body: Option<ErrorBody>) -> Option<String> {
    body.map(|body| body.message).filter(|message| !message.is_empty())
}

const fn wrong_server(message: String) -> Verdict {
    Verdict::WrongServer { message, once_more: false }
}

/// An error with the server's own body.
fn explained(kind: &Kind, call: Call, status: u16, mut body: ErrorBody) -> Verdict {
    if body.is_empty() {
        // A page of a service behind the server, which passes on its status only.
        body.message = format!("HTTP {status} without a message: GitLab or Vault fails behind the server");
        return Verdict::Unclear { message: body.message };
    }
    if body.message.is_empty() {
        body.message.clone_from(&body.reason);
    }
    if is_absence(kind, call, &body.reason, &body.message) {
        // A panic may mean absence (§2.3), and anything else as well: the object has to be looked at.
        let panicked = call.writes() && body.reason == "UNKNOWN";
        return if panicked { Verdict::Ambiguous { message: body.message } } else { Verdict::Absent };
    }
    known::of(kind, call, &body.reason, &body.message).unwrap_or_else(|| {
        match (status, body.reason.as_str()) {
            (500, "") | (502 | 504, _) => Verdict::Unclear { message: body.message },
            _ => permanent(body.message, None),
        }
    })
}

fn is_absence(kind: &Kind, call: Call, reason: &str, message: &str) -> bool {
    // Without its product, or the product's config repository, an object can't exist (§2.3).
    let no_product =
        kind.scope == Scope::Product && ["GROUP_NOT_FOUND", "PROJECT_NOT_FOUND"].contains(&reason);
    let patterns = match call {
        Call::Get => kind.reading.not_found,
        Call::Delete => kind.deleting.not_found,
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
