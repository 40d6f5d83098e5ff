//! Blots secrets out of texts that could not be parsed, so that no snippet can show one.
//!
//! Works on lines, since there is no structure to rely on: the rest of a line behind a secret-looking key, and all deeper lines below it.

use crate::diagnostic::{FileId, SourceMap, Span};
use crate::kinds::KINDS;
use crate::schema::Type;

/// Keys inside kubeconfigs whose values are secrets, wherever they stand.
const KEYS: &[&str] =
    &["client-key-data", "client-certificate-data", "certificate-authority-data", "token", "password"];

/// Masks what looks like a secret.
pub(super) fn secrets(sources: &mut SourceMap, file: FileId, text: &str) {
    let (mut offset, mut block): (usize, Option<usize>) = (0, None);
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        let blank = line.trim().is_empty();
        if block.is_some_and(|outer| !blank && indent <= outer) {
            block = None;
        }
        let hidden = if block.is_some() { Some(0) } else { behind_secret_key(line) };
        if let Some(from) = hidden {
            block = block.or(Some(indent));
            let at = |bytes: usize| u32::try_from(offset + bytes).unwrap_or(u32::MAX);
            sources.mask(Span { file, start: at(from), end: at(line.len()) });
        }
        offset += line.len();
    }
}

/// Where the value begins on a line that has a secret-looking key.
fn behind_secret_key(line: &str) -> Option<usize> {
    secret_names().chain(KEYS.iter().copied()).find_map(|name| {
        let start = line.find(name)?;
        let rest = &line[start + name.len()..];
        let colon =
            rest.find(':').filter(|colon| rest[..*colon].trim_matches(['"', '\'', ' ']).is_empty())?;
        Some(start + name.len() + colon + 1)
    })
}

fn secret_names() -> impl Iterator<Item = &'static str> {
    KINDS
        .iter()
        .flat_map(|kind| kind.attributes)
        .filter(|attribute| matches!(attribute.ty, Type::Secret))
        .map(|attribute| attribute.name)
}
