//! What a breakdown does to the state: the process is away for a while, and work behind the API is missing.

use crate::sandbox::api::request::{Now, millis};
use crate::sandbox::model::breakdowns::Incomplete;
use crate::sandbox::model::change::Change;
use crate::sandbox::model::world::World;

impl World {
    /// The process crashes and starts again a while later: what it held in memory is lost, what it had pushed
    /// is not.
    pub(crate) fn crash(&mut self, now: Now) {
        self.away_until = Some(now + millis(self.options.breakdowns.restart));
        self.hangs = false;
        self.forget_host_refreshes();
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
