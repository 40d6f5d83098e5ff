//! Where the platform keeps an object: its manifest in Git, attributes in GitLab, or nowhere that can be read.
//!
//! The manifests are Kubernetes resources in the config repository of the product; the layout is that of
//! nautes-api.md §4.0. The translation that these properties drive is in `resource::stored`.

use crate::model::value::Value;

/// Where a field's value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// In the object's manifest, under this name; empty if it is the field's own.
    InManifest(&'static str),
    /// Among the attributes of the GitLab group or project, the field and all below it.
    InGitLab,
    /// Where it can't be read: in a vault, or in files made from it.
    Elsewhere,
}

/// Where the manifests of a kind are.
#[derive(Clone, Copy, Debug)]
pub struct Manifests {
    /// The directory at the root of the config repository.
    pub directory: &'static str,
    /// The folder in it.
    pub folder: Folder,
    /// What a manifest is named after.
    pub naming: Naming,
}

/// The folder of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folder {
    /// None: the file is in the directory itself.
    None,
    /// A folder of the manifest's own name.
    Own,
    /// A folder named by this field of the manifest.
    Of(&'static str),
}

/// What a manifest is named after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// The object.
    Object,
    /// The number of a GitLab project behind this prefix. Other manifests name the object by it, too.
    Project {
        /// `repo-`.
        prefix: &'static str,
        /// The field of the manifest that holds the object's name.
        name_in: &'static str,
    },
}

/// Files of an object in the tenant's repository.
#[derive(Clone, Copy, Debug)]
pub struct TenantFiles {
    /// The directory of the manifests and of the list of them, `kustomization.yaml`.
    pub directory: &'static str,
    /// Files that the server makes from an object, given its name and fields.
    pub rendered: for<'a> fn(name: &'a str, spec: &Value) -> Vec<TenantFile<'a>>,
}

/// A file that has to be there.
#[derive(Clone, Debug)]
pub struct TenantFile<'a> {
    /// Its path.
    pub path: String,
    /// Where in it the text is that counts; through the items of sequences.
    pub at: &'static [&'static str],
    /// That text, if it must be a certain one.
    pub wants: Option<&'a str>,
    /// The field of the object that it is the value of: what it is in, and its name.
    pub field: Option<[&'static str; 2]>,
    /// What is wrong if it is not there.
    pub missing: &'static str,
}
