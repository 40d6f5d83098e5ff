//! What a breakdown does to the state: the process is away for a while, and work behind the API is missing.

use super::{Scheduled, World};
use crate::sandbox::api::{Now, millis};
use crate::sandbox::model::{Change, Incomplete};

impl World {
    /// The process crashes because of this request and starts again a while later: what it held in memory is
    /// lost, what it had pushed is not.
    pub(crate) fn crash(&mut self, by: u64, now: Now) {
        self.away_until = Some(now + millis(self.options.breakdowns.restart));
        self.crashed = Some((now, by));
        self.hangs = false;
        self.forget_what_is_in_memory();
    }

    /// The same as soon as the reply of the latest request is sent.
    pub(crate) fn crash_after_reply(&mut self, now: Now) {
        self.schedule(now + millis(self.duration), Scheduled::Crash(self.number));
    }

    /// Whether the process crashed while this request was under way, through another one.
    pub(crate) fn crashed_during(&mut self, request: u64, arrived: Now, now: Now) -> bool {
        self.settle(now);
        self.crashed.is_some_and(|(at, by)| by != request && (arrived..=now).contains(&at))
    }

    /// Whether the process is away.
    pub(crate) fn is_away(&self, now: Now) -> bool {
        self.away_until.is_some_and(|until| now < until)
    }

    /// Notes that something is missing, or that it is there.
    pub(crate) fn set_incomplete(&mut self, what: Incomplete, missing: bool, now: Now) {
        if self.incomplete.contains(&what) != missing {
            self.commit(Change::Incomplete { what, missing }, now);
        }
    }

    /// Whether the keys and secrets of a CodeRepo are missing.
    pub(crate) fn lacks_keys(&self, repository: u64) -> bool {
        self.incomplete.contains(&Incomplete::CodeRepo(repository))
    }
}
