//! One operation: request, verdict, retry, and what shows whether a write without a clear answer is done.
//!
//! Invariants: where everything that a write does lies in Git, one with an ambiguous answer is never repeated
//! before the object was read (nautes-api.md §11.5), and not before the server had time to finish. What the
//! server never shows can't be verified, so a change of nothing else is repeated. Where a write has effects
//! that no read shows (`Kind::effects_outside_git`), only an answer with success ends it: it is sent again,
//! and is incomplete if there is no such answer in the end.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::live::client::request::Checks;
use crate::live::client::retry::{RetryDecision, RetryPolicy, RetryState, Wait};
use crate::live::client::{Presence, Verdict, Writer};
use crate::live::gitlab::{GitLab, GitSource};
use crate::live::snapshot::Renewed;
use crate::model::value::{Path, Value};
use crate::plan::{Change, Operation, OperationKey};
use crate::resource::DisplayNames;
use crate::state::Verb;

use super::clock_phase::ServerClock;
use super::clone_timing::CloneTiming;
use super::event::{End, Event};
use super::read_back::{self, ReadBack};
use health::Illness;

pub(super) use health::Health;

mod deleting;
mod health;
mod renewing;
mod sending;
mod unclear;

/// What all operations of a run share.
pub(super) struct Context<'a> {
    pub(super) writer: &'a Writer,
    pub(super) git: Option<&'a GitSource>,
    pub(super) retry: &'a RetryPolicy,
    pub(super) names: DisplayNames,
    pub(super) events: UnboundedSender<Event>,
    /// The server's seconds, if it matters in which one a request starts.
    pub(super) seconds: Option<ServerClock>,
    /// When in a second requests start that clone twice.
    pub(super) clones: Mutex<CloneTiming>,
    /// How many repetitions the whole run has left.
    pub(super) retries: AtomicUsize,
    /// Becomes true when nothing may be waited for any more.
    pub(super) halt: watch::Receiver<bool>,
}

impl<'a> Context<'a> {
    /// Where products are read from Git, if there is a way.
    pub(super) fn gitlab(&self) -> Option<&'a GitLab> {
        self.git?.client()?.as_ref().ok()
    }
}

/// The state of an operation after some requests.
pub(super) enum Step {
    /// It is over.
    Ended(End),
    /// Its write changed nothing and is repeated after a while, in which others may use the lane.
    Paused(Duration, Wait),
    /// It would have waited, but the run is being stopped. What depends on it is not skipped.
    Interrupted(End),
    /// The token is not accepted: every other operation would fail, too.
    Refused(End),
    /// It would have been tried again, but the run has repeated too much already.
    Exhausted(End),
    /// The server does not answer in this lane any more.
    Ill(End, Illness),
    /// What is known of its object was too old, and was read again.
    Read(Renewed),
}

/// What the next request of an operation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The object leaves its group before it is deleted ([`Teardown`](crate::resource::schema::Teardown)).
    Detach,
    /// A half-deleted object is saved, so that it can be deleted as a whole.
    Restore,
    /// The write itself.
    Write,
    /// The delete was accepted: a read shows whether the object is gone.
    Gone,
}

/// One operation with the tries it had so far.
pub(super) struct Attempt<'a> {
    pub(super) key: OperationKey,
    operation: Operation<'a>,
    /// The change as it is sent, if its object was read again.
    renewed: Option<Box<Change>>,
    context: &'a Context<'a>,
    phase: Phase,
    tries: RetryState<'a>,
    count: u32,
    /// How often a write was sent again whose configuration was found although the server reported an error.
    repairs: usize,
    /// The verdict of a write whose outcome has to be read before the next try.
    unclear: Option<Verdict>,
    /// The server's last message.
    message: String,
    /// What it asked to wait for.
    pub(super) waits: Option<Wait>,
    /// What the writes of its lane showed of the server.
    pub(super) health: Health,
    /// The server's message about the last try that may have changed something.
    ambiguous: Option<String>,
    /// Whether all it has sent was refused before anything was written.
    is_untouched: bool,
    /// When its first try failed; when it was sent, if it was not answered in time.
    failing: Option<Instant>,
    /// When it may clone again.
    not_before: Option<Instant>,
    /// How long the last request took.
    pub(super) took: Duration,
    /// What the server returned right after the write in place of what was written.
    pub(super) returned: BTreeMap<Path, Value>,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(
        key: OperationKey,
        operation: Operation<'a>,
        context: &'a Context<'a>,
        health: Health,
    ) -> Self {
        Self {
            key,
            operation,
            renewed: None,
            context,
            // What is half deleted can't be deleted as it is.
            phase: if operation.verb == Verb::Delete && operation.change.resends() {
                Phase::Restore
            } else {
                Phase::Write
            },
            tries: RetryState::new(context.retry, context.writer.reader().budget()),
            count: 0,
            repairs: 0,
            unclear: None,
            message: String::new(),
            waits: None,
            health,
            ambiguous: None,
            is_untouched: true,
            failing: None,
            not_before: None,
            took: Duration::ZERO,
            returned: BTreeMap::new(),
        }
    }

    /// Goes on until it is over or pauses.
    pub(super) async fn go(mut self) -> (Self, Step) {
        if let Some(verdict) = self.unclear.take()
            && let Some(step) = self.look_for_effects(&verdict).await
        {
            return (self, step);
        }
        loop {
            self.count += 1;
            let sent = Instant::now();
            let verdict = self.send().await;
            self.took = sent.elapsed();
            self.failing.get_or_insert(if is_timeout(&verdict) { sent } else { Instant::now() });
            if let Some(step) = self.after(verdict).await {
                return (self, step);
            }
        }
    }

    /// How it ends if it may not go on after it paused.
    pub(super) fn cut_short(&self) -> End {
        match self.phase {
            Phase::Gone => self.not_gone(),
            Phase::Restore => self.half_deleted(&Verdict::Ambiguous { message: self.message.clone() }),
            Phase::Detach | Phase::Write => self.not_answered(format!(
                "the run was stopped while this waited for another try: {}",
                self.message
            )),
        }
    }

    /// How it ends if what it waits for can't come.
    pub(super) fn in_vain(&self, why: &str) -> End {
        self.failed(format!("{}: waiting would be in vain, since {why}", self.message))
    }

    /// Whether only an answer with success shows that all of it has happened.
    fn needs_success(&self) -> bool {
        self.operation.verb != Verb::Delete && self.key.address.kind().writing.effects_outside_git
    }

    /// What a verdict leads to; nothing if the request is to be repeated now.
    async fn after(&mut self, verdict: Verdict) -> Option<Step> {
        verdict.message().clone_into(&mut self.message);
        self.waits = match verdict {
            Verdict::WaitForSync { .. } => Some(Wait::Sync),
            Verdict::WaitForDeletion { .. } => Some(Wait::Deletion),
            _ => None,
        };
        self.is_untouched &= self.waits.is_some();
        if may_have_happened(&verdict) {
            self.ambiguous = Some(verdict.message().to_owned());
        }
        if let Some(illness) = self.health.note(&verdict) {
            let end = self.without_answer(format!("{illness} (the last try: {})", verdict.message()));
            return Some(Step::Ill(end, illness));
        }
        if let Verdict::Unauthorized { .. } = &verdict {
            return Some(Step::Refused(self.not_answered(self.explain(&verdict))));
        }
        match self.phase {
            Phase::Gone => self.after_look(&verdict).await,
            Phase::Detach | Phase::Restore => self.after_detach(&verdict).await,
            Phase::Write => self.after_write(verdict).await,
        }
    }

    async fn after_write(&mut self, verdict: Verdict) -> Option<Step> {
        match &verdict {
            Verdict::Done { .. } if self.is_deleted_later() => {
                self.begin(Phase::Gone);
                return None;
            }
            Verdict::Done { warning } if self.checks() == Checks::Skipped => {
                let said = warning.iter().map(|warning| format!("; {warning}")).collect::<String>();
                return Some(done(Some(format!("sent unchecked, with insecure_skip_check=true{said}"))));
            }
            Verdict::Done { warning } => return Some(done(self.check(warning.clone()).await)),
            Verdict::Absent if self.operation.verb == Verb::Delete => return self.after_absence().await,
            _ => {}
        }
        if let Some(step) = self.until_kept_are_gone(&verdict).await {
            return Some(step);
        }
        match self.tries.after(&verdict) {
            RetryDecision::Again(..) if !self.may_repeat(&verdict) => {
                Some(Step::Exhausted(self.give_up(&verdict).await))
            }
            // Nothing else could go on either: the next try is also a probe for all others.
            RetryDecision::Again(delay, Wait::Server) => {
                let stopped = self.not_answered(self.explain(&verdict));
                self.rest(delay, Wait::Server, &verdict, stopped).await
            }
            RetryDecision::Again(delay, wait) => {
                // Its collisions are its own: what helps is another part of a second.
                let delay = if self.clones_twice() { delay.min(Duration::from_secs(1)) } else { delay };
                self.announce(wait, delay, &verdict);
                Some(Step::Paused(delay, wait))
            }
            // Not the fault of this object: what depends on it is not skipped.
            RetryDecision::GiveUp => Some(Step::Interrupted(self.give_up(&verdict).await)),
            RetryDecision::ReadBack if self.needs_success() => self.send_again(&verdict).await,
            RetryDecision::ReadBack => self.find_out(&verdict).await,
            RetryDecision::Stop => self.stop(&verdict).await,
        }
    }

    /// Waits before the next try, or lets others use the lane meanwhile; `stopped` is how it ends if the run
    /// is stopped.
    async fn rest(&self, delay: Duration, wait: Wait, verdict: &Verdict, stopped: End) -> Option<Step> {
        if wait != Wait::Server && self.leaves_lane(verdict) {
            return Some(self.pause(delay, verdict));
        }
        (!self.sleep(delay, wait, verdict).await).then_some(Step::Interrupted(stopped))
    }

    /// A field that differed although it had been written before: others may have changed it, or the server
    /// keeps it in another form. One read right after the write tells them apart.
    async fn check(&mut self, warning: Option<String>) -> Option<String> {
        if read_back::written_before(&self.operation()).next().is_none() {
            return warning;
        }
        let read = self.context.writer.reader().get(&self.key.address).await;
        if let Ok(Presence::Present(live)) = &read {
            self.returned = read_back::returned(&self.key, &self.operation(), live, &self.context.names);
        }
        let fields: Vec<String> = self.returned.keys().map(ToString::to_string).collect();
        let kept = (!fields.is_empty()).then(|| {
            format!(
                "the server returns another form of what was just written: {}; as long as it does, this is not \
                 a change",
                fields.join(", ")
            )
        });
        let all: Vec<String> = warning.into_iter().chain(kept).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }

    /// Takes one off the run's budget, unless it is a wait.
    fn may_repeat(&self, verdict: &Verdict) -> bool {
        let waits = matches!(verdict, Verdict::WaitForSync { .. } | Verdict::WaitForDeletion { .. });
        let take = |left: usize| left.checked_sub(1);
        waits || self.context.retries.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// The end of an operation whose last request may have happened, and that can't be read now.
    fn without_answer(&self, error: String) -> End {
        if self.needs_success() { End::Incomplete { error } } else { End::Unknown { error } }
    }

    /// The end of an operation whose last request changed nothing, and that can't be read now.
    fn not_answered(&self, error: String) -> End {
        if self.may_have_left_something() { self.without_answer(error) } else { self.failed(error) }
    }

    /// Without an answer with success an earlier try may have left something.
    fn may_have_left_something(&self) -> bool {
        self.ambiguous.is_some() && (self.needs_success() || self.detached().is_some())
    }

    /// Nothing has happened. What was incomplete before stays so.
    fn failed(&self, error: String) -> End {
        if self.operation().change.resends() { End::Incomplete { error } } else { End::Failed { error } }
    }

    /// Reads the object and decides whether the write happened. If it can't be read, the outcome is reported
    /// as unknown, and the next run reads again.
    async fn read_back(&self) -> ReadBack {
        match self.read(|| self.context.writer.reader().get(&self.key.address)).await {
            Ok(live) => read_back::classify(&self.key, &self.operation(), live, &self.context.names),
            Err((Verdict::Unreadable { .. }, _)) => read_back::unreadable(self.operation.verb),
            Err((verdict, _)) => ReadBack::Unknown(verdict.explanation()),
        }
    }

    /// Reads; with the few repetitions that reads have. What was said last, and what a write would do then.
    async fn read<T, F: Future<Output = Result<T, Verdict>>>(
        &self,
        once: impl Fn() -> F,
    ) -> Result<T, (Verdict, RetryDecision)> {
        let timeout = Duration::from_secs(30);
        let retry = RetryPolicy {
            retries: 5,
            sync_timeout: timeout,
            delete_timeout: timeout,
            seed: self.context.retry.seed,
            ..RetryPolicy::default()
        };
        let mut tries = RetryState::new(&retry, self.context.writer.reader().budget());
        loop {
            let verdict = match once().await {
                Ok(read) => return Ok(read),
                Err(verdict) => verdict,
            };
            match tries.after(&verdict) {
                RetryDecision::Again(delay, _) if self.sleep(delay, Wait::Server, &verdict).await => {}
                decision => return Err((verdict, decision)),
            }
        }
    }

    fn announce(&self, wait: Wait, delay: Duration, verdict: &Verdict) {
        let operation = self.key.clone();
        let message = verdict.message().to_owned();
        // The receiver is gone only if the run is being dropped.
        let _ = self.context.events.send(Event::Waiting {
            operation,
            wait,
            delay,
            message,
            attempt: self.count,
            lasted: self.failing.map(|since| since.elapsed()).unwrap_or_default() + delay,
        });
    }

    /// Sleeps; `false` if the run was stopped meanwhile.
    async fn sleep(&self, delay: Duration, wait: Wait, verdict: &Verdict) -> bool {
        let mut halt = self.context.halt.clone();
        if *halt.borrow() {
            return false;
        }
        self.announce(wait, delay, verdict);
        tokio::select! {
            () = tokio::time::sleep(delay) => true,
            halted = halt.wait_for(|halted| *halted) => halted.is_err(),
        }
    }

    fn explain(&self, verdict: &Verdict) -> String {
        let tries = if self.count > 1 { format!(" ({} tries)", self.count) } else { String::new() };
        match verdict {
            Verdict::WaitForSync { .. } => {
                format!("a cluster did not reach Kubernetes in time{tries}: {}", verdict.message())
            }
            Verdict::WaitForDeletion { .. } => {
                format!("GitLab did not finish deleting in time{tries}: {}", verdict.message())
            }
            _ => format!("{}{tries}", verdict.explanation()),
        }
    }
}

/// Whether an object may be as planned although the server reported an error. Other failures are known to
/// change nothing (§8.3, §8.6).
const fn may_have_happened(verdict: &Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Ambiguous { .. }
            | Verdict::Lost { .. }
            | Verdict::Unclear { .. }
            | Verdict::WrongServer { .. }
            | Verdict::Permanent { .. }
    )
}

/// Whether a write was not answered in time; the wait for it is worth a line.
const fn is_timeout(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Lost { timed_out: true, .. })
}

const fn done(warning: Option<String>) -> Step {
    Step::Ended(End::Done { warning })
}

fn landed(said: &str) -> String {
    format!("done, although the server said: {said}")
}

fn unknown(verdict: &Verdict, why: &str) -> End {
    End::Unknown { error: format!("{}; and then: {why}", verdict.explanation()) }
}

#[cfg(test)]
mod tests;
