//! Writes exported manifests: all of them or none, over nothing that is there, unless that is forced.

use std::collections::BTreeMap;
use std::io;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};

use crate::config::load::{self, LoadOptions};
use crate::files::{Access, Staged};
use crate::model::text::first_few;
use crate::resource::Address;

use super::manifests::{Export, File};

/// How many files are written at a time.
const WRITERS: usize = 16;

/// How many files or objects an error names.
const SHOWN: usize = 5;

/// Files could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportWriteError {
    /// Some exist already.
    #[error(
        "{}, so nothing was written: {}",
        if .0.len() == 1 { "a file already exists".to_owned() } else { format!("{} files already exist", .0.len()) },
        first_few(.0.iter().map(|path| path.display()), SHOWN)
    )]
    Exists(Vec<PathBuf>),
    /// Manifests of the same objects exist in other files.
    #[error(
        "other manifests declare these objects, so nothing was written: {}; export to another directory, or \
         remove them there",
        first_few(.0.iter().map(|(address, path)| format!("{address} ({})", path.display())), SHOWN)
    )]
    Declared(Vec<(Address, PathBuf)>),
    /// A folder on the way to a file is a symbolic link.
    #[error(
        "{} is a symbolic link, so nothing was written: export to the directory itself, or remove the link",
        .0.display()
    )]
    Link(PathBuf),
    /// A file or folder can't be written.
    #[error("cannot write {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Writes the files below `directory`, and follows no link there. Without `force`, either all are new or none
/// is written. None gets its name before the contents of all are on the disk.
///
/// # Errors
/// If files are there already, or can't be written.
pub(crate) fn write(export: &Export, directory: &Path, force: bool) -> Result<(), ExportWriteError> {
    let paths = || export.files.iter().map(|file| directory.join(&file.path));
    if let Some(link) = paths().find_map(|path| linked(directory, &path)) {
        return Err(ExportWriteError::Link(link));
    }
    let existing: Vec<PathBuf> = paths().filter(|path| !force && path.symlink_metadata().is_ok()).collect();
    if !existing.is_empty() {
        return Err(ExportWriteError::Exists(existing));
    }
    let declared = declared_elsewhere(export, directory);
    if !declared.is_empty() {
        return Err(ExportWriteError::Declared(declared));
    }
    for (path, staged) in stage_all(&export.files, directory)? {
        let result = if force { staged.replace() } else { staged.create() };
        result.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => ExportWriteError::Exists(vec![path]),
            _ => ExportWriteError::Io { path, source },
        })?;
    }
    Ok(())
}

/// Objects to be written that manifests in other files of the directory declare: two manifests of one object
/// are an error.
fn declared_elsewhere(export: &Export, directory: &Path) -> Vec<(Address, PathBuf)> {
    if !directory.is_dir() {
        return Vec::new();
    }
    let own: BTreeMap<&Address, &Path> =
        export.files.iter().map(|file| (&file.address, file.path.as_path())).collect();
    let manifests = load::load(directory, &LoadOptions::default());
    let elsewhere = manifests.resources.into_iter().filter_map(|resource| {
        let file = PathBuf::from(resource.file?.as_str());
        own.get(&resource.address).is_some_and(|path| **path != file).then_some((resource.address, file))
    });
    let shown = directory.strip_prefix(".").unwrap_or(directory);
    elsewhere.map(|(address, file)| (address, shown.join(file))).collect()
}

/// The first folder of a file below `directory` that is a link.
fn linked(directory: &Path, path: &Path) -> Option<PathBuf> {
    let mut folders = path.ancestors().skip(1).take_while(|folder| *folder != directory);
    folders.find(|folder| folder.is_symlink()).map(Path::to_owned)
}

/// Writes the contents of all files, several at a time: most of it is waiting for the disk.
fn stage_all(files: &[File], directory: &Path) -> Result<Vec<(PathBuf, Staged)>, ExportWriteError> {
    let part = |files: &[File]| {
        let staged = files.iter().map(|file| {
            let path = directory.join(&file.path);
            match stage(&path, &file.text) {
                Ok(staged) => Ok((path, staged)),
                Err(source) => Err(ExportWriteError::Io { path, source }),
            }
        });
        staged.collect::<Result<Vec<_>, _>>()
    };
    std::thread::scope(|scope| {
        let parts = files.chunks(files.len().div_ceil(WRITERS).max(1));
        let writers: Vec<_> = parts.map(|files| scope.spawn(move || part(files))).collect();
        let parts =
            writers.into_iter().map(|writer| writer.join().unwrap_or_else(|panic| resume_unwind(panic)));
        Ok(parts.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    })
}

/// Writes a text next to the file that is to have it, in a folder that is made if there is none.
pub(in crate::session) fn stage(path: &Path, text: &str) -> io::Result<Staged> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Staged::new(path, text.as_bytes(), Access::Umask)
}
