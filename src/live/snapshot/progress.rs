//! How far a refresh is and what it tries again, once a second while it goes on.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::live::client::Verdict;
use crate::model::text::printable;

const SECOND: Duration = Duration::from_secs(1);

/// What a refresh has read so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// How many requests have ended.
    pub done: usize,
    /// How many there are; those for what the first ones show are added later.
    pub total: usize,
    /// Since it began.
    pub elapsed: Duration,
    /// What is being tried again.
    pub failure: Option<Failing>,
    /// Since the last answer or failure.
    pub silent: Duration,
    /// How many requests were repeated.
    pub repeated: usize,
    /// Whether it has ended.
    pub is_over: bool,
}

/// A failure that may pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// The last message.
    pub message: String,
    /// How many tries failed.
    pub tries: usize,
    /// Since the first of them.
    pub elapsed: Duration,
}

type Show = dyn Fn(&Reading) + Send + Sync;

/// Shows how far a refresh is.
#[derive(Clone, Default)]
pub struct Watch(Option<Arc<Show>>);

impl Watch {
    /// Calls this once a second, and at the end.
    pub(crate) fn new(show: impl Fn(&Reading) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(show)))
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Watch" } else { "none" })
    }
}

/// One refresh.
pub(super) struct Progress {
    since: Instant,
    state: Mutex<State>,
}

struct State {
    /// When a request last ended or failed.
    heard: Instant,
    done: usize,
    total: usize,
    repeated: usize,
    /// How many requests are being repeated.
    failing: usize,
    failure: Option<(Instant, usize, String)>,
}

impl Progress {
    pub(super) fn new() -> Self {
        let since = Instant::now();
        let state = State { heard: since, done: 0, total: 0, repeated: 0, failing: 0, failure: None };
        Self { since, state: Mutex::new(state) }
    }

    /// Carries `work` out and shows it meanwhile.
    pub(super) async fn show<T>(&self, watch: &Watch, work: impl Future<Output = T>) -> T {
        let Some(show) = &watch.0 else { return work.await };
        let mut work = pin!(work);
        let mut ticks = tokio::time::interval(SECOND);
        loop {
            tokio::select! {
                biased;
                result = &mut work => {
                    show(&Reading { is_over: true, ..self.reading() });
                    return result;
                }
                _ = ticks.tick() => show(&self.reading()),
            }
        }
    }

    /// So many requests more.
    pub(super) fn add(&self, more: usize) {
        self.state().total += more;
    }

    /// A request failed and is tried again; `first` if it is the first time.
    pub(super) fn fails(&self, verdict: &Verdict, first: bool) {
        let mut state = self.state();
        state.heard = Instant::now();
        state.repeated += 1;
        state.failing += usize::from(first);
        let (since, tries) =
            state.failure.take().map_or((Instant::now(), 0), |(since, tries, _)| (since, tries));
        state.failure = Some((since, tries + 1, verdict.message().to_owned()));
    }

    /// A request has ended.
    pub(super) fn ends(&self, was_repeated: bool) {
        let mut state = self.state();
        state.heard = Instant::now();
        state.done += 1;
        state.failing -= usize::from(was_repeated);
        if state.failing == 0 {
            state.failure = None;
        }
    }

    fn reading(&self) -> Reading {
        let state = self.state();
        let failing = |(since, tries, message): &(Instant, usize, String)| Failing {
            message: printable(message).into_owned(),
            tries: *tries,
            elapsed: since.elapsed(),
        };
        Reading {
            done: state.done,
            total: state.total,
            elapsed: self.since.elapsed(),
            failure: state.failure.as_ref().map(failing),
            silent: state.heard.elapsed(),
            repeated: state.repeated,
            is_over: false,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
