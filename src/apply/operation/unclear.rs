//! Writes without a clear answer, and last tries that failed: what is sent again, what is read, and who may use
//! the lane meanwhile.

use std::time::Duration;

use crate::live::client::Verdict;
use crate::live::client::retry::{RetryDecision, Wait};
use crate::state::Verb;

use super::{Attempt, End, Phase, ReadBack, Step, done, is_timeout, landed, may_have_happened, unknown};

impl Attempt<'_> {
    /// A write with effects that no read shows and no clear answer: it is sent again until it has one.
    pub(super) async fn send_again(&mut self, verdict: &Verdict) -> Option<Step> {
        let RetryDecision::Again(delay, _) = self.tries.again_unclear() else {
            return Some(Step::Ended(self.give_up(verdict).await));
        };
        if !self.may_repeat(verdict) {
            return Some(Step::Exhausted(self.give_up(verdict).await));
        }
        let stopped = self.without_answer(self.explain(verdict));
        self.rest(delay, Wait::Retry, verdict, stopped).await
    }

    /// Whether others may use the lane until the next try. The first one comes soon and heals most, and what is
    /// half-made may disturb the others; a server that has not answered in time may still be at work there.
    pub(super) const fn leaves_lane(&self, verdict: &Verdict) -> bool {
        self.tries.repeated > 1 && !is_timeout(verdict)
    }

    pub(super) fn pause(&self, delay: Duration, verdict: &Verdict) -> Step {
        self.announce(Wait::Retry, delay, verdict);
        Step::Paused(delay, Wait::Retry)
    }

    /// A write with an unknown outcome: gives the server time to finish, then reads.
    pub(super) async fn find_out(&mut self, verdict: &Verdict) -> Option<Step> {
        let RetryDecision::Again(delay, _) = self.tries.again_unclear() else {
            return self.stop(verdict).await;
        };
        if self.leaves_lane(verdict) {
            self.unclear = Some(verdict.clone());
            return Some(self.pause(delay, verdict));
        }
        self.sleep(delay, Wait::Retry, verdict).await;
        self.look_for_effects(verdict).await
    }

    /// Whether it pauses before it reads what became of its write. It reads even if the run is stopped.
    pub(in crate::apply) const fn is_unclear(&self) -> bool {
        self.unclear.is_some()
    }

    /// Reads what became of a write; nothing if it is to be sent again.
    pub(super) async fn look_for_effects(&mut self, verdict: &Verdict) -> Option<Step> {
        let rested = !*self.context.halt.borrow();
        match self.read_back().await {
            ReadBack::Landed => return Some(done(Some(landed(verdict.message())))),
            ReadBack::NotLanded if rested => {}
            ReadBack::Remains if rested => self.begin(Phase::Restore),
            ReadBack::NotLanded => {
                return Some(Step::Interrupted(unknown(verdict, "the run was stopped")));
            }
            ReadBack::Remains => return Some(Step::Interrupted(self.half_deleted(verdict))),
            ReadBack::Unknown(why) => return Some(Step::Ended(unknown(verdict, &why))),
        }
        if self.may_repeat(verdict) { None } else { Some(Step::Exhausted(self.give_up(verdict).await)) }
    }

    /// The last try failed. Where the server may have done a part of the work all the same, that is sent again
    /// as often as an error that is not known.
    pub(super) async fn stop(&mut self, verdict: &Verdict) -> Option<Step> {
        let end = self.give_up(verdict).await;
        let repairable =
            matches!(end, End::Incomplete { .. }) && self.repairs < self.context.retry.unclear_retries;
        if repairable
            && let RetryDecision::Again(delay, _) = self.tries.again()
            && self.may_repeat(verdict)
        {
            self.repairs += 1;
            if self.operation.verb == Verb::Delete {
                self.begin(Phase::Restore);
            }
            return self.rest(delay, Wait::Retry, verdict, end).await;
        }
        Some(Step::Ended(end))
    }

    /// The end of an operation without success. The server may have saved and reported an error (§11.5), so
    /// one read decides whether the object is as planned.
    pub(super) async fn give_up(&self, verdict: &Verdict) -> End {
        if !may_have_happened(verdict) && !self.may_have_left_something() {
            return self.failed(self.explain(verdict));
        }
        match self.read_back().await {
            ReadBack::Landed if self.needs_success() => End::Incomplete { error: self.explain(verdict) },
            ReadBack::Landed => End::Done { warning: Some(landed(verdict.message())) },
            ReadBack::Remains => self.half_deleted(verdict),
            ReadBack::Unknown(why) => unknown(verdict, &why),
            ReadBack::NotLanded => self.failed(self.explain(verdict)),
        }
    }
}
