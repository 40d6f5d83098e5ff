//! Which files belong to a directory of manifests, in a stable order.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::diagnostic::{Diagnostic, Diagnostics};

/// The settings file, which is no manifest.
pub const SETTINGS: &str = "nautform.yaml";

/// The manifests below `directory`, sorted by path: `.yaml`, `.yml` and `.json`; hidden names and the settings file are skipped.
pub(super) fn files(directory: &Path, diagnostics: &mut Diagnostics) -> Vec<PathBuf> {
    let walk =
        WalkDir::new(directory).follow_links(true).sort_by_file_name().into_iter().filter_entry(|entry| {
            entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
        });
    let mut found = Vec::new();
    for entry in walk {
        match entry {
            Ok(entry) if entry.file_type().is_file() && is_manifest(entry.path(), entry.depth()) => {
                found.push(entry.into_path());
            }
            Ok(_) => {}
            Err(error) => diagnostics
                .push(Diagnostic::error("unreadable", format!("cannot read the directory: {error}"))),
        }
    }
    found
}

fn is_manifest(path: &Path, depth: usize) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let settings = depth <= 1 && path.file_name().is_some_and(|name| name == SETTINGS);
    ["yaml", "yml", "json"].contains(&extension) && !settings
}
