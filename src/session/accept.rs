//! `drift --accept`: takes what others changed on the server over into the manifests. Edits texts, never
//! writes them anew; writes nothing to the server.
//!
//! Invariant: an edited file declares what it declared before, but for the fields that were taken over.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::load::{Manifests, load_texts};
use crate::config::resolve::places::Places;
use crate::model::diagnostic::{Edit, FileId, apply};
use crate::model::value::{Path, Segment, Value};
use crate::plan::DriftKind;
use crate::plan::drift::Findings;
use crate::resource::schema::edit::{self, CannotEdit};
use crate::resource::{Address, ByAddress, Resource};

use super::drift::{DriftReport, DriftRequest};
use super::edited::{Edited, write_edited};
use super::error::SessionError;
use super::not_accepted::NotAccepted;
use super::open::Session;

/// The edits of a file, and whose they are.
#[derive(Default)]
struct Edits {
    edits: Vec<Edit>,
    /// Object -> fields and their values.
    fields: BTreeMap<Address, Vec<(Path, Option<Value>)>>,
}

impl Session {
    /// Gives the drifted fields of these objects the live values in their manifests. All files are written, or
    /// none.
    ///
    /// # Errors
    /// If an object has no drift that can be taken over, or anything can't be read or written.
    pub async fn accept(&self, addresses: &[Address]) -> Result<Vec<Edited>, SessionError> {
        let report = self.drift(DriftRequest::default()).await?;
        let findings = Findings::of(&report.plan);
        let mut files: BTreeMap<FileId, Edits> = BTreeMap::new();
        let mut places = Places::new(&report.sources);
        for address in addresses.iter().collect::<BTreeSet<_>>() {
            if findings.missing.iter().any(|drift| drift.address == *address) {
                return Err(NotAccepted::Missing(address.clone()).into());
            }
            let drift = findings.drifted.iter().find(|drift| drift.address == *address);
            let drift = drift.filter(|drift| drift.kind == DriftKind::Changed);
            let drift = drift.ok_or_else(|| NotAccepted::NoDrift(address.clone()))?;
            let resource = report.configuration.resources.get(address);
            let resource = resource.ok_or_else(|| NotAccepted::NotDeclared(address.clone()))?;
            let paths = drift.attributes.iter().map(|attribute| above_lists(&attribute.path));
            let paths: BTreeSet<Path> = paths.collect();
            let file = files.entry(resource.span.file).or_default();
            take_over(
                resource,
                &drift.object,
                report.sources.text(resource.span.file),
                &mut places,
                paths,
                file,
            )?;
        }
        let edited = files.into_iter().map(|(file, edits)| self.edited(&report, file, edits));
        let accepted = edited.collect::<Result<Vec<_>, _>>()?;
        write_edited(&accepted)?;
        Ok(accepted)
    }

    /// The file with its edits, if it still declares all else as before.
    fn edited(&self, report: &DriftReport, file: FileId, edits: Edits) -> Result<Edited, SessionError> {
        let path = report.sources.path(file).to_owned();
        let before = report.sources.text(file).to_string();
        let after = apply(&before, edits.edits);
        let options = self.load_options();
        let load =
            |text: &str| load_texts(std::path::Path::new(""), [(path.clone(), text.to_owned())], &options);
        let by_address = |loaded: Manifests| -> ByAddress<Resource> {
            loaded.resources.into_iter().map(|resource| (resource.address.clone(), resource)).collect()
        };
        let edited = load(&after);
        let shown = edited.sources.files().last().map(|file| edited.sources.shown(file));
        if let Some(address) = differing(&by_address(load(&before)), &by_address(edited), &edits.fields) {
            return Err(NotAccepted::Differs(address).into());
        }
        let before_shown = report.sources.shown(file);
        Ok(Edited { path, before, after, before_shown, after_shown: shown.unwrap_or_default() })
    }
}

/// A list is taken over as a whole.
fn above_lists(path: &Path) -> Path {
    let names = path.segments().iter().take_while(|segment| matches!(segment, Segment::Name(_)));
    names.fold(Path::root(), |mut above, segment| {
        above.push(segment.clone());
        above
    })
}

fn take_over(
    resource: &Resource,
    live: &Value,
    text: &str,
    places: &mut Places<'_>,
    paths: BTreeSet<Path>,
    file: &mut Edits,
) -> Result<(), SessionError> {
    let address = &resource.address;
    let failed = |path: &Path, why| NotAccepted::Field { address: address.clone(), path: path.clone(), why };
    for path in paths {
        let spec = places.spec(resource).ok_or_else(|| failed(&path, CannotEdit::Form))?;
        let value = live.at(&path).filter(|value| !matches!(value, Value::Null)).cloned();
        let edit = edit::set(text, spec, address.kind().attributes, &path, value.as_ref());
        file.edits.push(edit.map_err(|why| failed(&path, why))?);
        file.fields.entry(address.clone()).or_default().push((path, value));
    }
    Ok(())
}

/// The first object that is not as it was, but for the fields that were taken over.
fn differing(
    before: &ByAddress<Resource>,
    after: &ByAddress<Resource>,
    fields: &BTreeMap<Address, Vec<(Path, Option<Value>)>>,
) -> Option<Address> {
    let is_same = |address: &Address| {
        let (Some(before), Some(after)) = (before.get(address), after.get(address)) else { return false };
        let taken: &[(Path, Option<Value>)] = fields.get(address).map(Vec::as_slice).unwrap_or_default();
        taken.iter().all(|(path, value)| after.spec.at(path) == value.as_ref())
            && others(&before.spec, &Path::root(), taken) == others(&after.spec, &Path::root(), taken)
    };
    let all: BTreeSet<&Address> = before.keys().chain(after.keys()).chain(fields.keys()).collect();
    all.into_iter().find(|address| !is_same(address)).cloned()
}

/// The leaves of a spec that were not taken over, as texts: mappings come and go with them.
fn others(value: &Value, path: &Path, taken: &[(Path, Option<Value>)]) -> Vec<String> {
    if taken.iter().any(|(field, _)| path.starts_with(field)) {
        return Vec::new();
    }
    match value {
        Value::Map(map) => {
            map.iter().flat_map(|(name, value)| others(value, &path.join(*name), taken)).collect()
        }
        value => vec![format!("{path}: {value:?}")],
    }
}
