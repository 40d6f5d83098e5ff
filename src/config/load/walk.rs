//! Which files belong to a directory of manifests, in a stable order.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::files::worktree::{ReadError, WorkTree};
use crate::model::diagnostic::{Diagnostic, Diagnostics};

use super::ignore_file::{IgnoreFiles, Location};
use super::read::{not_regular, outside};

/// The settings file, which is not a manifest.
pub const SETTINGS: &str = "nautform.yaml";
/// What people may call it instead: neither settings nor a manifest.
pub(crate) const OTHER_SETTINGS: &[&str] = &["nautform.yml", "nautform.json"];

/// The manifests below `directory`, sorted by name within each folder: `.yaml`, `.yml` and `.json`. Hidden
/// names and the settings file are skipped, and what `.nautformignore` says; symbolic links are followed
/// inside of the work tree, each place once, so that a few links can't make a fleet of any size. Whatever
/// can't be read is an error, since the object of a manifest that is overlooked would be deleted.
pub(super) fn files(location: Location<'_>, tree: &WorkTree, diagnostics: &mut Diagnostics) -> Found {
    let directory = location.directory;
    let ignore = Some(IgnoreFiles::new(location, tree));
    Walk { tree, diagnostics, ignore, found: Found::default(), seen: HashMap::new() }.all(directory)
}

/// The same below one directory, whatever `.nautformignore` says.
pub(super) fn all_files(directory: &Path, tree: &WorkTree) -> Vec<PathBuf> {
    let diagnostics = &mut Diagnostics::new();
    let walk = Walk { tree, diagnostics, ignore: None, found: Found::default(), seen: HashMap::new() };
    walk.all(directory).files
}

/// Files that have got a name under which they are not read: those whose name, without a dot before it and
/// without what ends it, is that of one of `gone`. Backups that editors write are not: they are there however
/// the file itself went. Other work trees, such as checkouts of other branches, are not looked into.
pub(super) fn renamed(root: &Path, gone: &[PathBuf]) -> Vec<PathBuf> {
    if gone.is_empty() {
        return Vec::new();
    }
    let stems: HashSet<String> = gone.iter().filter_map(|path| stem(path)).collect();
    let is_own = |entry: &walkdir::DirEntry| {
        let is_internal = [".git", ".nautform"].iter().any(|name| entry.file_name() == *name);
        entry.depth() == 0 || !is_internal && !entry.path().join(".git").exists()
    };
    let entries = WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(is_own);
    let files = entries.filter_map(Result::ok).filter(|entry| entry.file_type().is_file());
    let is_read = |path: &Path| {
        let within = path.strip_prefix(root).unwrap_or(path);
        is_manifest(path) && !within.ancestors().any(is_hidden)
    };
    let is_backup = |path: &Path| path.to_string_lossy().ends_with('~');
    let is_renamed = |path: &PathBuf| {
        !is_read(path) && !is_backup(path) && stem(path).is_some_and(|stem| stems.contains(&stem))
    };
    files.map(walkdir::DirEntry::into_path).filter(is_renamed).collect()
}

/// The name of a file up to its first dot, but for one at its beginning.
fn stem(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_string_lossy();
    let name = name.trim_start_matches('.');
    Some(name.split_once('.').map_or(name, |(stem, _)| stem).to_owned())
}

/// What a walk has found.
#[derive(Default)]
pub(super) struct Found {
    /// The manifests.
    pub(super) files: Vec<PathBuf>,
    /// Manifests, and directories, that `.nautformignore` leaves out.
    pub(super) ignored: Vec<PathBuf>,
}

struct Walk<'w> {
    tree: &'w WorkTree,
    diagnostics: &'w mut Diagnostics,
    ignore: Option<IgnoreFiles<'w>>,
    found: Found,
    /// Directories, and targets of links, without links, and where they were found.
    seen: HashMap<PathBuf, PathBuf>,
}

impl Walk<'_> {
    fn all(mut self, directory: &Path) -> Found {
        self.directory(directory, &directory.canonicalize().unwrap_or_else(|_| directory.to_owned()), 0);
        self.found
    }

    /// Whether `.nautformignore` leaves a path out, which is noted.
    fn is_ignored(&mut self, path: &Path, is_directory: bool) -> bool {
        let Some(ignore) = &mut self.ignore else { return false };
        let is_ignored = ignore.is_ignored(path, is_directory, self.diagnostics);
        if is_ignored && (is_directory || is_manifest(path)) {
            self.found.ignored.push(path.to_owned());
        }
        is_ignored
    }

    /// Everything below a directory, whose path without links is `real`. Links are not left to `walkdir`, which
    /// opens what they lead to before it shows them.
    fn directory(&mut self, directory: &Path, real: &Path, depth: usize) {
        let mut walk = WalkDir::new(directory).sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let is_shown = error.depth() == 0 || !error.path().is_some_and(is_hidden);
                    if is_shown {
                        self.diagnostics.push(diagnostic(&error));
                    }
                    continue;
                }
            };
            let is_root = entry.depth() == 0;
            let path = entry.path();
            let is_directory = entry.file_type().is_dir();
            // Read, and reported, as settings.
            if is_settings(path, depth + entry.depth()) {
                continue;
            }
            // What a link leads to is not looked at before it is followed.
            if !is_root && (is_hidden(path) || self.is_ignored(path, is_directory)) {
                if is_directory {
                    walk.skip_current_dir();
                }
                continue;
            }
            let place = real.join(path.strip_prefix(directory).unwrap_or(path));
            if !is_root && entry.path_is_symlink() {
                self.link(path, &place, depth + entry.depth());
            } else if is_directory || is_root {
                if !self.is_new(path, place) {
                    walk.skip_current_dir();
                }
            } else if is_manifest(path) {
                self.file(path, entry.file_type().is_file());
            }
        }
    }

    fn file(&mut self, path: &Path, is_regular: bool) {
        if is_regular {
            self.found.files.push(path.to_owned());
        } else {
            self.diagnostics.push(not_regular(path));
        }
    }

    /// A link at `path`, which without other links is `place`.
    fn link(&mut self, path: &Path, place: &Path, depth: usize) {
        let target = match self.tree.follow(path) {
            Ok(target) => target,
            Err(error @ (ReadError::Outside { .. } | ReadError::Beyond { .. })) => {
                return self.diagnostics.push(outside(&error));
            }
            Err(error) => {
                let help = "the link's target does not exist: remove the link, or restore the target";
                return self.diagnostics.push(Diagnostic::error("unreadable", error.to_string()).help(help));
            }
        };
        if target.is_dir() {
            if place.starts_with(&target) {
                let above = self.seen.get(&target).unwrap_or(&target);
                let message = format!(
                    "{} is a symbolic link to {}, which contains it",
                    path.display(),
                    above.display()
                );
                return self
                    .diagnostics
                    .push(Diagnostic::error("symlink-loop", message).help("remove the link"));
            }
            self.directory(path, &target, depth);
        } else if is_manifest(path) {
            let is_regular = target.is_file();
            if self.is_new(path, target) {
                self.file(path, is_regular);
            }
        }
    }

    /// Whether a place is found for the first time; an error if it is not.
    fn is_new(&mut self, path: &Path, place: PathBuf) -> bool {
        if let Some(first) = self.seen.get(&place) {
            let message = format!("{} is {} again, by a symbolic link", path.display(), first.display());
            let help = "remove one of them: each manifest is read once";
            self.diagnostics.push(Diagnostic::error("read-twice", message).help(help));
            return false;
        }
        self.seen.insert(place, path.to_owned());
        true
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// Whether the directory has no manifest, or is not there. One that can't be read may have some.
pub fn is_empty(directory: &Path) -> bool {
    is_empty_besides(directory, Path::new(""))
}

/// The same, not counting a file that is not a manifest although it is called like one.
pub fn is_empty_besides(directory: &Path, file: &Path) -> bool {
    let mut diagnostics = Diagnostics::default();
    let is_other = |path: &PathBuf| path.canonicalize().is_ok_and(|path| path != file);
    if !directory.exists() {
        return true;
    }
    let location = Location { directory, fleet: directory, below: Path::new("") };
    let found = files(location, &WorkTree::around(directory), &mut diagnostics);
    !found.files.iter().any(is_other) && diagnostics.is_empty()
}

fn diagnostic(error: &walkdir::Error) -> Diagnostic {
    let path = error.path().map(|path| path.display().to_string()).unwrap_or_default();
    let why = error.io_error().map(ToString::to_string).unwrap_or_default();
    Diagnostic::error("unreadable", format!("{path} can't be read: {why}"))
}

fn is_settings(path: &Path, depth: usize) -> bool {
    let is_named = |name| name == SETTINGS || OTHER_SETTINGS.iter().any(|other| name == *other);
    depth <= 1 && path.file_name().is_some_and(is_named)
}

fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    ["yaml", "yml", "json"].contains(&extension.to_ascii_lowercase().as_str())
}
