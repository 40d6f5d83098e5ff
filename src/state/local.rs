//! State in a file next to the manifests: written whole or not at all, with a backup, a journal, and a lock
//! that ends with its holder.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::files::{self, Access, Staged};

use super::format::{self, FormatError};
use super::journal::{self, Head, Journal};
use super::lock::Wait;
use super::store::Storing;
use super::{Entry, LockInfo, State, Store, StoreError};

/// The pause before a held lock is tried again: a file lock costs nothing to try.
const LOCK_PAUSE: Duration = Duration::from_millis(200);

/// The most that is read of a lock's file.
const MOST_OF_LOCK: u64 = 1 << 16;

/// Keeps the state in `<directory>/state.json`.
#[derive(Debug)]
pub(crate) struct LocalStore {
    directory: PathBuf,
    journal: Journal,
    lock: Option<File>,
    /// Whether the file has everything, so that only what changed is saved.
    clean: bool,
    /// Whether the file and the journal together hold everything.
    complete: bool,
    /// Whether a journal was added.
    folded: bool,
}

impl LocalStore {
    /// A store in `directory` (`.nautform` next to the manifests); created when something is written.
    pub(crate) fn new(directory: PathBuf) -> Self {
        let journal = Journal::new(directory.join("state.journal"));
        Self { directory, journal, lock: None, clean: false, complete: true, folded: false }
    }

    fn file(&self) -> PathBuf {
        self.directory.join("state.json")
    }

    fn bytes(&self) -> io::Result<Vec<u8>> {
        let file = self.file();
        files::refuse_links(&file)?;
        files::read_regular(&file, files::LARGE)
    }

    fn read(&mut self) -> Result<Option<State>, StoreError> {
        let journal = self.journal.read().map_err(|error| self.unavailable("read", error))?;
        let state = match self.bytes() {
            Ok(bytes) => Some(format::read(&bytes).map_err(|error| self.unusable(error))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(self.unavailable("read", error)),
        };
        self.clean = state.is_some() && journal.is_none();
        match (state, journal) {
            (Some(mut state), Some(journal)) => {
                self.folded = journal::replay(&journal, &mut state).map_err(|error| self.unusable(error))?;
                Ok(Some(state))
            }
            (None, Some(journal)) => {
                let state = journal::begin(&journal).map_err(|error| self.unusable(error))?;
                self.folded = state.is_some();
                Ok(state)
            }
            (state, None) => Ok(state),
        }
    }

    fn write(&mut self, state: &mut State) -> Result<(), StoreError> {
        if self.clean {
            return Ok(());
        }
        state.serial = state.serial.saturating_add(1);
        let result =
            files::own_directory(&self.directory).and_then(|()| replace(&self.file(), &format::write(state)));
        if let Err(error) = result {
            state.serial -= 1;
            return Err(self.unavailable("save", error));
        }
        self.clean = true;
        self.complete = true;
        self.journal.clear().map_err(|error| self.unavailable("save", error))
    }

    fn try_lock(&mut self, info: &LockInfo) -> Result<(), StoreError> {
        let path = self.directory.join("lock");
        let open = || files::owner_only().create(true).truncate(false).read(true).write(true).open(&path);
        let mut file = files::own_directory(&self.directory)
            .and_then(|()| files::refuse_links(&path))
            .and_then(|()| open())
            .map_err(|error| self.unavailable("lock", error))?;
        match file.try_lock() {
            Ok(()) => {
                let text = serde_json::to_string(info).unwrap_or_default();
                let written = file.set_len(0).and_then(|()| file.write_all(text.as_bytes()));
                written.map_err(|error| self.unavailable("lock", error))?;
                self.lock = Some(file);
                remove_leftovers(&self.file());
                Ok(())
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let _ = file.rewind().and_then(|()| (&file).take(MOST_OF_LOCK).read_to_string(&mut text));
                let holder: LockInfo = serde_json::from_str(&text).unwrap_or_default();
                // No ID frees a lock that ends with its process.
                Err(StoreError::Held { holder: Box::new(LockInfo { id: String::new(), ..holder }) })
            }
            Err(TryLockError::Error(error)) => Err(self.unavailable("lock", error)),
        }
    }

    /// A document that can't be read, and what can be done about it.
    fn unusable(&self, error: FormatError) -> StoreError {
        let backup = backup_of(&self.file());
        let help = match &error {
            FormatError::Damaged(_) if backup.exists() => {
                format!("; {} is the one that was saved before it", backup.display())
            }
            FormatError::Damaged(_) => {
                "; without it, objects are found again by their names, and what has left the manifests \
                                         is not deleted any more"
                    .to_owned()
            }
            FormatError::Foreign
            | FormatError::Terraform
            | FormatError::Newer(_)
            | FormatError::UnknownKind(_) => String::new(),
        };
        StoreError::Format { place: self.place(), error, help }
    }

    fn unavailable(&self, action: &'static str, error: io::Error) -> StoreError {
        StoreError::unavailable(action, self.place(), error)
    }
}

impl Store for LocalStore {
    fn load(&mut self) -> Storing<'_, Option<State>> {
        Box::pin(async move { self.read() })
    }

    fn lock<'a>(&'a mut self, info: &'a LockInfo, timeout: Duration) -> Storing<'a, ()> {
        Box::pin(async move {
            let mut wait = Wait::new(timeout, LOCK_PAUSE);
            loop {
                match self.try_lock(info) {
                    Err(StoreError::Held { .. }) if wait.pause(LOCK_PAUSE).await => {}
                    result => return result,
                }
            }
        })
    }

    fn append<'a>(&'a mut self, entries: &'a [Entry], state: &'a State) -> Storing<'a, ()> {
        Box::pin(async move {
            self.clean = false;
            let result = files::own_directory(&self.directory)
                .and_then(|()| self.journal.append(entries, &Head::of(state, state.serial, None)));
            self.complete &= result.is_ok();
            result.map_err(|error| self.unavailable("save", error))
        })
    }

    fn save<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()> {
        Box::pin(async move { self.write(state) })
    }

    fn replace<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()> {
        self.clean = false;
        Box::pin(async move { self.write(state) })
    }

    fn has_folded(&self) -> bool {
        self.folded
    }

    fn suggestions(&self) -> Vec<String> {
        self.bytes().map_or_else(|_| Vec::new(), |bytes| format::addresses(&bytes))
    }

    fn has_all(&self) -> bool {
        self.complete
    }

    fn force_unlock<'a>(&'a mut self, _id: Option<&'a str>) -> Storing<'a, ()> {
        let place = self.place();
        Box::pin(async move {
            match self.try_lock(&LockInfo::default()) {
                Ok(()) => {
                    self.unlock().await?;
                    Err(StoreError::unavailable("unlock", place, "it is not locked"))
                }
                Err(StoreError::Held { holder }) => Err(StoreError::unavailable(
                    "unlock",
                    place,
                    format!("{holder} is running; a local lock is freed when its process ends"),
                )),
                Err(error) => Err(error),
            }
        })
    }

    fn unlock(&mut self) -> Storing<'_, ()> {
        // Closing the file frees the lock, as the end of the process would.
        self.lock = None;
        Box::pin(std::future::ready(Ok(())))
    }

    fn place(&self) -> String {
        self.file().display().to_string()
    }
}

/// Writes the state, and keeps what was there as its backup.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    files::refuse_links(path)?;
    let staged = Staged::new(path, bytes, Access::Owner)?;
    back_up(path)?;
    staged.replace()?;
    journal::sync_directory(path)
}

/// The backup is the file itself under another name, or a copy where a file can't have two names.
fn back_up(path: &Path) -> io::Result<()> {
    if !path.exists() {
        return Ok(());
    }
    let backup = backup_of(path);
    match std::fs::remove_file(&backup) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let copy = || Staged::new(&backup, &std::fs::read(path)?, Access::Owner)?.replace();
    std::fs::hard_link(path, &backup).or_else(|_| copy())
}

fn backup_of(path: &Path) -> PathBuf {
    path.with_extension("json.backup")
}

/// Removes temporary files of killed saves. Only the holder of the lock may do that.
fn remove_leftovers(file: &Path) {
    let prefix = files::unfinished(file);
    let entries = file.parent().and_then(|directory| std::fs::read_dir(directory).ok()).into_iter();
    let unfinished = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with(&prefix);
    for entry in entries.flatten().flatten().filter(unfinished) {
        // One that can't be removed does no harm.
        let _ = std::fs::remove_file(entry.path());
    }
}

#[cfg(test)]
mod tests;
