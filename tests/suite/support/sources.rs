//! The source files of a crate as a tree of modules, and which file imports which: found in the tokens, so
//! that comments, strings and the form of a `use` make no difference. Tests are left out.
//!
//! A name that a module only re-exports counts as an import of the file that defines it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::repository;

/// A module's path from the crate's root: `["plan", "drift"]`.
pub(crate) type Module = Vec<String>;

/// One source file.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) module: Module,
    /// The text before the tests.
    pub(crate) code: String,
    /// Every path that the code names, as written.
    paths: Vec<Vec<String>>,
    /// Name -> the path that it re-exports.
    exports: BTreeMap<String, Vec<String>>,
}

/// The files of a crate without its tests.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) files: Vec<File>,
}

impl Tree {
    /// Reads the crate in a folder; `root` is the file of its root, `skipped` are folders that belong to
    /// other crates.
    pub(crate) fn read(folder: &Path, root: &str, skipped: &[&str]) -> Self {
        let mut paths = Vec::new();
        find(folder, &mut paths);
        paths.sort();
        let relative = |path: &Path| path.strip_prefix(folder).unwrap().with_extension("");
        let is_skipped = |path: &PathBuf| skipped.iter().any(|name| relative(path).starts_with(name));
        let files = paths
            .iter()
            .filter(|path| !is_skipped(path) && !is_test(&relative(path)))
            .map(|path| {
                let names = relative(path);
                let names = names.iter().map(|part| part.to_string_lossy().into_owned());
                let module = names.filter(|name| name != "mod" && format!("{name}.rs") != root).collect();
                File::read(path, module)
            })
            .collect();
        Self { files }
    }

    /// The library. `internals` only re-exports, for the tests and benches of this repository.
    pub(crate) fn library() -> Self {
        Self::read(&repository("src"), "lib.rs", &["bin", "internals"])
    }

    pub(crate) fn binary() -> Self {
        Self::read(&repository("src/bin/nautform"), "main.rs", &[])
    }

    /// From each file's module to the module of each file that it imports.
    pub(crate) fn imports(&self) -> Vec<(Module, Module)> {
        let mut all = Vec::new();
        for file in &self.files {
            let found = file.paths.iter().filter_map(|path| self.resolve(&file.module, path));
            all.extend(found.filter(|to| *to != file.module).map(|to| (file.module.clone(), to)));
        }
        all.sort();
        all.dedup();
        all
    }

    fn file(&self, module: &[String]) -> Option<&File> {
        self.files.iter().find(|file| file.module == module)
    }

    /// The module whose file defines what a path in `module` names; `None` for paths into other crates.
    fn resolve(&self, module: &[String], path: &[String]) -> Option<Module> {
        let (first, mut rest) = path.split_first()?;
        let mut at: Module = match first.as_str() {
            "crate" => Vec::new(),
            "self" => module.to_vec(),
            "super" => module.split_last()?.1.to_vec(),
            child => {
                let child = [module, &[child.to_owned()]].concat();
                self.file(&child)?;
                child
            }
        };
        while let Some((name, others)) = rest.split_first() {
            let child = [at.as_slice(), std::slice::from_ref(name)].concat();
            if name == "super" {
                at.pop();
            } else if self.file(&child).is_some() {
                at = child;
            } else if let Some(export) = self.file(&at).and_then(|file| file.exports.get(name)) {
                return self.resolve(&at, &[export.as_slice(), others].concat());
            } else {
                break;
            }
            rest = others;
        }
        Some(at)
    }
}

impl File {
    fn read(path: &Path, module: Module) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let tokens: TokenStream = text.parse().unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
        let mut file =
            Self { path: path.to_owned(), module, code, paths: Vec::new(), exports: BTreeMap::new() };
        file.walk(&tokens.into_iter().collect::<Vec<_>>());
        file
    }

    fn walk(&mut self, tokens: &[TokenTree]) {
        let mut at = 0;
        while at < tokens.len() {
            if is_test_attribute(&tokens[at..]) {
                at = after_item(tokens, at + 2);
                continue;
            }
            match &tokens[at] {
                // `impl Trait + use<'_>` is not a `use`.
                TokenTree::Ident(word) if word == "use" && !is_punct(tokens.get(at + 1), '<') => {
                    let is_public = at > 0
                        && (matches!(&tokens[at - 1], TokenTree::Ident(word) if word == "pub")
                            || matches!(&tokens[at - 1], TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis));
                    let end = (at..tokens.len()).find(|at| is_punct(tokens.get(*at), ';')).unwrap();
                    let mut found = Vec::new();
                    used(&tokens[at + 1..end], &[], &mut found);
                    for (path, name) in found {
                        if is_public {
                            self.exports.insert(name, path);
                        } else {
                            self.paths.push(path);
                        }
                    }
                    at = end;
                }
                TokenTree::Ident(_) => {
                    let (path, after) = path(tokens, at);
                    if path.len() > 1 {
                        self.paths.push(path);
                    }
                    at = after;
                    continue;
                }
                TokenTree::Group(group) => self.walk(&group.stream().into_iter().collect::<Vec<_>>()),
                _ => {}
            }
            at += 1;
        }
    }
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn is_test(relative: &Path) -> bool {
    relative.iter().any(|part| {
        let part = part.to_string_lossy();
        part == "tests" || part.ends_with("_tests") || part == "fixture"
    })
}

/// `#[cfg(test)]`, and what else only tests have: `#[cfg(all(test, ...))]`.
fn is_test_attribute(tokens: &[TokenTree]) -> bool {
    let [first, TokenTree::Group(group), ..] = tokens else { return false };
    let text = group.stream().to_string().replace(' ', "");
    is_punct(Some(first), '#') && (text.starts_with("cfg(test") || text.starts_with("cfg(all(test"))
}

/// Where the item ends that begins at `at`.
fn after_item(tokens: &[TokenTree], mut at: usize) -> usize {
    while at < tokens.len() {
        let is_body = matches!(&tokens[at], TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        at += 1;
        if is_body || is_punct(tokens.get(at - 1), ';') {
            break;
        }
    }
    at
}

fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

fn is_path_separator(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')
}

/// The path that begins at a word, and where it ends.
fn path(tokens: &[TokenTree], mut at: usize) -> (Vec<String>, usize) {
    let mut path = Vec::new();
    while let Some(TokenTree::Ident(word)) = tokens.get(at) {
        path.push(word.to_string());
        at += 1;
        if !is_path_separator(tokens, at) || !matches!(tokens.get(at + 2), Some(TokenTree::Ident(_))) {
            break;
        }
        at += 2;
    }
    (path, at)
}

/// The paths of a `use`, each with the name that it brings.
fn used(tokens: &[TokenTree], prefix: &[String], found: &mut Vec<(Vec<String>, String)>) {
    for part in tokens.split(|token| is_punct(Some(token), ',')).filter(|part| !part.is_empty()) {
        let start = if is_path_separator(part, 0) { 2 } else { 0 };
        let (words, after) = path(part, start);
        let mut all = [prefix, &words].concat();
        if is_path_separator(part, after)
            && let Some(TokenTree::Group(group)) = part.get(after + 2)
        {
            used(&group.stream().into_iter().collect::<Vec<_>>(), &all, found);
            continue;
        }
        if let Some(TokenTree::Group(group)) = part.first() {
            used(&group.stream().into_iter().collect::<Vec<_>>(), prefix, found);
            continue;
        }
        if all.len() > 1 && all.last().is_some_and(|last| last == "self") {
            all.pop();
        }
        let renamed = matches!(part.get(after), Some(TokenTree::Ident(word)) if word == "as");
        let name = if renamed { part.get(after + 1).map(ToString::to_string) } else { all.last().cloned() };
        found.push((all, name.unwrap_or_default()));
    }
}
