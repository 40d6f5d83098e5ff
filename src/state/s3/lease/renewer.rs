//! What renews a lease in the background until it is stopped or the lease is lost.

use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use crate::http::WriteError;

use super::super::super::LockLoss;
use super::super::object::{Object, PutError, Replacing};
use super::record::Record;

/// Whether the lease is held.
#[derive(Clone, Debug)]
pub(super) enum LeaseStatus {
    /// Renewed, and good until then.
    Good(Instant),
    /// Held no longer.
    Lost(LockLoss),
}

/// Renews one lease.
pub(super) struct Renewer {
    pub(super) object: Object,
    pub(super) record: Record,
    /// The version that was written last, as far as it is known.
    pub(super) tag: String,
    pub(super) term: Duration,
    pub(super) status: watch::Sender<LeaseStatus>,
}

impl Renewer {
    /// Renews three times in a term: two renewals may fail before the lease ends.
    pub(super) async fn run(mut self, mut stopped: oneshot::Receiver<()>) -> Self {
        loop {
            tokio::select! {
                _ = &mut stopped => break,
                () = tokio::time::sleep(self.term / 3) => {}
            }
            if let Err(loss) = self.renew().await {
                self.status.send_replace(LeaseStatus::Lost(loss));
                break;
            }
        }
        self
    }

    /// Renews it once; an error if it is lost. What fails in passing is left to the next renewal.
    async fn renew(&mut self) -> Result<(), LockLoss> {
        let begun = Instant::now();
        let bytes = self.record.renewed(self.term).bytes();
        let put = self.object.put(&bytes, Replacing::Tag(&self.tag));
        let tag = match tokio::time::timeout(self.term / 3, put).await {
            Ok(Ok(tag)) => Some(tag),
            Ok(Err(PutError::Changed { .. })) => self.own_tag().await?,
            Ok(Err(PutError::Failed(WriteError::Refused(error) | WriteError::Unclear(error)))) => {
                tracing::warn!(%error, "the lock of the state could not be renewed");
                None
            }
            Err(_) => None,
        };
        if let Some(tag) = tag {
            self.tag = tag;
            self.status.send_replace(LeaseStatus::Good(begun + self.term));
        }
        Ok(())
    }

    /// The tag of the object if it is ours, after a renewal whose answer was lost; `None` if it can't be
    /// read, and an error if it is not ours.
    pub(super) async fn own_tag(&self) -> Result<Option<String>, LockLoss> {
        let Ok(found) = self.object.get().await else { return Ok(None) };
        let held = found.as_ref().and_then(|found| Record::read(&self.object, found).ok());
        let held = held.unwrap_or_default();
        match found {
            Some(found) if held.id == self.record.id && held.epoch == self.record.epoch => {
                Ok(Some(found.tag))
            }
            _ if held.id.is_empty() => Err(LockLoss::Released),
            _ => Err(LockLoss::Taken(Box::new(held.info(&self.object)))),
        }
    }
}
