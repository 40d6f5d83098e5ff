//! One turn of the loop: records ends, releases dependents, picks operations, makes one durable append, then
//! reports and sends.

use std::collections::BTreeSet;

use futures_util::FutureExt as _;
use tokio::time::Instant;

use crate::model::hint::Hint;
use crate::model::text::{first_few, printable, shortened};
use crate::model::value::Value;
use crate::plan::OperationKey;
use crate::resource::Address;
use crate::state::{Deletion, Entry, Incomplete, Intent, Verb};

/// How many missing objects an error names.
const NAMES_SHOWN: usize = 10;

use super::{Attempt, EXHAUSTED, End, Event, Executor, Running, Step, TOKEN_REFUSED, Wait};

/// How many characters of the server's message the state keeps.
const REASON: usize = 500;

/// The time, as the state has it.
fn now() -> String {
    jiff::Timestamp::now().to_string()
}

impl<'a> Executor<'a, '_> {
    pub(super) async fn turn(&mut self, ended: Vec<(Attempt<'a>, Step)>, running: &mut Running<'a>) {
        let mut entries = Vec::new();
        let mut ends = Vec::new();
        for (attempt, step) in ended {
            self.record(attempt, step, &mut entries, &mut ends);
        }
        if let Some(given_up) = self.context.writer.reader().budget().given_up() {
            self.halt(&format!("the server did not recover: {}", given_up.message()));
        }
        self.cut_short(&mut entries, &mut ends, running);
        entries.extend(self.lost_hosts());
        let picked = self.pick(running.len());
        entries.extend(self.intents(&picked));
        self.persist(entries).await;
        ends.into_iter().for_each(|(key, end)| self.end(key, end));
        self.go_on_with_read(running);
        if self.outcomes.state_error.is_none() {
            picked.into_iter().for_each(|key| self.send(key, running));
        } else {
            // Nothing is written that the state can't record. What paused has begun, and ends as it would.
            let fresh = picked.into_iter().filter(|key| !self.paused.contains_key(key));
            let entries = fresh.map(|key| self.not_written(&key)).collect();
            self.persist(entries).await;
        }
    }

    /// Records how an operation ended, or that it pauses.
    fn record(
        &mut self,
        attempt: Attempt<'a>,
        step: Step,
        entries: &mut Vec<Entry>,
        ends: &mut Vec<(OperationKey, End)>,
    ) {
        let key = attempt.key.clone();
        let lane = self.options.lanes.of_object(&key.address);
        self.health.insert(lane.clone(), attempt.health);
        let returned = attempt.returned.clone();
        let end = match step {
            Step::Paused(_, Wait::Sync) if !self.never_comes(&key).is_empty() => {
                let missing = first_few(self.never_comes(&key), NAMES_SHOWN);
                let end = attempt.in_vain(&format!("neither the server nor the plan has {missing}"));
                self.release(&key, &end, false, ends);
                end
            }
            Step::Read(renewed) => return self.take_reading(attempt, renewed),
            Step::Paused(delay, wait) => {
                match wait {
                    Wait::Sync => self.gate.wait(&key, self.operations.change(&key)),
                    // Whatever it collided with has a clone in this second.
                    Wait::Retry if self.options.rest => self.rest_lane(&key),
                    _ => {}
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
            // Its lane stays taken: nothing else starts in it.
            Step::Ill(end, illness) => {
                self.ill.insert(lane);
                self.outcomes.halted.get_or_insert_with(|| illness.to_string());
                end
            }
            Step::Interrupted(end) => end,
            Step::Ended(end) => {
                let end = self.with_leftovers(&attempt, end);
                self.note_success(&key, &end, attempt.took);
                self.add_hint(&attempt, &end);
                self.release(&key, &end, attempt.waits == Some(Wait::Sync), ends);
                end
            }
        };
        let mut entry = self.entry(&key, &end);
        if let Some(Entry::Recorded(_, record)) = &mut entry {
            let state = &self.run.state;
            let kept = |value| match value {
                Value::Secret(secret) => Value::text(state.hash(&secret)),
                value => value,
            };
            record.returned.extend(returned.into_iter().map(|(path, value)| (path, kept(value))));
        }
        entries.extend(entry);
        ends.push((key, end));
    }

    /// What an operation that waits for Kubernetes waits for in vain.
    fn never_comes(&self, key: &OperationKey) -> BTreeSet<&'a Address> {
        let ended = |key: &OperationKey| self.outcomes.ends.get(key).map(End::is_success);
        self.unavailable.never_comes(key, self.operations, ended)
    }

    /// An operation that waited in vain may need more time.
    fn add_hint(&mut self, attempt: &Attempt<'_>, end: &End) {
        let hint = match (end, attempt.waits) {
            (End::Failed { .. }, Some(Wait::Sync)) => Hint::SyncTimeout,
            (End::Failed { .. }, Some(Wait::Deletion)) => Hint::DeleteTimeout,
            _ => return,
        };
        self.outcomes.hints.insert(attempt.key.clone(), hint);
    }

    fn release(
        &mut self,
        key: &OperationKey,
        end: &End,
        unsynced: bool,
        ends: &mut Vec<(OperationKey, End)>,
    ) {
        self.rest(key);
        let mut skipped = Vec::new();
        if end.is_success() {
            self.schedule.finish(key);
        } else {
            skipped.extend(self.schedule.fail(key));
        }
        skipped.iter().for_each(|skipped| self.gate.forget(skipped));
        for other in self.gate.settle(key) {
            if unsynced {
                // The cluster did not reach Kubernetes in time: those that were blocked would fail alike.
                skipped.extend(self.schedule.fail(&other));
                skipped.push(other);
            } else {
                self.schedule.resume(&other);
            }
        }
        ends.extend(skipped.into_iter().map(|other| (other, End::Skipped { because: key.clone() })));
    }

    /// Some writes leave clones or background work behind, which collide with a write in the same second
    /// (§8.2, §3.5).
    fn rest(&mut self, key: &OperationKey) {
        let change = self.operations.change(key);
        let kind = key.address.kind();
        let nothing = Value::Null;
        let spec = change.after.as_deref().or(change.before.as_deref()).unwrap_or(&nothing);
        if self.options.rest && (kind.writing.cooldown)(spec) {
            self.rest_lane(key);
        }
    }

    /// Nothing of the lane starts before the next second.
    fn rest_lane(&mut self, key: &OperationKey) {
        let lane = self.options.lanes.of_object(&key.address);
        self.schedule.rest(lane.clone());
        self.resting.add(self.options.seconds.next(Instant::now()), lane);
    }

    /// Operations that pause when the run is stopped end, those with an unknown outcome after a read.
    fn cut_short(
        &mut self,
        entries: &mut Vec<Entry>,
        ends: &mut Vec<(OperationKey, End)>,
        running: &mut Running<'a>,
    ) {
        let all = self.is_halted();
        let ill = |key: &OperationKey| self.ill.contains(&self.options.lanes.of_object(&key.address));
        let stopped: Vec<OperationKey> = self.paused.keys().filter(|key| all || ill(key)).cloned().collect();
        for key in stopped {
            let Some(attempt) = self.paused.remove(&key) else { continue };
            if attempt.is_unclear() {
                running.push(attempt.go().boxed());
                continue;
            }
            let end = attempt.cut_short();
            entries.extend(self.entry(&key, &end));
            ends.push((key, end));
        }
    }

    /// What the state records of an end.
    fn entry(&self, key: &OperationKey, end: &End) -> Option<Entry> {
        let address = key.address.clone();
        Some(match (end, key.verb, &self.operations.change(key).record) {
            (End::Done { .. }, Verb::Create | Verb::Update, Some(record)) => {
                Entry::Recorded(address, record.clone())
            }
            // A replacement is not done when the old object is deleted: the record stays until the new one
            // exists.
            (End::Done { .. }, Verb::Delete, Some(_)) => Entry::Abandoned(address),
            (End::Done { .. }, _, _) => Entry::Forgotten(address),
            (End::Incomplete { error }, _, _) => self.incomplete(key, error),
            (End::Deleting { is_accepted: false, .. }, _, _) => self.not_written(key),
            (End::Deleting { scheduled, .. }, _, _) => {
                Entry::Deleting(address, Deletion { since: now(), scheduled: *scheduled })
            }
            // The intent of a write with an unknown outcome stays: the next run must not take the object for
            // an unmanaged one.
            (End::Unknown { .. }, _, _) => return None,
            _ => self.not_written(key),
        })
    }

    fn incomplete(&self, key: &OperationKey, why: &str) -> Entry {
        let reason = shortened(&printable(why), REASON).into_owned();
        Entry::Incomplete(key.address.clone(), Incomplete { intent: self.intent(key), reason })
    }

    /// Nothing was sent, or nothing came of it: what an earlier run left to be sent again still is.
    fn not_written(&self, key: &OperationKey) -> Entry {
        match self.operations.change(key).incomplete() {
            Some(why) => self.incomplete(key, why),
            None => Entry::Abandoned(key.address.clone()),
        }
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
            if self.gate.is_blocked(&key, self.operations.change(&key)) {
                self.schedule.hold(&key);
            } else {
                picked.push(key);
            }
        }
        picked
    }

    /// The operations that begin now; those that continue after a pause are recorded already.
    fn intents(&self, picked: &[OperationKey]) -> Vec<Entry> {
        let fresh = picked.iter().filter(|key| !self.paused.contains_key(*key));
        fresh.map(|key| Entry::Begun(key.address.clone(), self.intent(key))).collect()
    }

    pub(super) fn intent(&self, key: &OperationKey) -> Intent {
        let change = self.operations.change(key);
        let record = change.record.as_ref();
        Intent {
            prevent_destroy: record.is_some_and(|record| record.prevent_destroy),
            orphan: record.is_some_and(|record| record.orphan),
            unchecked: change.sends_unchecked(key.verb),
            ..Intent::plain(key.verb, now())
        }
    }

    fn send(&mut self, key: OperationKey, running: &mut Running<'a>) {
        let lane = self.options.lanes.of_object(&key.address);
        let health = self.health.get(&lane).copied().unwrap_or_default();
        let mut attempt = self.paused.remove(&key).unwrap_or_else(|| {
            self.started.insert(key.clone(), Instant::now());
            self.run.reporter.report(&Event::Started { operation: key.clone() });
            let operation = self.operations.get(&key);
            let attempt = Attempt::new(key, operation, self.context, health);
            if self.groups.is_crowded(operation.change) { attempt.detached_first() } else { attempt }
        });
        // Others have used the lane while it paused.
        attempt.health = health;
        self.go_on(attempt, None, running);
    }
}
