//! What manifests are loaded with.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::hint::HintText;
use crate::resource::catalogue::Catalogue;

use super::variables::Variables;

/// What the settings fill manifests in with.
#[derive(Clone, Default)]
pub struct OfSettings {
    /// Variables.
    pub values: Variables,
    /// Files of variables; later ones win, and `values` over all.
    pub files: Vec<PathBuf>,
    /// The same; no value of them is ever shown.
    pub secret_files: Vec<PathBuf>,
    /// Whether the files may be anywhere.
    pub is_trusted: bool,
    /// What the platform offers, if it is not what v0.4.2 brings.
    pub catalogue: Option<Arc<Catalogue>>,
    /// Files that other environments name: none of them is a manifest.
    pub others: Vec<PathBuf>,
}

/// What fills manifests in.
#[derive(Clone, Default)]
pub struct LoadOptions {
    /// Variables of the settings, which all others win over.
    pub of_settings: OfSettings,
    /// `${NAME}` variables. They win over those of [`LoadOptions::variable_files`].
    pub variables: Variables,
    /// Files with one YAML or JSON mapping from names to values; later files win.
    pub variable_files: Vec<PathBuf>,
    /// The same; no value of them is ever shown.
    pub secret_files: Vec<PathBuf>,
    /// The environment, for `{env: NAME}` sources and for `NAUTFORM_VAR_NAME` and `NAUTFORM_SECRET_VAR_NAME`
    /// variables, which all but those of the settings win over.
    pub environment: BTreeMap<String, String>,
    /// The root of the fleet, which manifests and secrets are inside of where there is no Git work tree; the
    /// directory itself by default.
    pub fleet: Option<PathBuf>,
    /// Another directory that secrets may be in.
    pub secrets: Option<PathBuf>,
    /// Where the directory lies below the root of its fleet: `Resource::file` begins with it.
    pub below: PathBuf,
    /// Files that were given for something else, and are no manifests wherever they lie.
    pub others: Vec<PathBuf>,
    /// Whether it is an error if a file or a document is not a manifest.
    pub strict: bool,
    /// The words of hints in diagnostics; [`plain`](crate::model::hint::plain) ones by default.
    pub hints: Option<HintText>,
}

/// Names, never values: the environment holds tokens.
impl std::fmt::Debug for LoadOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoadOptions")
            .field("variables", &self.variables.keys().collect::<Vec<_>>())
            .field("variable_files", &self.variable_files)
            .finish_non_exhaustive()
    }
}
