//! Manifests that were edited: what they said, what they say now, and how both are shown.

use std::fmt;
use std::path::PathBuf;

use crate::files::{self, Replacement};

use super::error::SessionError;

/// A manifest's file that was edited.
#[derive(Clone, PartialEq, Eq)]
pub struct Edited {
    /// The file.
    pub path: PathBuf,
    /// Its text before.
    pub before: String,
    /// Its text now.
    pub after: String,
    /// Its text before, with secrets hidden; of equal length.
    pub before_shown: String,
    /// Its text now, with secrets hidden; of equal length.
    pub after_shown: String,
}

/// Without the texts, which may hold secrets.
impl fmt::Debug for Edited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edited").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Writes all edited files, or none. A file that is not as it was read is left alone.
///
/// # Errors
/// If one can't be written.
pub fn write_edited(all: &[Edited]) -> Result<(), SessionError> {
    let changed = all.iter().filter(|file| file.before != file.after);
    let all: Vec<Replacement<'_>> =
        changed.map(|Edited { path, before, after, .. }| Replacement { path, before, after }).collect();
    files::replace_all(&all).map_err(|(path, source)| SessionError::Write { path, source })
}
