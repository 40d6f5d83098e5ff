//! An edited file, as a unified diff.

use std::io::{self, Write};
use std::path::Path;

use similar::{ChangeTag, TextDiff};

use crate::model::text::printable;
use crate::render::Style;

use super::painter::{BOLD, DIM, ERROR, OK, PLAIN, Painter};

/// Writes what was changed in a file.
///
/// # Errors
/// If `out` can't be written.
pub fn edited(path: &Path, before: &str, after: &str, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut painter = Painter::new(out, style);
    let path = printable(&path.display().to_string()).into_owned();
    painter.spans(&[(BOLD, &format!("--- {path}"))])?;
    painter.spans(&[(BOLD, &format!("+++ {path}"))])?;
    let diff = TextDiff::from_lines(before, after);
    for hunk in diff.unified_diff().iter_hunks() {
        painter.spans(&[(DIM, &hunk.header().to_string())])?;
        for change in hunk.iter_changes() {
            let paint = match change.tag() {
                ChangeTag::Equal => PLAIN,
                ChangeTag::Insert => OK,
                ChangeTag::Delete => ERROR,
            };
            let line = change.value().trim_end_matches(['\r', '\n']);
            painter.spans(&[(paint, &format!("{}{line}", change.tag()))])?;
        }
    }
    Ok(())
}
