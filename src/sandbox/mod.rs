//! A Nautes API server in a box: the embedded default, the rehearsal, the test double.
//!
//! It follows nautes-api.md (cited as §n) and nothing else: it imports nothing of the crate, because a double built from
//! nautform's own tables would agree with nautform's own mistakes.
//!
//! ```text
//! Request --route--> Target --decode (400 CODEC)--> body --rules (400 VALIDATOR)--> kind's handler --> World --> Response
//! ```
//!
//! [`handle`] is the whole server as one pure function over a [`World`]: no clock, no network, no disk. [`server`] is a
//! thin shell that serves it over HTTP, injects transport faults and keeps the data file.
//! Left out of the real server: codecs other than JSON, the Swagger and pprof pages, gRPC, mixed-up tokens of concurrent
//! requests (§8.4), mixed-up files of overlapping cluster saves (§8.2), errors of Vault.
//!
//! The one invariant: a request that is answered with an error has changed nothing but what §11 item 5 says it changes.

mod binding;
mod call;
mod change;
mod cluster;
mod code_repo;
mod decode;
mod deployment_runtime;
mod environment;
mod error;
mod faults;
mod git;
mod gitlab;
mod handle;
mod host;
mod kubernetes;
mod log;
mod options;
mod persist;
mod pipeline_runtime;
mod product;
mod project;
mod query;
mod replies;
mod request;
mod response;
mod route;
mod rules;
mod selector;
pub mod server;
mod tree;
mod world;

#[cfg(test)]
mod tests;

pub use faults::{Delivery, Fault, Faults, Matcher};
pub use handle::{handle, serve};
pub use log::{Entry, RequestLog};
pub use options::{HookMetadata, Options};
pub use replies::RepliesError;
pub use request::{Method, Now, Request};
pub use response::Response;
pub use world::{Object, World};
