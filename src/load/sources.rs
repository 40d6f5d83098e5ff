//! Secrets from files beside the manifests and from the environment.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::diagnostic::{FileId, SourceMap, Span};
use crate::schema::{SecretProblem, SecretSource};

/// The largest secret file, in bytes.
const MAX_SECRET: u64 = 4 << 20;

/// Reads on behalf of the decoder, and remembers what must not be shown.
pub(super) struct Sources<'a> {
    pub(super) map: &'a SourceMap,
    pub(super) environment: &'a BTreeMap<String, String>,
    pub(super) masked: Vec<Span>,
}

impl SecretSource for Sources<'_> {
    fn file(&mut self, manifest: FileId, path: &str) -> Result<String, SecretProblem> {
        let full =
            self.map.path(manifest).parent().map_or_else(|| PathBuf::from(path), |parent| parent.join(path));
        let problem = |reason: String| SecretProblem {
            message: format!("cannot read {}: {reason}", full.display()),
            help: Some("the path is relative to the manifest".to_owned()),
        };
        let size = std::fs::metadata(&full).map_err(|error| problem(error.to_string()))?.len();
        if size > MAX_SECRET {
            return Err(problem("it is larger than 4 MiB".to_owned()));
        }
        std::fs::read_to_string(&full).map_err(|error| problem(error.to_string()))
    }

    fn variable(&mut self, name: &str) -> Option<String> {
        self.environment.get(name).filter(|text| !text.is_empty()).cloned()
    }

    fn mask(&mut self, span: Span) {
        self.masked.push(span);
    }
}
