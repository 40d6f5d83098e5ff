//! What happens during an apply, as values; every rendering of progress is made of these.

use std::time::Duration;

use crate::plan::{OperationKey, Stale};

pub use crate::live::client::retry::Wait;

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Done; with a warning if the server reported an error although the object is as planned (§11.5).
    Done {
        /// What to show to the user.
        warning: Option<String>,
    },
    /// Refused, or failed after the last try.
    Failed {
        /// The server's message and what it means.
        error: String,
    },
    /// Not sent, since others changed the object after it was planned.
    Changed {
        /// What they changed.
        stale: Box<Stale>,
    },
    /// Not begun, since something before it failed.
    Skipped {
        /// The root cause.
        because: OperationKey,
    },
    /// Not begun, since the run was interrupted.
    NotStarted,
    /// The server has not answered it with success, and a part of it has happened or may have. Later runs send
    /// it again.
    Incomplete {
        /// The server's message and what it means.
        error: String,
    },
    /// A delete that the platform has not finished.
    Deleting {
        /// The day for which GitLab has scheduled it, if that is known.
        scheduled: Option<jiff::civil::Date>,
        /// Whether the server has accepted it. If not, it has to be sent again on that day: GitLab keeps what
        /// was deleted in the object until then.
        is_accepted: bool,
        /// What is known.
        message: String,
    },
    /// The write may or may not have happened.
    Unknown {
        /// What is known.
        error: String,
    },
}

impl End {
    /// Whether the server has answered it with success.
    pub const fn is_success(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Deleting { .. })
    }

    /// Whether the server has accepted it. A delete may succeed without that: it is to be sent again later.
    pub(crate) const fn is_accepted(&self) -> bool {
        self.is_success() && !matches!(self, Self::Deleting { is_accepted: false, .. })
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// An operation's first request is about to be sent.
    Started {
        /// Which.
        operation: OperationKey,
    },
    /// It will be tried again.
    Waiting {
        /// Which.
        operation: OperationKey,
        /// For what.
        wait: Wait,
        /// How long until the next try.
        delay: Duration,
        /// What the server said.
        message: String,
        /// How many tries there were.
        attempt: u32,
        /// From the first failure to the next try.
        lasted: Duration,
    },
    /// It is still running: a heartbeat.
    Progress {
        /// Which.
        operation: OperationKey,
        /// Since it started.
        elapsed: Duration,
        /// What it waits for, if it does.
        wait: Option<Wait>,
    },
    /// It ended.
    Ended {
        /// Which.
        operation: OperationKey,
        /// How.
        end: End,
        /// Since it started; zero if it never did.
        elapsed: Duration,
    },
    /// The run was asked to stop: nothing new starts, running writes end.
    Interrupted,
    /// The state could not be saved.
    StateNotSaved {
        /// Why.
        error: String,
    },
}

/// Waits that are over by then are counted and not shown.
const SHORT: Duration = Duration::from_secs(2);

impl Event {
    /// Whether it is a wait that is over so soon that it is not worth a line.
    pub fn is_short_wait(&self) -> bool {
        matches!(self, Self::Waiting { lasted, .. } if *lasted < SHORT)
    }
}

/// Takes events as they happen. Called from one task only.
pub trait Reporter {
    /// Shows or records an event.
    fn report(&mut self, event: &Event);
}

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn report(&mut self, _event: &Event) {}
}
