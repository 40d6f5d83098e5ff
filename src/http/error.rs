//! How a request fails, in variants: nothing has to be decided by a text.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

/// No answer, or none that can be used.
///
/// Each text is that of the innermost cause: the errors in between repeat the URL, and a signed URL is a
/// secret.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// The request has certainly not reached the server.
    #[error("{1}")]
    NotSent(NotSent, Cause),
    /// There was no complete answer in time.
    #[error("the request timed out")]
    TimedOut(Cause),
    /// The connection broke before the answer was complete.
    #[error("{0}")]
    Lost(Cause),
    /// What answered is not HTTP, such as TLS.
    #[error("the answer is not HTTP")]
    NotHttp(Cause),
    /// The answer is larger than anything that is expected; the connection was dropped.
    #[error("the answer is larger than {} MiB", limit >> 20)]
    TooLarge { status: u16, limit: usize },
    /// The answer was not complete in the time that all tries have together, or came bit by bit.
    #[error("the answer takes too long")]
    TooSlow { status: Option<u16> },
    /// The server answered that it can't now.
    #[error("{message}")]
    Unavailable { status: u16, message: String, not_applied: bool, retry_after: Duration },
}

/// Why a request did not reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// The URL can't be used.
    Url,
    /// The host's name has no address.
    Dns,
    /// Nothing listens on the port.
    Refused,
    /// The server's certificate is not trusted.
    Certificate,
    /// The server's certificate is not valid at this time.
    Expired,
    /// The server's certificate is for another name.
    OtherName,
    /// The server does not speak TLS on this port.
    PlainText,
    /// TLS failed in another way.
    Tls,
    /// The connection took too long.
    TimedOut,
    /// Anything else: no route, a connection that broke, a proxy that failed.
    Unreachable,
}

impl HttpError {
    pub(super) fn new(error: reqwest::Error) -> Self {
        let cause = Cause(error.without_url());
        if cause.0.is_connect() || cause.0.is_builder() {
            Self::NotSent(NotSent::of(&cause.0), cause)
        } else if cause.0.is_timeout() {
            Self::TimedOut(cause)
        } else if not_http(&cause.0) {
            Self::NotHttp(cause)
        } else {
            Self::Lost(cause)
        }
    }

    /// The HTTP status, if there was an answer.
    pub(crate) const fn status(&self) -> Option<u16> {
        match self {
            Self::TooLarge { status, .. } | Self::Unavailable { status, .. } => Some(*status),
            Self::TooSlow { status } => *status,
            Self::NotSent(..) | Self::TimedOut(_) | Self::NotHttp(_) | Self::Lost(_) => None,
        }
    }

    /// Whether the request certainly had no effect.
    pub(crate) const fn not_applied(&self) -> bool {
        match self {
            Self::NotSent(..) => true,
            Self::Unavailable { not_applied, .. } => *not_applied,
            Self::TimedOut(_) | Self::NotHttp(_) | Self::Lost(_) => false,
            Self::TooLarge { .. } | Self::TooSlow { .. } => false,
        }
    }
}

impl NotSent {
    fn of(error: &reqwest::Error) -> Self {
        if error.is_builder() {
            return Self::Url;
        }
        if error.is_dns() {
            return Self::Dns;
        }
        if error.is_timeout() {
            return Self::TimedOut;
        }
        let all = || causes(error);
        if let Some(tls) = all().find_map(|error| error.downcast_ref::<rustls::Error>()) {
            return match tls {
                rustls::Error::InvalidCertificate(fault) => Self::of_certificate(fault),
                rustls::Error::NoCertificatesPresented => Self::Certificate,
                rustls::Error::InvalidMessage(_) => Self::PlainText,
                _ => Self::Tls,
            };
        }
        let refused = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
        if all().filter_map(|error| error.downcast_ref()).any(refused) {
            Self::Refused
        } else {
            Self::Unreachable
        }
    }

    const fn of_certificate(fault: &rustls::CertificateError) -> Self {
        use rustls::CertificateError as Fault;
        match fault {
            Fault::Expired
            | Fault::ExpiredContext { .. }
            | Fault::NotValidYet
            | Fault::NotValidYetContext { .. } => Self::Expired,
            Fault::NotValidForName | Fault::NotValidForNameContext { .. } => Self::OtherName,
            _ => Self::Certificate,
        }
    }
}

/// Whether a reply does not begin as HTTP does.
fn not_http(error: &reqwest::Error) -> bool {
    causes(error).filter_map(|error| error.downcast_ref()).any(hyper::Error::is_parse)
}

/// An error and all that caused it.
fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |error| source(*error))
}

/// What an error was caused by. An I/O error skips what it wraps, which is where TLS errors are.
fn source<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

/// An error of the transport, shown by its innermost cause.
#[derive(Debug)]
pub(crate) struct Cause(reqwest::Error);

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_timeout() {
            return f.write_str("the connection timed out");
        }
        let all = std::iter::successors(self.0.source(), |error| source(*error));
        match all.last() {
            Some(innermost) => write!(f, "{innermost}"),
            None => f.write_str("the request failed"),
        }
    }
}

/// How a write failed.
#[derive(Debug)]
pub enum WriteError<E> {
    /// Nothing was written.
    Refused(E),
    /// It may have been written all the same: read before anything else is written.
    Unclear(E),
}

impl<E> WriteError<E> {
    /// The same with another error.
    pub(crate) fn map<F>(self, f: impl FnOnce(E) -> F) -> WriteError<F> {
        match self {
            Self::Refused(error) => WriteError::Refused(f(error)),
            Self::Unclear(error) => WriteError::Unclear(f(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::super::{ClientOptions, Content, Redactor, build, send};
    use super::*;

    const LIMIT: usize = 1 << 20;

    /// The error of a GET, from a client that trusts the system's certificates only.
    fn error(url: &str, limit: usize) -> HttpError {
        let timeout = Duration::from_secs(5);
        let options = ClientOptions {
            ca: None,
            connect_timeout: timeout,
            timeout,
            gzip: false,
            headers: reqwest::header::HeaderMap::new(),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = build("http://127.0.0.1", options).unwrap();
        let redactor = Redactor::default();
        let sent = send(client.get(url), limit, &redactor, Content::Exact);
        runtime.block_on(sent).err().unwrap()
    }

    /// Answers every connection with the same bytes, and closes it.
    fn server(answer: impl AsRef<[u8]> + Send + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer.as_ref());
            }
        });
        address.to_string()
    }

    fn why(url: &str) -> NotSent {
        match error(url, LIMIT) {
            HttpError::NotSent(why, cause) => {
                assert!(!cause.to_string().contains("canary"), "{cause}");
                why
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn not_sent_says_why() {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(why(&format!("http://{closed}/canary")), NotSent::Refused);
        assert_eq!(why("http://host.invalid/canary"), NotSent::Dns);
        assert_eq!(why("http://host:99999/canary"), NotSent::Url);
        let plain = server(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        assert_eq!(why(&format!("https://{plain}/canary")), NotSent::PlainText);
        let silent = server(b"");
        assert_eq!(why(&format!("https://{silent}/canary")), NotSent::Unreachable);
    }

    #[test]
    fn answers_that_are_not_http_are_told_apart() {
        let tls = server(b"\x15\x03\x01\x00\x02\x02\x46");
        assert!(matches!(error(&format!("http://{tls}/"), LIMIT), HttpError::NotHttp(_)));
        let silent = server(b"");
        assert!(matches!(error(&format!("http://{silent}/"), LIMIT), HttpError::Lost(_)));
    }

    #[test]
    fn replies_end_at_the_limit() {
        let announced = b"HTTP/1.1 200 OK\r\ncontent-length: 1048577\r\n\r\n".to_vec();
        let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
        for answer in [announced, [head, vec![b' '; LIMIT + 1]].concat()] {
            let error = error(&format!("http://{}/", server(answer)), LIMIT);
            assert!(matches!(error, HttpError::TooLarge { status: 200, limit: LIMIT }), "{error:?}");
            assert_eq!(error.to_string(), "the answer is larger than 1 MiB");
            assert!(!error.not_applied());
        }
    }

    #[test]
    fn cut_replies_are_lost() {
        let cut = server(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
        let error = error(&format!("http://{cut}/"), LIMIT);
        assert!(matches!(error, HttpError::Lost(_)), "{error:?}");
        assert!(!error.not_applied() && error.status().is_none());
    }
}
