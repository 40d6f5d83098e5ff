//! Which files belong to a directory of manifests, in a stable order.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::diagnostic::{Diagnostic, Diagnostics};

/// The settings file, which is no manifest.
pub const SETTINGS: &str = "nautform.yaml";

/// The manifests below `directory`, sorted by name within each folder: `.yaml`, `.yml` and `.json`. Hidden names and the settings
/// file are skipped; symbolic links are followed. Whatever can't be looked at is an error, since a manifest that is overlooked reads
/// as a wish to delete its object.
pub(super) fn files(directory: &Path, diagnostics: &mut Diagnostics) -> Vec<PathBuf> {
    let walk =
        WalkDir::new(directory).follow_links(true).sort_by_file_name().into_iter().filter_entry(|entry| {
            entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
        });
    let mut found = Vec::new();
    for entry in walk {
        match entry {
            Ok(entry) if !is_manifest(entry.path(), entry.depth()) || entry.file_type().is_dir() => {}
            Ok(entry) if entry.file_type().is_file() => found.push(entry.into_path()),
            Ok(entry) => diagnostics.push(
                Diagnostic::error("unreadable", format!("{} is no regular file", entry.path().display()))
                    .help("remove it, or give it a name that does not end in .yaml, .yml or .json"),
            ),
            Err(error) => diagnostics.push(complaint(&error)),
        }
    }
    found
}

/// Whether the directory has no manifest, or is not there. One that can't be looked at may have some.
pub fn is_empty(directory: &Path) -> bool {
    let mut diagnostics = Diagnostics::default();
    !directory.exists() || (files(directory, &mut diagnostics).is_empty() && diagnostics.is_empty())
}

fn complaint(error: &walkdir::Error) -> Diagnostic {
    let path = error.path().map(|path| path.display().to_string()).unwrap_or_default();
    if let Some(ancestor) = error.loop_ancestor() {
        let message = format!("{path} is a symbolic link to {}, which contains it", ancestor.display());
        return Diagnostic::error("symlink-loop", message).help("remove the link");
    }
    let why = error.io_error().map(ToString::to_string).unwrap_or_default();
    let complaint = Diagnostic::error("unreadable", format!("{path} can't be read: {why}"));
    if error.depth() > 0 && Path::new(&path).is_symlink() {
        return complaint.help("the symbolic link leads nowhere: remove it, or restore what it names");
    }
    complaint
}

fn is_manifest(path: &Path, depth: usize) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let settings = depth <= 1 && path.file_name().is_some_and(|name| name == SETTINGS);
    ["yaml", "yml", "json"].contains(&extension.to_ascii_lowercase().as_str()) && !settings
}
