//! Which fixes reports may hold.

use crate::model::diagnostic::{Fix, SourceMap};

/// Whether nothing that is hidden is edited, and could be in the new text.
pub(super) fn is_shown(fix: &Fix, sources: &SourceMap) -> bool {
    fix.edits.iter().all(|edit| sources.is_plain(fix.file, edit.range.clone()))
}
