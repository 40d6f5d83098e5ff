//! Reads one text from the disk: bounded, UTF-8, and every failure is a complaint that names the file.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::string::FromUtf8Error;

use crate::diagnostic::{Diagnostic, Diagnostics};

use super::yaml::MAX_BYTES;

/// The text of a file; `None` after a complaint.
pub(super) fn text(path: &Path, diagnostics: &mut Diagnostics) -> Option<String> {
    let shown = path.display();
    let complaint = match bytes(path, MAX_BYTES) {
        Ok(Some(bytes)) => match String::from_utf8(bytes) {
            Ok(text) => return Some(text),
            Err(error) => not_utf8(path, &error),
        },
        Ok(None) => {
            let message = format!("{shown} is larger than {} MiB", MAX_BYTES >> 20);
            Diagnostic::error("too-large", message).help("split it into several files")
        }
        Err(error) => Diagnostic::error("unreadable", format!("{shown} can't be read: {error}")),
    };
    diagnostics.push(complaint);
    None
}

fn not_utf8(path: &Path, error: &FromUtf8Error) -> Diagnostic {
    let message =
        format!("{} is not UTF-8 text (at byte {})", path.display(), error.utf8_error().valid_up_to());
    let utf_16 = matches!(error.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    let help = if utf_16 { "it looks like UTF-16: save it as UTF-8" } else { "save it as UTF-8" };
    Diagnostic::error("not-utf8", message).help(help)
}

/// The bytes of a file; `None` if there are more than `most`. Never reads much more than that, whatever the file claims to be.
pub(super) fn bytes(path: &Path, most: usize) -> std::io::Result<Option<Vec<u8>>> {
    let file = File::open(path)?;
    let known = file.metadata().map_or(0, |metadata| usize::try_from(metadata.len()).unwrap_or(usize::MAX));
    if known > most {
        return Ok(None);
    }
    let mut all = Vec::with_capacity(known + 1);
    file.take(most as u64 + 1).read_to_end(&mut all)?;
    Ok((all.len() <= most).then_some(all))
}
