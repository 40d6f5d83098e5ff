//! If the server goes away within seconds of a write whose host it renders afterwards, one more write of that
//! host at the end of the run has it rendered. Until then that object is incomplete. The server is watched
//! after each such write, since no other request may show that it went away.

use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::plan::{Action, Change, Operation, OperationKey, Plan};
use crate::resource::{Address, kinds};
use crate::state::{Entry, Incomplete, Intent, Verb};

use super::hosts::host;
use super::{Attempt, End, Event, Executor, Step};

/// Why a write is incomplete that was answered with success.
const NOT_RENDERED: &str = "the server went away within seconds of its answer, before it had rendered the files \
                            of the host";

/// How often the objects of such hosts are sent again if the server goes away each time.
const ROUNDS: usize = 3;

impl<'a> Executor<'a, '_> {
    /// If the server went away, the objects whose hosts it may not have rendered are incomplete.
    pub(super) fn lost_hosts(&mut self) -> Vec<Entry> {
        let Some(at) = self.context.writer.reader().budget().take_absence() else { return Vec::new() };
        let written = self.hosts.take_written_before(at).into_iter();
        let lost: Vec<Address> = written.filter_map(|(host, address)| self.stays(&host, &address)).collect();
        self.hosts.lost.extend(lost.iter().cloned());
        let incomplete = || Incomplete {
            intent: Intent::plain(Verb::Update, jiff::Timestamp::now().to_string()),
            reason: NOT_RENDERED.to_owned(),
        };
        lost.into_iter().map(|address| Entry::Incomplete(address, incomplete())).collect()
    }

    /// The object that was written, or another one of the host that is not deleted.
    fn stays(&self, of: &str, written: &Address) -> Option<Address> {
        let stays = |change: &&'a Change| {
            !matches!(change.action, Action::Delete | Action::Forget) && host(change) == Some(of)
        };
        let all = || self.operations.changes().filter(stays).map(|change| &change.address);
        all().find(|address| *address == written).or_else(|| all().next()).cloned()
    }

    /// Sends these objects once more, and again if the server goes away meanwhile. What is left in the end
    /// stays incomplete.
    pub(super) async fn render_hosts(&mut self, plan: &'a Plan, heard: &mut mpsc::UnboundedReceiver<Event>) {
        self.watch().await;
        for _ in 0..ROUNDS {
            for address in std::mem::take(&mut self.hosts.lost) {
                let change = plan.changes.iter().find(|change| change.address == address);
                if let Some(change) = change.filter(|_| !self.is_halted()) {
                    self.render_host(change, heard).await;
                }
            }
            self.watch().await;
        }
    }

    /// Whether the server stays after the last write.
    async fn watch(&mut self) {
        while let Some(look) = self.look_later() {
            look.await;
            self.hosts.looked = Some(Instant::now());
            let lost = self.lost_hosts();
            self.persist(lost).await;
        }
    }

    /// A look at the server that is due some time after a write. A restart between two requests would not be
    /// noticed otherwise. The cheapest object is read, which needs no clone.
    pub(super) fn look_later(&self) -> Option<BoxFuture<'a, ()>> {
        let at = self.hosts.next_look().filter(|_| self.options.rest)?;
        let all = || self.operations.changes().map(|change| &change.address);
        let cheap = all().find(|address| address.kind().reading.unlocked).cloned();
        let other = || Some(Address::of_tenant(kinds::owner(), all().next()?.name()));
        let cheap = cheap.or_else(other)?;
        let reader = self.context.writer.reader();
        let look = async move {
            tokio::time::sleep_until(at).await;
            // Whether the server is away is noted with the verdict.
            let _ = reader.get(&cheap).await;
        };
        Some(look.boxed())
    }

    async fn render_host(&mut self, change: &'a Change, heard: &mut mpsc::UnboundedReceiver<Event>) {
        let address = change.address.clone();
        let verb = match change.action {
            Action::Create | Action::Replace => Verb::Create,
            _ => Verb::Update,
        };
        let key = OperationKey { address, verb };
        let operation = Operation { verb, change };
        let lane = self.options.lanes.of_object(&key.address);
        let health = self.health.get(&lane).copied().unwrap_or_default();
        let attempt = Attempt::new(key.clone(), operation, self.context, health);
        let (end, took) = self.carry_to_end(attempt, heard).await;
        let end = match end {
            End::Done { .. } => End::Done { warning: Some(format!("sent once more: {NOT_RENDERED}")) },
            End::Failed { error } | End::Incomplete { error } | End::Unknown { error } => {
                End::Incomplete { error: format!("{NOT_RENDERED}; sent once more: {error}") }
            }
            end => end,
        };
        // Before this write is noted: it is the one that was sent after the server went away.
        let mut entries = self.lost_hosts();
        if let End::Done { .. } = end {
            self.hosts.note(change, took);
            let record = change.record.as_deref().or_else(|| self.run.state.records.get(&key.address));
            entries
                .extend(record.map(|record| Entry::Recorded(key.address.clone(), Box::new(record.clone()))));
        }
        self.persist(entries).await;
        self.end(key, end);
    }

    /// How it ends, and how long its last request took.
    async fn carry_to_end(
        &mut self,
        mut attempt: Attempt<'a>,
        heard: &mut mpsc::UnboundedReceiver<Event>,
    ) -> (End, Duration) {
        loop {
            let going = attempt.go();
            tokio::pin!(going);
            let (same, step) = loop {
                tokio::select! {
                    biased;
                    ended = &mut going => break ended,
                    Some(event) = heard.recv() => self.note(&event),
                }
            };
            attempt = same;
            match step {
                Step::Paused(delay, _) if !self.is_halted() => tokio::time::sleep(delay).await,
                Step::Paused(..) => return (attempt.cut_short(), attempt.took),
                Step::Read(_) => {}
                Step::Ended(end)
                | Step::Interrupted(end)
                | Step::Refused(end)
                | Step::Exhausted(end)
                | Step::Ill(end, _) => return (end, attempt.took),
            }
        }
    }
}
