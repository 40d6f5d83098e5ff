//! A journal: one line for each step since the last save, so that remembering each success stays linear.
//!
//! Its first line names the lineage and serial that it continues; a journal of another state is ignored. It
//! also names fleet and servers, which a state that is written for the first time does not have yet. That of
//! a state on a server proves that it is of the run that saved that state.
//! Invariant: what was appended ends with a line break, so that a last line without one was cut off by a
//! kill, and is dropped.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::files;
use crate::model::value::Secret;

use super::format::{self, FormatError};
use super::{Entry, State};

/// Which state a journal continues.
#[derive(Serialize, Deserialize)]
pub(super) struct Head {
    journal_of: String,
    serial: u64,
    salt: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fleet: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    servers: Vec<String>,
    /// What only the run knows that saved the state on a server, which has its hash: a journal in a checkout
    /// may be anybody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    run: Option<String>,
}

impl Head {
    /// Continues a state that was saved under `serial`, by this run if it is on a server.
    pub(super) fn of(state: &State, serial: u64, run: Option<&Secret>) -> Self {
        Self {
            journal_of: state.lineage.clone(),
            serial,
            salt: state.salt.clone(),
            fleet: state.fleet.clone(),
            environment: state.environment.clone(),
            servers: state.servers.clone(),
            run: run.map(|run| run.expose().to_owned()),
        }
    }

    /// Whether it continues the same state, whatever that is bound to meanwhile.
    fn continues(&self, other: &Self) -> bool {
        (&self.journal_of, self.serial, &self.salt) == (&other.journal_of, other.serial, &other.salt)
    }

    /// Binds a state that is not bound yet.
    fn bind(self, state: &mut State) {
        state.fleet = state.fleet.take().or(self.fleet);
        state.environment = state.environment.take().or(self.environment);
        if state.servers.is_empty() {
            state.servers = self.servers;
        }
    }
}

/// A journal on disk.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: Option<File>,
}

impl Journal {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    /// Its bytes; `None` if there is none. To be read before the state: whatever is saved in between is then
    /// in the state.
    pub(super) fn read(&self) -> io::Result<Option<Vec<u8>>> {
        match files::refuse_links(&self.path).and_then(|()| files::read_regular(&self.path, files::LARGE)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes steps and makes them durable: one write, one sync.
    pub(super) fn append(&mut self, entries: &[Entry], head: &Head) -> io::Result<()> {
        // After an error the end of the file is unknown: the next time it is opened anew.
        let mut file = match self.file.take() {
            Some(file) => file,
            None => self.open(head)?,
        };
        let bytes: Vec<u8> = entries.iter().flat_map(format::write_entry).collect();
        file.write_all(&bytes)?;
        file.sync_data()?;
        self.file = Some(file);
        Ok(())
    }

    /// Opens the journal of this state, without a torn end, or begins one.
    fn open(&self, head: &Head) -> io::Result<File> {
        let mut options = files::owner_only();
        options.create(true).truncate(false).write(true);
        let known =
            self.read()?.filter(|bytes| read_head(bytes).is_some_and(|(found, _)| found.continues(head)));
        if let Some(bytes) = known {
            let file = options.open(&self.path)?;
            let whole = complete(&bytes).len();
            if whole < bytes.len() {
                file.set_len(whole as u64)?;
            }
            drop(file);
            return files::owner_only().append(true).open(&self.path);
        }
        let mut file = options.truncate(true).open(&self.path)?;
        let mut line = serde_json::to_vec(head).map_err(io::Error::other)?;
        line.push(b'\n');
        file.write_all(&line)?;
        sync_directory(&self.path)?;
        Ok(file)
    }

    /// The state holds everything now.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.file = None;
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// Makes the names in a file's directory durable, where a directory can be opened for that.
pub(super) fn sync_directory(path: &std::path::Path) -> io::Result<()> {
    let Some(directory) = path.parent() else { return Ok(()) };
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

/// As [`replay`], if the run that saved the state has written the journal.
pub(super) fn replay_authentic(
    bytes: &[u8],
    state: &mut State,
    hash: Option<&String>,
) -> Result<bool, FormatError> {
    let run = read_head(bytes).and_then(|(head, _)| head.run).map(Secret::new);
    let is_authentic = run.is_some_and(|run| hash == Some(&state.hash(&run)));
    if is_authentic { replay(bytes, state) } else { Ok(false) }
}

/// Folds a journal into the state that it continues; says whether it did.
pub(super) fn replay(bytes: &[u8], state: &mut State) -> Result<bool, FormatError> {
    let Some((head, rest)) = read_head(bytes) else { return Ok(false) };
    if !head.continues(&Head::of(state, state.serial, None)) {
        return Ok(false);
    }
    head.bind(state);
    fold(rest, state)?;
    Ok(true)
}

/// The state that a journal begins, if no state was ever saved.
pub(super) fn begin(bytes: &[u8]) -> Result<Option<State>, FormatError> {
    let Some((head, rest)) = read_head(bytes) else { return Ok(None) };
    let state = State::new(head.journal_of.clone(), head.salt.clone());
    let mut state = State { serial: head.serial, ..state };
    head.bind(&mut state);
    fold(rest, &mut state)?;
    Ok(Some(state))
}

fn fold(lines: &[u8], state: &mut State) -> Result<(), FormatError> {
    for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let entry = format::read_entry(line).map_err(|error| match error {
            FormatError::Damaged(reason) => FormatError::Damaged(format!("its journal: {reason}")),
            other => other,
        })?;
        state.fold(protecting(entry, state));
    }
    Ok(())
}

/// A step that lifts no protection: a checkout may hold a journal that no run has written. A run that did
/// lift one does so again.
fn protecting(entry: Entry, state: &State) -> Entry {
    match entry {
        Entry::Recorded(address, mut record) => {
            record.prevent_destroy |= state.protects(&address);
            Entry::Recorded(address, record)
        }
        Entry::Begun(address, mut intent) => {
            intent.prevent_destroy |= state.protects(&address);
            Entry::Begun(address, intent)
        }
        Entry::Forgotten(address) if state.protects(&address) => Entry::Abandoned(address),
        entry => entry,
    }
}

/// The head, and the complete lines after it. A journal without a head was torn before it held anything.
fn read_head(bytes: &[u8]) -> Option<(Head, &[u8])> {
    let complete = complete(bytes);
    let end = complete.iter().position(|byte| *byte == b'\n')?;
    let head = serde_json::from_slice(&complete[..end]).ok()?;
    Some((head, &complete[end + 1..]))
}

/// Everything up to the last line break.
fn complete(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    &bytes[..end]
}
