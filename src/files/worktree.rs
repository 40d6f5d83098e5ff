//! Which files may be read because a directory of manifests is: neither links nor paths in a commit lead out
//! of its Git work tree.
//!
//! Without a work tree, the given directory is the border. The owner of the pipeline may permit one more
//! directory, for secrets. `.git` counts as outside. Errors say nothing of what is outside, not even whether
//! it exists.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};

use super::read::up_to;

/// How many links one path may go through, as Linux has it.
pub(super) const MOST_LINKS: usize = 40;

/// The root of the Git work tree around an absolute path: the nearest directory with `.git`, which may be a
/// file or a link.
pub(crate) fn git_root(path: &Path) -> Option<&Path> {
    path.ancestors().find(|ancestor| ancestor.join(".git").symlink_metadata().is_ok())
}

/// The border around a directory.
#[derive(Clone, Debug)]
pub(crate) struct WorkTree {
    /// The directory as it was given, and without links.
    directory: PathBuf,
    real: PathBuf,
    top: PathBuf,
    git: bool,
    /// One more directory, without links.
    also: Option<PathBuf>,
}

/// A file that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A link leads out.
    #[error("{}", outside(link, text, *git))]
    Outside {
        /// The link.
        link: PathBuf,
        /// What it says.
        text: PathBuf,
        /// Whether the border is that of a Git work tree.
        git: bool,
    },
    /// A path leads out.
    #[error("{} is outside of {}", path.display(), border(*git))]
    Beyond {
        /// The path.
        path: PathBuf,
        /// Whether the border is that of a Git work tree.
        git: bool,
    },
    /// A device, a pipe, a socket or a directory.
    #[error("{} is not a regular file", .0.display())]
    NotRegular(PathBuf),
    /// More than what is read.
    #[error("{} is larger than {} MiB", path.display(), most >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        most: usize,
    },
    /// The system says no.
    #[error("{} can't be read: {error}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
}

fn outside(link: &Path, text: &Path, git: bool) -> String {
    let border = border(git);
    format!("{} is a symbolic link to {}, which is outside of {border}", link.display(), text.display())
}

const fn border(git: bool) -> &'static str {
    if git { "the Git work tree" } else { "the directory" }
}

impl WorkTree {
    /// The border around a directory. If that is a link itself, its target is the directory.
    pub(crate) fn around(directory: &Path) -> Self {
        // What does not exist holds nothing that could be read.
        let real = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        let top = git_root(&real);
        let git = top.is_some();
        let top = top.unwrap_or(&real).to_owned();
        Self { directory: directory.to_owned(), real, top, git, also: None }
    }

    /// The border around a directory of a fleet. Without a Git work tree, the fleet's root is the border.
    pub(crate) fn of_fleet(directory: &Path, root: &Path) -> Self {
        let mut tree = Self::around(directory);
        if let Some(root) = root.canonicalize().ok().filter(|root| !tree.git && tree.real.starts_with(root)) {
            tree.top = root;
        }
        tree
    }

    /// The same, and another directory.
    #[must_use]
    pub(crate) fn with(self, also: Option<&Path>) -> Self {
        Self { also: also.and_then(|also| also.canonicalize().ok()), ..self }
    }

    /// The root of the Git work tree, if there is one, and the directory's path from there.
    pub(crate) fn repository(&self) -> Option<(&Path, &Path)> {
        let below = self.real.strip_prefix(&self.top).ok()?;
        self.git.then_some((&self.top, below))
    }

    /// The bytes of a regular file, if there are no more than `most`.
    ///
    /// # Errors
    /// If a link on the way leads out, or it can't be read.
    pub(crate) fn read(&self, path: &Path, most: usize) -> Result<Vec<u8>, ReadError> {
        let failed = |error| ReadError::Io { path: path.to_owned(), error };
        let real = self.follow(path)?;
        let seen = real.symlink_metadata().map_err(failed)?;
        // A pipe would wait for its writer.
        if !seen.is_file() {
            return Err(ReadError::NotRegular(path.to_owned()));
        }
        let file = File::open(&real).map_err(failed)?;
        if !is_same(&seen, &file.metadata().map_err(failed)?) {
            return Err(failed(io::Error::other("it was replaced at this moment")));
        }
        let bytes = up_to(most, file).map_err(failed)?;
        bytes.ok_or_else(|| ReadError::TooLarge { path: path.to_owned(), most })
    }

    /// The path without links.
    ///
    /// # Errors
    /// If one of them leads out, or there is no such file.
    pub(crate) fn follow(&self, path: &Path) -> Result<PathBuf, ReadError> {
        let failed = |error| ReadError::Io { path: path.to_owned(), error };
        let (start, rest) = match path.strip_prefix(&self.directory) {
            Ok(rest) => (self.real.clone(), rest),
            Err(_) => (std::env::current_dir().map_err(failed)?, path),
        };
        match self.walk(start, rest, &mut 0) {
            Ok(at) if self.holds(&at) => Ok(at),
            Err(Stop::Outside(error)) => Err(error),
            Err(Stop::Failed { at, error }) if self.holds(&at) => Err(failed(error)),
            // Whether there is such a file is not said.
            Ok(_) | Err(Stop::Failed { .. }) => {
                Err(ReadError::Beyond { path: path.to_owned(), git: self.git })
            }
        }
    }

    /// Goes on from `at`, which has no links. `links` counts those on the whole way.
    fn walk(&self, mut at: PathBuf, rest: &Path, links: &mut usize) -> Result<PathBuf, Stop> {
        for part in rest.components() {
            let next = match part {
                Component::CurDir => continue,
                Component::ParentDir => {
                    at.pop();
                    continue;
                }
                part => at.join(part),
            };
            let failed = |error| Stop::Failed { at: at.clone(), error };
            if !next.symlink_metadata().map_err(failed)?.is_symlink() {
                at = next;
                continue;
            }
            *links += 1;
            if *links > MOST_LINKS {
                return Err(failed(io::Error::other("there are too many symbolic links")));
            }
            let text = next.read_link().map_err(failed)?;
            let target = self.walk(at.clone(), &text, links);
            at = if self.holds(&at) { self.classify(&next, text, target)? } else { target? };
        }
        Ok(at)
    }

    /// Where a link inside leads to, unless that is outside. A failure out there says what is there.
    fn classify(&self, link: &Path, text: PathBuf, target: Result<PathBuf, Stop>) -> Result<PathBuf, Stop> {
        let place = match &target {
            Ok(at) | Err(Stop::Failed { at, .. }) => at,
            Err(Stop::Outside(_)) => return target,
        };
        if self.holds(place) {
            return target;
        }
        let below = link.strip_prefix(&self.real);
        let link = below.map_or_else(|_| link.to_owned(), |below| self.directory.join(below));
        Err(Stop::Outside(ReadError::Outside { link, text, git: self.git }))
    }

    /// Refuses what nautform must not follow among its own files in `directory`: links that lead out, pipes
    /// and devices.
    ///
    /// # Errors
    /// The first such file.
    pub(crate) fn check_below(&self, directory: &Path) -> Result<(), ReadError> {
        for entry in walkdir::WalkDir::new(directory).follow_root_links(false).into_iter().flatten() {
            let kind = entry.file_type();
            if kind.is_symlink() {
                match self.follow(entry.path()) {
                    Err(error @ ReadError::Outside { .. }) => return Err(error),
                    _ => continue,
                }
            }
            if !kind.is_dir() && !kind.is_file() {
                return Err(ReadError::NotRegular(entry.into_path()));
            }
        }
        Ok(())
    }

    /// Whether a path without links is inside.
    fn holds(&self, path: &Path) -> bool {
        let is_git = |part: Component<'_>| part.as_os_str().eq_ignore_ascii_case(".git");
        let is_inside = path.strip_prefix(&self.top).is_ok_and(|below| !below.components().any(is_git));
        is_inside || self.also.as_ref().is_some_and(|also| path.starts_with(also))
    }
}

/// Why a path could not be followed to its end.
enum Stop {
    Outside(ReadError),
    Failed { at: PathBuf, error: io::Error },
}

#[cfg(unix)]
fn is_same(seen: &Metadata, opened: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    seen.dev() == opened.dev() && seen.ino() == opened.ino()
}

#[cfg(not(unix))]
fn is_same(seen: &Metadata, opened: &Metadata) -> bool {
    seen.file_type() == opened.file_type()
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
