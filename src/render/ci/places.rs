//! Where problems are, as hosts of repositories know it, and which of them are the same as before.

use std::collections::HashMap;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::model::diagnostic::Diagnostic;
use crate::model::encoding::hex;

/// The path of a file from the root of its repository, with slashes; of what is not a file, some text.
pub type PlaceOf<'a> = &'a dyn Fn(&Path) -> String;

/// Fingerprints: the same for the same diagnostic, also when it has moved to another line, and different for
/// each of a report.
#[derive(Default)]
pub(super) struct Fingerprints(HashMap<String, usize>);

impl Fingerprints {
    /// That of the next diagnostic, in a file.
    pub(super) fn next(&mut self, diagnostic: &Diagnostic, path: &str) -> String {
        let mut hash = Sha256::new();
        let address = diagnostic.address.as_deref().unwrap_or_default();
        for part in [diagnostic.code.0, path, &diagnostic.message, address] {
            hash.update(part);
            hash.update([0]);
        }
        let mut fingerprint = hex(&hash.finalize()[..16]);
        let number = self.0.entry(fingerprint.clone()).or_insert(0);
        *number += 1;
        if *number > 1 {
            fingerprint.push_str(&format!("-{number}"));
        }
        fingerprint
    }
}
