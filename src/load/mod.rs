//! Turns a directory of manifests into located, checked resources.
//!
//! Invariant: every problem of every file is found in one run; nothing is dropped without a word.

use std::path::PathBuf;

use crate::diagnostic::{Diagnostics, SourceMap};
use crate::resource::Resource;

/// What was loaded.
#[derive(Debug, Default)]
pub struct Manifests {
    /// The directory (or the parent of the single file) that relative paths start from.
    pub root: PathBuf,
    /// The objects that could be decoded, in file order.
    pub resources: Vec<Resource>,
    /// Every text that was read.
    pub sources: SourceMap,
    /// Every complaint so far.
    pub diagnostics: Diagnostics,
}
