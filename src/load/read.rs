//! Reads one text from the disk: bounded, UTF-8, and every failure is a complaint that names the file.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::diagnostic::Diagnostic;

use super::yaml::MAX_BYTES;

/// The text of a file.
pub(super) fn text(path: &Path) -> Result<String, Diagnostic> {
    let shown = path.display();
    let unreadable =
        |error: std::io::Error| Diagnostic::error("unreadable", format!("{shown} can't be read: {error}"));
    let bytes = bytes(path, MAX_BYTES).map_err(unreadable)?.ok_or_else(|| {
        Diagnostic::error("too-large", format!("{shown} is larger than {} MiB", MAX_BYTES >> 20))
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let utf_16 = matches!(error.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        let help = if utf_16 { "it looks like UTF-16: save it as UTF-8" } else { "save it as UTF-8" };
        Diagnostic::error("not-utf8", format!("{shown} is not UTF-8 text (byte {valid})")).help(help)
    })
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
