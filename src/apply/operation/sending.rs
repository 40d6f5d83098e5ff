//! Sends the next request of an operation. Those that clone twice on the server start late in a second, so that
//! the two clones fall into different ones.

use std::sync::PoisonError;

use tokio::time::Instant;

use crate::live::client::Verdict;
use crate::live::client::request::Checks;
use crate::model::value::Value;
use crate::state::Verb;

use super::{Attempt, Phase, ServerClock};

impl Attempt<'_> {
    pub(super) async fn send(&mut self) -> Verdict {
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
        match (self.phase, self.operation.verb) {
            (Phase::Gone, _) => self.look().await,
            (Phase::Detach | Phase::Restore, _) => self.save(self.detached()).await,
            (Phase::Write, Verb::Delete) => writer.delete(address, self.checks()).await,
            (Phase::Write, _) => self.save(self.operation().sent().cloned()).await,
        }
    }

    async fn save(&self, spec: Option<Value>) -> Verdict {
        let Some(spec) = spec else {
            return Verdict::Permanent { message: "the plan says nothing to send".to_owned(), meaning: None };
        };
        self.context.writer.save(&self.key.address, &spec, self.checks()).await
    }

    pub(super) fn checks(&self) -> Checks {
        if self.operation().change.sends_unchecked(self.operation.verb) {
            Checks::Skipped
        } else {
            Checks::Made
        }
    }

    /// Whether the server clones twice for it and fails if it does so within one second (§8.2).
    pub(super) fn clones_twice(&self) -> bool {
        self.phase == Phase::Write
            && self.operation.verb == Verb::Delete
            && self.key.address.kind().deleting.clones_twice
    }
}
