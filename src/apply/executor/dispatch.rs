//! One turn of the loop: ends, releases, picks, one durable append, then reports and requests.

use futures_util::FutureExt as _;
use tokio::time::Instant;

use crate::model::value::Value;
use crate::plan::OperationKey;
use crate::state::{Entry, Intent, Verb};

use super::{Attempt, EXHAUSTED, End, Event, Executor, Running, Step, TOKEN_REFUSED, Wait};

impl<'a> Executor<'a, '_> {
    pub(super) async fn turn(&mut self, ended: Vec<(Attempt<'a>, Step)>, running: &mut Running<'a>) {
        let mut entries = Vec::new();
        let mut ends: Vec<(OperationKey, End)> = Vec::new();
        for (attempt, step) in ended {
            self.settle(attempt, step, &mut entries, &mut ends);
        }
        self.cut_short(&mut entries, &mut ends);
        let picked = self.pick(running.len());
        entries.extend(self.intents(&picked));
        self.remember(entries).await;
        ends.into_iter().for_each(|(key, end)| self.end(key, end));
        if self.outcomes.state_error.is_none() {
            picked.into_iter().for_each(|key| self.send(key, running));
        } else {
            // Nothing may be written that could not be remembered; what was picked has not begun.
            self.remember(picked.into_iter().map(|key| Entry::Abandoned(key.address)).collect()).await;
        }
    }

    /// Takes in what became of an operation: its end, or its pause.
    fn settle(
        &mut self,
        attempt: Attempt<'a>,
        step: Step,
        entries: &mut Vec<Entry>,
        ends: &mut Vec<(OperationKey, End)>,
    ) {
        let key = attempt.key.clone();
        let end = match step {
            Step::Paused(delay, wait) => {
                if wait == Wait::Sync {
                    self.lag.ask(&key, self.operations.all[&key].change);
                }
                self.schedule.pause(&key);
                self.waking.add(Instant::now() + delay, key.clone());
                self.paused.insert(key, attempt);
                return;
            }
            Step::Refused(end) => {
                self.halt(TOKEN_REFUSED);
                end
            }
            Step::Exhausted(end) => {
                self.halt(EXHAUSTED);
                end
            }
            Step::Interrupted(end) => end,
            Step::Ended(end) => {
                self.release(&key, &end, attempt.lags, ends);
                end
            }
        };
        entries.extend(self.entry(&key, &end));
        ends.push((key, end));
    }

    fn release(&mut self, key: &OperationKey, end: &End, lags: bool, ends: &mut Vec<(OperationKey, End)>) {
        self.rest(key);
        let mut skipped = Vec::new();
        if matches!(end, End::Done { .. }) {
            self.schedule.finish(key);
        } else {
            skipped.extend(self.schedule.fail(key));
        }
        for other in self.lag.answered(key) {
            if lags {
                // What did not come for the one that asked does not come for those that held back.
                skipped.extend(self.schedule.fail(&other));
                skipped.push(other);
            } else {
                self.schedule.resume(&other);
            }
        }
        ends.extend(skipped.into_iter().map(|other| (other, End::Skipped { because: key.clone() })));
    }

    /// Some writes leave clones or background work behind that the next second is free of (§8.2, §3.5).
    fn rest(&mut self, key: &OperationKey) {
        let change = self.operations.all[key].change;
        let kind = key.address.kind();
        let nothing = Value::Null;
        let spec = change.after.as_ref().or(change.before.as_deref()).unwrap_or(&nothing);
        if self.options.rest && (kind.cooldown)(spec) {
            let lane = self.options.lanes.of_object(&key.address);
            self.schedule.rest(lane.clone());
            self.resting.add(self.options.seconds.next(Instant::now()), lane);
        }
    }

    /// Operations that pause when the run is stopped have changed nothing and end.
    fn cut_short(&mut self, entries: &mut Vec<Entry>, ends: &mut Vec<(OperationKey, End)>) {
        if !self.is_halted() {
            return;
        }
        for (key, attempt) in std::mem::take(&mut self.paused) {
            let end = attempt.cut_short();
            entries.extend(self.entry(&key, &end));
            ends.push((key, end));
        }
    }

    /// What the state has to know about an end.
    fn entry(&self, key: &OperationKey, end: &End) -> Option<Entry> {
        let address = key.address.clone();
        Some(match (end, key.verb, &self.operations.all[key].change.record) {
            (End::Done { .. }, Verb::Create | Verb::Update, Some(record)) => {
                Entry::Recorded(address, Box::new(record.clone()))
            }
            // A replacement is not over when the old object is gone: the record stays until the new one is there.
            (End::Done { .. }, Verb::Delete, Some(_)) => Entry::Abandoned(address),
            (End::Done { .. }, _, _) => Entry::Forgotten(address),
            // The intent of a write of unknown fate stays: the next run must not take the object for somebody else's.
            (End::Unknown { .. }, _, _) => return None,
            _ => Entry::Abandoned(address),
        })
    }

    /// Takes what is ready, as much as may run at once.
    fn pick(&mut self, running: usize) -> Vec<OperationKey> {
        if self.is_halted() {
            return Vec::new();
        }
        let room = self.options.parallelism.max(1).saturating_sub(running);
        let mut picked = Vec::new();
        while picked.len() < room {
            let Some(key) = self.schedule.start() else { break };
            if self.lag.holds_back(&key, self.operations.all[&key].change) {
                self.schedule.pause(&key);
            } else {
                picked.push(key);
            }
        }
        picked
    }

    /// What begins now; what only goes on after a pause has been noted before.
    fn intents(&self, picked: &[OperationKey]) -> Vec<Entry> {
        let since = jiff::Timestamp::now().to_string();
        let fresh = picked.iter().filter(|key| !self.paused.contains_key(*key));
        let intent = |key: &OperationKey| {
            let record = self.operations.all[key].change.record.as_ref();
            Intent {
                prevent_destroy: record.is_some_and(|record| record.prevent_destroy),
                orphan: record.is_some_and(|record| record.orphan),
                ..Intent::plain(key.verb, since.clone())
            }
        };
        fresh.map(|key| Entry::Begun(key.address.clone(), intent(key))).collect()
    }

    fn send(&mut self, key: OperationKey, running: &mut Running<'a>) {
        let attempt = self.paused.remove(&key).unwrap_or_else(|| {
            self.started.insert(key.clone(), Instant::now());
            self.run.reporter.report(&Event::Started { operation: key.clone() });
            let operation = self.operations.all[&key];
            Attempt::new(key, operation, self.context)
        });
        running.push(attempt.go().boxed());
    }
}
