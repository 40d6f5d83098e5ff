//! An edited file, as a unified diff.

use std::io::{self, Write};
use std::path::Path;

use similar::{ChangeTag, TextDiff};

use crate::model::text::{printable, printable_with_tabs};
use crate::render::Style;

use super::painter::{BOLD, DIM, ERROR, OK, PLAIN, Painter};

/// A text before and after it was edited.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// Before.
    pub before: &'a str,
    /// After.
    pub after: &'a str,
}

/// Writes what was changed in a file: the lines of `shown`, in which secrets are hidden, where those of
/// `texts` differ.
///
/// # Errors
/// If `out` can't be written.
pub fn edited(
    path: &Path,
    texts: Sides<'_>,
    shown: Sides<'_>,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut painter = Painter::new(out, style);
    let path = printable(&path.display().to_string()).into_owned();
    painter.spans(&[(BOLD, &format!("--- {path}"))])?;
    painter.spans(&[(BOLD, &format!("+++ {path}"))])?;
    let before: Vec<&str> = shown.before.split('\n').collect();
    let after: Vec<&str> = shown.after.split('\n').collect();
    let diff = TextDiff::from_lines(texts.before, texts.after);
    for hunk in diff.unified_diff().iter_hunks() {
        painter.spans(&[(DIM, &hunk.header().to_string())])?;
        for change in hunk.iter_changes() {
            let paint = match change.tag() {
                ChangeTag::Equal => PLAIN,
                ChangeTag::Insert => OK,
                ChangeTag::Delete => ERROR,
            };
            let line = |lines: &[&str], index: Option<usize>| {
                let line = lines.get(index?).copied().unwrap_or_default().trim_end_matches('\r').to_owned();
                Some(line)
            };
            // A line that stays may be hidden on one side only.
            let written = change.value().trim_end_matches(['\r', '\n']);
            let sides = [line(&before, change.old_index()), line(&after, change.new_index())];
            let hidden =
                sides.into_iter().flatten().reduce(|one, other| if one == written { other } else { one });
            let line = hidden.unwrap_or_default();
            painter.spans(&[(paint, &format!("{}{}", change.tag(), printable_with_tabs(&line)))])?;
        }
    }
    Ok(())
}
