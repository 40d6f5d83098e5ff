//! A lock that ends by itself: an object that says who holds it, renewed while its holder lives.
//!
//! Acquired by writing the object where there is none, over a released one, or over one that was not renewed for its whole term; each
//! holder has the next epoch. Whether a lease has ended is read off the server's clock alone. The holder judges by its own
//! stopwatch, from before each renewal was sent, so it always takes itself for dead first. Released by writing, never by deleting:
//! the condition of a write says whose lease it is.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::super::remote::Taken;
use super::super::{LockInfo, StoreError};
use super::object::{Found, Object, PutError, Replacing};

/// The longest pause before looking at a held lease again.
const LONGEST_PAUSE: Duration = Duration::from_secs(16);
/// What the server's clock may round off.
const ROUNDING: Duration = Duration::from_secs(2);

/// The object's content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Record {
    /// The lock's ID; empty once released.
    id: String,
    holder: String,
    operation: String,
    job: String,
    acquired: String,
    /// When it ends unless it is renewed; for people, since it is of the holder's clock.
    expires: String,
    /// How long after a renewal it ends.
    term_seconds: u64,
    epoch: u64,
}

/// A lease that is held and renewed.
pub(super) struct Lease {
    record: Record,
    place: String,
    stop: Option<oneshot::Sender<()>>,
    heart: JoinHandle<Renewer>,
    health: watch::Receiver<LeaseStatus>,
}

#[derive(Clone, Debug)]
enum LeaseStatus {
    /// Renewed, and good until then.
    Good(Instant),
    /// Somebody else's now.
    Lost(String),
}

/// Takes the lease, waiting up to `patience` for whoever has it.
pub(super) async fn acquire(
    object: &Object,
    info: &LockInfo,
    term: Duration,
    patience: Duration,
) -> Result<(Lease, Taken), StoreError> {
    let deadline = Instant::now() + patience;
    let mut pause = object.pause();
    loop {
        let found = object.get().await.map_err(|reason| unavailable(object, "lock", reason))?;
        let (before, taken, wait) = classify(object, found.as_ref(), info)?;
        let Some(wait) = wait else {
            let replacing = found.as_ref().map_or(Replacing::Nothing, |found| Replacing::Tag(&found.tag));
            let record = Record::new(info, before.epoch + 1, term);
            if let Some(lease) = take(object, record, replacing, term).await? {
                return Ok((lease, taken));
            }
            // Somebody was faster: look again.
            continue;
        };
        let now = Instant::now();
        if now >= deadline {
            return Err(StoreError::Held { holder: Box::new(before.info(object)) });
        }
        tokio::time::sleep(pause.min(deadline - now).min(wait)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// What is there, how it would be taken, and how long to wait for its end if it can't be.
fn classify(
    object: &Object,
    found: Option<&Found>,
    info: &LockInfo,
) -> Result<(Record, Taken, Option<Duration>), StoreError> {
    let Some(found) = found else { return Ok((Record::default(), Taken::Free, None)) };
    let record = read(object, found)?;
    // Our own ID: a write whose answer was lost.
    if record.id.is_empty() || record.id == info.id {
        return Ok((record, Taken::Free, None));
    }
    let left = record.left(found.age);
    let taken = Taken::Expired;
    Ok((record, taken, (!left.is_zero()).then_some(left)))
}

fn read(object: &Object, found: &Found) -> Result<Record, StoreError> {
    serde_json::from_slice(&found.body).map_err(|error| {
        let reason = format!("{} is no lease ({error}); remove it if nobody works here", object.place());
        unavailable(object, "lock", reason)
    })
}

/// Writes the lease; `None` if somebody else was faster.
async fn take(
    object: &Object,
    record: Record,
    replacing: Replacing<'_>,
    term: Duration,
) -> Result<Option<Lease>, StoreError> {
    let begun = Instant::now();
    let tag = match object.put(&record.bytes(), replacing).await {
        Ok(tag) => tag,
        Err(PutError::Moved { .. }) => return Ok(None),
        Err(PutError::Refused(reason) | PutError::Unclear(reason)) => {
            return Err(unavailable(object, "lock", reason));
        }
    };
    // A store that ignores conditions would let two runs write; it says so by taking this, too.
    match object.put(&record.bytes(), Replacing::Nothing).await {
        Err(PutError::Moved { .. }) => {}
        Ok(_) => {
            let reason = "the store ignores If-None-Match, so locks do not hold there".to_owned();
            return Err(unavailable(object, "lock", reason));
        }
        Err(PutError::Refused(reason) | PutError::Unclear(reason)) => {
            return Err(unavailable(object, "lock", reason));
        }
    }
    Ok(Some(Lease::beating(object, record, tag, begun, term)))
}

impl Record {
    fn new(info: &LockInfo, epoch: u64, term: Duration) -> Self {
        Self {
            id: info.id.clone(),
            holder: info.who.clone(),
            operation: info.operation.clone(),
            job: info.info.clone(),
            acquired: info.created.clone(),
            expires: end(term),
            term_seconds: term.as_secs(),
            epoch,
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a lease is plain text");
        bytes.push(b'\n');
        bytes
    }

    /// How long it may still be renewed; nothing if its holder is dead.
    fn left(&self, age: Option<Duration>) -> Duration {
        let term = Duration::from_secs(self.term_seconds) + ROUNDING;
        match age {
            Some(age) => term.saturating_sub(age),
            // A server without a clock: the holder's has to do.
            None => self
                .expires
                .parse::<jiff::Timestamp>()
                .map(|end| Duration::try_from(end.duration_since(jiff::Timestamp::now())).unwrap_or_default())
                .unwrap_or_default(),
        }
    }

    /// For whoever has to wait.
    fn info(&self, object: &Object) -> LockInfo {
        let job = if self.job.is_empty() { String::new() } else { format!("{}, ", self.job) };
        LockInfo {
            id: self.id.clone(),
            who: self.holder.clone(),
            operation: self.operation.clone(),
            created: self.acquired.clone(),
            info: format!("{job}free after {} unless it is renewed, lock ID {}", self.expires, self.id),
            version: String::new(),
            path: object.place(),
        }
    }
}

fn end(term: Duration) -> String {
    let now = jiff::Timestamp::now();
    let end = jiff::SignedDuration::try_from(term).ok().and_then(|term| now.checked_add(term).ok());
    let end = end.unwrap_or(now);
    end.round(jiff::Unit::Second).unwrap_or(end).to_string()
}

impl Lease {
    fn beating(object: &Object, record: Record, tag: String, begun: Instant, term: Duration) -> Self {
        let (tell, health) = watch::channel(LeaseStatus::Good(begun + term));
        let (stop, stopped) = oneshot::channel();
        let heart = Renewer { object: object.clone(), record: record.clone(), tag, term, tell };
        let heart = tokio::spawn(heart.keep(stopped));
        Self { record, place: object.place(), stop: Some(stop), heart, health }
    }

    /// Which lease in a row it is.
    pub(super) const fn epoch(&self) -> u64 {
        self.record.epoch
    }

    /// Why it is no longer held, if it is not.
    pub(super) fn lost(&self) -> Option<String> {
        match &*self.health.borrow() {
            LeaseStatus::Good(until) if Instant::now() < *until => None,
            LeaseStatus::Good(_) => Some("the store could not be reached to renew it in time".to_owned()),
            LeaseStatus::Lost(reason) => Some(reason.clone()),
        }
    }

    /// Gives it back.
    pub(super) async fn release(mut self) -> Result<(), StoreError> {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let place = self.place.clone();
        let lost = |reason| StoreError::Lost { place, reason };
        let Ok(heart) = (&mut self.heart).await else { return Err(lost("nothing renewed it".to_owned())) };
        if let LeaseStatus::Lost(reason) = &*self.health.borrow() {
            return Err(lost(reason.clone()));
        }
        match free(&heart.object, &heart.record, &heart.tag).await {
            // The answer of the last renewal may have been lost.
            Err(StoreError::Lost { .. }) => {
                let tag = heart.still_ours().await.map_err(lost)?.unwrap_or(heart.tag);
                free(&heart.object, &heart.record, &tag).await
            }
            result => result,
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Nobody renews it any more, so it ends by itself.
        self.heart.abort();
    }
}

/// Frees a lease that somebody else holds.
pub(super) async fn force(object: &Object, id: &str) -> Result<(), StoreError> {
    let found = object.get().await.map_err(|reason| unavailable(object, "unlock", reason))?;
    let held = found.as_ref().map(|found| read(object, found)).transpose()?;
    match (found, held) {
        (Some(found), Some(record)) if record.id == id => free(object, &record, &found.tag).await,
        (_, Some(record)) if !record.id.is_empty() => {
            Err(StoreError::Held { holder: Box::new(record.info(object)) })
        }
        _ => Err(unavailable(object, "unlock", "it is not locked".to_owned())),
    }
}

async fn free(object: &Object, record: &Record, tag: &str) -> Result<(), StoreError> {
    let released = Record { epoch: record.epoch, ..Record::default() };
    match object.put(&released.bytes(), Replacing::Tag(tag)).await {
        Ok(_) | Err(PutError::Moved { repeated: true }) => Ok(()),
        Err(PutError::Moved { repeated: false }) => Err(StoreError::Lost {
            place: object.place(),
            reason: "somebody has freed or taken it in the meantime".to_owned(),
        }),
        Err(PutError::Refused(reason) | PutError::Unclear(reason)) => {
            Err(unavailable(object, "unlock", format!("{reason}; it ends by itself at {}", record.expires)))
        }
    }
}

/// What renews a lease.
struct Renewer {
    object: Object,
    record: Record,
    tag: String,
    term: Duration,
    tell: watch::Sender<LeaseStatus>,
}

impl Renewer {
    /// Renews three times in a term, until it is stopped or the lease is lost.
    async fn keep(mut self, mut stopped: oneshot::Receiver<()>) -> Self {
        loop {
            tokio::select! {
                _ = &mut stopped => break,
                () = tokio::time::sleep(self.term / 3) => {}
            }
            if let Err(reason) = self.renew().await {
                self.tell.send_replace(LeaseStatus::Lost(reason));
                break;
            }
        }
        self
    }

    /// Renews it once; why it is lost, if it is. What passes is tried again with the next keep.
    async fn renew(&mut self) -> Result<(), String> {
        let begun = Instant::now();
        let record = Record { expires: end(self.term), ..self.record.clone() };
        let bytes = record.bytes();
        let put = self.object.put(&bytes, Replacing::Tag(&self.tag));
        let tag = match tokio::time::timeout(self.term / 3, put).await {
            Ok(Ok(tag)) => Some(tag),
            Ok(Err(PutError::Moved { .. })) => self.still_ours().await?,
            Ok(Err(PutError::Refused(reason) | PutError::Unclear(reason))) => {
                tracing::warn!(reason, "the lock of the state could not be renewed");
                None
            }
            Err(_) => None,
        };
        if let Some(tag) = tag {
            self.tag = tag;
            self.tell.send_replace(LeaseStatus::Good(begun + self.term));
        }
        Ok(())
    }

    /// The tag of what stands there if it is ours, after a renewal whose answer was lost; nothing if it can't be read, and an error
    /// if it is not ours.
    async fn still_ours(&self) -> Result<Option<String>, String> {
        let Ok(found) = self.object.get().await else { return Ok(None) };
        let held = found.as_ref().and_then(|found| read(&self.object, found).ok()).unwrap_or_default();
        match found {
            Some(found) if held.id == self.record.id && held.epoch == self.record.epoch => {
                Ok(Some(found.tag))
            }
            _ if held.id.is_empty() => Err("somebody has freed it".to_owned()),
            _ => Err(format!("{} holds it now", held.info(&self.object))),
        }
    }
}

fn unavailable(object: &Object, action: &'static str, reason: String) -> StoreError {
    StoreError::Unavailable { action, place: object.place(), reason }
}
