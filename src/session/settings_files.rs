//! The files that settings name: variables, and what the platform offers.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::load::OfSettings;
use crate::config::platform;
use crate::config::settings::{Loaded, PlatformSettings, Settings, VariableSettings};
use crate::files::worktree::WorkTree;

use super::addresses::SettingsFrom;
use super::fleet::Fleet;
use super::open::OpenOptions;

impl OpenOptions {
    /// What the settings fill manifests in with.
    pub(super) fn of_settings(&self, read: &Loaded) -> OfSettings {
        let root = Fleet::of(&self.path).root;
        let directory = self.trust.settings.directory(&root);
        let below = |files: &[PathBuf]| files.iter().map(|file| directory.join(file)).collect::<Vec<_>>();
        let all = read.environments.iter().map(|declared| &declared.settings).chain([&read.settings]);
        let of_one = |of: &Settings| {
            let PlatformSettings { components, hooks } = &of.platform;
            let platform = components.iter().chain(hooks).map(|file| directory.join(file));
            let variables = [below(&of.variables.files), below(&of.variables.secret_files)];
            platform.chain(variables.into_iter().flatten()).collect::<Vec<_>>()
        };
        let VariableSettings { values, files, secret_files } = &read.settings.variables;
        OfSettings {
            values: values.clone(),
            files: below(files),
            secret_files: below(secret_files),
            is_trusted: self.trust.settings != SettingsFrom::Fleet,
            catalogue: read.catalogue.clone(),
            others: all.flat_map(of_one).collect(),
        }
    }

    /// Reads what the platform of the chosen environment offers.
    pub(super) fn read_platform(&self, read: &mut Loaded) {
        let root = Fleet::of(&self.path).root;
        let directory = self.trust.settings.directory(&root);
        let tree = (self.trust.settings == SettingsFrom::Fleet).then(|| WorkTree::around(directory));
        let Loaded { settings, sources, diagnostics, .. } = &mut *read;
        let found = platform::load(&settings.platform, directory, tree.as_ref(), sources, diagnostics);
        read.catalogue = found.map(Arc::new);
    }
}
