//! Turns a directory of manifests into located, checked resources.
//!
//! Files are found ([`walk`](self)), parsed into located nodes ([`yaml`]), filled in ([`variables`]) and decoded one document at a
//! time. Invariant: every problem of every file is found in one run; nothing is dropped without a word.

mod manifest;
mod mask;
mod sources;
mod variables;
mod walk;
pub mod yaml;

pub use variables::Variables;
pub use walk::SETTINGS;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Diagnostics, SourceMap};
use crate::resource::Resource;

/// What was loaded.
#[derive(Debug, Default)]
pub struct Manifests {
    /// The directory (or the parent of the single file) that relative paths start from.
    pub root: PathBuf,
    /// The objects that could be decoded, in file order.
    pub resources: Vec<Resource>,
    /// Every text that was read.
    pub sources: SourceMap,
    /// Every complaint so far.
    pub diagnostics: Diagnostics,
}

/// What fills manifests in.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// `${NAME}` variables.
    pub variables: Variables,
    /// The environment, for `{env: NAME}` sources.
    pub environment: BTreeMap<String, String>,
}

/// Loads a directory or a single file.
pub fn load(path: &Path, options: &LoadOptions) -> Manifests {
    let is_file = path.is_file();
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut manifests =
        Manifests { root: if is_file { parent } else { path }.to_owned(), ..Manifests::default() };
    if !path.exists() {
        manifests
            .diagnostics
            .push(Diagnostic::error("not-found", format!("{} does not exist", path.display())));
        return manifests;
    }
    let files = if is_file { vec![path.to_owned()] } else { walk::files(path, &mut manifests.diagnostics) };
    if files.is_empty() && !manifests.diagnostics.has_errors() {
        let message = format!("no manifests in {}", path.display());
        let help = "a directory without manifests is never taken as a wish to delete everything; manifests end in .yaml, .yml or .json";
        manifests.diagnostics.push(Diagnostic::error("no-manifests", message).help(help));
    }
    for file in files {
        match std::fs::read(&file).map(String::from_utf8) {
            Ok(Ok(text)) => manifests.take(&file, text, options),
            Ok(Err(_)) => manifests.complain(&file, "not-utf8", "is not UTF-8 text"),
            Err(error) => manifests.complain(&file, "unreadable", &format!("can't be read: {error}")),
        }
    }
    manifests
}

/// Loads texts that are already in memory: standard input, and tests.
pub fn load_text(name: &str, text: &str, options: &LoadOptions) -> Manifests {
    let mut manifests = Manifests { root: PathBuf::from("."), ..Manifests::default() };
    manifests.take(Path::new(name), text.to_owned(), options);
    if manifests.resources.is_empty() && manifests.diagnostics.is_empty() {
        manifests.complain(Path::new(name), "no-manifests", "holds no manifests");
    }
    manifests
}

impl Manifests {
    /// Parses and decodes one text; its nodes are dropped as soon as their document is decoded.
    fn take(&mut self, path: &Path, text: String, options: &LoadOptions) {
        let file = self.sources.add(path, text);
        let text = std::sync::Arc::clone(self.sources.text(file));
        let relative = path.strip_prefix(&self.root).unwrap_or(path).display().to_string();
        let mut found = Diagnostics::new();
        let documents = yaml::parse(file, &text, &mut found);
        if found.has_errors() {
            mask::secrets(&mut self.sources, file, &text);
        }
        let mut sources =
            sources::Sources { map: &self.sources, environment: &options.environment, masked: Vec::new() };
        for mut document in documents {
            variables::substitute(&mut document, &options.variables, &mut found);
            let resource = manifest::resource(&document, &mut sources, &mut found);
            self.resources
                .extend(resource.map(|resource| Resource { file: Some(relative.clone()), ..resource }));
        }
        let masked = sources.masked;
        masked.into_iter().for_each(|span| self.sources.mask(span));
        self.diagnostics.append(found);
    }

    fn complain(&mut self, path: &Path, code: &'static str, problem: &str) {
        self.diagnostics.push(Diagnostic::error(code, format!("{} {problem}", path.display())));
    }
}

#[cfg(test)]
mod tests;
