//! Where the platform keeps an object: its manifest in Git, attributes in GitLab, or nowhere that can be read.
//!
//! The manifests are Kubernetes resources in the config repository of the product; the layout is that of
//! nautes-api.md §4.0. The translation that these properties drive is in `resource::stored`.

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
