//! What the server renders after it has answered, and forgets if it is restarted before (nautes-api.md §3.5):
//! the files of virtual clusters at their hosts. If it goes away within seconds of such a write, one more
//! write of the same host at the end of the run has them rendered. Until then that object is incomplete.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::plan::{Action, Change, Operation, OperationKey, Plan};
use crate::resource::Address;
use crate::state::{Entry, Incomplete, Intent, Verb};

use super::{Attempt, End, Event, Executor, Step};

/// How long the server may take to render: some seconds, and time until a lost connection is noticed.
const RENDERING: Duration = Duration::from_secs(10);

/// Why a write is incomplete that was answered with success.
const NOT_RENDERED: &str = "the server went away within seconds of its answer, before it had rendered the files \
                            of the host";

/// The hosts that were written, by name.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    /// When, and by which object.
    written: BTreeMap<String, (Instant, Address)>,
    /// The object to be sent again for each host whose files may be missing.
    lost: BTreeMap<String, Address>,
}

impl Hosts {
    /// A write of this object was answered with success.
    pub(super) fn note(&mut self, change: &Change) {
        if let Some(host) = host(change) {
            self.written.insert(host.to_owned(), (Instant::now(), change.address.clone()));
        }
    }
}

/// The host whose files the server renders after a write.
fn host(change: &Change) -> Option<&str> {
    let spec = change.after.as_ref().or(change.before.as_deref())?;
    (change.address.kind().renders_later)(spec)
}

impl<'a> Executor<'a, '_> {
    /// If the server went away, the objects whose hosts it may not have rendered are incomplete.
    pub(super) fn lost_hosts(&mut self) -> Vec<Entry> {
        let Some(at) = self.context.away.send_replace(None) else { return Vec::new() };
        let recent = |(written, _): &(Instant, Address)| {
            at.checked_duration_since(*written).is_some_and(|since| since <= RENDERING)
        };
        let lost: Vec<(String, Address)> = self
            .hosts
            .written
            .iter()
            .filter(|(_, written)| recent(written))
            .filter_map(|(host, (_, address))| Some((host.clone(), self.stays(host, address)?)))
            .collect();
        for (host, address) in &lost {
            self.hosts.written.remove(host);
            self.hosts.lost.insert(host.clone(), address.clone());
        }
        let incomplete = || Incomplete {
            intent: Intent::plain(Verb::Update, jiff::Timestamp::now().to_string()),
            reason: NOT_RENDERED.to_owned(),
        };
        lost.into_iter().map(|(_, address)| Entry::Incomplete(address, incomplete())).collect()
    }

    /// The object that was written, or another one of the host that is not deleted.
    fn stays(&self, of: &str, written: &Address) -> Option<Address> {
        let stays = |change: &&'a Change| {
            !matches!(change.action, Action::Delete | Action::Forget) && host(change) == Some(of)
        };
        let all = || self.operations.changes().filter(stays).map(|change| &change.address);
        all().find(|address| *address == written).or_else(|| all().next()).cloned()
    }

    /// Sends one object of each such host once more.
    pub(super) async fn render_hosts(&mut self, plan: &'a Plan, heard: &mut mpsc::UnboundedReceiver<Event>) {
        let lost = std::mem::take(&mut self.hosts.lost);
        for address in lost.into_values() {
            if self.is_halted() {
                return;
            }
            let Some(change) = plan.changes.iter().find(|change| change.address == address) else { continue };
            let verb = if change.action == Action::Create { Verb::Create } else { Verb::Update };
            let key = OperationKey { address, verb };
            let operation = Operation { verb, change };
            let lane = self.options.lanes.of_object(&key.address);
            let health = self.health.get(&lane).copied().unwrap_or_default();
            let end = match self
                .to_the_end(Attempt::new(key.clone(), operation, self.context, health), heard)
                .await
            {
                End::Done { .. } => End::Done { warning: Some(format!("sent once more: {NOT_RENDERED}")) },
                End::Failed { error } | End::Incomplete { error } | End::Unknown { error } => {
                    End::Incomplete { error: format!("{NOT_RENDERED}; sent once more: {error}") }
                }
                end => end,
            };
            if let End::Done { .. } = end {
                let record = change.record.as_ref().or_else(|| self.run.state.records.get(&key.address));
                let entry =
                    record.map(|record| Entry::Recorded(key.address.clone(), Box::new(record.clone())));
                self.persist(entry.into_iter().collect()).await;
            }
            self.end(key, end);
        }
    }

    async fn to_the_end(
        &mut self,
        mut attempt: Attempt<'a>,
        heard: &mut mpsc::UnboundedReceiver<Event>,
    ) -> End {
        loop {
            let going = attempt.go();
            tokio::pin!(going);
            let (same, step) = loop {
                tokio::select! {
                    ended = &mut going => break ended,
                    Some(event) = heard.recv() => self.note(&event),
                }
            };
            attempt = same;
            match step {
                Step::Paused(delay, _) if !self.is_halted() => tokio::time::sleep(delay).await,
                Step::Paused(..) => return attempt.cut_short(),
                Step::Ended(end)
                | Step::Interrupted(end)
                | Step::Refused(end)
                | Step::Exhausted(end)
                | Step::Ill(end, _) => return end,
            }
        }
    }
}
