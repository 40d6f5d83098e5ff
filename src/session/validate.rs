//! `validate`: settings and manifests, loaded and resolved, offline.

use std::path::PathBuf;

use jiff::civil::Date;

use crate::config::load::{LoadOptions, Manifests};
use crate::config::resolve::{self, Configuration, ignore, moves, uses};
use crate::config::settings::{self, Settings};
use crate::plan::rules;
use crate::state::Rules;

/// Where manifests come from.
#[derive(Clone, Debug)]
pub enum Input {
    /// A directory or a file.
    Path(PathBuf),
    /// A text that was read already: standard input.
    Text(String),
}

/// Loaded and resolved manifests with all diagnostics.
#[derive(Debug)]
pub struct Validated {
    /// What `nautform.yaml` sets.
    pub settings: Settings,
    /// Texts and diagnostics, those of the settings first; its resources have moved to the configuration.
    pub manifests: Manifests,
    /// The desired objects and their order, with the `ignore:` rules of the settings.
    pub configuration: Configuration,
    /// What settings and manifests let pass, for the state to remember.
    pub rules: Rules,
}

/// Loads and resolves the manifests of a directory whose settings were read. Rules that ended before `today`
/// have no effect.
pub fn validate(input: &Input, options: &LoadOptions, settings: settings::Loaded, today: Date) -> Validated {
    let settings::Loaded { settings, diagnostics, sources, .. } = settings;
    let start = Manifests { sources, diagnostics, ..Manifests::default() };
    let mut manifests = match input {
        Input::Path(path) => start.load(path, options),
        Input::Text(text) => start.load_text("<stdin>", text, options),
    };
    uses::gather(&mut manifests.diagnostics);
    let mut configuration = resolve::resolve_manifests(&mut manifests);
    moves::check(&settings.moved, &configuration, &mut manifests.diagnostics);
    let rules = rules::of(&settings, &configuration);
    ignore::ignore(&mut configuration, &settings.ignore, today);
    Validated { settings, manifests, configuration, rules }
}
