//! What the tenant's repository has of an object that the API shows in part: fields that replies leave out,
//! and files that have to be there.

use std::collections::BTreeMap;

use crate::model::value::{Map, Name, Value};
use crate::resource::Observed;
use crate::resource::schema::{Kind, TenantFile, TenantFiles, as_replied};

use super::field::{self, Numbers};
use super::manifest;
use super::yaml;

/// An object with what the tenant's repository has of it.
#[derive(Debug)]
pub(crate) struct Completed {
    /// All fields; `None` if the manifest is not what the API shows: others write just now, or by hand.
    pub(crate) spec: Option<Value>,
    /// What is wrong with its files.
    pub(crate) broken: Vec<String>,
}

/// The files that belong to an object.
pub(crate) fn files_of(observed: &Observed) -> Vec<String> {
    let Some(files) = &observed.address.kind().tenant_files else { return Vec::new() };
    let rendered = (files.rendered)(observed.address.name(), &observed.spec);
    let own = [path(files, observed), list(files)];
    own.into_iter().chain(rendered.into_iter().map(|file| file.path)).collect()
}

/// The manifest of an object.
pub(crate) fn own_file_of(observed: &Observed) -> Option<String> {
    observed.address.kind().tenant_files.as_ref().map(|files| path(files, observed))
}

/// Completes an object by the files of the tenant's repository. `None` if its manifest is not there.
pub(crate) fn complete(observed: &Observed, files: &BTreeMap<String, String>) -> Option<Completed> {
    let kind = observed.address.kind();
    let places = kind.tenant_files.as_ref()?;
    let name = observed.address.name();
    let mut broken = Vec::new();
    let own = files.get(&path(places, observed))?;
    let listed = files.get(&list(places)).and_then(|text| yaml::read(text).ok());
    let listed = listed.as_ref().and_then(|list| list.get("resources"));
    if listed.is_some_and(|listed| !listed.scalars(&[]).contains(&format!("{name}.yaml").as_str())) {
        broken.push(format!("its manifest is not in {}, so Kubernetes never gets it", list(places)));
    }
    let mut spec = stored(kind, name, own);
    for TenantFile { path, at, wants, field, missing } in (places.rendered)(name, &observed.spec) {
        let tree = files.get(&path).and_then(|text| yaml::read(text).ok());
        let held =
            tree.iter().flat_map(|tree| tree.scalars(at)).find(|held| wants.is_none_or(|text| text == *held));
        match (held, field, &mut spec) {
            (None, _, _) => broken.push(format!("{missing} ({path})")),
            (Some(held), Some([object, field]), Some(Value::Map(spec))) => {
                let member = [(Name::from(field), Value::text(held))].into_iter().collect::<Map>();
                spec.insert(object, Value::Map(member));
            }
            _ => {}
        }
    }
    let is_shown = |spec: &Value| as_replied(kind.attributes, spec) == *observed.spec;
    Some(Completed { spec: spec.filter(is_shown), broken })
}

fn path(files: &TenantFiles, observed: &Observed) -> String {
    format!("{}/{}.yaml", files.directory, observed.address.name())
}

fn list(files: &TenantFiles) -> String {
    format!("{}/kustomization.yaml", files.directory)
}

/// The fields of a manifest, if it is one of such an object.
fn stored(kind: &'static Kind, name: &str, text: &str) -> Option<Value> {
    let tree = yaml::read(text).ok()?;
    if !manifest::is_of(&tree, kind.name, name) {
        return None;
    }
    let mut numbers = Numbers { names: BTreeMap::new(), unknown: Vec::new() };
    field::fields(kind.attributes, tree.get("spec"), None, &mut numbers).ok()
}
