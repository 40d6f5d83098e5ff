//! One request and its reply, read up to a limit. The only place where a server's bytes and text become ours.
//!
//! Servers quote requests. Invariant: no message of a server leaves this file with credentials in it.

use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use reqwest::RequestBuilder;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use tokio::time::Instant;

use super::{HttpError, Redactor};

/// The largest reply where a message is expected: an error may quote pages of git's output.
pub(crate) const MESSAGE_LIMIT: usize = 4 << 20;
/// How long the body of any reply may take, however small it is.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);
/// How fast a body must come beyond that, in bytes a second: less than a modem's speed. A server that sends
/// its reply bit by bit would hold a run for the whole time limit of a request, and each repetition of it.
const SLOWEST: u64 = 8 << 10;
/// How many characters of a server's message are quoted.
const QUOTED: usize = 200;

/// A reply that was read whole.
#[derive(Debug)]
pub(crate) struct Response {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
    /// Whether an earlier try may have reached the server.
    pub(crate) repeated: bool,
}

/// A server refused a request.
#[derive(Debug, thiserror::Error)]
#[error("{message}{hint}")]
pub(crate) struct Refused {
    message: String,
    hint: &'static str,
}

/// What the body of a successful reply is. That of any other is a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Data that are kept byte for byte, such as a state.
    Exact,
    /// Data in which users of URLs are values to compare: only the secrets are removed.
    Data,
    /// A message: all credentials are removed.
    Message,
}

/// Sends a request once, and removes credentials from the reply. A body that exceeds `limit` bytes is not
/// read further, and its connection is dropped.
pub(crate) async fn send(
    request: RequestBuilder,
    limit: usize,
    redactor: &Redactor,
    content: Content,
) -> Result<Response, HttpError> {
    let response = request.send().await.map_err(HttpError::new)?;
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let body = body(response, limit).await?;
    Ok(redact(Response { status, headers, body, repeated: false }, redactor, content))
}

/// Reads a body, within its limits of size and time.
async fn body(mut response: reqwest::Response, limit: usize) -> Result<Bytes, HttpError> {
    let status = response.status().as_u16();
    let announced = response.content_length().unwrap_or_default();
    if announced > limit as u64 {
        return Err(HttpError::TooLarge { status, limit });
    }
    let mut body = BytesMut::with_capacity(usize::try_from(announced).unwrap_or_default());
    let begun = Instant::now();
    loop {
        let until = begun + BODY_TIMEOUT + Duration::from_secs(body.len() as u64 / SLOWEST);
        let chunk = tokio::time::timeout_at(until, response.chunk()).await;
        let chunk = chunk.map_err(|_| HttpError::TooSlow { status: Some(status) })?;
        let Some(chunk) = chunk.map_err(HttpError::new)? else { return Ok(body.freeze()) };
        if body.len() + chunk.len() > limit {
            return Err(HttpError::TooLarge { status, limit });
        }
        body.extend_from_slice(&chunk);
    }
}

fn redact(response: Response, redactor: &Redactor, content: Content) -> Response {
    let Response { status, mut headers, body, repeated } = response;
    // The only header that messages quote.
    if let Some(text) = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()) {
        match HeaderValue::from_str(&redactor.text(text)) {
            Ok(clean) => headers.insert(CONTENT_TYPE, clean),
            Err(_) => headers.remove(CONTENT_TYPE),
        };
    }
    let body = match (status, content) {
        (200..=299, Content::Exact) => body,
        (200, Content::Data) => redactor.data(body),
        _ => redactor.body(body),
    };
    Response { status, headers, body, repeated }
}

impl Response {
    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long to wait before the next request: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3).
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        let text = self.header(RETRY_AFTER.as_str())?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let until = httpdate::parse_http_date(text).ok()?;
        // By the server's own clock, so that ours need not be right.
        let now = self.header(DATE.as_str()).and_then(|text| httpdate::parse_http_date(text).ok());
        Some(until.duration_since(now.unwrap_or_else(SystemTime::now)).unwrap_or_default())
    }

    /// This reply as an error; `hint` is what usually causes it, as the end of the sentence, and may be
    /// empty.
    pub(crate) fn refused(&self, hint: &'static str) -> Refused {
        Refused { message: self.message(), hint }
    }

    /// The status, and what the server says about it: the `message`, `error` or `detail` of a JSON
    /// body, the `Code` and
    /// `Message` of an XML one.
    pub(crate) fn message(&self) -> String {
        let text = String::from_utf8_lossy(&self.body);
        let json: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let xml = || Some(format!("{}: {}", xml_text(&text, "Code")?, xml_text(&text, "Message")?));
        match json_message(&json).or_else(xml) {
            Some(message) => format!("HTTP {}, {}", self.status, quoted(&message)),
            None => format!("HTTP {}", self.status),
        }
    }
}

/// A server's text as messages may quote it: one short line without control characters.
fn quoted(text: &str) -> String {
    let one_line = |c: char| if c.is_whitespace() { ' ' } else { c };
    text.chars().map(one_line).filter(|c| !c.is_control()).take(QUOTED).collect()
}

/// The message of a JSON body: GitLab's `message` is a text or names the invalid fields, GitHub has details
/// in `errors`.
fn json_message(json: &serde_json::Value) -> Option<String> {
    let found = ["message", "error", "detail"].iter().find_map(|name| json.get(name))?;
    let first = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
    let more = json["errors"].as_array().into_iter().flatten().filter_map(|error| error["message"].as_str());
    Some(more.fold(first, |message, more| format!("{message}: {more}")))
}

/// The text of an XML element without attributes.
pub(crate) fn xml_text<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once("</")?.0)
}

#[cfg(test)]
pub(super) mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::model::value::Secret;

    /// The clock stands still until nothing else is left to do, and then goes on to what is waited for.
    #[tokio::test]
    async fn reply_that_comes_bit_by_bit_is_given_up() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            let head = b"HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n";
            stream.write_all(head).await.unwrap();
            tokio::time::pause();
            for _ in 0..9000 {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if stream.write_all(b" ").await.is_err() {
                    break;
                }
            }
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::new();
        let begun = Instant::now();
        let read = async { body(client.get(url).send().await.unwrap(), MESSAGE_LIMIT).await };
        tokio::select! {
            read = read => assert!(matches!(read, Err(HttpError::TooSlow { status: Some(200) }))),
            () = server => panic!("all of it was read"),
        }
        assert!(begun.elapsed() <= Duration::from_secs(25));
    }

    pub(in super::super) fn response(
        status: u16,
        headers: &[(&'static str, &str)],
        body: &'static str,
    ) -> Response {
        let headers = headers
            .iter()
            .map(|(name, value)| (reqwest::header::HeaderName::from_static(name), value.parse().unwrap()));
        let body = Bytes::from_static(body.as_bytes());
        Response { status, headers: headers.collect(), body, repeated: false }
    }

    #[test]
    fn credentials_are_removed_from_replies() {
        let token = Secret::new("glpat-canary".to_owned());
        let redactor = Redactor::new([&token]);
        let body = "glpat-canary https://user:pw@host/";
        let redacted = |status, content| {
            let headers: &[_] = &[("content-type", "text/glpat-canary"), ("etag", "glpat-canary")];
            let redacted = redact(response(status, headers, body), &redactor, content);
            assert_eq!(redacted.header("content-type"), Some("text/(redacted)"));
            assert_eq!(redacted.header("etag"), Some("glpat-canary"), "a version is compared");
            String::from_utf8(redacted.body.into()).unwrap()
        };
        let nothing_left = "(redacted) https://(redacted)@host/";
        assert_eq!(redacted(200, Content::Exact), body);
        assert_eq!(redacted(200, Content::Data), "(redacted) https://user:pw@host/");
        assert_eq!(redacted(200, Content::Message), nothing_left);
        for content in [Content::Exact, Content::Data, Content::Message] {
            assert_eq!(redacted(404, content), nothing_left, "{content:?}");
        }
    }

    #[test]
    fn message_quotes_json_and_xml_bodies_briefly() {
        let message = |body| response(403, &[], body).message();
        assert_eq!(message(r#"{"message":"403 Forbidden"}"#), "HTTP 403, 403 Forbidden");
        assert_eq!(
            message(r#"{"message":{"note":["is too long"]}}"#),
            "HTTP 403, {\"note\":[\"is too long\"]}"
        );
        assert_eq!(
            message(r#"{"message":"Validation Failed","errors":[{"message":"Body is\u001b\ntoo long"}]}"#),
            "HTTP 403, Validation Failed: Body is too long"
        );
        assert_eq!(
            message("<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"),
            "HTTP 403, AccessDenied: Access Denied"
        );
        assert_eq!(message(r#"{"detail":"not a state"}"#), "HTTP 403, not a state");
        assert_eq!(message("<html>"), "HTTP 403");
    }

    #[test]
    fn retry_after_is_read_in_seconds_and_as_a_date() {
        let after = |value, date| {
            let headers: &[_] = &[("retry-after", value), ("date", date)];
            response(503, headers, "").retry_after().map(|duration| duration.as_secs())
        };
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(after("7", date), Some(7));
        assert_eq!(after(" 7 ", date), Some(7));
        for later in
            ["Sun, 06 Nov 1994 08:49:46 GMT", "Sunday, 06-Nov-94 08:49:46 GMT", "Sun Nov  6 08:49:46 1994"]
        {
            assert_eq!(after(later, date), Some(9), "{later}");
        }
        assert_eq!(after("Sun, 06 Nov 1994 08:49:00 GMT", date), Some(0), "a date in the past");
        assert_eq!(after("soon", date), None);
        let now = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(30));
        assert!((28..=30).contains(&after(&now, "not a date").unwrap()));
    }
}
