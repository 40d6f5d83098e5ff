//! `.nautformignore`: which files of a fleet are not read, in the syntax of `.gitignore`. A file further down
//! wins over those above it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::files::worktree::WorkTree;
use crate::model::diagnostic::{Diagnostic, Diagnostics};

use super::read;

/// Its name.
pub(super) const NAME: &str = ".nautformignore";

/// Where a directory of manifests lies.
#[derive(Clone, Copy)]
pub(super) struct Location<'a> {
    /// The directory.
    pub(super) directory: &'a Path,
    /// The root of its fleet.
    pub(super) fleet: &'a Path,
    /// Where the directory lies below the root.
    pub(super) below: &'a Path,
}

/// The files of one fleet, read when they are first needed.
pub(super) struct IgnoreFiles<'a> {
    location: Location<'a>,
    tree: &'a WorkTree,
    /// By the directory, relative to the root of the fleet.
    rules: HashMap<PathBuf, Option<Gitignore>>,
}

impl<'a> IgnoreFiles<'a> {
    pub(super) fn new(location: Location<'a>, tree: &'a WorkTree) -> Self {
        Self { location, tree, rules: HashMap::new() }
    }

    /// Whether a path below the directory is left out. It is not asked below a directory that is left out.
    pub(super) fn is_ignored(
        &mut self,
        path: &Path,
        is_directory: bool,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let Ok(rest) = path.strip_prefix(self.location.directory) else { return false };
        let place = self.location.below.join(rest);
        for above in place.ancestors().skip(1) {
            if !self.rules.contains_key(above) {
                let rules = self.read(above, diagnostics);
                self.rules.insert(above.to_owned(), rules);
            }
            let rules = self.rules.get(above).and_then(Option::as_ref);
            let relative = place.strip_prefix(above).unwrap_or(&place);
            match rules.map_or(Match::None, |rules| rules.matched(relative, is_directory)) {
                Match::None => {}
                Match::Ignore(_) => return true,
                Match::Whitelist(_) => return false,
            }
        }
        false
    }

    fn read(&self, directory: &Path, diagnostics: &mut Diagnostics) -> Option<Gitignore> {
        let Location { fleet, below, directory: own } = self.location;
        let within = directory.strip_prefix(below).map(|rest| own.join(rest));
        let path = within.unwrap_or_else(|_| fleet.join(directory)).join(NAME);
        path.symlink_metadata().ok()?;
        let text = read::text(&path, Some(self.tree), diagnostics)?;
        let mut builder = GitignoreBuilder::new("");
        for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            if let Err(error) = builder.add_line(None, line) {
                let message = format!("line {number} of {} is not a pattern: {error}", path.display());
                let help = "patterns are those of .gitignore";
                diagnostics.push(Diagnostic::error("ignore-pattern", message).help(help));
            }
        }
        builder.build().ok()
    }
}
