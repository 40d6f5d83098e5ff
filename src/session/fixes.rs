//! `validate --fix`: the edits that diagnostics carry, made one after the other.
//!
//! Each edit is tried on the text and kept only if its diagnostic is gone, the text has the same documents,
//! and every object that it is not about says what it said before.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::config::load::{Manifests, load_texts, yaml};
use crate::model::diagnostic::{Code, Diagnostic, Diagnostics, Edit, FileId, SourceMap, apply};
use crate::resource::{Address, Resource};

use super::check::Checked;
use super::edited::Edited;
use super::open::OpenOptions;

/// How often a text is read and edited: one document needs a round for each of its fixes.
const ROUNDS: usize = 200;

impl OpenOptions {
    /// The files that fixes change, with their new texts. Writes nothing.
    pub fn fixes(&self, checked: &Checked) -> Vec<Edited> {
        let Checked { sources, diagnostics, root, .. } = checked;
        let mut found: BTreeSet<FileId> =
            diagnostics.iter().filter_map(|diagnostic| Some(diagnostic.fix.as_ref()?.file)).collect();
        if diagnostics.left_out() > 0 {
            found.extend(sources.files());
        }
        // A file is read once for each environment.
        let files: BTreeMap<&Path, FileId> =
            found.into_iter().map(|file| (sources.path(file), file)).collect();
        let options = self.any_load_options();
        let edited = files.into_iter().filter_map(|(path, file)| {
            let below = path.strip_prefix(root).unwrap_or(path);
            let load = |text: &str| load_texts(root, [(below, text.to_owned())], &options);
            let before = sources.text(file).to_string();
            let after = fixed(&before, &load)?;
            let shown = load(&after);
            let after_shown = shown.sources.shown(last(&shown.sources)?);
            Some(Edited {
                path: path.to_owned(),
                before,
                after,
                before_shown: sources.shown(file),
                after_shown,
            })
        });
        edited.collect()
    }
}

/// The file that was read last.
fn last(sources: &SourceMap) -> Option<FileId> {
    sources.files().last()
}

/// A text, and what it means.
struct Read {
    text: String,
    manifests: Manifests,
    /// How many documents it has, and how many errors a reader of YAML finds in it.
    documents: (usize, usize),
}

impl Read {
    fn of(text: String, load: &dyn Fn(&str) -> Manifests) -> Self {
        let manifests = load(&text);
        let mut sources = SourceMap::new();
        let mut diagnostics = Diagnostics::new();
        let file = sources.add(Path::new(""), text.as_str());
        let documents = yaml::parse(file, &text, &mut diagnostics).len();
        Self { text, manifests, documents: (documents, diagnostics.iter().len()) }
    }

    /// The first fix of each document that is not among those that were refused.
    fn fixes(&self, refused: &BTreeSet<Key>) -> Vec<&Diagnostic> {
        let file = last(&self.manifests.sources);
        let mut found: BTreeMap<usize, &Diagnostic> = BTreeMap::new();
        for diagnostic in self.manifests.diagnostics.sorted() {
            let Some(fix) = diagnostic.fix.as_ref().filter(|fix| Some(fix.file) == file) else { continue };
            let start = fix.edits.iter().map(|edit| edit.range.start).min().unwrap_or_default();
            let document = self.text[..start].split('\n').filter(|line| line.starts_with("---")).count();
            if !refused.contains(&key(diagnostic)) {
                found.entry(document).or_insert(diagnostic);
            }
        }
        found.into_values().collect()
    }

    fn count(&self, key: &Key) -> usize {
        self.manifests.diagnostics.iter().filter(|other| self::key(other) == *key).count()
    }

    /// Whether these fixes, and nothing else, made `after` of this.
    fn became(&self, after: &Self, fixes: &[&Diagnostic]) -> bool {
        let all: BTreeMap<&Address, &Resource> =
            after.manifests.resources.iter().map(|resource| (&resource.address, resource)).collect();
        let is_fixed = |resource: &Resource| {
            fixes.iter().any(|fix| fix.address.as_ref().is_some_and(|it| *it == resource.address.to_string()))
        };
        let is_same = |before: &Resource| {
            is_fixed(before)
                || all
                    .get(&before.address)
                    .is_some_and(|after| before.spec == after.spec && before.annotations == after.annotations)
        };
        let is_gone = |fix: &&Diagnostic| {
            let key = key(fix);
            let same = fixes.iter().filter(|other| self::key(other) == key).count();
            after.count(&key) + same <= self.count(&key)
        };
        let is_complete = after.manifests.diagnostics.left_out() > 0 || fixes.iter().all(is_gone);
        after.documents == self.documents && is_complete && self.manifests.resources.iter().all(is_same)
    }
}

/// What tells a diagnostic from others when places move.
type Key = (Code, String, Option<String>);

fn key(diagnostic: &Diagnostic) -> Key {
    (diagnostic.code, diagnostic.message.clone(), diagnostic.address.clone())
}

/// The text after all fixes; nothing if there are none.
fn fixed(text: &str, load: &dyn Fn(&str) -> Manifests) -> Option<String> {
    let mut now = Read::of(text.to_owned(), load);
    let mut refused = BTreeSet::new();
    for _ in 0..ROUNDS {
        let fixes = now.fixes(&refused);
        if fixes.is_empty() {
            break;
        }
        let next = step(&now, &fixes, load);
        // One of them has an effect on others.
        let next = next.or_else(|| fixes.iter().find_map(|fix| step(&now, &[fix], load)));
        match next {
            Some(next) => now = next,
            None => refused.extend(fixes.into_iter().map(key)),
        }
    }
    (now.text != text).then_some(now.text)
}

fn step(now: &Read, fixes: &[&Diagnostic], load: &dyn Fn(&str) -> Manifests) -> Option<Read> {
    let edits = fixes.iter().filter_map(|diagnostic| diagnostic.fix.as_ref());
    let edits: Vec<Edit> = edits.flat_map(|fix| fix.edits.iter().cloned()).collect();
    let next = Read::of(apply(&now.text, edits), load);
    now.became(&next, fixes).then_some(next)
}

#[cfg(test)]
mod tests;
