//! Secrets from files and from the environment that the caller passed in.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::diagnostic::{FileId, SourceMap, Span};
use crate::model::hint::{Hint, HintText};
use crate::resource::catalogue::Catalogue;
use crate::resource::schema::{Attribute, SecretProblem, SecretSource, is_path};

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
    pub(super) known: &'a Known,
    /// What the platform offers.
    pub(super) catalogue: Option<Arc<Catalogue>>,
    /// The words of hints.
    pub(super) hints: HintText,
}

/// What is known of secrets already: fleets share kubeconfigs. Nothing is read or checked while a lock is held:
/// two threads may do the same work.
#[derive(Default)]
pub(super) struct Known {
    /// Files that were read.
    files: Mutex<HashMap<PathBuf, String>>,
    /// The text that was checked last.
    checked: Mutex<Option<Checked>>,
}

/// A text that was checked, for which field, and what was found.
struct Checked {
    field: &'static Attribute,
    text: String,
    verdict: Result<(), String>,
}

impl Known {
    fn files(&self) -> MutexGuard<'_, HashMap<PathBuf, String>> {
        // A panic leaves the map whole.
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn checked(&self) -> MutexGuard<'_, Option<Checked>> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

impl Sources<'_> {
    /// The path that is meant by a text: `~/` is the home directory.
    fn expanded(&self, path: &str) -> PathBuf {
        let below_home = || Some(Path::new(self.environment.get("HOME")?).join(path.strip_prefix("~/")?));
        below_home().unwrap_or_else(|| PathBuf::from(path))
    }

    /// A path relative to a manifest.
    fn beside(&self, manifest: FileId, path: &Path) -> PathBuf {
        self.map.path(manifest).parent().map_or_else(|| path.to_owned(), |parent| parent.join(path))
    }

    /// The text of a file that was read; or why it can't be used, and what to do: `shown` names it, and `usual`
    /// helps if nothing else does.
    fn text(
        &self,
        read: Result<Vec<u8>, ReadError>,
        shown: &str,
        usual: &str,
    ) -> Result<String, SecretProblem> {
        let problem = |why: &str, help: &str| SecretProblem {
            message: format!("cannot read {shown}: {why}"),
            help: help.to_owned(),
        };
        let bytes = read.map_err(|error| match error {
            ReadError::Beyond { .. } => problem(&why(&error), &(self.hints)(&Hint::SecretsBelow)),
            _ => problem(&why(&error), usual),
        })?;
        let text = String::from_utf8(bytes).map_err(|_| problem("it is not UTF-8 text", usual))?;
        if text.trim().is_empty() { Err(problem("it is empty", usual)) } else { Ok(text) }
    }

    /// The file whose path a variable holds, relative to the working directory or to the manifest: one that a
    /// manifest may name, too. Who writes manifests can choose among all variables, and sets some of them in
    /// a pipeline, such as the name of a branch. Elsewhere it must be called like the variable, as the files
    /// of GitLab's variables of the type File are.
    fn file_of_variable(&self, manifest: FileId, name: &str, path: &str) -> Result<String, SecretProblem> {
        let shown = format!("the file whose path is in the environment variable {}", self.written(name));
        let usual = "let the variable hold the text, or the path of a file that is there";
        let path = self.expanded(path);
        let is_own = || path.canonicalize().is_ok_and(|real| real.file_name().is_some_and(|own| own == name));
        let read = match self.tree.read(&path, MAX_SECRET) {
            Err(ReadError::Beyond { .. }) if path.is_absolute() && is_own() => {
                files::read_regular(&path, MAX_SECRET)
                    .map_err(|error| ReadError::Io { path: path.clone(), error })
            }
            // What the variable holds is not shown, not even if it is a link.
            Err(ReadError::Outside { link, git, .. }) => Err(ReadError::Beyond { path: link, git }),
            Err(error) => self.tree.read(&self.beside(manifest, &path), MAX_SECRET).map_err(|_| error),
            read => read,
        };
        self.text(read, &shown, usual)
    }
}

impl SecretSource for Sources<'_> {
    fn catalogue(&self) -> Option<Arc<Catalogue>> {
        self.catalogue.clone()
    }

    /// A file relative to the manifest, inside the work tree or the directory of secrets.
    fn file(&mut self, manifest: FileId, path: &str) -> Result<String, SecretProblem> {
        let usual = if path.starts_with('~') {
            "~/ is the directory in the environment variable HOME; other forms of ~ are not expanded"
        } else {
            "the path is relative to the manifest"
        };
        let full = self.beside(manifest, &self.expanded(path));
        if let Some(text) = self.known.files().get(&full) {
            return Ok(text.clone());
        }
        let text = self.text(self.tree.read(&full, MAX_SECRET), &full.display().to_string(), usual)?;
        self.known.files().insert(full, text.clone());
        Ok(text)
    }

    /// The variable's value, or the content of the file whose path it is.
    fn variable(&mut self, manifest: FileId, name: &str) -> Result<Option<String>, SecretProblem> {
        let Some(value) = self.environment.get(name).filter(|text| !text.is_empty()) else { return Ok(None) };
        if !is_path(value) {
            return Ok(Some(value.clone()));
        }
        self.file_of_variable(manifest, name, value.trim()).map(Some)
    }

    fn source(&self, manifest: FileId) -> &str {
        self.map.text(manifest)
    }

    fn has_secret_variables(&self) -> bool {
        self.filled.has_secrets()
    }

    fn is_secret(&self, span: Span) -> bool {
        self.filled.is_secret(span)
    }

    fn is_filled(&self, span: Span) -> bool {
        self.filled.has(span)
    }

    fn written<'t>(&'t self, text: &'t str) -> &'t str {
        self.filled.written(text)
    }

    fn mask(&mut self, span: Span) {
        self.masked.push(span);
    }

    fn check(&mut self, attribute: &'static Attribute, text: &str) -> Result<(), String> {
        let Some(check) = attribute.check else { return Ok(()) };
        if let Some(last) = &*self.known.checked()
            && std::ptr::eq(last.field, attribute)
            && last.text == text
        {
            return last.verdict.clone();
        }
        let verdict = check(text);
        let checked = Checked { field: attribute, text: text.to_owned(), verdict: verdict.clone() };
        *self.known.checked() = Some(checked);
        verdict
    }
}
