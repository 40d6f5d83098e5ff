//! From a path or texts to [`Manifests`]: the loop over files and documents.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files::worktree::WorkTree;
use crate::model::diagnostic::{Diagnostic, Diagnostics, SourceMap, Span};
use crate::model::hint::{self, HintText};
use crate::resource::{Address, Resource};

use super::sources::{Known, Sources};
use super::variables::{Filled, Interpolator, Variables};
use super::{manifest, read, redact, scan, variable_file, walk, yaml};

/// What was loaded.
#[derive(Debug, Default)]
pub struct Manifests {
    /// The directory (or the parent of the single file) that relative paths start from.
    pub root: PathBuf,
    /// The objects that could be decoded, in file order.
    pub resources: Vec<Resource>,
    /// Every text that was read.
    pub sources: SourceMap,
    /// Files without any object, as `Resource::file` would name them.
    pub empty_files: BTreeSet<String>,
    /// Every diagnostic so far.
    pub diagnostics: Diagnostics,
}

/// What fills manifests in.
#[derive(Clone, Default)]
pub struct LoadOptions {
    /// `${NAME}` variables. They win over those of [`LoadOptions::variable_files`].
    pub variables: Variables,
    /// Files with one YAML or JSON mapping from names to values; later files win.
    pub variable_files: Vec<PathBuf>,
    /// The same; no value of them is ever shown.
    pub secret_files: Vec<PathBuf>,
    /// The environment, for `{env: NAME}` sources and for `NAUTFORM_VAR_NAME` and `NAUTFORM_SECRET_VAR_NAME` variables, which all
    /// others win over.
    pub environment: BTreeMap<String, String>,
    /// The root of the fleet, which manifests and secrets are inside of where there is no Git work tree; the
    /// directory itself by default.
    pub fleet: Option<PathBuf>,
    /// Another directory that secrets may be in.
    pub secrets: Option<PathBuf>,
    /// Where the directory lies below the root of its fleet: `Resource::file` begins with it.
    pub below: PathBuf,
    /// The words of hints in diagnostics; [`plain`](hint::plain) ones by default.
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

/// Loads a directory or a single file.
pub fn load(path: &Path, options: &LoadOptions) -> Manifests {
    Manifests::default().load(path, options)
}

/// The addresses of the objects in a directory or a single file. Files that are written plainly are not
/// parsed for that.
pub fn addresses(path: &Path, options: &LoadOptions) -> BTreeSet<Address> {
    let mut found = BTreeSet::new();
    let (mut loader, files) = Manifests::default().open(path, options);
    for file in files {
        let Some(text) = loader.read(&file) else { continue };
        match scan::addresses(&text) {
            Some(addresses) => found.extend(addresses),
            None => loader.take(&file, text),
        }
    }
    found.extend(loader.manifests.resources.into_iter().map(|resource| resource.address));
    found
}

/// Loads a text that is already in memory. Diagnostics call it `name`.
pub fn load_text(name: &str, text: &str, options: &LoadOptions) -> Manifests {
    Manifests::default().load_text(name, text, options)
}

impl Manifests {
    /// Loads a directory or a single file; what was read and found before, such as settings, is kept.
    #[must_use]
    pub fn load(self, path: &Path, options: &LoadOptions) -> Self {
        let (mut loader, files) = self.open(path, options);
        for file in files {
            if let Some(text) = loader.read(&file) {
                loader.take(&file, text);
            }
        }
        loader.finish(&path.display().to_string())
    }

    /// Finds the files of a directory, or the single file; none of what can't be found.
    fn open<'o>(self, path: &Path, options: &'o LoadOptions) -> (Loader<'o>, Vec<PathBuf>) {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let metadata = path.metadata();
        let is_directory = metadata.as_ref().is_ok_and(std::fs::Metadata::is_dir);
        let mut loader = Loader::new(self, if is_directory { path } else { parent }, options);
        let files = match metadata {
            Ok(_) if is_directory => walk::files(path, &loader.tree, &mut loader.manifests.diagnostics),
            Ok(_) => vec![path.to_owned()],
            Err(error) => {
                loader.manifests.diagnostics.push(not_found(path, &error));
                Vec::new()
            }
        };
        (loader, files)
    }

    /// Loads a text that is already in memory: standard input.
    #[must_use]
    pub fn load_text(self, name: &str, text: &str, options: &LoadOptions) -> Self {
        let mut loader = Loader::new(self, Path::new("."), options);
        loader.take(Path::new(name), text.to_owned());
        loader.finish(name)
    }
}

/// Loads texts that are already in memory, as if they had been read from files of these names below `root`.
pub fn load_texts<P: Into<PathBuf>>(
    root: &Path,
    texts: impl IntoIterator<Item = (P, String)>,
    options: &LoadOptions,
) -> Manifests {
    let mut loader = Loader::new(Manifests::default(), root, options);
    for (path, text) in texts {
        loader.take(&root.join(path.into()), text);
    }
    loader.finish(&root.display().to_string())
}

/// Whether a text is a plan or a state that nautform itself has written among the manifests.
fn is_ours(text: &str) -> bool {
    let head: String = text.chars().take(64).filter(|c| !c.is_whitespace()).collect();
    head.starts_with("{\"format\":\"nautform-")
}

fn not_found(path: &Path, error: &std::io::Error) -> Diagnostic {
    let shown = path.display();
    if error.kind() == std::io::ErrorKind::NotFound {
        return Diagnostic::error("not-found", format!("{shown} does not exist"))
            .help("name a directory of manifests, a single file, or - for standard input");
    }
    Diagnostic::error("unreadable", format!("{shown} can't be read: {error}"))
}

struct Loader<'o> {
    manifests: Manifests,
    tree: WorkTree,
    variables: Variables,
    /// The names of secret variables.
    names: BTreeSet<String>,
    options: &'o LoadOptions,
    documents: usize,
    /// The border of secrets.
    secrets: WorkTree,
    known: Known,
}

impl<'o> Loader<'o> {
    fn new(mut manifests: Manifests, root: &Path, options: &'o LoadOptions) -> Self {
        root.clone_into(&mut manifests.root);
        let mut variables = variable_file::from_environment(&options.environment);
        let mut secret = variable_file::secrets_from_environment(&options.environment);
        let Manifests { sources, diagnostics, .. } = &mut manifests;
        for file in &options.variable_files {
            variable_file::read_into(&mut variables, file, sources, diagnostics);
        }
        for file in &options.secret_files {
            variable_file::read_into(&mut secret, file, sources, diagnostics);
        }
        let names = secret.keys().cloned().collect();
        variables.extend(secret);
        variables.extend(options.variables.iter().map(|(name, value)| (name.clone(), value.clone())));
        let tree = WorkTree::of_fleet(root, options.fleet.as_deref().unwrap_or(root));
        let secrets = tree.clone().with(options.secrets.as_deref());
        let known = Known::default();
        Self { manifests, tree, secrets, variables, names, options, documents: 0, known }
    }

    fn read(&mut self, file: &Path) -> Option<String> {
        read::manifest(&self.tree, file, &mut self.manifests.diagnostics)
    }

    /// Parses and decodes one text; each document's nodes are dropped as soon as it is decoded.
    fn take(&mut self, path: &Path, text: String) {
        let relative = path.strip_prefix(&self.manifests.root).unwrap_or(path);
        let relative = self.options.below.join(relative).display().to_string();
        if is_ours(&text) {
            self.manifests.empty_files.insert(relative);
            return;
        }
        let Manifests { resources, sources: map, diagnostics, empty_files, .. } = &mut self.manifests;
        let known = resources.len();
        let file = map.add(path.strip_prefix(".").unwrap_or(path), text);
        let text = Arc::clone(map.text(file));
        let mut found = Diagnostics::new();
        let mut sources = Sources {
            map,
            tree: &self.secrets,
            environment: &self.options.environment,
            masked: Vec::new(),
            filled: Filled::default(),
            known: &mut self.known,
            hints: self.options.hints.unwrap_or(hint::plain),
        };
        let filler = Interpolator {
            text: &text,
            variables: &self.variables,
            secret: &self.names,
            hints: self.options.hints.unwrap_or(hint::plain),
        };
        let mut documents = yaml::Documents::new(file, &text);
        while let Some(document) = documents.next_document(&mut found) {
            self.documents += 1;
            let resource = decode(document, &filler, &mut sources, &mut found);
            resources.extend(resource.map(|resource| Resource { file: Some(relative.clone()), ..resource }));
        }
        if resources.len() == known {
            empty_files.insert(relative);
        }
        let masked = sources.masked;
        masked.into_iter().for_each(|span| map.mask(span));
        redact::in_text(map, file, &text, documents.is_complete());
        let is_ours = documents.is_complete() || redact::is_meant(&text);
        if !is_ours || path.file_name().is_some_and(|name| name == walk::SETTINGS) {
            redact::whole(map, file, &text);
        }
        drop_repetitions(&mut found);
        diagnostics.append(found);
    }

    /// A directory without manifests is an error, never "delete everything".
    fn finish(mut self, name: &str) -> Manifests {
        if self.documents == 0 && !self.manifests.diagnostics.has_errors() {
            self.manifests
                .diagnostics
                .push(Diagnostic::error("no-manifests", format!("no manifests in {name}")).help(
                "an empty directory never means \"delete everything\"; manifests end in .yaml, .yml or .json",
            ));
        }
        self.manifests
    }
}

/// Fills a document in and decodes it. One that is not known completely is checked as far as possible and
/// then left out.
fn decode(
    mut document: yaml::Document,
    filler: &Interpolator<'_>,
    sources: &mut Sources<'_>,
    diagnostics: &mut Diagnostics,
) -> Option<Resource> {
    redact::in_document(&document.root, &mut sources.masked);
    sources.filled = filler.fill(&mut document, diagnostics);
    let mut found = Diagnostics::new();
    let resource = manifest::resource(&document.root, sources, &mut found);
    found.for_each(|diagnostic| sources.filled.conceal(diagnostic, filler.secrets()));
    if document.unknown.is_empty() {
        if resource.is_none() && !found.has_errors() {
            let message = "the document can't be decoded, and no rule says why";
            let diagnostic = Diagnostic::error("not-decoded", message).at(document.root.span);
            found.push(diagnostic.help("this is a mistake in nautform: please report it"));
        }
        diagnostics.append(found);
        return resource;
    }
    let unknown: HashSet<Span> = document.unknown.iter().copied().collect();
    let is_known = |span: Span| !unknown.contains(&span);
    // What is mended by an edit of the text does not depend on values.
    found.retain(|diagnostic| {
        diagnostic.fix.is_some() || diagnostic.primary.as_ref().is_none_or(|label| is_known(label.span))
    });
    diagnostics.append(found);
    None
}

/// A value that aliases repeat is reported once.
fn drop_repetitions(diagnostics: &mut Diagnostics) {
    let mut seen = HashSet::new();
    diagnostics.retain(|diagnostic| {
        let place = diagnostic.primary.as_ref().map(|label| label.span);
        place.is_none() || seen.insert((place, diagnostic.code, diagnostic.message.clone()))
    });
}
