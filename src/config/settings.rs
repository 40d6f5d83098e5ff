//! `nautform.yaml`: the settings of a directory, which hold no secrets. Flags and the environment win over
//! it.
//!
//! A command reads the file once and hands the settings on. It is parsed as manifests are ([`yaml`]), checked
//! against a table ([`keys`]) and made into [`Settings`]; all errors have a place and none shows a value,
//! since people paste tokens into it.

mod build;
mod decode;
mod duration;
mod environments;
pub(crate) mod keys;
mod model;
mod rules;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use crate::config::load::{OTHER_SETTINGS, SETTINGS, read, yaml};
use crate::files::worktree::WorkTree;
use crate::model::diagnostic::{Diagnostic, Diagnostics, SourceMap};
use crate::resource::catalogue::Catalogue;

pub(crate) use decode::is_label;
pub use duration::duration;
pub(crate) use model::{
    Backend, Declared, LintLevel, PlatformSettings, Settings, StateSettings, VariableSettings,
};
#[cfg(test)]
pub(crate) use rules::Share;
pub(crate) use rules::{FieldRule, MoveRule, Threshold};
pub use rules::{Move, Thresholds};

/// The settings of a directory, with what is wrong with them and the text that the places are in.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// What is set; what has errors is not.
    pub settings: Settings,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
    /// The file, which is never quoted.
    pub sources: SourceMap,
    /// The environments that it declares. As long as none is chosen, `settings` are what is there for all.
    pub environments: Vec<Declared>,
    /// What the platform offers, from the files that they name.
    pub(crate) catalogue: Option<Arc<Catalogue>>,
}

impl Loaded {
    /// The same with the settings of an environment; `None` if it is not declared.
    #[must_use]
    pub(crate) fn of_environment(mut self, name: &str) -> Option<Self> {
        let found = self.environments.iter().find(|declared| declared.name == name)?;
        self.settings = found.settings.clone();
        Some(self)
    }
}

/// Reads `nautform.yaml` of a directory; without one, nothing is set. Rules that ended before `today` are
/// warned of.
pub(crate) fn load(directory: &Path, today: Date) -> Loaded {
    let path = directory.join(SETTINGS);
    let mut found = Diagnostics::new();
    let tree = WorkTree::around(directory);
    // A link without a target is a file that can't be read.
    let text = path.symlink_metadata().is_ok().then(|| read::text(&path, Some(&tree), &mut found)).flatten();
    let shown = path.strip_prefix(".").unwrap_or(&path);
    let mut loaded = text.map_or_else(Loaded::default, |text| parse(shown, text, today));
    // Whether the target of a link exists is not said: it may be outside of the work tree.
    let is_there = |other: &PathBuf| other.symlink_metadata().is_ok();
    for other in OTHER_SETTINGS.iter().map(|name| directory.join(name)).filter(is_there) {
        let message = format!("{} is not read", other.display());
        found.push(Diagnostic::error("wrong-name", message).help(format!("rename it to {SETTINGS}")));
    }
    loaded.diagnostics.append(found);
    loaded
}

/// Reads a settings file that a flag names; it must exist.
pub(crate) fn load_file(path: &Path, today: Date) -> Loaded {
    let mut found = Diagnostics::new();
    let text = read::text(path, None, &mut found);
    let mut loaded = text.map_or_else(Loaded::default, |text| parse(path, text, today));
    loaded.diagnostics.append(found);
    loaded
}

/// Reads settings that are in memory, as if they were in a file of this name.
pub fn parse(path: &Path, text: String, today: Date) -> Loaded {
    let mut loaded = Loaded::default();
    let file = loaded.sources.add_private(path, text);
    let text = Arc::clone(loaded.sources.text(file));
    let documents = yaml::parse(file, &text, &mut loaded.diagnostics);
    if let Some(second) = documents.get(1) {
        let error = Diagnostic::error("wrong-type", "nautform.yaml must be one document");
        loaded.diagnostics.push(error.at(second.root.span).help("remove the '---' line and what follows it"));
    }
    if let Some(document) = documents.first() {
        let members = decode::decode(&document.root, keys::KEYS, &document.unknown, &mut loaded.diagnostics);
        let (settings, environments) = build::build_all(members, today, &mut loaded.diagnostics);
        environments::check(&environments, &mut loaded.diagnostics);
        loaded.settings = settings;
        loaded.environments = environments;
    }
    loaded
}
