//! `init`: writes the first files of a new directory, and never over an existing one.

pub mod starter;

use std::io;
use std::path::{Path, PathBuf};

use crate::config::load;
use crate::config::settings::{self, Backend};
use crate::files::Staged;
use crate::files::worktree::git_root;
use starter::{Ci, Starter};

use super::export::write::stage;

/// The result for each file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Initialised {
    /// Written.
    pub written: Vec<PathBuf>,
    /// Existing files, which were not changed.
    pub kept: Vec<PathBuf>,
    /// Whether the directory had manifests, so that it got none.
    pub had_manifests: bool,
    /// Whether the pipelines have to be included from the file that the repository has.
    pub to_include: bool,
    /// Where the state is to be instead, if the settings that exist keep it where no pipeline finds it again.
    pub state: Option<&'static str>,
}

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}", path.display())]
pub struct InitError {
    /// The file or folder.
    path: PathBuf,
    /// Why.
    source: io::Error,
}

/// Writes manifests (if the directory has none), settings, and for `ci` the pipelines at the root of the
/// repository around it.
///
/// # Errors
/// If a file can't be written.
pub fn init(directory: &Path, ci: Option<Ci>) -> Result<Initialised, InitError> {
    let mut done = Initialised { had_manifests: !load::is_empty(directory), ..Initialised::default() };
    let manifests = if done.had_manifests { Vec::new() } else { starter::manifests() };
    let place = absolute(directory)?;
    let fleet = starter::fleet_name(&place);
    let settings = starter::settings(ci, &fleet);
    for starter in [settings].into_iter().chain(manifests).chain(starter::schemas()) {
        write(directory, &starter, &mut done)?;
    }
    let (root, below) = repository(directory)?;
    write(&root, &starter::editor(&below), &mut done)?;
    if let Some(ci) = ci {
        if !done.kept.is_empty() && is_local(directory) {
            done.state = Some(starter::state(ci));
        }
        let has_pipelines = root.join(starter::GITLAB).exists();
        let starter = starter::pipelines(ci, &below, &fleet, has_pipelines);
        done.to_include = starter.path == Path::new(starter::INCLUDED);
        write(&root, &starter, &mut done)?;
        write(&root, &starter::ignored(), &mut done)?;
    }
    Ok(done)
}

/// Whether the settings keep the state in the directory.
fn is_local(directory: &Path) -> bool {
    let today = jiff::Zoned::now().date();
    settings::load(directory, today).settings.state.backend == Backend::Local
}

/// Where the directory is, which need not exist yet.
fn absolute(directory: &Path) -> Result<PathBuf, InitError> {
    let canonical = std::fs::canonicalize(directory).or_else(|_| std::path::absolute(directory));
    canonical.map_err(|source| InitError { path: directory.to_owned(), source })
}

/// The root of the Git repository around the directory, as it was typed where it is the same, and the way
/// from there. Without a repository, the directory is the root.
fn repository(directory: &Path) -> Result<(PathBuf, PathBuf), InitError> {
    let absolute = std::fs::canonicalize(directory)
        .map_err(|source| InitError { path: directory.to_owned(), source })?;
    let root = git_root(&absolute).unwrap_or(&absolute);
    let below = absolute.strip_prefix(root).unwrap_or(Path::new("")).to_owned();
    let root =
        if below.as_os_str().is_empty() { directory } else { typed(directory, &below).unwrap_or(root) };
    Ok((root.to_owned(), below))
}

/// The root as it was typed: `fleets/production` without `fleets/production`, or without `production`.
fn typed<'a>(directory: &'a Path, below: &Path) -> Option<&'a Path> {
    let levels = below.components().count();
    let root = directory.ancestors().nth(levels)?;
    directory.ends_with(below).then_some(root)
}

fn write(root: &Path, starter: &Starter, done: &mut Initialised) -> Result<(), InitError> {
    let path = root.join(&starter.path);
    let path: PathBuf = path.strip_prefix(".").unwrap_or(&path).to_owned();
    match stage(&path, &starter.text).and_then(Staged::create) {
        Ok(()) => done.written.push(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => done.kept.push(path),
        Err(source) => return Err(InitError { path, source }),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::LoadOptions;
    use crate::session::validate::{Input, validate};

    #[test]
    fn init_writes_valid_files_and_overwrites_none() {
        let directory = tempfile::tempdir().unwrap();
        let fleet = directory.path().join("fleet");
        let first = init(&fleet, None).unwrap();
        assert_eq!((first.written.len(), first.kept.len(), first.had_manifests), (6, 0, false));
        let today = jiff::civil::date(2026, 11, 24);
        let settings = settings::load(&fleet, today);
        let validated = validate(&Input::Path(fleet.clone()), &LoadOptions::default(), settings, today);
        assert!(validated.manifests.diagnostics.is_empty());
        assert_eq!(validated.configuration.resources.len(), 5);

        std::fs::write(fleet.join("nautform.yaml"), "# mine\n").unwrap();
        let again = init(&fleet, Some(Ci::GitHub)).unwrap();
        assert_eq!(again.kept.len(), 4, "{:?}", again.kept);
        assert_eq!(again.written, [fleet.join(".github/workflows/nautform.yml"), fleet.join(".gitignore")]);
        assert!(again.had_manifests);
        // What exists keeps the state where the pipelines lose it.
        assert_eq!((first.state, again.state), (None, Some("s3")));
        assert_eq!(std::fs::read_to_string(fleet.join("nautform.yaml")).unwrap(), "# mine\n");
    }

    #[test]
    fn init_settings_are_valid() {
        for (ci, backend) in
            [(None, Backend::Local), (Some(Ci::GitLab), Backend::Gitlab), (Some(Ci::GitHub), Backend::S3)]
        {
            let directory = tempfile::tempdir().unwrap();
            init(directory.path(), ci).unwrap();
            let loaded = settings::load(directory.path(), jiff::civil::date(2026, 11, 24));
            assert!(loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
            assert_eq!(loaded.settings.state.backend, backend);
        }
    }

    #[test]
    fn init_writes_pipelines_at_the_root_next_to_existing_ones() {
        let directory = tempfile::tempdir().unwrap();
        let fleet = directory.path().join("fleets/production");
        std::fs::create_dir(directory.path().join(".git")).unwrap();
        std::fs::write(directory.path().join(starter::GITLAB), "test: {script: [make]}\n").unwrap();
        let done = init(&fleet, Some(Ci::GitLab)).unwrap();
        assert!(done.to_include);
        let jobs = std::fs::read_to_string(directory.path().join(starter::INCLUDED)).unwrap();
        assert!(jobs.contains("NAUTFORM_DIR: \"fleets/production\""), "{jobs}");
    }
}
