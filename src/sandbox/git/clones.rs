//! Git as the server uses it: clone directories with one-second names (§8.2).

use std::collections::HashMap;
use std::time::Duration;

use crate::sandbox::api::{ApiError, Now, millis};
use crate::sandbox::git::{Remote, Repo, collision};

/// The clone directories that exist, by second.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clones {
    directories: HashMap<(Repo, u64), Directory>,
    refresh: Option<(Now, Now)>,
}

#[derive(Clone, Copy, Debug)]
struct Directory {
    made: Now,
    until: Now,
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
    /// Chooses among the texts of clones that begin together; `None` for the usual text.
    pub(crate) chance: Option<u64>,
}

/// Clones that begin within this time may have other texts than the usual one.
const TOGETHER: Now = 10;

impl Clones {
    /// Clones: fails if a clone of the same second is still there.
    pub(crate) fn clone_once(&mut self, remote: &Remote<'_>, timing: Timing) -> Result<(), ApiError> {
        let until = timing.now + millis(timing.duration);
        self.insert(remote, Directory { made: timing.now, until }, timing.chance)
    }

    /// Clones twice (§8.1). The first clone is never removed, so the second meets it if both fall in one
    /// second.
    pub(crate) fn clone_twice(&mut self, remote: &Remote<'_>, timing: Timing) -> Result<(), ApiError> {
        self.insert(remote, Directory { made: timing.now, until: Now::MAX }, timing.chance)?;
        let second = timing.now + millis(timing.gap);
        let until = second + millis(timing.duration);
        self.insert(remote, Directory { made: second, until }, None)
    }

    fn insert(&mut self, remote: &Remote<'_>, new: Directory, chance: Option<u64>) -> Result<(), ApiError> {
        let second = new.made / 1000;
        self.directories.retain(|(_, at), old| *at >= second && old.until > new.made);
        if let Some(old) = self.directories.get(&(remote.repo, second)) {
            let together = new.made.abs_diff(old.made) <= TOGETHER;
            return Err(match chance.filter(|_| together) {
                Some(chance) => collision::simultaneous(remote, second, chance),
                None => collision::usual(remote),
            });
        }
        self.directories.insert((remote.repo, second), new);
        Ok(())
    }

    /// Leaves a clone behind that blocks the rest of the second.
    pub(crate) fn leave(&mut self, repo: Repo, now: Now) {
        self.directories.insert((repo, now / 1000), Directory { made: now, until: Now::MAX });
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
