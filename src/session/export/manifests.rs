//! Ready manifests from the live state: a snapshot in, the texts of files out. What `nautform export` writes.
//!
//! `declare` reduces a live object to the fields that somebody would write down, [`Manifest`] puts it into words, `tree` says which
//! file it belongs in, `wanted` which reads are needed before. Nothing here reads, writes or knows a kind; whether the texts keep
//! their promise is checked by whoever asked for them (`ops::export`).
//!
//! Invariant: a text holds no secret, and loading it gives back exactly the fields that were declared.

mod files;
mod layout;
mod manifest;
mod minimize;
mod placeholder;
mod wanted;

pub use files::{Export, File, LeftOut, Live, files};
pub use manifest::Manifest;
pub use placeholder::Placeholder;
pub use wanted::{extra_reads, is_wanted, wanted};
