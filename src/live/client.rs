//! The client of a Nautes API server: builds requests, sends them, classifies replies, decides about retries.
//!
//! [`request`] is pure; [`transport`] is the interface to HTTP, or to a sandbox in memory. [`api`] has two
//! types: a [`api::Reader`] cannot write, a [`api::Writer`] can. Invariant: a token is only ever sent to the
//! configured server.

pub(crate) mod api;
pub(crate) mod budget;
pub(crate) mod classify;
pub(crate) mod http;
pub(crate) mod identity;
pub mod request;
pub(crate) mod retry;
mod secrets;
pub(crate) mod transport;
mod verdict;

pub(crate) use api::Presence;
pub use api::{Reader, Writer};
pub(crate) use budget::RetryBudget;
pub use identity::Identity;
pub use transport::{Method, Reply, Request, SendError, Transport};
#[cfg(feature = "sandbox")]
pub(crate) use verdict::Call;
pub(crate) use verdict::Verdict;
