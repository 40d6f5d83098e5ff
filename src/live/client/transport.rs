//! The interface to the network: one request in, one reply or one failure out.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;

use crate::http::NotSent;
use crate::model::value::Secret;

use super::identity::Identity;

/// The only methods that the API has (§1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or replaces.
    Post,
    /// Deletes.
    Delete,
}

/// A request, ready but for the server's address and the token. `Debug` leaves the body out: it may hold a
/// kubeconfig.
#[derive(Clone)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// Path and query, percent-encoded, with a leading and without a trailing slash (§1).
    pub path: String,
    /// JSON, for POST.
    pub body: Option<Bytes>,
    /// What of it must never be shown, apart from what its secret fields hold.
    pub secrets: Vec<Secret>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} {}", self.method, self.path)
    }
}

/// A reply, successful or not.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The media type without parameters, in lower case.
    pub content_type: String,
    /// `Retry-After`, if it was sent.
    pub retry_after: Option<Duration>,
    /// The body, at most as long as the transport allows.
    pub body: Bytes,
}

/// There was no (whole) reply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The request has certainly not reached the server: refused, no route, name not found, TLS failure.
    #[error("cannot connect to {server}: {reason}{}", hint(*why))]
    NotSent {
        /// The server's address.
        server: String,
        /// Why not.
        why: NotSent,
        /// What went wrong.
        reason: String,
    },
    /// What answers does not speak HTTP on this port.
    #[error("{server} does not answer in HTTP; did you mean https://?")]
    NotHttp {
        /// The server's address.
        server: String,
    },
    /// The answer is larger than any that is expected; the request may have been carried out.
    #[error("no usable answer from {server}: {reason}")]
    TooLarge {
        /// The server's address.
        server: String,
        /// What went wrong.
        reason: String,
    },
    /// No answer came in the time that a request may take; the request may have been carried out.
    #[error("no answer from {server}: {reason}")]
    TimedOut {
        /// The server's address.
        server: String,
        /// What went wrong.
        reason: String,
    },
    /// The request may have been carried out: reset, broken body.
    #[error("no complete answer from {server}: {reason}")]
    Lost {
        /// The server's address.
        server: String,
        /// What went wrong.
        reason: String,
    },
}

/// What usually causes it, as the end of the sentence.
const fn hint(why: NotSent) -> &'static str {
    match why {
        NotSent::PlainText => "; the server does not speak TLS on this port, did you mean http://?",
        NotSent::Expired => "; renew the server's certificate, or correct the clock of this machine",
        NotSent::OtherName => "; use a name in the URL that the certificate is for",
        NotSent::Certificate => "; is it issued by a CA of your own, whose certificate has to be given?",
        _ => "",
    }
}

/// A future that borrows its transport.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<Reply, SendError>> + Send + 'a>>;

/// Sends a request once. No retries, no redirects, no classification.
pub trait Transport: Send + Sync {
    /// Sends it.
    fn send(&self, request: Request) -> Sending<'_>;
    /// Which server it is, as far as its replies say so far; `None` for one that nothing is bound to.
    fn identity(&self) -> Option<Identity> {
        None
    }
}
