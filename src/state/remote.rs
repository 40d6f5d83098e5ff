//! What all stores on servers have in common: a document that is replaced as a whole, under the next serial.
//!
//! Nothing can be appended to a document on a server, so saving each step would cost the square of the fleet,
//! and leave a version of the state for each object. As Terraform does, steps are therefore bundled: the
//! first ones of a run are saved at once, which proves that the state can be saved before anything is done;
//! later ones when the last save is an interval ago and saving has taken no more than a tenth of the
//! time, so that the cost stays linear whatever the size. Meanwhile they are in a journal on disk, which the
//! next run in the same directory folds in. Where the directory is lost with the run, as in most CI jobs, a
//! kill loses the records of the last few seconds, and the next apply adopts those objects by their names.
//! A journal is believed if it names what the document has the hash of: one that a checkout brings along
//! can't.
//!
//! Invariant: after a write whose outcome is unknown, the document is read before anything else is written.

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use crate::files;
use crate::http::WriteError;
use crate::model::value::Secret;

use super::format::{self, FormatError, Stamp};
use super::journal::{self, Head, Journal};
use super::store::Storing;
use super::{Entry, LockInfo, State, Store, StoreError};

/// What there was before a lock was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// No other holder.
    Free,
    /// A holder that had not renewed it for its whole term, and might still go on.
    Expired,
}

/// The future of a write.
pub(crate) type Writing<'a> =
    std::pin::Pin<Box<dyn Future<Output = Result<(), WriteError<StoreError>>> + Send + 'a>>;

/// One document on a server, and its lock: what a protocol has to provide.
pub trait Document: Send {
    /// Its bytes; `None` if there is none yet.
    fn read(&mut self) -> Storing<'_, Option<Vec<u8>>>;
    /// Replaces it. The bytes differ from all that were written before.
    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Writing<'a>;
    /// Whether it is what these bytes say: after the first write, and after one whose outcome is unknown.
    fn holds<'a>(&'a mut self, bytes: &'a [u8]) -> Storing<'a, bool>;
    /// Takes the lock, waiting up to `timeout` for its holder.
    fn lock<'a>(&'a mut self, info: &'a LockInfo, timeout: Duration) -> Storing<'a, Taken>;
    /// Gives it back, if it was taken.
    fn unlock(&mut self) -> Storing<'_, ()>;
    /// Frees the lock with this ID; without one that of any holder, where that is possible.
    fn force_unlock<'a>(&'a mut self, id: Option<&'a str>) -> Storing<'a, ()>;
    /// Whether the lock is still held, as far as it is known without asking.
    ///
    /// # Errors
    /// If it was lost.
    fn still_locked(&self) -> Result<(), StoreError> {
        Ok(())
    }
    /// The number of the lease that is held, where locks are leases.
    fn epoch(&self) -> Option<u64> {
        None
    }
    /// Where it is, for messages.
    fn place(&self) -> String;
}

/// The usual interval: a kill loses at most the records of ten seconds; a run of ten minutes saves some sixty
/// times.
pub(crate) const INTERVAL: Duration = Duration::from_secs(10);

/// Keeps the state in a document on a server.
pub struct RemoteStore<D> {
    document: D,
    interval: Duration,
    directory: PathBuf,
    journal: Journal,
    /// The last serial that the server has.
    serial: u64,
    /// Whether the server has everything.
    clean: bool,
    /// When steps may be saved again.
    next_save: Option<Instant>,
    /// Whether the first save was read back.
    proved: bool,
    /// Whether a journal was added.
    folded: bool,
    /// What the journals of this run name, and nothing else: the server has its hash.
    run: Secret,
}

impl<D: Document> RemoteStore<D> {
    /// Keeps the state in this document. `interval` is the shortest time between two saves in a run; zero
    /// saves each step. In between, steps are kept in `directory`: `.nautform` next to the manifests.
    pub fn new(document: D, interval: Duration, directory: PathBuf) -> Self {
        Self {
            document,
            interval,
            journal: Journal::new(directory.join("remote.journal")),
            directory,
            serial: 0,
            clean: false,
            next_save: None,
            proved: false,
            folded: false,
            run: Secret::new(uuid::Uuid::new_v4().to_string()),
        }
    }

    async fn read(&mut self) -> Result<Option<State>, StoreError> {
        let journal = self.journal.read();
        let journal = journal
            .map_err(|error| StoreError::unavailable("read the journal of", self.document.place(), error))?;
        let Some(bytes) = self.document.read().await? else { return Ok(None) };
        if let Some(serial) = format::empty_terraform_serial(&bytes) {
            self.serial = serial;
            return Ok(None);
        }
        let mut state = format::read(&bytes).map_err(|error| self.unusable(error))?;
        self.serial = state.serial;
        self.clean = true;
        if let Some(journal) = journal {
            let hash = format::journal_hash(&bytes);
            let folded = journal::replay_authentic(&journal, &mut state, hash.as_ref())
                .map_err(|error| self.unusable(error))?;
            self.clean = !folded;
            self.folded = folded;
        }
        Ok(Some(state))
    }

    /// Writes the whole state under the next serial.
    async fn write(&mut self, state: &State) -> Result<(), StoreError> {
        let serial = self.serial.max(state.serial).saturating_add(1);
        let stamp = Stamp { epoch: self.document.epoch(), journal: Some(state.hash(&self.run)) };
        let bytes = format::write_as(state, serial, stamp);
        let begun = Instant::now();
        match self.document.write(&bytes).await {
            Ok(()) => {}
            Err(WriteError::Refused(error)) => return Err(error),
            Err(WriteError::Unclear(error)) => match self.document.holds(&bytes).await {
                Ok(true) => {}
                Ok(false) | Err(_) => return Err(error),
            },
        }
        if !self.proved {
            self.require_kept(&bytes).await?;
            self.proved = true;
        }
        self.serial = serial;
        self.clean = true;
        let pause = if self.interval.is_zero() { Duration::ZERO } else { begun.elapsed() * 9 };
        self.next_save = Some(Instant::now() + pause.max(self.interval));
        // A journal that stays is of an older serial and will be ignored.
        let _ = self.journal.clear();
        Ok(())
    }

    /// Requires that the server gives back what was saved: one that refuses to, or keeps nothing, must be found
    /// out while nothing is done yet.
    async fn require_kept(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        if self.document.holds(bytes).await? {
            return Ok(());
        }
        let cause = "the server does not give back what was saved";
        Err(StoreError::unavailable("save", self.document.place(), cause))
    }

    async fn remember(&mut self, entries: &[Entry], state: &State) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.clean = false;
        self.document.still_locked()?;
        let waits = self.next_save.is_some_and(|until| Instant::now() < until);
        if waits && self.note(entries, state) { Ok(()) } else { self.write(state).await }
    }

    /// Appends steps to the journal; whether they are durable there.
    fn note(&mut self, entries: &[Entry], state: &State) -> bool {
        let head = Head::of(state, self.serial, Some(&self.run));
        files::own_directory(&self.directory).and_then(|()| self.journal.append(entries, &head)).is_ok()
    }

    async fn take_lock(&mut self, info: &LockInfo, timeout: Duration) -> Result<(), StoreError> {
        self.next_save = None;
        if self.document.lock(info, timeout).await? == Taken::Free {
            return Ok(());
        }
        // The earlier holder, should it go on and write, must find that the document has changed.
        let rewritten = match self.read().await {
            Ok(Some(state)) => self.write(&state).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        if rewritten.is_err() {
            let _ = self.document.unlock().await;
        }
        self.next_save = None;
        rewritten
    }

    fn unusable(&self, error: FormatError) -> StoreError {
        StoreError::Format { place: self.document.place(), error, help: String::new() }
    }
}

impl<D: Document> Store for RemoteStore<D> {
    fn load(&mut self) -> Storing<'_, Option<State>> {
        Box::pin(self.read())
    }

    fn lock<'a>(&'a mut self, info: &'a LockInfo, timeout: Duration) -> Storing<'a, ()> {
        Box::pin(self.take_lock(info, timeout))
    }

    fn append<'a>(&'a mut self, entries: &'a [Entry], state: &'a State) -> Storing<'a, ()> {
        Box::pin(self.remember(entries, state))
    }

    fn save<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()> {
        Box::pin(async move {
            if !self.clean {
                self.write(state).await?;
            }
            state.serial = self.serial;
            Ok(())
        })
    }

    fn replace<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()> {
        self.clean = false;
        self.save(state)
    }

    fn bundles(&self) -> bool {
        !self.interval.is_zero()
    }

    fn has_folded(&self) -> bool {
        self.folded
    }

    fn force_unlock<'a>(&'a mut self, id: Option<&'a str>) -> Storing<'a, ()> {
        self.document.force_unlock(id)
    }

    fn unlock(&mut self) -> Storing<'_, ()> {
        self.document.unlock()
    }

    fn place(&self) -> String {
        self.document.place()
    }

    fn serial(&self, state: &State) -> u64 {
        self.serial.max(state.serial)
    }
}

#[cfg(test)]
mod tests;
