//! The journal beside a state file: one line for each step since the last save, so that saving after each success stays linear.
//!
//! Its first line names the lineage and serial that it continues; a journal of another state is ignored. A torn last line is
//! what a kill leaves and is dropped.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::format::{self, FormatError};
use super::{Entry, State};

#[derive(Serialize, Deserialize, PartialEq, Eq)]
struct Head {
    journal_of: String,
    serial: u64,
    salt: String,
}

/// An open journal.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: Option<File>,
}

impl Journal {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    /// Whether a run has left one.
    pub(super) fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Writes steps and makes them durable: one write, one sync.
    pub(super) fn append(&mut self, entries: &[Entry], state: &State) -> io::Result<()> {
        let mut bytes = Vec::new();
        if self.file.is_none() {
            let known = continues(&self.path, state)?;
            let mut options = OpenOptions::new();
            options.create(true).write(true);
            let file = if known {
                options.append(true).open(&self.path)?
            } else {
                options.truncate(true).open(&self.path)?
            };
            if known {
                // A torn last line must not swallow the first new one; empty lines are skipped.
                bytes.push(b'\n');
            } else {
                let head = Head {
                    journal_of: state.lineage.clone(),
                    serial: state.serial,
                    salt: state.salt.clone(),
                };
                bytes = serde_json::to_vec(&head).map_err(io::Error::other)?;
                bytes.push(b'\n');
            }
            self.file = Some(file);
        }
        entries.iter().for_each(|entry| bytes.extend(format::write_entry(entry)));
        if let Some(file) = &mut self.file {
            file.write_all(&bytes)?;
            file.sync_data()?;
        }
        Ok(())
    }

    /// Folds the journal into the state that it continues. Without a state, the journal's head makes one.
    pub(super) fn replay(&self, state: Option<State>) -> Result<Option<State>, FormatError> {
        let Ok(bytes) = std::fs::read(&self.path) else { return Ok(state) };
        let mut lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let Some(head) = lines.next().and_then(|line| serde_json::from_slice::<Head>(line).ok()) else {
            return Ok(state);
        };
        let mut state = match state {
            Some(state) if state.lineage == head.journal_of && state.serial == head.serial => state,
            Some(state) => return Ok(Some(state)),
            None => State { serial: head.serial, ..State::new(head.journal_of, head.salt) },
        };
        let mut lines = lines.peekable();
        while let Some(line) = lines.next() {
            match format::read_entry(line) {
                Ok(entry) => state.fold(entry),
                Err(_) if lines.peek().is_none() || !line.ends_with(b"}") => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Some(state))
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

/// Whether the journal at `path` continues this state.
fn continues(path: &Path, state: &State) -> io::Result<bool> {
    use std::io::BufRead as _;
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let mut line = String::new();
    io::BufReader::new(file).read_line(&mut line)?;
    let head: Option<Head> = serde_json::from_str(&line).ok();
    Ok(head.is_some_and(|head| head.journal_of == state.lineage && head.serial == state.serial))
}
