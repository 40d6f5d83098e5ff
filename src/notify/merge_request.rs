//! GitLab and GitHub as places where people review: notes on merge requests (GitHub: comments on pull requests).
//!
//! [`Place`] is which merge request, from flags and CI's variables; [`note`] is what to write and the decision whether to; `request`
//! and `reply` are the two APIs as values; [`Forge`] is the thin edge that sends. Invariants: the token goes to the configured
//! server only, into no message, and no note is touched that somebody else wrote.

mod http;
pub mod note;
mod reply;
mod request;
mod target;

pub use http::{Forge, ForgeError, WriteError};
pub use note::{Note, Text};
pub use target::{Given, Place, PlaceError, find};
