//! From a path or texts to [`Manifests`]: the loop over files and documents.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::iter::Either;
use rayon::prelude::*;

use crate::files::worktree::WorkTree;
use crate::model::diagnostic::{Diagnostic, Diagnostics, FileId, SourceMap};
use crate::model::hint;
use crate::resource::{Address, Resource};

use super::decoder::{Decoded, Decoder};
use super::documents::LeftOut;
use super::foreign::{SkipReason, Skipped};
use super::ignore_file::{self, Location};
use super::options::{LoadOptions, OfSettings};
use super::sources::Known;
use super::variable_file::{PREFIX, SECRET_PREFIX};
use super::variables::Variables;
use super::{envelope, foreign, read, scan, variable_file, walk};

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
    /// What was left out because it is not a manifest.
    pub skipped: Vec<Skipped>,
    /// What `.nautformignore` leaves out.
    pub ignored: Ignored,
}

/// What is left out of a directory although it may have manifests. It is not read unless it is asked for.
#[derive(Clone, Debug, Default)]
pub struct Ignored {
    /// Manifests, and directories, that `.nautformignore` leaves out.
    paths: Vec<PathBuf>,
    /// Files that were given for something else.
    given: Vec<PathBuf>,
    root: PathBuf,
    options: LoadOptions,
}

/// Why a file is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    /// `.nautformignore` says so.
    Rule,
    /// It is not called like a manifest.
    Name,
    /// It was given for something else.
    Given,
}

/// Loads a directory or a single file.
pub fn load(path: &Path, options: &LoadOptions) -> Manifests {
    Manifests::default().load(path, options)
}

/// The addresses of the objects in a directory or a single file, in no order. Files that are written plainly are
/// not parsed for that.
pub fn addresses(path: &Path, options: &LoadOptions) -> Vec<Address> {
    let (mut loader, files) = Manifests::default().open(path, options);
    let scan = |file: PathBuf| {
        let text = read::text(&file, Some(&loader.tree), &mut Diagnostics::new());
        text.as_deref().and_then(scan::addresses).map_or(Either::Right(file), Either::Left)
    };
    let (scanned, others): (Vec<_>, Vec<_>) = files.into_par_iter().partition_map(scan);
    loader.take_all(&others);
    let loaded = loader.manifests.resources.into_iter().map(|resource| resource.address);
    scanned.into_iter().flatten().chain(loaded).collect()
}

impl Ignored {
    /// What the manifests that are left out would declare, in which files, and why these are left out.
    /// Problems of theirs do not matter, and most of the files belong to other programs. `sources` are files
    /// that manifests were last seen in: they may have got another name.
    pub fn objects(&self, sources: &BTreeSet<&str>) -> BTreeMap<Address, (String, Unread)> {
        let mut found = BTreeMap::new();
        let mut loader = Loader::new(Manifests::default(), &self.root, &self.options);
        for (file, why) in self.files(sources, &loader.tree) {
            // What looks like no manifest at all is not parsed.
            let is_like = |text: &String| text.contains("kind") && text.contains("spec");
            let Some(text) = loader.read(&file).filter(is_like) else { continue };
            let relative = loader.relative(&file);
            let addresses = scan::addresses(&text).unwrap_or_else(|| loader.declared(&file, text));
            found.extend(addresses.into_iter().map(|address| (address, (relative.clone(), why))));
        }
        found
    }

    fn files(&self, sources: &BTreeSet<&str>, tree: &WorkTree) -> Vec<(PathBuf, Unread)> {
        let of_rule = |path: &PathBuf| {
            if path.is_dir() { walk::all_files(path, tree) } else { vec![path.clone()] }
        };
        let gone = sources.iter().filter_map(|file| self.place(file)).filter(|path| !path.exists());
        let renamed = walk::renamed(&self.root, &gone.collect::<Vec<_>>());
        let renamed = renamed.into_iter().map(|file| (file, Unread::Name));
        let given = self.given.iter().map(|file| (file.clone(), Unread::Given));
        let by_rule = self.paths.iter().flat_map(of_rule).map(|file| (file, Unread::Rule));
        renamed.chain(given).chain(by_rule).collect()
    }

    /// Where a file is that `Resource::file` names; nothing if nothing was walked.
    fn place(&self, file: &str) -> Option<PathBuf> {
        let rest = Path::new(file).strip_prefix(&self.options.below).ok()?;
        (!self.root.as_os_str().is_empty()).then(|| self.root.join(rest))
    }

    /// Whether a file, as `Resource::file` names it, is there and left out.
    pub fn has_file(&self, file: &str) -> bool {
        let Some(path) = self.place(file) else { return false };
        self.paths.iter().any(|ignored| path.starts_with(ignored)) && path.is_file()
    }
}

impl Manifests {
    /// Loads a directory or a single file; what was read and found before, such as settings, is kept.
    #[must_use]
    pub fn load(self, path: &Path, options: &LoadOptions) -> Self {
        let (mut loader, files) = self.open(path, options);
        match files.as_slice() {
            [file] if loader.is_single => {
                let text = loader.read(file);
                text.into_iter().for_each(|text| loader.take_named(file, text));
            }
            files => loader.take_all(files),
        }
        // A part of a fleet need not use them all.
        let is_whole = path.is_dir() && options.below.as_os_str().is_empty();
        // What could not be read may use them.
        if is_whole && !loader.manifests.diagnostics.has_errors() {
            loader.report_unused();
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
            Ok(_) if is_directory => loader.find(path),
            Ok(_) => {
                loader.is_single = true;
                vec![path.to_owned()]
            }
            Err(error) => {
                loader.manifests.diagnostics.push(not_found(path, &error));
                Vec::new()
            }
        };
        (loader, files)
    }

    /// Loads a text that is already in memory, such as standard input. Diagnostics call it `name`.
    #[must_use]
    pub fn load_text(self, name: &str, text: &str, options: &LoadOptions) -> Self {
        let mut loader = Loader::new(self, Path::new("."), options);
        loader.take_named(Path::new(name), text.to_owned());
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

fn not_found(path: &Path, error: &std::io::Error) -> Diagnostic {
    let shown = path.display();
    if error.kind() == std::io::ErrorKind::NotFound {
        return Diagnostic::error("not-found", format!("{shown} does not exist"))
            .help("name a directory of manifests, a single file, or - for standard input");
    }
    Diagnostic::error("unreadable", format!("{shown} can't be read: {error}"))
}

/// How many files are read and decoded before what they have is put together: enough for all processors, and
/// little memory.
const AT_ONCE: usize = 256;

struct Loader<'o> {
    manifests: Manifests,
    tree: WorkTree,
    variables: Variables,
    /// The names of secret variables.
    names: BTreeSet<String>,
    options: &'o LoadOptions,
    /// Whether the program was given a file, and not a directory.
    is_single: bool,
    strict: bool,
    documents: usize,
    /// The border of secrets.
    secrets: WorkTree,
    known: Known,
    /// The names of the variables that were filled in.
    used: BTreeSet<String>,
}

impl<'o> Loader<'o> {
    fn new(mut manifests: Manifests, root: &Path, options: &'o LoadOptions) -> Self {
        root.clone_into(&mut manifests.root);
        let tree = WorkTree::of_fleet(root, options.fleet.as_deref().unwrap_or(root));
        let secrets = tree.clone().with(options.secrets.as_deref());
        let own = &options.of_settings;
        let Manifests { sources, diagnostics, .. } = &mut manifests;
        let mut read = |files: &[PathBuf], border: Option<&WorkTree>| {
            let mut found = Variables::new();
            for file in files {
                variable_file::read_into(&mut found, file, border, sources, diagnostics);
            }
            found
        };
        let border = |tree| (!own.is_trusted).then_some(tree);
        let mut variables = read(&own.files, border(&tree));
        variables.extend(own.values.clone());
        variables.extend(variable_file::from_environment(&options.environment, PREFIX));
        variables.extend(read(&options.variable_files, None));
        let mut secret = read(&own.secret_files, border(&secrets));
        secret.extend(variable_file::from_environment(&options.environment, SECRET_PREFIX));
        secret.extend(read(&options.secret_files, None));
        let names = secret.keys().cloned().collect();
        variables.extend(secret);
        variables.extend(options.variables.clone());
        Self {
            manifests,
            tree,
            secrets,
            variables,
            names,
            options,
            is_single: false,
            strict: options.strict,
            documents: 0,
            known: Known::default(),
            used: BTreeSet::new(),
        }
    }

    fn read(&mut self, file: &Path) -> Option<String> {
        read::text(file, Some(&self.tree), &mut self.manifests.diagnostics)
    }

    /// The manifests of a directory, without those of its files that were given for something else.
    fn find(&mut self, directory: &Path) -> Vec<PathBuf> {
        let options = self.options;
        let fleet = options.fleet.as_deref().unwrap_or(directory);
        let location = Location { directory, fleet, below: &options.below };
        let found = walk::files(location, &self.tree, &mut self.manifests.diagnostics);
        let OfSettings { files, secret_files, others, .. } = &options.of_settings;
        let LoadOptions { variable_files, others: other_files, .. } = options;
        let given = [files, secret_files, others, variable_files, &options.secret_files, other_files];
        let given: Vec<PathBuf> =
            given.into_iter().flatten().filter_map(|file| file.canonicalize().ok()).collect();
        let is_given =
            |file: &PathBuf| !given.is_empty() && file.canonicalize().is_ok_and(|file| given.contains(&file));
        let (given, files) = found.files.into_iter().partition(is_given);
        let root = directory.to_owned();
        self.manifests.ignored = Ignored { paths: found.ignored, given, root, options: options.clone() };
        files
    }

    /// The path of a file from the root of the fleet.
    fn relative(&self, path: &Path) -> String {
        let relative = path.strip_prefix(&self.manifests.root).unwrap_or(path);
        self.options.below.join(relative).display().to_string()
    }

    /// Takes in a text that the program was told to read: it has a manifest, or what it has is an error.
    fn take_named(&mut self, path: &Path, text: String) {
        if foreign::is_output(&text) {
            let file = self.manifests.sources.add(path, text);
            return self.manifests.diagnostics.push(foreign::output_as_manifest(file));
        }
        self.take(path, text);
        let last = self.manifests.sources.files().last();
        if self.documents == 0 && !self.manifests.skipped.is_empty() {
            self.manifests.skipped.clear();
            self.strict = true;
            let text = last.map(|file| self.manifests.sources.text(file).to_string());
            self.take(path, text.unwrap_or_default());
        }
    }

    /// Takes one text in.
    fn take(&mut self, path: &Path, text: String) {
        let content = Content::new(text).map(|text| self.add(path, text));
        let content = content.map(|file| self.decode(path, file));
        self.put(path, content);
    }

    /// Reads and decodes files side by side. What they have is put together in their order.
    fn take_all(&mut self, files: &[PathBuf]) {
        for (number, paths) in files.chunks(AT_ONCE).enumerate() {
            self.reserve(number * AT_ONCE, files.len());
            let texts: Vec<_> = paths.par_iter().map(|path| self.content(path)).collect();
            let add = |(path, (content, found)): (&PathBuf, (Content<String>, Diagnostics))| {
                (content.map(|text| self.add(path, text)), found)
            };
            let files: Vec<_> = paths.iter().zip(texts).map(add).collect();
            let decode = |(path, (content, found)): (&PathBuf, (Content<FileId>, Diagnostics))| {
                (content.map(|file| self.decode(path, file)), found)
            };
            let decoded: Vec<_> = paths.par_iter().zip(files).map(decode).collect();
            for (path, (content, found)) in paths.iter().zip(decoded) {
                self.manifests.diagnostics.append(found);
                self.put(path, content);
            }
        }
    }

    /// Makes room for the objects of all files, if they have as many each as the first ones. A list that grows
    /// leaves three times its size in copies of it behind, which are given back to the system late.
    fn reserve(&mut self, taken: usize, all: usize) {
        let resources = &mut self.manifests.resources;
        let expected = (resources.len() * all).checked_div(taken).unwrap_or_default();
        resources.reserve(expected.saturating_sub(resources.len()));
    }

    /// What a file has, and why it can't be read.
    fn content(&self, file: &Path) -> (Content<String>, Diagnostics) {
        let mut found = Diagnostics::new();
        let text = read::text(file, Some(&self.tree), &mut found);
        (text.map_or(Content::Nothing, Content::new), found)
    }

    fn add(&mut self, path: &Path, text: String) -> FileId {
        self.manifests.sources.add(shown(path), text)
    }

    fn decode(&self, path: &Path, file: FileId) -> Decoded {
        let decoder = Decoder {
            map: &self.manifests.sources,
            secrets: &self.secrets,
            environment: &self.options.environment,
            variables: &self.variables,
            names: &self.names,
            known: &self.known,
            catalogue: self.options.of_settings.catalogue.as_ref(),
            hints: self.options.hints.unwrap_or(hint::plain),
            strict: self.strict,
        };
        decoder.decode(file, &self.relative(path))
    }

    /// Takes in what a file has.
    fn put(&mut self, path: &Path, content: Content<Decoded>) {
        let decoded = match content {
            Content::Nothing => return,
            Content::Output => return self.skip_output(path),
            Content::Manifests(decoded) => decoded,
        };
        let relative = self.relative(path);
        if decoded.resources.is_empty() {
            self.manifests.empty_files.insert(relative.clone());
        }
        self.documents += decoded.documents;
        self.used.extend(decoded.used);
        let Manifests { resources, sources, diagnostics, .. } = &mut self.manifests;
        resources.extend(decoded.resources);
        decoded.masked.into_iter().for_each(|span| sources.mask(span));
        diagnostics.append(decoded.diagnostics);
        self.skip(path, &relative, decoded.aside, decoded.documents == 0);
    }

    /// Notes a file that nautform has written.
    fn skip_output(&mut self, path: &Path) {
        let file = self.relative(path);
        self.manifests.empty_files.insert(file.clone());
        self.manifests.skipped.push(Skipped {
            file,
            path: shown(path).to_owned(),
            line: None,
            why: SkipReason::Output,
            addresses: Vec::new(),
        });
    }

    /// What a text declares, or would if it were a manifest.
    fn declared(&mut self, path: &Path, text: String) -> Vec<Address> {
        self.take(path, text);
        let Manifests { resources, skipped, .. } = &mut self.manifests;
        let skipped = skipped.drain(..).flat_map(|skipped| skipped.addresses);
        resources.drain(..).map(|resource| resource.address).chain(skipped).collect()
    }

    /// Notes the documents of a file that are not manifests; as one, if none of them is.
    fn skip(&mut self, path: &Path, file: &str, aside: Vec<LeftOut>, is_whole: bool) {
        let Manifests { sources, skipped, .. } = &mut self.manifests;
        let one = |LeftOut { span, why, addresses }: LeftOut| Skipped {
            file: file.to_owned(),
            path: shown(path).to_owned(),
            line: (!is_whole).then(|| sources.location(span).line),
            why: if is_kustomization(path) && why == SkipReason::Shape {
                SkipReason::Kustomization
            } else {
                why
            },
            addresses,
        };
        let mut all = aside.into_iter().map(one);
        if is_whole {
            let Some(first) = all.next() else { return };
            let others = all.flat_map(|other| other.addresses);
            let addresses = first.addresses.iter().cloned().chain(others).collect();
            skipped.push(Skipped { addresses, ..first });
        } else {
            skipped.extend(all);
        }
    }

    /// Variables that were given one by one, and that no manifest has.
    fn report_unused(&mut self) {
        let unused = self.options.variables.keys().filter(|name| !self.used.contains(*name));
        self.manifests.diagnostics.extend(unused.map(|name| {
            Diagnostic::warning("unused-variable", format!("variable '{name}' is set and used nowhere"))
                .help("correct its name, or leave it out")
        }));
    }

    /// A directory without manifests is an error, never "delete everything".
    fn finish(mut self, name: &str) -> Manifests {
        if self.documents == 0 && !self.manifests.diagnostics.has_errors() {
            let help = match (self.manifests.skipped.len(), self.manifests.ignored.paths.is_empty()) {
                (0, true) => {
                    "an empty directory never means \"delete everything\"; manifests end in .yaml, .yml or .json"
                        .to_owned()
                }
                (0, false) => format!("{} leaves out what is there", ignore_file::NAME),
                (_, _) => format!("what is there are no manifests: they begin with apiVersion: {}", envelope::API_VERSION),
            };
            let message = format!("no manifests in {name}");
            self.manifests.diagnostics.push(Diagnostic::error("no-manifests", message).help(help));
        }
        self.manifests
    }
}

/// What a file has, in one of its forms: a text, one that is among the sources, its objects.
enum Content<T> {
    /// It could not be read.
    Nothing,
    /// nautform has written it.
    Output,
    /// Manifests, as far as is known.
    Manifests(T),
}

impl Content<String> {
    fn new(text: String) -> Self {
        if foreign::is_output(&text) { Self::Output } else { Self::Manifests(text) }
    }
}

impl<T> Content<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Content<U> {
        match self {
            Self::Nothing => Content::Nothing,
            Self::Output => Content::Output,
            Self::Manifests(inside) => Content::Manifests(change(inside)),
        }
    }
}

/// A path as diagnostics show it.
fn shown(path: &Path) -> &Path {
    path.strip_prefix(".").unwrap_or(path)
}

fn is_kustomization(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem.eq_ignore_ascii_case("kustomization"))
}
