//! Which files belong to a directory of manifests, in a stable order.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::files::worktree::{ReadError, WorkTree};
use crate::model::diagnostic::{Diagnostic, Diagnostics};

/// The settings file, which is not a manifest.
pub const SETTINGS: &str = "nautform.yaml";
/// What people may call it instead: neither settings nor a manifest.
pub(crate) const OTHER_SETTINGS: &[&str] = &["nautform.yml", "nautform.json"];

/// The manifests below `directory`, sorted by name within each folder: `.yaml`, `.yml` and `.json`. Hidden
/// names and the settings file are skipped; symbolic links are followed inside of the work tree. Whatever
/// can't be read is an error, since the object of a manifest that is overlooked would be deleted.
pub(super) fn files(directory: &Path, tree: &WorkTree, diagnostics: &mut Diagnostics) -> Vec<PathBuf> {
    let mut walk = WalkDir::new(directory).follow_links(true).sort_by_file_name().into_iter();
    let mut found = Vec::new();
    while let Some(entry) = walk.next() {
        let path = match &entry {
            Ok(entry) => Some(entry.path()),
            Err(error) => error.path(),
        };
        let depth = entry.as_ref().map_or_else(walkdir::Error::depth, walkdir::DirEntry::depth);
        if depth > 0 && path.is_some_and(is_hidden) {
            skip(&entry, &mut walk);
            continue;
        }
        let refused = path.filter(|path| depth > 0 && path.is_symlink()).and_then(|path| refused(tree, path));
        if let Some(refused) = refused {
            diagnostics.push(refused);
            skip(&entry, &mut walk);
            continue;
        }
        match entry {
            Ok(entry) if !is_manifest(entry.path(), entry.depth()) || entry.file_type().is_dir() => {}
            Ok(entry) if entry.file_type().is_file() => found.push(entry.into_path()),
            Ok(entry) => diagnostics.push(not_regular(entry.path())),
            Err(error) => diagnostics.push(diagnostic(&error)),
        }
    }
    found
}

/// What is below is not read.
fn skip(entry: &walkdir::Result<walkdir::DirEntry>, walk: &mut walkdir::IntoIter) {
    if entry.as_ref().is_ok_and(|entry| entry.file_type().is_dir()) {
        walk.skip_current_dir();
    }
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// The error for a link that leads outside, whether to a file, a directory or nothing: it says no more than
/// that.
fn refused(tree: &WorkTree, link: &Path) -> Option<Diagnostic> {
    let error = tree.follow(link).err().filter(|error| matches!(error, ReadError::Outside { .. }))?;
    Some(outside(&error))
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
    let found = files(directory, &WorkTree::around(directory), &mut diagnostics);
    !found.iter().any(is_other) && diagnostics.is_empty()
}

fn diagnostic(error: &walkdir::Error) -> Diagnostic {
    let path = error.path().map(|path| path.display().to_string()).unwrap_or_default();
    if let Some(ancestor) = error.loop_ancestor() {
        let message = format!("{path} is a symbolic link to {}, which contains it", ancestor.display());
        return Diagnostic::error("symlink-loop", message).help("remove the link");
    }
    let why = error.io_error().map(ToString::to_string).unwrap_or_default();
    let diagnostic = Diagnostic::error("unreadable", format!("{path} can't be read: {why}"));
    if error.depth() > 0 && Path::new(&path).is_symlink() {
        return diagnostic.help("the link's target does not exist: remove the link, or restore the target");
    }
    diagnostic
}

fn is_manifest(path: &Path, depth: usize) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let is_settings = |name| name == SETTINGS || OTHER_SETTINGS.iter().any(|other| name == *other);
    let settings = depth <= 1 && path.file_name().is_some_and(is_settings);
    ["yaml", "yml", "json"].contains(&extension.to_ascii_lowercase().as_str()) && !settings
}
