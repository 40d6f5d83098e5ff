//! `validate` of a fleet with environments: in each of them, and what is wrong in all is said once.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::config::load::{Manifests, Skipped};
use crate::config::settings;
use crate::model::diagnostic::{Diagnostic, Diagnostics, SourceMap};

use super::environments;
use super::error::SessionError;
use super::open::{Care, OpenOptions};
use super::validate::Validated;

/// What was found in the manifests.
#[derive(Debug)]
pub struct Checked {
    /// Errors and warnings; one that is not of all environments says of which.
    pub diagnostics: Diagnostics,
    /// The texts that the places are in.
    pub sources: SourceMap,
    /// Files and documents among the manifests that are not manifests.
    pub skipped: Vec<Skipped>,
    /// The directory of the manifests.
    pub(super) root: PathBuf,
    /// The environments, if there are any, and how many objects are declared there.
    pub objects: Vec<(Option<String>, usize)>,
}

impl OpenOptions {
    /// As [`OpenOptions::validate`]; of a fleet with environments of which none is chosen, in each.
    ///
    /// # Errors
    /// As [`OpenOptions::validate`].
    pub fn check(&self) -> Result<Checked, SessionError> {
        let read = self.read_settings();
        let all: Vec<_> = read.environments.iter().map(|declared| declared.name.clone()).collect();
        if self.chosen.is_some() || all.is_empty() || read.diagnostics.has_errors() {
            let validated = self.validate_with(&self.input()?, self.settings(read)?, Care::Thorough)?;
            let Validated { manifests, configuration, settings, .. } = validated;
            let objects = vec![(settings.environment, configuration.resources.len())];
            let Manifests { diagnostics, sources, skipped, root, .. } = manifests;
            return Ok(Checked { diagnostics, sources, skipped, root, objects });
        }
        let input = self.input()?;
        let mut last = Manifests { sources: read.sources.clone(), ..Manifests::default() };
        let mut merged = Merged::default();
        let mut objects = Vec::with_capacity(all.len());
        for name in all {
            let chosen = environments::choose(read.clone(), Some(&name))?;
            let chosen = self.with_warnings(settings::Loaded { sources: last.sources, ..chosen });
            let validated = self.validate_with(&input, chosen, Care::Thorough)?;
            merged.add(&name, &validated.manifests.diagnostics, &validated.manifests.sources);
            last = validated.manifests;
            objects.push((Some(name), validated.configuration.resources.len()));
        }
        let Manifests { sources, skipped, root, .. } = last;
        Ok(Checked { diagnostics: merged.end(), sources, skipped, root, objects })
    }
}

/// The diagnostics of several environments: each once, and which ones it is about if not about all.
#[derive(Default)]
struct Merged {
    names: Vec<String>,
    found: Vec<(Diagnostic, Vec<String>)>,
    by_text: BTreeMap<String, usize>,
}

impl Merged {
    /// Adds those of an environment.
    fn add(&mut self, name: &str, diagnostics: &Diagnostics, sources: &SourceMap) {
        self.names.push(name.to_owned());
        for diagnostic in diagnostics.iter() {
            let place = diagnostic.primary.as_ref().map(|label| sources.location(label.span).to_string());
            let Diagnostic { severity, code, message, help, .. } = diagnostic;
            let text = format!("{place:?} {severity:?} {code:?} {message} {help:?}");
            let index = *self.by_text.entry(text).or_insert(self.found.len());
            if index == self.found.len() {
                self.found.push((diagnostic.clone(), Vec::new()));
            }
            let names = &mut self.found[index].1;
            if names.last().is_none_or(|last| last != name) {
                names.push(name.to_owned());
            }
        }
    }

    fn end(self) -> Diagnostics {
        let Self { names: all, found, .. } = self;
        let mut diagnostics = Diagnostics::new();
        diagnostics.extend(found.into_iter().map(|(mut diagnostic, names)| {
            if names.len() < all.len() {
                let word = if names.len() == 1 { "environment" } else { "environments" };
                diagnostic.message.push_str(&format!(" ({word} {})", names.join(", ")));
            }
            diagnostic
        }));
        diagnostics
    }
}
