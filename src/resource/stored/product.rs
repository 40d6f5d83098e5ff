//! A product from its config repository and its GitLab group.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

use crate::model::value::Value;
use crate::resource::schema::Naming;
use crate::resource::{Address, Observed, kinds};

use super::field::{self, Numbers};
use super::layout::{Problem, UnknownLayout};
use super::manifest::{self, Manifest};
use super::yaml::{self, Yaml};

/// The list of manifests that Kubernetes gets.
const LISTED: &str = "production/kustomization.yaml";

/// A GitLab group and its projects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GitLabProduct {
    /// The attributes of the group, by the names of the tables' fields.
    pub(crate) group: Value,
    /// The projects that are directly in the group.
    pub(crate) projects: Vec<GitLabProject>,
}

impl GitLabProduct {
    /// Equal for equal attributes of the group and its projects, and for nothing else.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        self.group.feed(&mut |piece| hasher.update(piece));
        for project in &self.projects {
            hasher.update(project.id.to_le_bytes());
            project.attributes.feed(&mut |piece| hasher.update(piece));
            let mark = project.mark.as_ref().map(|mark| format!("{}{}", mark.since, mark.when()));
            mark.map(Value::text).unwrap_or_default().feed(&mut |piece| hasher.update(piece));
        }
        hasher.finalize().into()
    }
}

/// That GitLab is going to delete a group or a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Since when.
    pub(crate) since: String,
    /// On which day, if GitLab says so.
    pub(crate) day: Option<Date>,
}

impl Mark {
    /// The day, to follow a sentence.
    pub(crate) fn when(&self) -> String {
        self.day.map(|day| format!(" on {day}")).unwrap_or_default()
    }
}

/// A GitLab project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GitLabProject {
    /// Its number.
    pub(crate) id: u64,
    /// Whether it is going to be deleted.
    pub(crate) mark: Option<Mark>,
    /// Its attributes, by the names of the tables' fields.
    pub(crate) attributes: Value,
}

impl GitLabProject {
    /// Its path in the group.
    pub(crate) fn path(&self) -> &str {
        self.attribute("path")
    }

    fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// An object that refers to GitLab projects that are not in the product's group.
#[derive(Clone, Debug)]
pub(crate) struct Dangling {
    /// The numbers of those projects.
    pub(crate) projects: Vec<u64>,
    /// The object. It has the server's own names of those projects: `repo-7`.
    pub(crate) object: Observed,
}

impl Dangling {
    /// What is wrong, as a sentence.
    pub(crate) fn sentence(&self) -> String {
        let project = self.projects.first().copied().unwrap_or_default();
        format!("it refers to the GitLab project {project}, which is not in the product's group")
    }
}

/// A product as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct StoredProduct {
    /// The product itself.
    pub(crate) product: Observed,
    /// What is in it, with all that is stored: also what the API never shows.
    pub(crate) objects: Vec<Observed>,
    /// Names of repositories, in lower case: under another spelling, or under a former path that GitLab
    /// follows, the API may show one, too. Only the API can tell.
    pub(crate) uncertain: BTreeSet<Address>,
    /// Objects that refer to GitLab projects that are not in the group.
    pub(crate) dangling: BTreeMap<Address, Dangling>,
    /// Repositories whose manifest is there and whose GitLab project is not in the group.
    pub(crate) without_project: BTreeMap<Address, u64>,
    /// Repositories that GitLab is going to delete.
    pub(crate) marked: BTreeMap<Address, Mark>,
    /// Objects whose manifest Kubernetes never gets, since the list of manifests lacks it.
    pub(crate) unlisted: BTreeSet<Address>,
}

impl StoredProduct {
    /// Lets equal addresses be those that are known: a large fleet has each of them once.
    pub(crate) fn share_addresses<'a>(&mut self, known: impl Fn(&Address) -> Option<&'a Address>) {
        let Self { product, objects, uncertain, .. } = self;
        for Observed { address, .. } in objects.iter_mut().chain([product]) {
            known(address).into_iter().for_each(|known| address.clone_from(known));
        }
        let shared = |address| known(&address).cloned().unwrap_or(address);
        *uncertain = std::mem::take(uncertain).into_iter().map(shared).collect();
    }
}

/// Puts the objects of a product together. `files` are those of its config repository.
///
/// # Errors
/// If a file is not as the server writes it.
pub(crate) fn translate(
    product: &str,
    files: &BTreeMap<String, String>,
    gitlab: &GitLabProduct,
) -> Result<StoredProduct, UnknownLayout> {
    let owner = kinds::owner();
    let names = gitlab.projects.iter().map(|project| (project.id, project.attribute("name")));
    let mut numbers = Numbers { names: names.collect(), unknown: Vec::new() };
    let own = field::fields(owner.attributes, None, Some(&gitlab.group), &mut numbers);
    let own = own.map_err(|problem| UnknownLayout { file: String::new(), problem })?;
    let mut found = Found {
        product,
        projects: gitlab.projects.iter().map(|project| (project.id, project)).collect(),
        numbers,
        listed: listed(files.get(LISTED).map(String::as_str)),
        hidden: BTreeMap::new(),
        stored: StoredProduct {
            product: Observed::stored(Address::of_tenant(owner, product), Arc::new(own)),
            objects: Vec::new(),
            uncertain: BTreeSet::new(),
            dangling: BTreeMap::new(),
            without_project: BTreeMap::new(),
            marked: BTreeMap::new(),
            unlisted: BTreeSet::new(),
        },
        names: BTreeSet::new(),
    };
    // The server reads what Git makes of the files.
    if let Some(file) = files.keys().find(|path| path.rsplit('/').next() == Some(".gitattributes")) {
        return Err(UnknownLayout { file: file.clone(), problem: Problem::Place });
    }
    let ignored = ignored(files);
    for (path, text) in files.iter().filter(|(path, _)| is_read(path, &ignored)) {
        let unknown = |problem| UnknownLayout { file: path.clone(), problem };
        let manifest = manifest::read(path, text).map_err(unknown)?;
        found.add(path, &manifest).map_err(unknown)?;
    }
    Ok(found.finish())
}

/// Whether the text of a file matters; only the names of the others do.
pub(crate) fn is_wanted(path: &str) -> bool {
    path == LISTED || manifest::directories().any(|directory| path.split('/').next() == Some(directory))
}

/// Names that the server leaves out wherever they occur: entries at the root that are not its own (§11 item
/// 12).
fn ignored(files: &BTreeMap<String, String>) -> BTreeSet<&str> {
    let own: BTreeSet<&str> = manifest::directories().collect();
    let root = files.keys().filter_map(|path| path.split('/').next());
    root.filter(|name| !own.contains(name)).chain(["production", ".git", "README.md"]).collect()
}

/// Whether the server loads a file.
fn is_read(path: &str, ignored: &BTreeSet<&str>) -> bool {
    !path.split('/').any(|name| ignored.contains(name) || name.ends_with(".md") || name.ends_with(".txt"))
}

/// The manifests that `kustomization.yaml` lists, as paths from the root: none if there is no such file;
/// `None` if it can't be read.
fn listed(text: Option<&str>) -> Option<BTreeSet<String>> {
    let Some(text) = text else { return Some(BTreeSet::new()) };
    let tree = yaml::read(text).ok()?;
    let resources = match tree.get("resources") {
        Some(Yaml::Sequence(items)) => items.as_slice(),
        Some(other) if !other.is_null() => return None,
        _ => &[],
    };
    let paths = resources.iter().map(|item| item.text()?.strip_prefix("../").map(str::to_owned));
    paths.collect()
}

/// What was found so far.
struct Found<'a> {
    product: &'a str,
    /// The projects of its group, by their numbers.
    projects: BTreeMap<u64, &'a GitLabProject>,
    numbers: Numbers<'a>,
    listed: Option<BTreeSet<String>>,
    /// Repositories that a list leaves out.
    hidden: BTreeMap<Address, Observed>,
    stored: StoredProduct,
    /// Kinds and names in Git.
    names: BTreeSet<(&'static str, String)>,
}

impl Found<'_> {
    fn add(&mut self, path: &str, manifest: &Manifest<'_>) -> Result<(), Problem> {
        if !self.names.insert((manifest.kind.name, manifest.name.clone())) {
            return Err(Problem::Duplicate);
        }
        match manifest.place.naming {
            Naming::Object => {
                let address = Address::of_product(manifest.kind, self.product, manifest.name.as_str());
                let spec = field::fields(manifest.kind.attributes, manifest.spec(), None, &mut self.numbers)?;
                self.check_listed(path, &address);
                let projects = std::mem::take(&mut self.numbers.unknown);
                let object = Observed::stored(address, Arc::new(spec));
                if projects.is_empty() {
                    self.stored.objects.push(object);
                } else {
                    self.stored.dangling.insert(object.address.clone(), Dangling { projects, object });
                }
                Ok(())
            }
            Naming::Project { prefix, name_in } => self.add_repository(path, manifest, prefix, name_in),
        }
    }

    fn add_repository(
        &mut self,
        path: &str,
        manifest: &Manifest<'_>,
        prefix: &str,
        name_in: &'static str,
    ) -> Result<(), Problem> {
        let id = field::number(prefix, &manifest.name).ok_or(Problem::Place)?;
        if manifest.spec().is_some_and(|spec| spec.has_other_spelling([name_in].into_iter())) {
            return Err(Problem::Field);
        }
        let saved = manifest.spec().and_then(|spec| spec.get(name_in)).and_then(Yaml::text);
        let saved = saved.filter(|saved| !saved.is_empty()).ok_or(Problem::Field)?;
        let address = |name: &str| Address::of_product(manifest.kind, self.product, name);
        let Some(&project) = self.projects.get(&id) else {
            self.stored.uncertain.insert(address(saved).to_lower_case());
            self.stored.without_project.insert(address(saved), id);
            return Ok(());
        };
        // A list shows it under the saved name if that is the display name; a GET finds it by its path (§4.4).
        let is_shown = project.attribute("name") == saved;
        let own_path = address(project.path());
        // A current GitLab has given it another path, too.
        self.stored.marked.extend(project.mark.iter().map(|mark| (own_path.clone(), mark.clone())));
        let saved = address(saved);
        self.stored.uncertain.extend([&saved, &own_path].map(Address::to_lower_case));
        let name = if is_shown { saved } else { own_path };
        let attributes = manifest.kind.attributes;
        let spec = field::fields(attributes, manifest.spec(), Some(&project.attributes), &mut self.numbers)?;
        self.check_listed(path, &name);
        let observed = Observed::stored(name.clone(), Arc::new(spec));
        if is_shown {
            self.stored.objects.push(observed);
        } else {
            self.hidden.insert(name, observed);
        }
        Ok(())
    }

    fn check_listed(&mut self, path: &str, address: &Address) {
        // A directory stands for what is in it.
        let mut places =
            std::iter::successors(Some(path), |place| place.rsplit_once('/').map(|(folder, _)| folder));
        if self.listed.as_ref().is_some_and(|listed| !places.any(|place| listed.contains(place))) {
            self.stored.unlisted.insert(address.clone());
        }
    }

    fn finish(mut self) -> StoredProduct {
        // What a list shows under a name wins over what a GET would find under it.
        let shown: BTreeSet<Address> =
            self.stored.objects.iter().map(|observed| observed.address.clone()).collect();
        let hidden = self.hidden.into_iter().filter(|(address, _)| !shown.contains(address));
        self.stored.objects.extend(hidden.map(|(_, observed)| observed));
        self.stored
    }
}
