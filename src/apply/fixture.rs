//! A server that answers as a test says, a store that can fail, and one log of everything in the order it happened.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value as Json, json};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::http::NotSent;
use crate::live::client::transport::Sending;
use crate::live::client::{Method, Reply, Request, SendError, Transport, Writer};
use crate::model::value::Value;
use crate::plan::diff::{Comparison, LiveSide, Sides, compare};
use crate::plan::{Action, Change, Plan};
use crate::resource::{Address, Record};
use crate::state::store::Storing;
use crate::state::{Entry, LockInfo, State, Store, StoreError, Verb};

use super::event::{End, Event, Reporter};
use super::{ApplyOptions, Outcomes, Run, apply};

pub(super) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// A change of an object that is empty but for its name.
pub(super) fn change(name: &str, action: Action) -> Change {
    let stays = !matches!(action, Action::Delete | Action::Forget);
    Change {
        address: address(name),
        action,
        before: None,
        after: (stays && action != Action::NoOp).then(|| Value::Map(crate::model::value::Map::new())),
        attributes: Vec::new(),
        reasons: Vec::new(),
        irreversible: None,
        takes_along: Vec::new(),
        source: None,
        dependencies: Vec::new(),
        used: Vec::new(),
        record: stays.then(Record::default),
        unchanged: 0,
    }
}

/// The change from one spec to another, as the planner sees it.
pub(super) fn changed(name: &str, action: Action, before: Option<Json>, after: Json) -> Change {
    let mut change = change(name, action);
    let (before, after) = (before.map(Value::from_json), Value::from_json(after));
    let record = Record { applied: before.clone().unwrap_or_default(), ..Record::default() };
    let live = before.as_ref().map_or(LiveSide::Absent, LiveSide::Present);
    let hash = |_: &crate::model::value::Secret| String::new();
    let (kind, name) = (change.address.kind(), change.address.name());
    let sides = Sides { kind, name, wished: &after, live, record: Some(&record), hash: &hash, ignore: &[] };
    let Comparison { changes, .. } = compare(&sides);
    change.attributes = changes;
    change.before = before.map(Arc::new);
    change.after = Some(after);
    change
}

impl Change {
    pub(super) fn needs(mut self, names: &[&str]) -> Self {
        self.dependencies = names.iter().map(|name| address(name)).collect();
        self
    }

    pub(super) fn uses(mut self, names: &[&str]) -> Self {
        self.used = names.iter().map(|name| address(name)).collect();
        self
    }
}

/// What the server answers.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    Reply(u16, Json),
    Lost,
    NotSent,
    Hang,
}

impl Answer {
    pub(super) fn ok() -> Self {
        Self::Reply(200, json!({"message": "Successfully saved configuration"}))
    }

    pub(super) fn error(status: u16, reason: &str, message: &str) -> Self {
        Self::Reply(status, json!({"code": status, "reason": reason, "message": message, "metadata": {}}))
    }

    pub(super) fn plain(message: &str) -> Self {
        Self::error(500, "", message)
    }

    /// A cluster that Kubernetes has not seen (§4.3).
    pub(super) fn unsynced() -> Self {
        Self::plain(
            "during global validation, it was found that Cluster 'c' does not exist or is unavailable. Please check",
        )
    }

    pub(super) fn found(spec: Json) -> Self {
        Self::Reply(200, spec)
    }

    /// §2.3: what all kinds take for absence at once.
    pub(super) fn absent() -> Self {
        Self::error(
            404,
            "RESOURCE_NOT_FOUND",
            "the cluster resource c is not found; there are no default projects under this product",
        )
    }
}

/// Everything that happened, in order.
#[derive(Clone, Debug)]
pub(super) struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    started: Instant,
}

impl Log {
    fn new() -> Self {
        Self { lines: Arc::default(), started: Instant::now() }
    }

    fn line(&self, text: impl std::fmt::Display) {
        let at = self.started.elapsed().as_secs();
        self.lines.lock().unwrap().push(format!("{at:>3}s {text}"));
    }

    /// The lines that contain one of these texts.
    pub(super) fn lines(&self, of: &[&str]) -> String {
        let lines = self.lines.lock().unwrap();
        let wanted = lines.iter().filter(|line| of.iter().any(|text| line.contains(text)));
        wanted.map(|line| format!("{line}\n")).collect()
    }

    /// The lines without times.
    pub(super) fn all(&self) -> Vec<String> {
        self.lines.lock().unwrap().iter().map(|line| line[5..].to_owned()).collect()
    }
}

/// A server that answers "done" unless it was told otherwise.
#[derive(Clone)]
pub(super) struct Server {
    answers: Arc<Mutex<BTreeMap<String, VecDeque<Answer>>>>,
    pub(super) log: Log,
    pub(super) latency: Duration,
}

impl Server {
    pub(super) fn new() -> Self {
        Self { answers: Arc::default(), log: Log::new(), latency: Duration::from_secs(1) }
    }

    /// The next answers to requests of this kind; after them, "done" for writes and "absent" for reads.
    pub(super) fn answers(self, method: &str, name: &str, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.answers.lock().unwrap().entry(format!("{method} {name}")).or_default().extend(answers);
        self
    }
}

impl Transport for Server {
    fn send(&self, request: Request) -> Sending<'_> {
        let name = request.path.rsplit('/').next().unwrap_or_default();
        let what = match request.method {
            Method::Get => format!("GET {name}"),
            Method::Post => format!("POST {name}"),
            Method::Delete => format!("DELETE {name}"),
        };
        Box::pin(async move {
            self.log.line(format_args!("-> {what}"));
            let answer = self.answers.lock().unwrap().get_mut(&what).and_then(VecDeque::pop_front);
            let usual = || if request.method == Method::Get { Answer::absent() } else { Answer::ok() };
            let answer = answer.unwrap_or_else(usual);
            if matches!(answer, Answer::Hang) {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(self.latency).await;
            self.log.line(format_args!("<- {what}"));
            let (server, reason) = ("http://nautes".to_owned(), "as the test says".to_owned());
            match answer {
                Answer::Reply(status, body) => Ok(Reply {
                    status,
                    content_type: "application/json".to_owned(),
                    retry_after: None,
                    body: Bytes::from(body.to_string()),
                }),
                Answer::NotSent => Err(SendError::NotSent { server, why: NotSent::Refused, reason }),
                Answer::Lost | Answer::Hang => Err(SendError::Lost { server, reason }),
            }
        })
    }
}

/// A store that logs, and fails as often as it was told.
pub(super) struct Shelf {
    log: Log,
    pub(super) failing_appends: usize,
    /// How many appends succeed before none does.
    pub(super) passing_appends: Option<usize>,
    pub(super) failing_saves: usize,
    /// What survives a kill.
    pub(super) durable: State,
}

impl Shelf {
    fn fail(&self) -> StoreError {
        let full = std::io::Error::other("the disk is full");
        StoreError::unavailable("save", self.place(), full)
    }
}

fn named(entry: &Entry) -> String {
    match entry {
        Entry::Begun(address, intent) => format!("begun {:?} {address}", intent.verb),
        Entry::Recorded(address, _) => format!("recorded {address}"),
        Entry::Forgotten(address) => format!("forgotten {address}"),
        Entry::Abandoned(address) => format!("abandoned {address}"),
    }
}

impl Store for Shelf {
    fn load(&mut self) -> Storing<'_, Option<State>> {
        Box::pin(std::future::ready(Ok(Some(self.durable.clone()))))
    }

    fn lock<'a>(&'a mut self, _info: &'a LockInfo, _patience: Duration) -> Storing<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn append<'a>(&'a mut self, entries: &'a [Entry], _state: &'a State) -> Storing<'a, ()> {
        Box::pin(async move {
            if self.failing_appends > 0 || self.passing_appends == Some(0) {
                self.failing_appends = self.failing_appends.saturating_sub(1);
                return Err(self.fail());
            }
            self.passing_appends = self.passing_appends.map(|left| left - 1);
            entries.iter().cloned().for_each(|entry| self.durable.fold(entry));
            let names: Vec<String> = entries.iter().map(named).collect();
            self.log.line(format_args!("append {}", names.join(", ")));
            Ok(())
        })
    }

    fn save<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()> {
        Box::pin(async move {
            if self.failing_saves > 0 {
                self.failing_saves -= 1;
                return Err(self.fail());
            }
            self.durable = state.clone();
            self.log.line("save");
            Ok(())
        })
    }

    fn replace<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()> {
        self.save(state)
    }

    fn force_unlock<'a>(&'a mut self, _id: &'a str) -> Storing<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn unlock(&mut self) -> Storing<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn place(&self) -> String {
        "the shelf".to_owned()
    }
}

struct Listener(Log);

impl Reporter for Listener {
    fn report(&mut self, event: &Event) {
        self.0.line(match event {
            Event::Started { operation } => format!("started {operation}"),
            Event::Waiting { operation, wait, .. } => format!("waiting {operation}: {wait:?}"),
            Event::Progress { operation, elapsed, wait } => {
                format!("progress {operation}: {}s {wait:?}", elapsed.as_secs())
            }
            Event::Ended { operation, end, .. } => format!("ended {operation}: {}", word(end)),
            Event::Interrupted => "interrupted".to_owned(),
            Event::StateNotSaved { .. } => "state not saved".to_owned(),
        });
    }
}

pub(super) fn word(end: &End) -> &'static str {
    match end {
        End::Done { warning: None } => "done",
        End::Done { warning: Some(_) } => "done with a warning",
        End::Failed { .. } => "failed",
        End::Skipped { .. } => "skipped",
        End::NotStarted => "not started",
        End::Unknown { .. } => "unknown",
    }
}

/// A run and what it works with.
pub(super) struct Stage {
    pub(super) server: Server,
    pub(super) state: State,
    pub(super) store: Shelf,
    pub(super) options: ApplyOptions,
    pub(super) stop: watch::Sender<bool>,
}

impl Stage {
    pub(super) fn new(server: Server) -> Self {
        let state = State::new("lineage".to_owned(), "salt".to_owned());
        let log = server.log.clone();
        let store = Shelf {
            log,
            failing_appends: 0,
            passing_appends: None,
            failing_saves: 0,
            durable: state.clone(),
        };
        let options = ApplyOptions { rest: false, ..ApplyOptions::default() };
        Self { server, state, store, options, stop: watch::Sender::new(false) }
    }

    pub(super) async fn carry_out(&mut self, changes: Vec<Change>) -> Outcomes {
        let plan = Plan { changes, ..Plan::default() };
        self.carry_out_plan(&plan).await
    }

    pub(super) async fn carry_out_plan(&mut self, plan: &Plan) -> Outcomes {
        let writer = Writer::new(Arc::new(self.server.clone()));
        let mut listener = Listener(self.server.log.clone());
        let run = Run {
            writer: &writer,
            store: &mut self.store,
            state: &mut self.state,
            reporter: &mut listener,
            stop: self.stop.subscribe(),
        };
        apply(plan, run, &self.options).await
    }

    pub(super) fn log(&self, of: &[&str]) -> String {
        self.server.log.lines(of)
    }
}

/// How each operation ended, one on a line.
pub(super) fn ends(outcomes: &Outcomes) -> String {
    let line = |(key, end): (&crate::plan::OperationKey, &End)| match end {
        End::Done { warning: Some(why) } | End::Failed { error: why } | End::Unknown { error: why } => {
            format!("{key}: {}: {why}\n", word(end))
        }
        End::Skipped { because } => format!("{key}: skipped because of {because}\n"),
        _ => format!("{key}: {}\n", word(end)),
    };
    outcomes.ends.iter().map(line).collect()
}

/// The only end of a plan of one operation.
pub(super) fn only(outcomes: &Outcomes, verb: Verb) -> &End {
    assert_eq!(outcomes.ends.len(), 1, "{outcomes:?}");
    let (key, end) = outcomes.ends.iter().next().unwrap();
    assert_eq!(key.verb, verb);
    end
}
