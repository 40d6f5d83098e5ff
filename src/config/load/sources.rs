//! Secrets from files and from the environment that the caller passed in.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use crate::model::diagnostic::{FileId, SourceMap, Span};
use crate::model::hint::{Hint, HintText};
use crate::resource::schema::{Attribute, SecretProblem, SecretSource};

use crate::files;
use crate::files::worktree::{ReadError, WorkTree};

use super::variables::Filled;

/// The largest secret file, in bytes.
const MAX_SECRET: usize = 4 << 20;

/// Reads on behalf of the decoder, and records what must not be shown.
pub(super) struct Sources<'a> {
    pub(super) map: &'a SourceMap,
    pub(super) tree: &'a WorkTree,
    pub(super) environment: &'a BTreeMap<String, String>,
    pub(super) masked: Vec<Span>,
    /// What variables have filled in in the current document.
    pub(super) filled: Filled,
    pub(super) known: &'a mut Known,
    /// The words of hints.
    pub(super) hints: HintText,
}

/// What is known of secrets already: fleets share kubeconfigs.
#[derive(Default)]
pub(super) struct Known {
    /// Files that were read.
    files: HashMap<PathBuf, String>,
    /// The text that was checked last, for which field, and what was found.
    checked: Option<(&'static Attribute, String, Result<(), String>)>,
}

/// The reason without the path, which is named before it.
fn why(error: &ReadError) -> String {
    match error {
        ReadError::Outside { .. } => error.to_string(),
        ReadError::Beyond { git: true, .. } => "it is outside of the Git work tree".to_owned(),
        ReadError::Beyond { git: false, .. } => "it is outside of the fleet's directory".to_owned(),
        ReadError::NotRegular(_) => "it is not a regular file".to_owned(),
        ReadError::TooLarge { most, .. } => format!("it is larger than {} MiB", most >> 20),
        ReadError::Io { error, .. } => error.to_string(),
    }
}

impl SecretSource for Sources<'_> {
    /// A file relative to the manifest, inside the work tree or the directory of secrets.
    fn file(&mut self, manifest: FileId, path: &str) -> Result<String, SecretProblem> {
        let full =
            self.map.path(manifest).parent().map_or_else(|| PathBuf::from(path), |parent| parent.join(path));
        if let Some(text) = self.known.files.get(&full) {
            return Ok(text.clone());
        }
        let problem = |reason: String| SecretProblem {
            message: format!("cannot read {}: {reason}", full.display()),
            help: Some("the path is relative to the manifest".to_owned()),
        };
        let failed = |error: ReadError| match error {
            ReadError::Beyond { .. } => {
                SecretProblem { help: Some((self.hints)(&Hint::SecretsBelow)), ..problem(why(&error)) }
            }
            error => problem(why(&error)),
        };
        let bytes = self.tree.read(&full, MAX_SECRET).map_err(failed)?;
        let text = String::from_utf8(bytes).map_err(|_| problem("it is not UTF-8 text".to_owned()))?;
        if text.trim().is_empty() {
            return Err(problem("it is empty".to_owned()));
        }
        self.known.files.insert(full, text.clone());
        Ok(text)
    }

    /// The variable's value, or the content of the file that it names by an absolute path, as GitLab's
    /// variables of the type File do.
    fn variable(&mut self, name: &str) -> Option<String> {
        let value = self.environment.get(name).filter(|text| !text.is_empty())?;
        let path = Path::new(value.trim_end());
        let is_path = path.is_absolute() && !value.trim_end().contains('\n');
        let content = || String::from_utf8(files::read_regular(path, MAX_SECRET).ok()?).ok();
        Some(is_path.then(content).flatten().unwrap_or_else(|| value.clone()))
    }

    fn is_secret(&self, span: Span) -> bool {
        self.filled.is_secret(span)
    }

    fn written<'t>(&'t self, text: &'t str) -> &'t str {
        self.filled.written(text)
    }

    fn mask(&mut self, span: Span) {
        self.masked.push(span);
    }

    fn check(&mut self, attribute: &'static Attribute, text: &str) -> Result<(), String> {
        let Some(check) = attribute.check else { return Ok(()) };
        if let Some((field, known, verdict)) = &self.known.checked
            && std::ptr::eq(*field, attribute)
            && known == text
        {
            return verdict.clone();
        }
        let verdict = check(text);
        self.known.checked = Some((attribute, text.to_owned(), verdict.clone()));
        verdict
    }
}
