//! One manifest of a product's config repository: what kind it is, what it is called, and whether it lies
//! where the server keeps it.

use crate::resource::kinds::KINDS;
use crate::resource::schema::{Folder, Kind, Manifests};

use super::layout::Problem;
use super::yaml::{self, Yaml};

const API_VERSION: &str = "nautes.resource.nautes.io/v1alpha1";

/// A manifest of a known kind, in its place.
pub(super) struct Manifest<'t> {
    /// The kind.
    pub(super) kind: &'static Kind,
    /// Where its manifests are.
    pub(super) place: Manifests,
    /// What it is called in Git.
    pub(super) name: String,
    tree: Yaml<'t>,
}

impl<'t> Manifest<'t> {
    /// The stored fields.
    pub(super) fn spec(&self) -> Option<&Yaml<'t>> {
        self.tree.get("spec")
    }
}

/// The directories at the root that the server reads.
pub(super) fn directories() -> impl Iterator<Item = &'static str> {
    // Kinds without an object here have a directory all the same (§4.0): what lies there is unknown.
    KINDS.iter().filter_map(|kind| kind.manifests).map(|place| place.directory).chain(["artifact-repos"])
}

/// Whether it is the manifest of this object.
pub(super) fn is_of(tree: &Yaml<'_>, kind: &str, name: &str) -> bool {
    let text = |names: &[&str]| {
        let found = names.iter().try_fold(tree, |tree, name| tree.get(name));
        found.and_then(Yaml::text)
    };
    text(&["apiVersion"]) == Some(API_VERSION)
        && text(&["kind"]) == Some(kind)
        && text(&["metadata", "name"]) == Some(name)
}

/// Reads the manifest at `path`.
pub(super) fn read<'t>(path: &str, text: &'t str) -> Result<Manifest<'t>, Problem> {
    let tree = yaml::read(text)?;
    let text = |names: &[&str]| {
        let found = names.iter().try_fold(&tree, |tree, name| tree.get(name));
        found.and_then(Yaml::text)
    };
    let metadata =
        tree.get("metadata").is_some_and(|metadata| metadata.has_other_spelling(["name"].into_iter()));
    let heads = ["apiVersion", "kind", "metadata", "spec"].into_iter();
    if text(&["apiVersion"]) != Some(API_VERSION) || metadata || tree.has_other_spelling(heads) {
        return Err(Problem::Resource);
    }
    let named = text(&["kind"]).ok_or(Problem::Resource)?;
    let known = KINDS.iter().copied().find(|kind| kind.name == named);
    let (kind, place) = known.and_then(|kind| Some((kind, kind.manifests?))).ok_or(Problem::Resource)?;
    let name = text(&["metadata", "name"]).filter(|name| !name.is_empty()).ok_or(Problem::Resource)?;
    if !matches!(tree.get("spec"), Some(Yaml::Mapping(_))) {
        return Err(Problem::Resource);
    }
    let folder = match place.folder {
        Folder::None => None,
        Folder::Own => Some(name),
        Folder::Of(field) => Some(text(&["spec", field]).ok_or(Problem::Field)?),
    };
    let expected = match folder {
        None => format!("{}/{name}.yaml", place.directory),
        Some(folder) => format!("{}/{folder}/{name}.yaml", place.directory),
    };
    if path != expected {
        return Err(Problem::Place);
    }
    let name = name.to_owned();
    Ok(Manifest { kind, place, name, tree })
}
