//! Git as the server uses it: clone directories with one-second names (§8.2).

use std::collections::HashMap;
use std::time::Duration;

use crate::sandbox::api::error::ApiError;
use crate::sandbox::api::request::{Now, millis};
use crate::sandbox::git::Repo;

/// The clone directories that exist, by second, and until when.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clones {
    directories: HashMap<(Repo, u64), Now>,
    refresh: Option<(Now, Now)>,
}

/// When the clones of one request are made and removed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timing {
    /// When the request came.
    pub(crate) now: Now,
    /// How long it takes; its clone lives that long.
    pub(crate) duration: Duration,
    /// The time between its two clones, if it makes two.
    pub(crate) gap: Duration,
}

impl Clones {
    /// Clones: fails if a clone of the same second is still there.
    pub(crate) fn clone_once(&mut self, repo: Repo, timing: Timing) -> Result<(), ApiError> {
        self.insert(repo, timing.now, timing.now + millis(timing.duration))
    }

    /// Clones twice (§8.1). The first clone is never removed, so the second meets it if both fall in one second.
    pub(crate) fn clone_twice(&mut self, repo: Repo, timing: Timing) -> Result<(), ApiError> {
        let second = timing.now + millis(timing.gap);
        self.insert(repo, timing.now, Now::MAX)?;
        self.insert(repo, second, second + millis(timing.duration))
    }

    fn insert(&mut self, repo: Repo, at: Now, until: Now) -> Result<(), ApiError> {
        let second = at / 1000;
        self.directories.retain(|(_, made), until| *made >= second && *until > at);
        if self.directories.contains_key(&(repo, second)) {
            return Err(collision(repo));
        }
        self.directories.insert((repo, second), until);
        Ok(())
    }

    /// Leaves a clone behind that blocks the rest of the second.
    pub(crate) fn leave(&mut self, repo: Repo, now: Now) {
        self.directories.insert((repo, now / 1000), Now::MAX);
    }

    /// The host refresh begins: it holds the tenant repository for a while (§3.5).
    pub(crate) fn start_refresh(&mut self, now: Now, duration: Duration) {
        self.refresh = Some((now, now + millis(duration)));
    }

    /// Whether the host refresh is pushing to the tenant repository.
    pub(crate) fn refreshing(&self, now: Now) -> bool {
        self.refresh.is_some_and(|(from, until)| (from..until).contains(&now))
    }
}

fn collision(repo: Repo) -> ApiError {
    let directory = repo.directory();
    ApiError::plain(format!(
        "failed to clone repository, the repository url: https://gitlab.sandbox/nautes/{directory}.git, err: failed to \
         clone repository: fatal: destination path '{directory}' already exists and is not an empty directory.\n"
    ))
}
