//! `export`: reads the live state, makes manifests of it, and checks them. Only reads; takes no lock.
//!
//! Invariant: what [`export()`] returns loads without an error, and its first plan against the live state
//! that was read is empty. An object that would break this is left out, and reported.

pub(crate) mod manifests;
mod missing;
pub(crate) mod write;

use std::collections::BTreeMap;
use std::path::Path;

use crate::config::load::{self, LoadOptions};
use crate::config::resolve::{self, Configuration};
use crate::live::client::Reader;
use crate::live::snapshot::{self, RefreshOptions, Snapshot};
use crate::model::diagnostic::{Diagnostics, Severity, SourceMap};
use crate::plan::{self, Action, Change, Coverage, Mode, Plan};
use crate::resource::{Address, Pattern};
use crate::state::State;
use manifests::Export;
use write::write;

use super::connect::Connected;
use super::error::SessionError;
use super::open::Session;
use super::plan::{PlanOptions, refresh};

pub use missing::{ListFailure, hidden_kinds};

/// Manifests, and the live state they were made from.
#[derive(Debug)]
pub struct Exported {
    /// What to write.
    pub export: Export,
    /// The live state as it was read.
    pub snapshot: Snapshot,
}

impl Exported {
    /// Writes the files below a directory; without `force`, over nothing that exists.
    ///
    /// # Errors
    /// If files exist, or can't be written.
    pub fn write(&self, directory: &Path, force: bool) -> Result<(), SessionError> {
        Ok(write(&self.export, directory, force)?)
    }

    /// The first target that matches nothing: it is misspelt.
    pub fn unmatched<'t>(&self, targets: &'t [Pattern]) -> Option<&'t Pattern> {
        let Export { files, left_out } = &self.export;
        let found =
            || files.iter().map(|file| &file.address).chain(left_out.iter().map(|left| &left.address));
        targets.iter().find(|target| !found().any(|address| target.covers(address)))
    }
}

impl Session {
    /// Makes manifests of the live objects that the targets cover (all, if there are none). Only reads; takes
    /// no lock. Also gives the state, which names objects that the next apply would delete without a
    /// manifest.
    ///
    /// # Errors
    /// If the live state can't be read, or a target matches nothing.
    pub async fn export(&self, targets: &[Pattern]) -> Result<(Exported, Option<State>), SessionError> {
        let (connected, state) = self.connect_with_state().await?;
        let exported = export(&connected.reader(), state.as_ref(), targets, &connected.refresh).await;
        let exported = self.located(exported)?;
        self.close(connected).await;
        match exported.unmatched(targets) {
            Some(target) => Err(SessionError::NotLive(Box::new(target.clone()))),
            None => Ok((exported, state)),
        }
    }

    /// Connects, and reads the state if there is one, which must be of this fleet.
    pub(super) async fn connect_with_state(&self) -> Result<(Connected, Option<State>), SessionError> {
        let mut connected = self.connect().await?;
        let state = self.load_state(&mut connected).await?;
        Ok((connected, state))
    }
}

/// Reads the objects that the targets cover (all, if there are none) and makes manifests of them. The state,
/// if there is one, names objects that lists hide and knows fields that the server never returns.
///
/// # Errors
/// If the live state can't be read at all.
pub async fn export(
    reader: &Reader,
    state: Option<&State>,
    targets: &[Pattern],
    options: &RefreshOptions,
) -> Result<Exported, SessionError> {
    let mut snapshot = read(reader, state, targets, options).await?;
    let mut export = manifests::files(&snapshot, state, targets);
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
        // A later plan of the files does not read what is left out here, so this one must not know it either.
        snapshot.forget(objections.keys());
        export.leave_out(objections);
    }
}

/// Reads the objects that the targets cover, and what they name.
pub(super) async fn read(
    reader: &Reader,
    state: Option<&State>,
    targets: &[Pattern],
    options: &RefreshOptions,
) -> Result<Snapshot, SessionError> {
    let mut snapshot = Snapshot::new();
    let mut wanted = Some(manifests::wanted(targets, state));
    while let Some(next) = wanted {
        refresh(reader, state, &next, &mut snapshot, options).await?;
        wanted = manifests::extra_reads(&snapshot, targets);
    }
    Ok(snapshot)
}

/// Why objects can't stay, by object.
type Objections = BTreeMap<Address, String>;

/// Loads the texts as they will be loaded: in another place, where no secret is known.
fn load(export: &Export) -> Result<Configuration, Objections> {
    let texts = export.files.iter().map(|file| (file.path.clone(), file.text.clone()));
    let mut manifests = load::load_texts(Path::new(""), texts, &LoadOptions::default());
    let configuration = resolve::resolve_manifests(&mut manifests);
    let objections = load_errors(&manifests.diagnostics, &manifests.sources, export);
    if objections.is_empty() { Ok(configuration) } else { Err(objections) }
}

fn load_errors(diagnostics: &Diagnostics, sources: &SourceMap, export: &Export) -> Objections {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    let of_file = |path: &Path| export.files.iter().find(|file| file.path == path);
    let mut found = Objections::new();
    for error in errors {
        let place = error.primary.as_ref().map(|label| label.span);
        let Some(file) = place.and_then(|span| of_file(sources.path(span.file))) else { continue };
        let why = format!("a manifest cannot express it: {}", error.message);
        found.entry(file.address.clone()).or_insert(why);
    }
    found
}

/// The records of the objects in the files.
fn of_files(state: &State, export: &Export) -> State {
    let mut own = State::new(state.lineage.clone(), state.salt.clone());
    let record = |address: &Address| Some((address.clone(), state.records.get(address)?.clone()));
    own.records = export.files.iter().filter_map(|file| record(&file.address)).collect();
    own
}

/// What a plan of the manifests would do or miss.
fn first_plan(configuration: &Configuration, state: Option<&State>, snapshot: &Snapshot) -> Objections {
    let options = PlanOptions::new(Mode::Apply, RefreshOptions::default());
    let coverage = Coverage::default();
    let planned = plan::plan(&options.input(configuration, state, snapshot, &coverage));
    let Plan { changes, gaps, refusals, .. } = planned;
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
    format!("a manifest cannot express its {}", fields.join(", "))
}
