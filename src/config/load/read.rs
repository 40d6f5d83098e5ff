//! Reads one text from the disk: bounded, UTF-8, and every failure is a diagnostic that names the file.

use std::path::Path;
use std::string::FromUtf8Error;

use crate::model::diagnostic::{Diagnostic, Diagnostics};

use crate::files;
use crate::files::worktree::{ReadError, WorkTree};

use super::yaml::MAX_BYTES;

/// The text of a file, which may be anywhere if there is no border, as when the command line names it; `None`
/// after an error.
pub(crate) fn text(path: &Path, border: Option<&WorkTree>, diagnostics: &mut Diagnostics) -> Option<String> {
    let anywhere = || {
        let bytes = files::read(path, MAX_BYTES);
        bytes.map_err(|error| ReadError::Io { path: path.to_owned(), error })
    };
    let bytes = border.map_or_else(anywhere, |tree| tree.read(path, MAX_BYTES));
    let problem = match bytes.map(String::from_utf8) {
        Ok(Ok(text)) => return Some(text),
        Ok(Err(error)) => not_utf8(path, &error),
        Err(error @ ReadError::Outside { .. }) => outside(&error),
        Err(error @ ReadError::Beyond { .. }) => Diagnostic::error("link-outside", error.to_string()),
        Err(ReadError::NotRegular(path)) => not_regular(&path),
        Err(error @ ReadError::TooLarge { .. }) => {
            Diagnostic::error("too-large", error.to_string()).help("split it into several files")
        }
        Err(error @ ReadError::Io { .. }) => Diagnostic::error("unreadable", error.to_string()),
    };
    diagnostics.push(problem);
    None
}

fn not_utf8(path: &Path, error: &FromUtf8Error) -> Diagnostic {
    let message =
        format!("{} is not UTF-8 text (at byte {})", path.display(), error.utf8_error().valid_up_to());
    let utf_16 = matches!(error.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    let help = if utf_16 { "it looks like UTF-16: save it as UTF-8" } else { "save it as UTF-8" };
    Diagnostic::error("not-utf8", message).help(help)
}

/// The error for a link that leads out.
pub(super) fn outside(error: &ReadError) -> Diagnostic {
    Diagnostic::error("link-outside", error.to_string())
        .help("remove the link, or copy what is needed; links to files of the same work tree are followed")
}

/// The error for a pipe, a device or a socket.
pub(super) fn not_regular(path: &Path) -> Diagnostic {
    Diagnostic::error("unreadable", format!("{} is not a regular file", path.display()))
        .help("remove it, or give it a name that does not end in .yaml, .yml or .json")
}
