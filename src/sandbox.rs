//! A double of the Nautes API server: for `nautform sandbox`, for the rehearsal, for tests.
//!
//! It follows nautes-api.md (cited as §n) and, where the two differ, the recorded replies of a real server
//! (testdata/recordings). It imports nothing of the crate, because a double built from nautform's own tables
//! would agree with nautform's own mistakes.
//!
//! ```text
//! Request --route--> Target --decode (400 CODEC)--> body --rules (400 VALIDATOR)--> kind's handler --> World
//!         --> Response
//! ```
//!
//! [`handle()`] is the whole server as one pure function over a [`World`]: no clock, no network, no disk; the
//! rehearsal needs no more. The folder `http` has the rest: [`server`] serves it over HTTP, injects faults,
//! logs and keeps the data file. Left out of the real server: bodies in XML and protobuf, the Swagger and
//! pprof pages, gRPC, mixed-up tokens of concurrent requests (§8.4), mixed-up files of overlapping cluster
//! saves (§8.2), most errors of Vault.
//!
//! The one invariant: a request that is answered with an error has changed nothing but what §11 item 5 says
//! it changes. What a real server leaves half done (`breakdowns`) is an option, off by default.

mod api;
mod call;
mod check;
mod git;
mod gitlab;
mod handle;
mod http;
mod kinds;
mod kubernetes;
mod model;
mod random;
mod replies;
#[cfg(any(test, debug_assertions, feature = "test-hooks"))]
mod test_hooks;

#[cfg(test)]
mod tests;

pub use api::{Method, Now, Request, Response};
pub use handle::handle;
pub use http::faults::{Delivery, Fault, Faults, Matcher};
pub use http::log::{Entry, RequestLog};
pub use http::serve::{serve, survive};
pub use http::server;
pub use kinds::violations::{Violation, violations};
pub use model::{Breakdown, Breakdowns, HookMetadata, Object, Options, ThirdPartyComponent, World};
pub use random::DurationRange;
pub use replies::{ObjectReply, Place, Replies, RepliesError};
