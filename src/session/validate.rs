//! `validate`: loads and resolves, offline.

use std::path::PathBuf;

use crate::config::load::{self, LoadOptions, Manifests};
use crate::config::resolve::ignore::{self, IgnoreRule};
use crate::config::resolve::{self, Configuration};

/// Where manifests come from.
#[derive(Clone, Debug)]
pub enum Input {
    /// A directory or a file.
    Path(PathBuf),
    /// A text that was read already: standard input.
    Text(String),
}

/// Loaded and resolved manifests with all complaints.
#[derive(Debug)]
pub struct Validated {
    /// Texts and complaints; its resources have moved to the configuration.
    pub manifests: Manifests,
    /// The desired objects and their order.
    pub configuration: Configuration,
}

impl Validated {
    /// Follows the `ignore:` rules of the settings; complaints about them join the others.
    pub fn ignore(&mut self, rules: &[IgnoreRule], today: jiff::civil::Date) {
        ignore::ignore(&mut self.configuration, rules, today, &mut self.manifests.diagnostics);
    }
}

/// Loads and resolves.
pub fn validate(input: &Input, options: &LoadOptions) -> Validated {
    let mut manifests = match input {
        Input::Path(path) => load::load(path, options),
        Input::Text(text) => load::load_text("<stdin>", text, options),
    };
    let configuration = resolve::resolve_manifests(&mut manifests);
    Validated { manifests, configuration }
}
