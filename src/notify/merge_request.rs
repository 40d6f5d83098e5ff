//! Notes on merge requests of GitLab and pull requests of GitHub.
//!
//! [`Target`] is which merge request, from flags and CI's variables; [`note`] is what to write and the
//! decision whether to; `api` and `reply` are the two APIs as values; [`NotesClient`] is the thin edge that
//! sends. Invariants: the token goes to the configured server only and into no message, and no note of
//! another author is changed.

mod api;
mod client;
pub mod note;
mod reply;
mod target;

pub use client::{NoteError, NotesClient};
pub use note::{Note, Text, User};
pub use target::{Target, TargetError, TargetOptions, TargetPart};
