//! `export`: refresh, write manifests down, and check that they keep their promise. Only reads of the server; no lock.
//!
//! Invariant: what [`export()`] returns loads without an error, and its first plan against the live state that was read is empty. An
//! object that would break this is left out, and said to be.

pub mod manifests;

use std::collections::BTreeMap;
use std::io;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};

use crate::config::load::{self, LoadOptions};
use crate::config::resolve::{self, Configuration};
use crate::config::settings::Thresholds;
use crate::files::{Access, Staged};
use crate::live::client::Reader;
use crate::live::snapshot::{self, RefreshOptions, Snapshot};
use crate::model::diagnostic::{Diagnostics, Severity, SourceMap};
use crate::model::text::first_few;
use crate::plan::{self, Action, Change, Coverage, Mode, Permissions, Plan, PlanInput};
use crate::resource::{Address, Pattern};
use crate::state::State;
use manifests::{Export, Live};

use super::OpsError;

/// How many files are written at a time.
const WRITERS: usize = 16;

/// Manifests, and the live state they were made from.
#[derive(Debug)]
pub struct Exported {
    /// What to write.
    pub export: Export,
    /// The live state as it was read.
    pub snapshot: Snapshot,
}

impl Exported {
    /// The first target that means nothing that was found: it is misspelt.
    pub fn unmatched<'t>(&self, targets: &'t [Pattern]) -> Option<&'t Pattern> {
        let Export { files, left_out } = &self.export;
        let found =
            || files.iter().map(|file| &file.address).chain(left_out.iter().map(|left| &left.address));
        targets.iter().find(|target| !found().any(|address| target.covers(address)))
    }
}

/// Reads what `targets` mean (everything, if there are none) and makes manifests of it. The state, if there is one, names objects
/// that lists hide and knows fields that the server never returns.
///
/// # Errors
/// If the live state can't be read at all.
pub async fn export(
    reader: &Reader,
    state: Option<&State>,
    targets: &[Pattern],
    options: &RefreshOptions,
) -> Result<Exported, OpsError> {
    let mut snapshot = Snapshot::new();
    let mut wanted = Some(manifests::wanted(targets, state));
    while let Some(next) = wanted {
        snapshot::refresh(reader, &next, &mut snapshot, options).await?;
        wanted = manifests::extra_reads(&snapshot, targets);
    }
    let mut export = manifests::files(&Live { snapshot: &snapshot, state, targets });
    loop {
        let objections = match load(&export) {
            Ok(configuration) => {
                let own = state.map(|state| of_files(state, &export));
                let wanted = plan::wanted(&configuration, own.as_ref(), Mode::Apply, &Coverage::default());
                snapshot::refresh(reader, &wanted, &mut snapshot, options).await?;
                first_plan(&configuration, own.as_ref(), &snapshot)
            }
            Err(objections) => objections,
        };
        if objections.is_empty() {
            return Ok(Exported { export, snapshot });
        }
        // A plan of what stays will not ask for what goes; what it knows only if it asks must not be what makes it empty.
        snapshot.forget(objections.keys());
        export.leave_out(objections);
    }
}

/// Why objects can't stay, by object.
type Objections = BTreeMap<Address, String>;

/// Loads the texts as they will be loaded: in another place, where no secret is known.
fn load(export: &Export) -> Result<Configuration, Objections> {
    let texts = export.files.iter().map(|file| (file.path.clone(), file.text.clone()));
    let mut manifests = load::load_texts(Path::new(""), texts, &LoadOptions::default());
    let configuration = resolve::resolve_manifests(&mut manifests);
    let objections = complaints(&manifests.diagnostics, &manifests.sources, export);
    if objections.is_empty() { Ok(configuration) } else { Err(objections) }
}

fn complaints(diagnostics: &Diagnostics, sources: &SourceMap, export: &Export) -> Objections {
    let errors = diagnostics.iter().filter(|complaint| complaint.severity == Severity::Error);
    let of_file = |path: &Path| export.files.iter().find(|file| file.path == path);
    let mut found = Objections::new();
    for complaint in errors {
        let place = complaint.primary.as_ref().map(|label| label.span);
        let Some(file) = place.and_then(|span| of_file(sources.path(span.file))) else { continue };
        let why = format!("no manifest can say it: {}", complaint.message);
        found.entry(file.address.clone()).or_insert(why);
    }
    found
}

/// What the state says of the objects in the files.
fn of_files(state: &State, export: &Export) -> State {
    let mut own = State::new(state.lineage.clone(), state.salt.clone());
    let record = |address: &Address| Some((address.clone(), state.records.get(address)?.clone()));
    own.records = export.files.iter().filter_map(|file| record(&file.address)).collect();
    own
}

/// What a plan of the manifests would do or miss.
fn first_plan(configuration: &Configuration, state: Option<&State>, snapshot: &Snapshot) -> Objections {
    let Plan { changes, gaps, refusals, .. } = plan::plan(&PlanInput {
        configuration,
        state,
        snapshot,
        mode: Mode::Apply,
        drift: false,
        coverage: &Coverage::default(),
        moves: &[],
        thresholds: &Thresholds::default(),
        permissions: &Permissions::default(),
    });
    let mut found = Objections::new();
    for refusal in refusals {
        if let Some(address) = refusal.address {
            found.entry(address).or_insert(refusal.message);
        }
    }
    for gap in gaps {
        found.entry(gap.address).or_insert(gap.why);
    }
    for change in changes.iter().filter(|change| change.action != Action::NoOp) {
        found.entry(change.address.clone()).or_insert_with(|| difference(change));
    }
    found.retain(|address, _| configuration.resources.contains_key(address));
    found
}

fn difference(change: &Change) -> String {
    let fields: Vec<String> = change.attributes.iter().map(|attribute| attribute.path.to_string()).collect();
    format!("no manifest can say what it has in {}", fields.join(", "))
}

/// Files could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Some are there already.
    #[error(
        "{} already there, so nothing was written (--force overwrites): {}",
        if .0.len() == 1 { "a file is".to_owned() } else { format!("{} files are", .0.len()) },
        first_few(.0.iter().map(|path| path.display()), 5)
    )]
    Exists(Vec<PathBuf>),
    /// Manifests of the same objects are there under other names.
    #[error(
        "other manifests declare these objects, so nothing was written: {}; export to another directory, or remove them there",
        first_few(.0.iter().map(|(address, path)| format!("{address} ({})", path.display())), 5)
    )]
    Declared(Vec<(Address, PathBuf)>),
    /// A folder that they would be in is elsewhere.
    #[error(
        "{} is a symbolic link, so nothing was written: export to the directory itself, or remove the link",
        .0.display()
    )]
    Link(PathBuf),
    /// The disk says no.
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
/// If files are there already, or the disk says no.
pub fn write(export: &Export, directory: &Path, force: bool) -> Result<(), WriteError> {
    let paths = || export.files.iter().map(|file| directory.join(&file.path));
    if let Some(link) = paths().find_map(|path| linked(directory, &path)) {
        return Err(WriteError::Link(link));
    }
    let existing: Vec<PathBuf> = paths().filter(|path| !force && path.symlink_metadata().is_ok()).collect();
    if !existing.is_empty() {
        return Err(WriteError::Exists(existing));
    }
    let declared = declared_elsewhere(export, directory);
    if !declared.is_empty() {
        return Err(WriteError::Declared(declared));
    }
    for (path, staged) in stage_all(&export.files, directory)? {
        let result = if force { staged.replace() } else { staged.create() };
        result.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => WriteError::Exists(vec![path]),
            _ => WriteError::Io { path, source },
        })?;
    }
    Ok(())
}

/// Objects to be written that manifests in other files of the directory declare: two manifests of one object are an error.
fn declared_elsewhere(export: &Export, directory: &Path) -> Vec<(Address, PathBuf)> {
    if !directory.is_dir() {
        return Vec::new();
    }
    let own: BTreeMap<&Address, &Path> =
        export.files.iter().map(|file| (&file.address, file.path.as_path())).collect();
    let manifests = load::load(directory, &LoadOptions::default());
    let elsewhere = manifests.resources.into_iter().filter_map(|resource| {
        let file = PathBuf::from(resource.file?);
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
fn stage_all(files: &[manifests::File], directory: &Path) -> Result<Vec<(PathBuf, Staged)>, WriteError> {
    let part = |files: &[manifests::File]| {
        let staged = files.iter().map(|file| {
            let path = directory.join(&file.path);
            match stage(&path, &file.text) {
                Ok(staged) => Ok((path, staged)),
                Err(source) => Err(WriteError::Io { path, source }),
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

fn stage(path: &Path, text: &str) -> io::Result<Staged> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    Staged::new(path, text.as_bytes(), Access::Umask)
}
