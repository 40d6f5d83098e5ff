//! A lock that ends by itself: an object that says who holds it, renewed while its holder lives.
//!
//! Acquired by writing the object where there is none, over a released one, or over one that was not renewed
//! for its whole term, once the store has proved that it honours the conditions of these writes; each holder
//! has the next epoch. Whether a lease has ended is read off the server's
//! clock alone. The holder measures on its own stopwatch, from before each renewal was sent, so it always
//! gives up first. Released by writing, never by deleting: the condition of a write says whose lease it is.

mod record;
mod renewer;

use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::http::WriteError;

use super::super::lock::Wait;
use super::super::remote::Taken;
use super::super::{LockInfo, LockLoss, StoreError};
use super::object::{Found, Object, PutError, Replacing};

use record::Record;
use renewer::{LeaseStatus, Renewer};

/// A well-formed tag that no object has.
const OTHER_TAG: &str = "\"00000000000000000000000000000000\"";

/// A lease that is held and renewed.
pub(super) struct Lease {
    epoch: u64,
    place: String,
    stop: Option<oneshot::Sender<()>>,
    renewer: JoinHandle<Renewer>,
    status: watch::Receiver<LeaseStatus>,
}

/// Takes the lease, waiting up to `timeout` for its holder.
pub(super) async fn acquire(
    object: &Object,
    info: &LockInfo,
    term: Duration,
    timeout: Duration,
) -> Result<(Lease, Taken), StoreError> {
    let mut waiting = Wait::new(timeout, object.pause());
    let mut created = false;
    loop {
        let found = object.get().await.map_err(|cause| object.unavailable("lock", cause))?;
        let (before, taken, wait) = classify(object, found.as_ref(), info)?;
        let Some(wait) = wait else {
            let Some(found) = found else {
                if created {
                    return Err(object.unavailable("lock", "the store does not keep what is written to it"));
                }
                // Unless another run is faster: conditions are proved on an object that exists.
                object.replace("lock", &Record::default().bytes(), Replacing::Nothing).await?;
                created = true;
                continue;
            };
            require_conditions(object, &before).await?;
            let record = Record::new(info, before.epoch.saturating_add(1), term);
            let begun = Instant::now();
            match object.replace("lock", &record.bytes(), Replacing::Tag(&found.tag)).await? {
                Some(tag) => return Ok((Lease::renewing(object, record, tag, begun, term), taken)),
                // Another run was faster: look again.
                None => continue,
            }
        };
        if !waiting.pause(wait).await {
            return Err(StoreError::Held { holder: Box::new(before.info(object)) });
        }
    }
}

/// What is there, how it would be taken, and how long to wait for its end if it can't be.
fn classify(
    object: &Object,
    found: Option<&Found>,
    info: &LockInfo,
) -> Result<(Record, Taken, Option<Duration>), StoreError> {
    let Some(found) = found else { return Ok((Record::default(), Taken::Free, None)) };
    let record = Record::read(object, found)?;
    // Our own ID: a write whose answer was lost.
    if record.id.is_empty() || record.id == info.id {
        return Ok((record, Taken::Free, None));
    }
    let left = record.left(found.age);
    Ok((record, Taken::Expired, (!left.is_zero()).then_some(left)))
}

/// Requires that the store honours both conditions: one that ignores them would let two runs write. What it
/// would take in spite of them is a released lease, so that a store that fails this keeps no lock.
async fn require_conditions(object: &Object, before: &Record) -> Result<(), StoreError> {
    let conditions = [(Replacing::Nothing, "If-None-Match"), (Replacing::Tag(OTHER_TAG), "If-Match")];
    for (replacing, header) in conditions {
        if object.replace("lock", &before.released().bytes(), replacing).await?.is_some() {
            let store = object.store();
            let cause = format!("the store at {store} ignores {header}, so locks do not hold there");
            return Err(object.unavailable("lock", cause));
        }
    }
    Ok(())
}

impl Lease {
    /// A lease that was written after `begun`, and is renewed from now on.
    fn renewing(object: &Object, record: Record, tag: String, begun: Instant, term: Duration) -> Self {
        let (sender, status) = watch::channel(LeaseStatus::Good(begun + term));
        let (stop, stopped) = oneshot::channel();
        let epoch = record.epoch;
        let renewer = Renewer { object: object.clone(), record, tag, term, status: sender };
        let renewer = tokio::spawn(renewer.run(stopped));
        Self { epoch, place: object.place(), stop: Some(stop), renewer, status }
    }

    /// Its number.
    pub(super) const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// How it was lost, if it was.
    pub(super) fn loss(&self) -> Option<LockLoss> {
        match &*self.status.borrow() {
            LeaseStatus::Good(until) if Instant::now() < *until => None,
            LeaseStatus::Good(_) => Some(LockLoss::NotRenewed),
            LeaseStatus::Lost(loss) => Some(loss.clone()),
        }
    }

    /// Gives it back.
    pub(super) async fn release(mut self) -> Result<(), StoreError> {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let place = self.place.clone();
        let lost = |loss| StoreError::Lost { place, loss };
        let Ok(renewer) = (&mut self.renewer).await else { return Err(lost(LockLoss::RenewalStopped)) };
        if let LeaseStatus::Lost(loss) = &*self.status.borrow() {
            return Err(lost(loss.clone()));
        }
        match free(&renewer.object, &renewer.record, &renewer.tag).await {
            // The answer of the last renewal may have been lost.
            Err(StoreError::Lost { .. }) => {
                let tag = renewer.own_tag().await.map_err(lost)?.unwrap_or(renewer.tag);
                free(&renewer.object, &renewer.record, &tag).await
            }
            result => result,
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Not renewed any more, it ends by itself.
        self.renewer.abort();
    }
}

/// Frees the lease of another run.
pub(super) async fn force(object: &Object, id: Option<&str>) -> Result<(), StoreError> {
    let found = object.get().await.map_err(|cause| object.unavailable("unlock", cause))?;
    let held = found.as_ref().map(|found| Record::read(object, found)).transpose()?;
    match (found, held) {
        (Some(found), Some(record)) if Some(record.id.as_str()) == id => {
            free(object, &record, &found.tag).await
        }
        (_, Some(record)) if !record.id.is_empty() => {
            Err(StoreError::Held { holder: Box::new(record.info(object)) })
        }
        _ => Err(object.unavailable("unlock", "it is not locked")),
    }
}

async fn free(object: &Object, record: &Record, tag: &str) -> Result<(), StoreError> {
    match object.put(&record.released().bytes(), Replacing::Tag(tag)).await {
        Ok(_) | Err(PutError::Changed { repeated: true }) => Ok(()),
        Err(PutError::Changed { repeated: false }) => {
            Err(StoreError::Lost { place: object.place(), loss: LockLoss::ReleasedOrTaken })
        }
        Err(PutError::Failed(WriteError::Refused(cause) | WriteError::Unclear(cause))) => {
            Err(object.unavailable("unlock", format!("{cause}; it ends by itself at {}", record.expires)))
        }
    }
}
