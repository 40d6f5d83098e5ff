//! The loop. One task, no shared state: operations are futures that it polls, and only it touches schedule, state and reporter.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::client::retry::Patience;
use crate::client::{LaneKey, Lanes, Writer};
use crate::graph::Schedule;
use crate::plan::{Action, Change, OperationKey, Operations, Plan};
use crate::state::{Entry, Intent, State, Store, Verb};
use crate::value::Value;

use super::event::{End, Event, Reporter, Wait};
use super::outcome::Outcomes;
use super::{operation, rest::Resting};

/// How to write.
#[derive(Clone, Debug)]
pub struct ApplyOptions {
    /// What the server stands.
    pub lanes: Lanes,
    /// How many writes may run at once where lanes allow.
    pub parallelism: usize,
    /// How patient to be.
    pub patience: Patience,
    /// Whether lanes rest where the server leaves clones behind (§8.2).
    pub rest: bool,
    /// How often a running operation says that it is still running.
    pub heartbeat: Duration,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self {
            lanes: Lanes::Shared,
            parallelism: 10,
            patience: Patience::default(),
            rest: true,
            heartbeat: Duration::from_secs(10),
        }
    }
}

/// What a run works with.
pub struct Run<'a> {
    /// The way to the server. Its token has been proven by the refresh before (§11.6).
    pub writer: &'a Writer,
    /// Keeps the state; locked by the caller.
    pub store: &'a mut dyn Store,
    /// The state as it was loaded.
    pub state: &'a mut State,
    /// Hears of everything.
    pub reporter: &'a mut dyn Reporter,
    /// Becomes true when the run has to stop: nothing new is started, running writes end.
    pub stop: watch::Receiver<bool>,
}

/// Carries out a plan.
pub async fn apply(plan: &Plan, run: Run<'_>, options: &ApplyOptions) -> Outcomes {
    let operations = Operations::of(plan);
    let lane = |key: &OperationKey| Some(options.lanes.of(key.address.kind(), key.address.product()));
    let schedule = Schedule::new(&operations.graph, |_| 1, lane);
    let mut executor = Executor {
        writer: run.writer,
        operations: &operations,
        schedule,
        options,
        resting: Resting::default(),
        started: BTreeMap::new(),
        waits: BTreeMap::new(),
        outcomes: Outcomes::default(),
        run,
    };
    executor.remember_without_requests(plan).await;
    executor.work().await;
    executor.finish().await
}

type Running<'a> = FuturesUnordered<BoxFuture<'a, (OperationKey, End)>>;

struct Executor<'a, 'r> {
    writer: &'a Writer,
    operations: &'a Operations<'a>,
    schedule: Schedule<OperationKey, LaneKey>,
    options: &'a ApplyOptions,
    resting: Resting,
    started: BTreeMap<OperationKey, Instant>,
    waits: BTreeMap<OperationKey, Wait>,
    outcomes: Outcomes,
    run: Run<'r>,
}

impl<'a> Executor<'a, '_> {
    /// Adopted objects, refreshed records and forgotten ones cost no request.
    async fn remember_without_requests(&mut self, plan: &Plan) {
        let state = &self.run.state;
        let entry = |change: &Change| match (change.action, &change.record) {
            (Action::NoOp, Some(record)) if state.records.get(&change.address) != Some(record) => {
                Some(Entry::Recorded(change.address.clone(), Box::new(record.clone())))
            }
            (Action::Forget, _) => Some(Entry::Forgotten(change.address.clone())),
            _ => None,
        };
        let entries: Vec<Entry> = plan.changes.iter().filter_map(entry).collect();
        self.persist(entries).await;
    }

    async fn work(&mut self) {
        let (sender, mut events) = mpsc::unbounded_channel();
        let mut running: Running<'a> = FuturesUnordered::new();
        let mut heartbeat = tokio::time::interval(self.options.heartbeat.max(Duration::from_millis(10)));
        loop {
            if !self.outcomes.interrupted && self.outcomes.state_error.is_none() {
                self.start_ready(&mut running, &sender).await;
            }
            let wake = self.resting.next().filter(|_| !self.schedule.is_done() && !self.outcomes.interrupted);
            if running.is_empty() && wake.is_none() {
                break;
            }
            let alarm = async {
                match wake {
                    Some(at) => tokio::time::sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some(event) = events.recv() => self.note(&event),
                Some(ended) = running.next(), if !running.is_empty() => {
                    let mut all = vec![ended];
                    while let Some(Some(more)) = running.next().now_or_never() {
                        all.push(more);
                    }
                    // What an operation said before it ended comes first.
                    while let Ok(event) = events.try_recv() {
                        self.note(&event);
                    }
                    self.settle(all).await;
                }
                () = alarm => self.wake(),
                changed = self.run.stop.changed(), if !self.outcomes.interrupted => {
                    if changed.is_ok() && *self.run.stop.borrow() {
                        self.outcomes.interrupted = true;
                        self.run.reporter.report(&Event::Interrupted);
                    } else if changed.is_err() {
                        // Whoever could have stopped the run is gone; never ask again.
                        self.run.stop = never();
                    }
                }
                _ = heartbeat.tick() => self.beat(),
            }
        }
    }

    /// Starts everything that may start; intents are durable before the first request.
    async fn start_ready(&mut self, running: &mut Running<'a>, events: &mpsc::UnboundedSender<Event>) {
        let mut keys = Vec::new();
        while running.len() + keys.len() < self.options.parallelism.max(1) {
            let Some(key) = self.schedule.start() else { break };
            keys.push(key);
        }
        if keys.is_empty() {
            return;
        }
        let since = jiff::Timestamp::now().to_string();
        let intent = |key: &OperationKey| {
            Entry::Begun(key.address.clone(), Intent { verb: key.verb, since: since.clone() })
        };
        self.persist(keys.iter().map(intent).collect()).await;
        if self.outcomes.state_error.is_some() {
            // Nothing may be written that could not be remembered.
            let error = "the state can't be saved".to_owned();
            for key in keys {
                self.schedule.fail(&key);
                self.end(key, End::Failed { error: error.clone() });
            }
            return;
        }
        for key in keys {
            self.started.insert(key.clone(), Instant::now());
            self.run.reporter.report(&Event::Started { operation: key.clone() });
            let operation = self.operations.all[&key];
            let (writer, patience, events) = (self.writer, &self.options.patience, events.clone());
            running.push(
                async move { (key.clone(), operation::run(key, operation, writer, patience, events).await) }
                    .boxed(),
            );
        }
    }

    /// Operations that ended together are remembered together, and only then are their dependents released.
    async fn settle(&mut self, ended: Vec<(OperationKey, End)>) {
        let entries = ended.iter().map(|(key, end)| self.entry(key, end)).collect();
        self.persist(entries).await;
        for (key, end) in ended {
            let done = matches!(end, End::Done { .. });
            let skipped = if done { Vec::new() } else { self.schedule.fail(&key) };
            if done {
                self.rest(&key);
                self.schedule.finish(&key);
            }
            self.end(key.clone(), end);
            for other in skipped {
                self.end(other, End::Skipped { because: key.clone() });
            }
        }
    }

    fn entry(&self, key: &OperationKey, end: &End) -> Entry {
        let address = key.address.clone();
        match (end, key.verb, &self.operations.all[key].change.record) {
            (End::Done { .. }, Verb::Create | Verb::Update, Some(record)) => {
                Entry::Recorded(address, Box::new(record.clone()))
            }
            // A replacement is not over when the old object is gone: the record stays until the new one is there.
            (End::Done { .. }, Verb::Delete, Some(_)) => Entry::Abandoned(address),
            (End::Done { .. }, _, _) => Entry::Forgotten(address),
            // The intent of a write of unknown fate stays: the next run must not take the object for somebody else's.
            (End::Unknown { .. }, verb, _) => {
                Entry::Begun(address, Intent { verb, since: jiff::Timestamp::now().to_string() })
            }
            _ => Entry::Abandoned(address),
        }
    }

    fn rest(&mut self, key: &OperationKey) {
        let change = self.operations.all[key].change;
        let kind = key.address.kind();
        let nothing = Value::Null;
        let spec = change.after.as_ref().or(change.before.as_deref()).unwrap_or(&nothing);
        if self.options.rest && (kind.rests)(spec) {
            let lane = self.options.lanes.of(kind, key.address.product());
            self.schedule.rest(lane.clone());
            self.resting.add(lane);
        }
    }

    fn wake(&mut self) {
        for lane in self.resting.take(Instant::now()) {
            self.schedule.wake(&lane);
        }
    }

    fn note(&mut self, event: &Event) {
        if let Event::Waiting { operation, wait, .. } = event {
            self.waits.insert(operation.clone(), *wait);
        }
        self.run.reporter.report(event);
    }

    fn beat(&mut self) {
        for (operation, since) in &self.started {
            if !self.outcomes.ends.contains_key(operation) && since.elapsed() >= self.options.heartbeat {
                let wait = self.waits.get(operation).copied();
                let event = Event::Progress { operation: operation.clone(), elapsed: since.elapsed(), wait };
                self.run.reporter.report(&event);
            }
        }
    }

    fn end(&mut self, operation: OperationKey, end: End) {
        let elapsed = self.started.remove(&operation).map(|since| since.elapsed()).unwrap_or_default();
        self.outcomes.ends.insert(operation.clone(), end.clone());
        self.run.reporter.report(&Event::Ended { operation, end, elapsed });
    }

    async fn persist(&mut self, entries: Vec<Entry>) {
        if entries.is_empty() {
            return;
        }
        entries.iter().cloned().for_each(|entry| self.run.state.fold(entry));
        if let Err(error) = self.run.store.append(&entries, self.run.state).await {
            self.cannot_save(error.to_string());
        }
    }

    fn cannot_save(&mut self, error: String) {
        if self.outcomes.state_error.is_none() {
            self.run.reporter.report(&Event::StateNotSaved { error: error.clone() });
            self.outcomes.state_error = Some(error);
        }
    }

    async fn finish(mut self) -> Outcomes {
        for key in self.schedule.not_started() {
            self.end(key, End::NotStarted);
        }
        if self.outcomes.state_error.is_none()
            && let Err(error) = self.run.store.save(self.run.state).await
        {
            self.cannot_save(error.to_string());
        }
        self.outcomes
    }
}

/// A signal that never comes.
fn never() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    std::mem::forget(sender);
    receiver
}

#[cfg(test)]
mod tests;
