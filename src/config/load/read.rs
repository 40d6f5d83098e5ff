//! Reads one text from the disk: bounded, UTF-8, and every failure is a diagnostic that names the file.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::string::FromUtf8Error;

use crate::model::diagnostic::{Diagnostic, Diagnostics};

use crate::files::worktree::{ReadError, WorkTree};

use super::walk;
use super::yaml::MAX_BYTES;

/// The text of a manifest or of settings; `None` after an error.
pub(crate) fn manifest(tree: &WorkTree, path: &Path, diagnostics: &mut Diagnostics) -> Option<String> {
    decoded(path, tree.read(path, MAX_BYTES), diagnostics)
}

/// The text of a file that the command line names, wherever it is; `None` after an error.
pub(crate) fn named(path: &Path, diagnostics: &mut Diagnostics) -> Option<String> {
    let bytes = match bytes(path, MAX_BYTES) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(ReadError::TooLarge { path: path.to_owned(), most: MAX_BYTES }),
        Err(error) => Err(ReadError::Io { path: path.to_owned(), error }),
    };
    decoded(path, bytes, diagnostics)
}

fn decoded(path: &Path, bytes: Result<Vec<u8>, ReadError>, diagnostics: &mut Diagnostics) -> Option<String> {
    let problem = match bytes.map(String::from_utf8) {
        Ok(Ok(text)) => return Some(text),
        Ok(Err(error)) => not_utf8(path, &error),
        Err(error @ ReadError::Outside { .. }) => walk::outside(&error),
        Err(ReadError::NotRegular(path)) => walk::not_regular(&path),
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

/// The bytes of a file; `None` if there are more than `most`. Never reads much more than that, whatever the
/// file claims to be.
fn bytes(path: &Path, most: usize) -> std::io::Result<Option<Vec<u8>>> {
    let file = File::open(path)?;
    let known = file.metadata().map_or(0, |metadata| usize::try_from(metadata.len()).unwrap_or(usize::MAX));
    if known > most {
        return Ok(None);
    }
    let mut all = Vec::with_capacity(known + 1);
    file.take(most as u64 + 1).read_to_end(&mut all)?;
    Ok((all.len() <= most).then_some(all))
}
