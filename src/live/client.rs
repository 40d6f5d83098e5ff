//! The client of a Nautes API server: builds requests, sends them, classifies replies, decides about retries.
//!
//! [`request`] is pure; [`transport`] is the interface to HTTP, or to a sandbox in memory. [`api`] has two
//! types: a [`api::Reader`] cannot write, a [`api::Writer`] can. Invariant: a token is only ever sent to the
//! configured server.

pub mod api;
pub mod classify;
pub mod http;
pub mod request;
pub mod retry;
pub mod transport;
mod verdict;

pub use api::{Reader, Writer};
pub use transport::{Method, Reply, Request, SendError, Transport};
pub use verdict::{Call, Verdict};
