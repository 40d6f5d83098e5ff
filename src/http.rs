//! The HTTP client under everything that talks to a server: the Nautes API, state stores, GitLab, GitHub,
//! webhooks.
//!
//! `builder` has what all connections share: certificates, proxies, no redirects. `response` sends one
//! request and reads a bounded reply; it is the only place where a server's text becomes ours, and `redact`
//! removes credentials from it there. `error` says how a request fails, in variants. `client` repeats what
//! failed in passing. The Nautes API has its own policy of repetition and does not use `client`.

mod builder;
mod client;
mod error;
mod redact;
mod response;
mod url;

pub(crate) use builder::{ClientError, ClientOptions, build, secret_header};
pub(crate) use client::HttpClient;
pub(crate) use error::{HttpError, NotSent, WriteError};
pub(crate) use redact::Redactor;
#[cfg(feature = "s3")]
pub(crate) use response::xml_text;
pub(crate) use response::{Content, MESSAGE_LIMIT, Refused, Response, send};
pub(crate) use url::{is_loopback, without_credentials};
