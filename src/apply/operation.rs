//! One operation: request, verdict, retry, and a read-back where the answer was lost.
//!
//! Invariant: a write with an ambiguous answer is never repeated before the object was read (nautes-api.md
//! §11.5), and not before the server had time to finish. What the server never shows can't be verified, so a
//! change of nothing else is repeated: an upsert may be repeated, and to report success without proof could
//! lose the change.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::live::client::retry::{RetryDecision, RetryPolicy, RetryState, Wait};
use crate::live::client::{Verdict, Writer};
use crate::plan::{Operation, OperationKey};
use crate::resource::DisplayNames;
use crate::resource::schema::wire;
use crate::state::Verb;

use super::clock_phase::ServerClock;
use super::clone_timing::CloneTiming;
use super::event::{End, Event};
use super::read_back::{self, ReadBack};

/// What all operations of a run share.
pub(super) struct Context<'a> {
    pub(super) writer: &'a Writer,
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
}

/// One operation with the tries it had so far.
pub(super) struct Attempt<'a> {
    pub(super) key: OperationKey,
    operation: Operation<'a>,
    context: &'a Context<'a>,
    tries: RetryState<'a>,
    count: u32,
    /// The server's last message.
    message: String,
    /// What it asked to wait for.
    pub(super) waits: Option<Wait>,
    /// The server's message about the last try that may have changed something.
    ambiguous: Option<String>,
    /// When it may clone again.
    not_before: Option<Instant>,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(key: OperationKey, operation: Operation<'a>, context: &'a Context<'a>) -> Self {
        let tries = RetryState::new(context.retry, context.writer.reader().budget());
        Self {
            key,
            operation,
            context,
            tries,
            count: 0,
            message: String::new(),
            waits: None,
            ambiguous: None,
            not_before: None,
        }
    }

    /// Goes on until it is over or pauses.
    pub(super) async fn go(mut self) -> (Self, Step) {
        loop {
            self.count += 1;
            let verdict = self.send().await;
            if let Some(step) = self.after(verdict).await {
                return (self, step);
            }
        }
    }

    /// How it ends if it may not go on after it paused.
    pub(super) fn cut_short(&self) -> End {
        End::Failed {
            error: format!("the run was stopped while this waited for another try: {}", self.message),
        }
    }

    async fn send(&mut self) -> Verdict {
        match self.context.seconds.filter(|_| self.clones_twice()) {
            Some(seconds) => self.send_at_the_end_of_a_second(seconds).await,
            None => self.request().await,
        }
    }

    /// So that its clones fall into two seconds. A collision leaves a clone behind in its second, so the next
    /// try is in a later one.
    async fn send_at_the_end_of_a_second(&mut self, seconds: ServerClock) -> Verdict {
        let clones = || self.context.clones.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = self.key.address.kind().name;
        let lead = clones().lead(kind);
        let earliest = self.not_before.unwrap_or_else(Instant::now).max(Instant::now());
        tokio::time::sleep_until(seconds.before_the_end(lead, earliest)).await;
        let started = Instant::now();
        let verdict = self.request().await;
        match &verdict {
            Verdict::RetrySoon { .. } => clones().collided(kind, lead, started.elapsed()),
            Verdict::Done { .. } => clones().succeeded(kind, lead),
            _ => {}
        }
        self.not_before = Some(seconds.next(Instant::now()));
        verdict
    }

    async fn request(&self) -> Verdict {
        let address = &self.key.address;
        let writer = self.context.writer;
        match (self.operation.verb, &self.operation.change.after) {
            (Verb::Delete, _) => writer.delete(address).await,
            (_, Some(spec)) => writer.save(address, wire::body(address.kind(), address.name(), spec)).await,
            (_, None) => {
                Verdict::Permanent { message: "the plan says nothing to send".to_owned(), meaning: None }
            }
        }
    }

    /// Whether the server clones twice for it and fails if it does so within one second (§8.2).
    fn clones_twice(&self) -> bool {
        self.operation.verb == Verb::Delete && self.key.address.kind().delete_clones_twice
    }

    /// What a verdict leads to; nothing if the request is to be repeated now.
    async fn after(&mut self, verdict: Verdict) -> Option<Step> {
        verdict.message().clone_into(&mut self.message);
        self.waits = match verdict {
            Verdict::WaitForSync { .. } => Some(Wait::Sync),
            Verdict::WaitForDeletion { .. } => Some(Wait::Deletion),
            _ => None,
        };
        match &verdict {
            Verdict::Done { warning } => return Some(done(warning.clone())),
            Verdict::Absent if self.operation.verb == Verb::Delete => {
                // An earlier try may have failed half-way: the user sees the server's message.
                return Some(done(self.ambiguous.take().map(|said| landed(&said))));
            }
            Verdict::Unauthorized { .. } => {
                return Some(Step::Refused(End::Failed { error: self.explain(&verdict) }));
            }
            _ => {}
        }
        if may_have_happened(&verdict) {
            self.ambiguous = Some(verdict.message().to_owned());
        }
        match self.tries.after(&verdict) {
            RetryDecision::Again(..) if !self.may_repeat(&verdict) => {
                Some(Step::Exhausted(self.give_up(&verdict).await))
            }
            // Nothing else could go on either: the next try is also a probe for all others.
            RetryDecision::Again(delay, Wait::Server) => {
                if self.sleep(delay, Wait::Server, &verdict).await {
                    return None;
                }
                Some(Step::Interrupted(End::Failed { error: self.explain(&verdict) }))
            }
            RetryDecision::Again(delay, wait) => {
                // Its collisions are its own: what helps is another part of a second.
                let delay = if self.clones_twice() { delay.min(Duration::from_secs(1)) } else { delay };
                self.announce(wait, delay, &verdict);
                Some(Step::Paused(delay, wait))
            }
            // Not the fault of this object: what depends on it is not skipped.
            RetryDecision::GiveUp => Some(Step::Interrupted(self.give_up(&verdict).await)),
            RetryDecision::ReadBack => self.find_out(&verdict).await,
            RetryDecision::Stop => Some(Step::Ended(self.give_up(&verdict).await)),
        }
    }

    /// Takes one off the run's budget, unless it is a wait.
    fn may_repeat(&self, verdict: &Verdict) -> bool {
        let waits = matches!(verdict, Verdict::WaitForSync { .. } | Verdict::WaitForDeletion { .. });
        let take = |left: usize| left.checked_sub(1);
        waits || self.context.retries.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// A write with an unknown outcome: gives the server time to finish, then reads. Where a needless write
    /// does harm (`Kind::unsafe_to_repeat`, §3.5), the object has to be found unchanged twice before the
    /// write is repeated.
    async fn find_out(&mut self, verdict: &Verdict) -> Option<Step> {
        let costly = self.operation.verb != Verb::Delete && self.key.address.kind().unsafe_to_repeat;
        for _ in 0..if costly { 2 } else { 1 } {
            let RetryDecision::Again(delay, _) = self.tries.again() else {
                return Some(Step::Ended(self.give_up(verdict).await));
            };
            let rested = self.sleep(delay, Wait::Retry, verdict).await;
            match self.read_back().await {
                ReadBack::Landed => return Some(done(Some(landed(verdict.message())))),
                ReadBack::NotLanded if rested => {}
                ReadBack::NotLanded => {
                    return Some(Step::Interrupted(unknown(verdict, "the run was stopped")));
                }
                ReadBack::Unknown(why) => return Some(Step::Ended(unknown(verdict, &why))),
            }
        }
        if self.may_repeat(verdict) { None } else { Some(Step::Exhausted(self.give_up(verdict).await)) }
    }

    /// The end of an operation without success. The server may have saved and reported an error (§11.5), so
    /// one read decides whether the object is as planned.
    async fn give_up(&self, verdict: &Verdict) -> End {
        if !may_have_happened(verdict) {
            return End::Failed { error: self.explain(verdict) };
        }
        match self.read_back().await {
            ReadBack::Landed => End::Done { warning: Some(landed(verdict.message())) },
            ReadBack::Unknown(why) => unknown(verdict, &why),
            ReadBack::NotLanded => End::Failed { error: self.explain(verdict) },
        }
    }

    /// Reads the object and decides whether the write happened. Reads have a small budget of their own: if
    /// it is not enough, the outcome is reported as unknown, and the next run reads again.
    async fn read_back(&self) -> ReadBack {
        let timeout = Duration::from_secs(30);
        let retry = RetryPolicy {
            retries: 5,
            sync_timeout: timeout,
            delete_timeout: timeout,
            ..RetryPolicy::default()
        };
        let mut tries = RetryState::new(&retry, self.context.writer.reader().budget());
        loop {
            let verdict = match self.context.writer.reader().get(&self.key.address).await {
                Ok(live) => {
                    return read_back::classify(&self.key, &self.operation, live, &self.context.names);
                }
                Err(Verdict::Unreadable { .. }) => return read_back::unreadable(self.operation.verb),
                Err(verdict) => verdict,
            };
            match tries.after(&verdict) {
                RetryDecision::Again(delay, _) if self.sleep(delay, Wait::Server, &verdict).await => {}
                _ => return ReadBack::Unknown(verdict.explanation()),
            }
        }
    }

    fn announce(&self, wait: Wait, delay: Duration, verdict: &Verdict) {
        let operation = self.key.clone();
        let message = verdict.message().to_owned();
        // The receiver is gone only if the run is being dropped.
        let _ =
            self.context.events.send(Event::Waiting { operation, wait, delay, message, attempt: self.count });
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
            | Verdict::Unclear { .. }
            | Verdict::WrongServer { .. }
            | Verdict::Permanent { .. }
    )
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
