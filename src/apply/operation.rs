//! One operation: request, verdict, patience, and a read-back where the answer was lost.
//!
//! Invariant: a write whose answer is doubtful is never repeated before the object was read (§11.5); what the server never shows
//! can't be verified, so a change of nothing else is repeated, since an upsert may be.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::client::retry::{Next, Patience, Tries, Waiting};
use crate::client::{Verdict, Writer};
use crate::diff::{self, LiveSide, Sides};
use crate::plan::{Operation, OperationKey};
use crate::resource::Observed;
use crate::schema::wire;
use crate::state::Verb;
use crate::value::Value;

use super::event::{End, Event, Wait};

/// Carries one operation out, with all its tries.
pub(super) async fn run(
    key: OperationKey,
    operation: Operation<'_>,
    writer: &Writer,
    patience: &Patience,
    events: UnboundedSender<Event>,
) -> End {
    let mut attempt = Attempt { key, operation, writer, events, tries: Tries::new(patience), count: 0 };
    attempt.until_it_ends().await
}

struct Attempt<'a> {
    key: OperationKey,
    operation: Operation<'a>,
    writer: &'a Writer,
    events: UnboundedSender<Event>,
    tries: Tries<'a>,
    count: u32,
}

/// What a read-back showed.
enum ReadBack {
    Landed,
    NotLanded,
    Unknown(String),
}

impl Attempt<'_> {
    async fn until_it_ends(&mut self) -> End {
        loop {
            self.count += 1;
            let verdict = self.send().await;
            match verdict {
                Verdict::Done { warning } => return End::Done { warning },
                Verdict::Absent if self.operation.verb == Verb::Delete => return End::Done { warning: None },
                _ => {}
            }
            let next = match self.tries.after(&verdict) {
                Next::ReadBack => match self.read_back().await {
                    ReadBack::Landed => return End::Done { warning: Some(landed(&verdict)) },
                    ReadBack::Unknown(error) => {
                        return End::Unknown {
                            error: format!("{}; and then: {error}", verdict.explanation()),
                        };
                    }
                    ReadBack::NotLanded => self.tries.again(Duration::ZERO),
                },
                next => next,
            };
            match next {
                Next::Again(delay, waiting) => self.sleep(delay, waiting, &verdict).await,
                Next::Stop | Next::ReadBack => return End::Failed { error: self.explain(&verdict) },
            }
        }
    }

    async fn send(&self) -> Verdict {
        let address = &self.key.address;
        match (self.operation.verb, &self.operation.change.after) {
            (Verb::Delete, _) => self.writer.delete(address).await,
            (_, Some(spec)) => {
                self.writer.save(address, wire::body(address.kind(), address.name(), spec)).await
            }
            (_, None) => {
                Verdict::Permanent { message: "the plan says nothing to send".to_owned(), meaning: None }
            }
        }
    }

    async fn sleep(&self, delay: Duration, waiting: Waiting, verdict: &Verdict) {
        let wait = match waiting {
            Waiting::Retry => Wait::Retry,
            Waiting::Sync => Wait::Sync,
            Waiting::Deletion => Wait::Deletion,
        };
        let (operation, message, attempt) = (self.key.clone(), verdict.message().to_owned(), self.count);
        // Nobody listens any more only if the run is being dropped.
        let _ = self.events.send(Event::Waiting { operation, wait, delay, message, attempt });
        tokio::time::sleep(delay).await;
    }

    /// Reads the object and tells whether the write happened.
    async fn read_back(&self) -> ReadBack {
        let patience = Patience { retries: 5, ..Patience::default() };
        let mut tries = Tries::new(&patience);
        loop {
            let verdict = match self.writer.reader().get(&self.key.address).await {
                Ok(live) => return self.compare(live.as_ref()),
                Err(Verdict::Unreadable { .. }) => return self.exists_unreadable(),
                Err(verdict) => verdict,
            };
            match tries.after(&verdict) {
                Next::Again(delay, waiting) => self.sleep(delay, waiting, &verdict).await,
                Next::Stop | Next::ReadBack => return ReadBack::Unknown(verdict.explanation()),
            }
        }
    }

    fn compare(&self, live: Option<&Observed>) -> ReadBack {
        match (self.operation.verb, live) {
            (Verb::Delete, None) => ReadBack::Landed,
            (Verb::Delete, Some(_)) | (_, None) => ReadBack::NotLanded,
            (_, Some(live)) if self.is_visible() && self.matches(&live.spec) => ReadBack::Landed,
            (_, Some(_)) => ReadBack::NotLanded,
        }
    }

    /// An object that can't be shown exists: that answers for a create, and for nothing else.
    fn exists_unreadable(&self) -> ReadBack {
        if self.operation.verb == Verb::Create { ReadBack::Landed } else { ReadBack::NotLanded }
    }

    /// Whether reading can show that the write happened: the object is new, or something changes that the server returns.
    fn is_visible(&self) -> bool {
        let shown = |change: &diff::AttributeChange| !change.sensitive && change.note.is_none();
        self.operation.verb == Verb::Create || self.operation.change.attributes.iter().any(shown)
    }

    fn matches(&self, live: &Value) -> bool {
        let (address, nothing) = (&self.key.address, Value::Null);
        let sides = Sides {
            kind: address.kind(),
            name: address.name(),
            wished: self.operation.change.after.as_ref().unwrap_or(&nothing),
            live: LiveSide::Present(live),
            record: None,
            hash: &|_| String::new(),
            ignore: &[],
        };
        diff::compare(&sides).changes.is_empty()
    }

    fn explain(&self, verdict: &Verdict) -> String {
        let tries = if self.count > 1 { format!(" ({} tries)", self.count) } else { String::new() };
        match verdict {
            Verdict::WaitForSync { .. } => {
                format!(
                    "a cluster did not reach Kubernetes in time; --sync-timeout sets how long to wait{tries}: {}",
                    verdict.message()
                )
            }
            Verdict::WaitForDeletion { .. } => {
                format!(
                    "GitLab did not finish deleting in time; --delete-timeout sets how long to wait{tries}: {}",
                    verdict.message()
                )
            }
            _ => format!("{}{tries}", verdict.explanation()),
        }
    }
}

fn landed(verdict: &Verdict) -> String {
    format!("done, although the server said: {}", verdict.message())
}
