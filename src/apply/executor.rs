//! The loop. One task, no shared state: operations are futures that it polls, and only the loop uses
//! schedule, state and reporter.
//!
//! A turn: what has ended is recorded in the state and releases its dependents, what is ready is picked, and
//! all of that is made durable with one append; only then are ends reported and requests sent. So a kill can
//! lose running requests and nothing else. An operation that waits for Kubernetes or GitLab frees its lane
//! for others.

mod dispatch;
mod groups;
mod hosts;
mod leftovers;
mod persist;
mod planned;
mod readings;
mod rendering;
mod renew;
mod sync_gate;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use crate::live::client::retry::RetryPolicy;
use crate::live::client::{Verdict, Writer};
use crate::live::gitlab::GitSource;
use crate::live::snapshot::Again;
use crate::model::graph::Schedule;
use crate::plan::{Approved, OperationKey, Operations, Plan, Unavailable};
use crate::resource::{Address, DisplayNames, LaneKey, Lanes};
use crate::state::{Entry, Locked, State, Store};

use super::clock_phase::ServerClock;
use super::event::{End, Event, Reporter, Wait};
use super::operation::{Attempt, Context, Health, Step};
use super::outcome::Outcomes;
use super::timers::Timers;
use groups::Groups;
use hosts::Hosts;
use sync_gate::SyncGate;

pub use readings::Readings;

/// How to write.
#[derive(Clone, Debug)]
pub struct ApplyOptions {
    /// Which requests the server can handle at once.
    pub lanes: Lanes,
    /// How many writes may run at once where lanes allow.
    pub parallelism: usize,
    /// When to try again.
    pub retry: RetryPolicy,
    /// Whether lanes rest where the server leaves clones behind (§8.2).
    pub rest: bool,
    /// The seconds of the server's clock.
    pub seconds: ServerClock,
    /// How often a running operation says that it is still running.
    pub heartbeat: Duration,
    /// Whether to check the token with a read before a write that the server begins before it checks the
    /// token (§11.6). The refresh has checked it; to be set if time may have passed since.
    pub prove_token: bool,
    /// Where products lie, to ask when a deletion takes place that GitLab has scheduled.
    pub git: Option<Arc<GitSource>>,
}

impl Default for ApplyOptions {
    fn default() -> Self {
        Self {
            lanes: Lanes::Shared,
            // As many as Terraform.
            parallelism: 10,
            retry: RetryPolicy::default(),
            rest: true,
            seconds: ServerClock::of_the_wall_clock(),
            // As often as Terraform's "Still creating...".
            heartbeat: Duration::from_secs(10),
            prove_token: false,
            git: None,
        }
    }
}

/// What a run works with.
pub struct Run<'a> {
    /// The way to the server.
    pub writer: &'a Writer,
    /// The state as it was loaded; what was done is in it when the run is over, saved or not.
    pub state: &'a mut State,
    /// Takes the events.
    pub reporter: &'a mut dyn Reporter,
    /// What the plan was made from; `None`: nothing is read again before it is written.
    pub readings: Option<Readings<'a>>,
    /// Becomes true when the run has to stop: nothing new is started, running writes end.
    pub stop: watch::Receiver<bool>,
}

/// Carries out a plan. If this future is dropped, running writes may or may not happen; the state has an
/// intent for each.
pub async fn apply<'r>(
    plan: Approved<'_>,
    locked: &'r mut Locked<'_>,
    run: Run<'r>,
    options: &ApplyOptions,
) -> Outcomes {
    let plan = plan.plan();
    let operations = plan.operations();
    let (events, mut heard) = mpsc::unbounded_channel();
    let (halt, halted) = watch::channel(false);
    let context = Context {
        writer: run.writer,
        git: options.git.as_deref(),
        retry: &options.retry,
        names: DisplayNames::of(plan.changes.iter().filter_map(|change| {
            let spec = change.after.as_deref().or(change.before.as_deref())?;
            Some((&change.address, spec))
        })),
        events,
        halt: halted,
        seconds: options.rest.then_some(options.seconds),
        clones: Mutex::default(),
        retries: AtomicUsize::new(options.retry.retries_of_run(operations.len())),
    };
    let lane = |key: &OperationKey| Some(options.lanes.of_object(&key.address));
    let mut executor = Executor {
        context: &context,
        operations,
        schedule: operations.schedule(lane),
        options,
        halt,
        resting: Timers::default(),
        waking: Timers::default(),
        paused: BTreeMap::new(),
        gate: SyncGate::default(),
        groups: Groups::default(),
        hosts: Hosts::default(),
        health: BTreeMap::new(),
        ill: BTreeSet::new(),
        unavailable: &plan.unavailable,
        started: BTreeMap::new(),
        waits: BTreeMap::new(),
        read: Vec::new(),
        planned: Vec::new(),
        outcomes: Outcomes::default(),
        store: locked.store(),
        run,
    };
    executor.planned = executor.planned_writes();
    executor.record_without_requests(plan).await;
    if executor.token_is_good(plan).await {
        executor.work(&mut heard).await;
        executor.render_hosts(plan, &mut heard).await;
    }
    executor.finish().await
}

type Running<'a> = FuturesUnordered<BoxFuture<'a, (Attempt<'a>, Step)>>;

struct Executor<'a, 'r> {
    context: &'a Context<'a>,
    operations: Operations<'a>,
    schedule: Schedule<OperationKey, LaneKey>,
    options: &'a ApplyOptions,
    halt: watch::Sender<bool>,
    resting: Timers<LaneKey>,
    waking: Timers<OperationKey>,
    paused: BTreeMap<OperationKey, Attempt<'a>>,
    gate: SyncGate,
    groups: Groups,
    hosts: Hosts,
    /// What the last writes of each lane showed of the server.
    health: BTreeMap<LaneKey, Health>,
    /// Lanes in which the server does not answer any more.
    ill: BTreeSet<LaneKey>,
    /// See [`Plan::unavailable`].
    unavailable: &'a Unavailable,
    started: BTreeMap<OperationKey, Instant>,
    /// What an operation waits for, and until when.
    waits: BTreeMap<OperationKey, (Wait, Instant)>,
    /// Operations whose objects were read again in this turn, and how.
    read: Vec<(Attempt<'a>, Again)>,
    /// Goes into the first durable append.
    planned: Vec<Entry>,
    outcomes: Outcomes,
    store: &'r mut dyn Store,
    run: Run<'r>,
}

impl<'a> Executor<'a, '_> {
    async fn work(&mut self, heard: &mut mpsc::UnboundedReceiver<Event>) {
        let mut running: Running<'a> = FuturesUnordered::new();
        let mut heartbeat = tokio::time::interval(self.options.heartbeat.max(Duration::from_millis(10)));
        let stop = stopped(self.run.stop.clone());
        tokio::pin!(stop);
        let mut ended = Vec::new();
        let mut look: Option<BoxFuture<'a, ()>> = None;
        loop {
            self.turn(std::mem::take(&mut ended), &mut running).await;
            let wake = self.next_timer();
            if running.is_empty() && wake.is_none() {
                if self.paused.is_empty() || !self.is_halted() {
                    return;
                }
                // Paused operations have to end too.
                continue;
            }
            look = look.or_else(|| self.look_later());
            tokio::select! {
                biased;
                () = &mut stop, if !self.outcomes.interrupted => self.interrupt(),
                Some(event) = heard.recv() => self.note(&event),
                Some(first) = running.next(), if !running.is_empty() => {
                    ended.push(first);
                    while let Some(Some(more)) = running.next().now_or_never() {
                        ended.push(more);
                    }
                    // The events of an operation come before its end.
                    while let Ok(event) = heard.try_recv() {
                        self.note(&event);
                    }
                }
                () = sleep_until(wake) => self.wake(),
                () = if_any(&mut look) => {
                    look = None;
                    self.hosts.looked = Some(Instant::now());
                }
                _ = heartbeat.tick() => self.beat(),
            }
        }
    }

    /// When something wakes that may start a request.
    fn next_timer(&self) -> Option<Instant> {
        if self.is_halted() || self.schedule.is_done() {
            return None;
        }
        self.resting.next().into_iter().chain(self.waking.next()).min()
    }

    fn wake(&mut self) {
        let now = Instant::now();
        while let Some(lane) = self.resting.take(now) {
            self.schedule.wake(&lane);
        }
        while let Some(key) = self.waking.take(now) {
            self.schedule.resume(&key);
        }
    }

    fn is_halted(&self) -> bool {
        *self.halt.borrow()
    }

    fn interrupt(&mut self) {
        self.outcomes.interrupted = true;
        self.run.reporter.report(&Event::Interrupted);
        self.halt.send_replace(true);
    }

    /// Starts no new operation any more, for a reason other than an interrupt.
    fn halt(&mut self, why: &str) {
        self.outcomes.halted.get_or_insert_with(|| why.to_owned());
        self.halt.send_replace(true);
    }

    fn note(&mut self, event: &Event) {
        if let Event::Waiting { operation, wait, delay, .. } = event {
            self.waits.insert(operation.clone(), (*wait, Instant::now() + *delay));
        }
        self.outcomes.short_waits += usize::from(event.is_short_wait());
        self.run.reporter.report(event);
    }

    fn beat(&mut self) {
        let now = Instant::now();
        for (operation, since) in &self.started {
            let elapsed = now - *since;
            if elapsed >= self.options.heartbeat {
                let wait = self.waits.get(operation).filter(|(_, until)| *until > now).map(|(wait, _)| *wait);
                let event = Event::Progress { operation: operation.clone(), elapsed, wait };
                self.run.reporter.report(&event);
            }
        }
    }

    fn end(&mut self, operation: OperationKey, end: End) {
        let elapsed = self.started.remove(&operation).map(|since| since.elapsed()).unwrap_or_default();
        self.waits.remove(&operation);
        self.outcomes.ends.insert(operation.clone(), end.clone());
        self.run.reporter.report(&Event::Ended { operation, end, elapsed });
    }

    /// The server begins to save a cluster before it checks the token (§11.6): a plan that saves one is not
    /// begun with a token that may be invalid.
    async fn token_is_good(&mut self, plan: &Plan) -> bool {
        let Some(probe) = self.options.prove_token.then(|| self.probe(plan)).flatten() else { return true };
        let Err(verdict @ Verdict::Unauthorized { .. }) = self.context.writer.reader().get(&probe.0).await
        else {
            return true;
        };
        self.end(probe.1, End::Failed { error: verdict.explanation() });
        self.halt(TOKEN_REFUSED);
        false
    }

    /// The cheapest object to read, and the operation that fails if the read is refused.
    fn probe(&self, plan: &Plan) -> Option<(Address, OperationKey)> {
        let costly = self.operations.keys().find(|key| key.address.kind().writing.unsafe_to_repeat)?;
        let cheap = plan.changes.iter().find(|change| change.address.kind().reading.unlocked);
        Some((cheap.map_or(&costly.address, |change| &change.address).clone(), costly.clone()))
    }

    async fn finish(mut self) -> Outcomes {
        let stopped = self.is_halted() || !self.ill.is_empty();
        let waiting = self.operations.keys().filter(|key| !self.outcomes.ends.contains_key(key));
        for key in waiting.cloned().collect::<Vec<_>>() {
            // Plans with a cycle are refused, so there should be none here.
            let cycle = || End::Failed { error: "it waits for itself".to_owned() };
            self.end(key, if stopped { End::NotStarted } else { cycle() });
        }
        self.abandon_planned().await;
        self.report_incomplete();
        self.outcomes.name_root_causes(self.operations.graph());
        self.save().await;
        self.outcomes
    }
}

/// Why nothing new is started when the server no longer takes the token.
const TOKEN_REFUSED: &str = "the token is not accepted";
/// Why nothing new is started when too much had to be repeated.
const EXHAUSTED: &str = "too many requests had to be repeated; check the health of the server";

/// Ends when the run has to stop; never, if the sender is gone.
pub(crate) async fn stopped(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Ends with a future; never, if there is none.
async fn if_any(future: &mut Option<BoxFuture<'_, ()>>) {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod lower_bound_tests;
#[cfg(test)]
mod tests;
