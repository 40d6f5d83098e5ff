//! What the tests of this room share: changes, and a run against a test server and a test store.

mod server;
mod store;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value as Json;
use tokio::sync::watch;

use crate::live::client::Writer;
use crate::model::value::Value;
use crate::plan::diff::{Comparison, LiveSide, Sending, Sides, compare};
use crate::plan::{Action, Change, Permissions, Plan};
use crate::resource::{Address, Record};
use crate::state::{LockInfo, Locked, State, Verb};

use super::event::{End, Event, Reporter};
use super::{ApplyOptions, Outcomes, Readings, Run, apply};
use server::Log;
use store::TestStore;

pub(super) use server::{Answer, Server};

pub(super) fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// A change of an object that has only a name.
pub(super) fn change(name: &str, action: Action) -> Change {
    let stays = !matches!(action, Action::Delete | Action::Forget);
    Change {
        after: (stays && action != Action::NoOp).then(|| Value::Map(crate::model::value::Map::new()).into()),
        record: stays.then(Box::default),
        ..Change::bare(address(name), action)
    }
}

/// The change from one spec to another, as the planner sees it.
pub(super) fn changed(name: &str, action: Action, before: Option<Json>, after: Json) -> Change {
    let mut change = change(name, action);
    let before = before.map(Value::from_json);
    let after = Value::from_json(after);
    let record = Record { applied: before.clone().unwrap_or_default().into(), ..Record::default() };
    let live = before.as_ref().map_or(LiveSide::Absent, LiveSide::Present);
    let sides = Sides {
        kind: change.address.kind(),
        name: change.address.name(),
        desired: &after,
        live,
        record: Some(&record),
        recognizes: &|_, _| false,
        returned: None,
        send: Sending::Nothing,
        ignore: &[],
    };
    let Comparison { changes, .. } = compare(&sides);
    change.attributes = changes.into();
    change.before = before.map(Arc::new);
    change.after = Some(after.into());
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
        End::Changed { .. } => "changed",
        End::Skipped { .. } => "skipped",
        End::NotStarted => "not started",
        End::Incomplete { .. } => "incomplete",
        End::Deleting { .. } => "deleting",
        End::Unknown { .. } => "unknown",
    }
}

/// A run and what it works with.
pub(super) struct Harness {
    pub(super) server: Server,
    pub(super) state: State,
    pub(super) store: TestStore,
    pub(super) options: ApplyOptions,
    pub(super) stop: watch::Sender<bool>,
}

impl Harness {
    pub(super) fn new(server: Server) -> Self {
        let state = State::new("lineage".to_owned(), "salt".to_owned());
        let log = server.log.clone();
        let store = TestStore {
            log,
            failing_appends: 0,
            passing_appends: None,
            failing_saves: 0,
            bundles: false,
            durable: state.clone(),
        };
        let options = ApplyOptions { rest: false, ..ApplyOptions::default() };
        Self { server, state, store, options, stop: watch::Sender::new(false) }
    }

    pub(super) async fn carry_out(&mut self, changes: Vec<Change>) -> Outcomes {
        let plan = Plan { changes, ..Plan::default() };
        self.carry_out_plan(&plan).await
    }

    pub(super) async fn carry_out_from(&mut self, changes: Vec<Change>, readings: Readings<'_>) -> Outcomes {
        self.run(&Plan { changes, ..Plan::default() }, Some(readings)).await
    }

    pub(super) async fn carry_out_plan(&mut self, plan: &Plan) -> Outcomes {
        self.run(plan, None).await
    }

    async fn run(&mut self, plan: &Plan, readings: Option<Readings<'_>>) -> Outcomes {
        let writer = Writer::new(Arc::new(self.server.clone()));
        let mut listener = Listener(self.server.log.clone());
        let run = Run {
            writer: &writer,
            state: &mut self.state,
            reporter: &mut listener,
            readings,
            stop: self.stop.subscribe(),
        };
        let permissions = Permissions { irreversible: true, ..Permissions::default() };
        let mut locked = Locked::lock(&mut self.store, &LockInfo::default(), Duration::ZERO).await.unwrap();
        apply(plan.approve(&permissions).unwrap(), &mut locked, run, &self.options).await
    }

    pub(super) fn log(&self, of: &[&str]) -> String {
        self.server.log.lines(of)
    }
}

/// How each operation ended, one on a line.
pub(super) fn ends(outcomes: &Outcomes) -> String {
    let line = |(key, end): (&crate::plan::OperationKey, &End)| match end {
        End::Done { warning: Some(why) }
        | End::Failed { error: why }
        | End::Incomplete { error: why }
        | End::Deleting { message: why, .. }
        | End::Unknown { error: why } => {
            format!("{key}: {}: {why}\n", word(end))
        }
        End::Changed { stale } => {
            format!("{key}: {}: {}\n", word(end), stale.message.as_deref().unwrap_or_default())
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
