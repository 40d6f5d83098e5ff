//! Ready manifests from the live state: a snapshot in, the texts of files out. What `nautform export` writes.
//!
//! `minimize` reduces a live object to the fields that a person would write, [`Manifest`] is its text,
//! `layout` chooses its file, `wanted` the reads that are needed before. Nothing here reads, writes or knows
//! a kind; [`export`](super::export()) checks the texts.
//!
//! Invariant: a text holds no secret, and loading it gives back exactly the fields that were declared.

mod files;
mod layout;
mod manifest;
mod minimize;
mod placeholder;
mod wanted;

pub(crate) use files::{Export, File, files};
pub(crate) use manifest::Manifest;
pub(crate) use placeholder::Placeholder;
pub(crate) use wanted::{extra_reads, is_wanted, wanted};
