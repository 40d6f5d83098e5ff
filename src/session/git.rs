//! Asks Git about the work tree around a directory. Nothing that comes with the directory is obeyed, and Git
//! gets no secret.
//!
//! The author of the manifests can also commit a bare repository with a configuration of its own below them.
//! So Git starts at the root of the work tree, where `.git` is, which cannot be committed. What its owner has
//! configured is obeyed, except for programs to run.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::files::worktree::WorkTree;

use super::environment::Environment;

/// What Git needs of the environment: where programs and the owner's configuration are (`safe.directory` is
/// there).
const ENVIRONMENT: &[&str] = &[
    "PATH",
    "HOME",
    "XDG_CONFIG_HOME",
    "TMPDIR",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    // Windows
    "SYSTEMROOT",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
];

/// For every command: no repository but the one at the root, and no programs of others.
const OPTIONS: &[&str] = &[
    "--literal-pathspecs",
    "-c",
    "safe.bareRepository=explicit",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.fsmonitor=false",
];

/// The names of changed files.
const DIFF: &[&str] = &[
    "diff",
    "--name-only",
    "--no-renames",
    "--no-ext-diff",
    "--no-textconv",
    "--ignore-submodules=all",
    "-z",
    "--merge-base",
];

/// Git can't say which files changed.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// There is no work tree.
    #[error("{} is not in a Git work tree", .0.display())]
    NoWorkTree(PathBuf),
    /// The repository is configured to have its work tree in another place.
    #[error("the Git repository at {} has its work tree elsewhere", .0.display())]
    Elsewhere(PathBuf),
    /// Git is given paths as text.
    #[error("the path of {} is not UTF-8", .0.display())]
    NotUtf8(PathBuf),
    /// It would be taken for an option.
    #[error("'{0}' is not a revision")]
    Revision(String),
    /// Git is not installed.
    #[error("cannot start git")]
    Start(#[source] io::Error),
    /// Git failed.
    #[error("git {command}: {message}")]
    Failed {
        /// The command.
        command: String,
        /// What it printed: Git's advice is in later lines.
        message: String,
    },
}

/// One version of a file.
#[cfg(feature = "sandbox")]
pub(crate) struct Version {
    /// The commit.
    pub(crate) commit: String,
    /// The first line of its message.
    pub(crate) subject: String,
    /// The file's path from the root of the work tree.
    pub(crate) path: String,
}

/// A work tree.
pub(crate) struct Git<'e> {
    environment: &'e Environment,
    top: PathBuf,
    /// The directory's path from there.
    below: PathBuf,
    /// Filters that are configured, switched off.
    filters: Vec<(String, &'static str)>,
}

impl<'e> Git<'e> {
    /// The work tree around a directory.
    pub(crate) async fn around(directory: &Path, environment: &'e Environment) -> Result<Self, GitError> {
        let tree = WorkTree::around(directory);
        let Some((top, below)) = tree.repository() else {
            return Err(GitError::NoWorkTree(directory.to_owned()));
        };
        let mut git = Self { environment, top: top.to_owned(), below: below.to_owned(), filters: Vec::new() };
        let root = git.run(&["rev-parse", "--show-toplevel"]).await?;
        let root = Path::new(root.trim_end_matches('\n')).canonicalize();
        if root.ok().as_deref() != Some(top) {
            return Err(GitError::Elsewhere(top.to_owned()));
        }
        git.filters = git.filters().await?;
        Ok(git)
    }

    /// The files below the directory, relative to it, that differ from where this branch left `revision`, and
    /// new ones.
    pub(crate) async fn changed_since(&self, revision: &str) -> Result<BTreeSet<String>, GitError> {
        if revision.starts_with('-') {
            return Err(GitError::Revision(revision.to_owned()));
        }
        // An empty path is none.
        let below = if self.below.as_os_str().is_empty() { Path::new(".") } else { &self.below };
        let below = below.to_str().ok_or_else(|| GitError::NotUtf8(below.to_owned()))?;
        // What the merge request changes: since it left the other branch, not what happened there meanwhile.
        // A renamed file is one that went and one that came: its content may not have come along.
        let mut names = self.run(&[DIFF, &[revision, "--", below]].concat()).await?;
        names += &self.run(&["ls-files", "-z", "--others", "--exclude-standard", "--", below]).await?;
        let relative =
            |name: &str| Some(Path::new(name).strip_prefix(&self.below).ok()?.to_str()?.to_owned());
        Ok(names.split_terminator('\0').filter_map(relative).collect())
    }

    /// The last commits after `since` (of all, without it) that changed a file, its path relative to the
    /// directory: each with its subject, the newest first.
    pub(crate) async fn log(&self, since: Option<&str>, file: &str) -> Result<Vec<String>, GitError> {
        const SHOWN: &str = "--max-count=3";
        let range = since.map_or_else(|| "HEAD".to_owned(), |since| format!("{since}..HEAD"));
        if range.starts_with('-') {
            return Err(GitError::Revision(range));
        }
        let path = self.path(file)?;
        let log = ["log", SHOWN, "--no-color", "--no-show-signature", "--format=%h %s", &range, "--", &path];
        Ok(self.run(&log).await?.lines().map(str::to_owned).collect())
    }

    /// The last versions of a file, its path relative to the directory, the newest first.
    #[cfg(feature = "sandbox")]
    pub(crate) async fn versions(&self, file: &str) -> Result<Vec<Version>, GitError> {
        const READ: &str = "--max-count=5";
        let path = self.path(file)?;
        let log = ["log", READ, "--no-color", "--no-show-signature", "--format=%h %s", "HEAD", "--", &path];
        let log = self.run(&log).await?;
        let version = |line: &str| {
            let (commit, subject) = line.split_once(' ').unwrap_or((line, ""));
            Version { commit: commit.to_owned(), subject: subject.to_owned(), path: path.clone() }
        };
        Ok(log.lines().map(version).collect())
    }

    /// What a file, its path relative to the directory, was in a commit.
    #[cfg(feature = "sandbox")]
    pub(crate) async fn text_of(&self, commit: &str, file: &str) -> Result<String, GitError> {
        let object = format!("{commit}:{}", self.path(file)?);
        self.run(&["cat-file", "blob", &object]).await
    }

    /// The files below the directory, relative to it, that the last commits or changes have removed.
    #[cfg(feature = "sandbox")]
    pub(crate) async fn removed(&self) -> Result<Vec<String>, GitError> {
        const REMOVED: &[&str] = &["--diff-filter=D", "--no-renames", "--name-only", "-z"];
        let below = self.path("")?;
        let below = if below.is_empty() { "." } else { &below };
        let now = [&["diff"], REMOVED, &["--no-ext-diff", "HEAD", "--", below]].concat();
        let before = [&["log", "--max-count=30", "--format="], REMOVED, &["HEAD", "--", below]].concat();
        let names = self.run(&now).await? + &self.run(&before).await?;
        let relative =
            |name: &str| Some(Path::new(name).strip_prefix(&self.below).ok()?.to_str()?.to_owned());
        Ok(names.split(['\0', '\n']).filter(|name| !name.is_empty()).filter_map(relative).collect())
    }

    /// The path of a file from the root of the work tree.
    fn path(&self, file: &str) -> Result<String, GitError> {
        let path = self.below.join(file);
        path.to_str().map(str::to_owned).ok_or(GitError::NotUtf8(path))
    }

    /// Switches every configured filter off: which of them runs, and on what, would be for the manifests'
    /// writers to say.
    async fn filters(&self) -> Result<Vec<(String, &'static str)>, GitError> {
        let args = ["config", "-z", "--name-only", "--get-regexp", r"^filter\..*\.(clean|process|required)$"];
        let output = self.output(&args).await?;
        // 1: there are none.
        if !output.status.success() && output.status.code() != Some(1) {
            return Err(refused(&args, &output));
        }
        let names = String::from_utf8_lossy(&output.stdout);
        let off = |name: &str| {
            let value = if name.ends_with(".required") { "false" } else { "" };
            (name.to_owned(), value)
        };
        Ok(names.split_terminator('\0').map(off).collect())
    }

    async fn run(&self, args: &[&str]) -> Result<String, GitError> {
        let output = self.output(args).await?;
        if !output.status.success() {
            return Err(refused(args, &output));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    async fn output(&self, args: &[&str]) -> Result<std::process::Output, GitError> {
        let kept = ENVIRONMENT.iter().filter_map(|name| Some((*name, self.environment.get(name)?)));
        let owner = safe_directories(self.environment);
        let filters = self.filters.iter().map(|(name, value)| (name.as_str(), *value));
        let safe = owner.iter().map(|directory| ("safe.directory", directory.as_str()));
        let configuration: Vec<_> = filters.chain(safe).collect();
        let mut command = tokio::process::Command::new("git");
        command.env_clear().envs(kept);
        command.env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0").env("GIT_NO_LAZY_FETCH", "1");
        command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_CONFIG_COUNT", configuration.len().to_string());
        for (index, (name, value)) in configuration.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{index}"), name);
            command.env(format!("GIT_CONFIG_VALUE_{index}"), value);
        }
        command.args(OPTIONS).arg("-C").arg(&self.top).args(args);
        command.output().await.map_err(GitError::Start)
    }
}

/// The directories that the caller's environment trusts, as runners of CI do. Its other configuration may
/// hold credentials.
fn safe_directories(environment: &Environment) -> Vec<String> {
    let text = |name: &str| environment.get(name);
    let count: usize = text("GIT_CONFIG_COUNT").and_then(|count| count.parse().ok()).unwrap_or_default();
    let names = (0..count).map_while(|index| Some((index, text(&format!("GIT_CONFIG_KEY_{index}"))?)));
    let trusted = names.filter(|(_, name)| name.eq_ignore_ascii_case("safe.directory"));
    trusted.filter_map(|(index, _)| text(&format!("GIT_CONFIG_VALUE_{index}"))).collect()
}

/// How many lines of what Git printed are shown.
const LINES: usize = 4;

fn refused(args: &[&str], output: &std::process::Output) -> GitError {
    let printed = String::from_utf8_lossy(&output.stderr);
    let lines = printed.lines().map(str::trim).filter(|line| !line.is_empty());
    let message = lines.take(LINES).collect::<Vec<_>>().join(" ");
    GitError::Failed { command: args[0].to_owned(), message }
}
