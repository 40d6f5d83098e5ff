//! The data file: a JSON snapshot, and next to it a log with one JSON line per change (`<file>.log`).
//!
//! A change is on its way to the disk before the request is answered, so killing the process loses nothing;
//! each write costs the size of the change, not of the world. Loading folds the log in; a clean shutdown
//! writes a fresh snapshot. A torn last line is the write that was never answered. No secret is ever in a
//! change.
//!
//! The file also has the identity of the sandbox, so that it is the same one on another port.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files;
use crate::sandbox::model::{Change, World};

/// The open data file.
#[derive(Debug)]
pub(crate) struct DataFile {
    path: PathBuf,
    id: String,
    log: File,
    /// The length of the log without what could not be written whole.
    length: u64,
}

#[derive(Serialize, Deserialize)]
struct Snapshot {
    /// The version of this format.
    nautform_sandbox: u32,
    /// The identity; files of older versions have none.
    #[serde(default)]
    id: Option<String>,
    changes: Vec<Change>,
}

const VERSION: u32 = 1;

impl DataFile {
    /// Opens the file. What it holds replaces the world; a file that does not exist yet gets the world as it
    /// is.
    pub(crate) fn open(path: &Path, world: &mut World) -> io::Result<DataFile> {
        let log_path = log_path(path);
        files::refuse_links(&log_path)?;
        let mut id = None;
        if path.exists() || log_path.exists() {
            let mut loaded = World::new(world.options.clone());
            id = replay_snapshot(path, &mut loaded)?;
            replay_log(&log_path, &mut loaded)?;
            loaded.sync();
            *world = loaded;
        }
        let id = id.unwrap_or_else(new_id);
        write_snapshot(path, world, &id)?;
        let log = files::owner_only().create(true).append(true).open(&log_path)?;
        log.set_len(0)?;
        world.start_journal();
        Ok(DataFile { path: path.to_owned(), id, log, length: 0 })
    }

    /// The identity of the sandbox.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Appends the world's new changes, in one write.
    pub(crate) fn append(&mut self, world: &mut World) -> io::Result<()> {
        let changes = world.take_journal();
        if changes.is_empty() {
            return Ok(());
        }
        let mut lines = Vec::new();
        for change in &changes {
            serde_json::to_writer(&mut lines, change)?;
            lines.push(b'\n');
        }
        if let Err(error) = self.log.write_all(&lines) {
            // Half a line would make the ones after it unreadable.
            self.log.set_len(self.length)?;
            return Err(error);
        }
        self.length += lines.len() as u64;
        Ok(())
    }

    /// Writes a fresh snapshot and empties the log. A crash in between is harmless: changes are absolute.
    pub(crate) fn compact(&mut self, world: &mut World) -> io::Result<()> {
        self.append(world)?;
        write_snapshot(&self.path, world, &self.id)?;
        self.length = 0;
        self.log.set_len(0)
    }
}

fn log_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".log");
    path.with_file_name(name)
}

/// Fills the world; gives the identity in the file, if it has one.
fn replay_snapshot(path: &Path, world: &mut World) -> io::Result<Option<String>> {
    let Some(file) = open_if_there(path)? else { return Ok(None) };
    let snapshot: Snapshot = serde_json::from_reader(BufReader::new(file))?;
    if snapshot.nautform_sandbox != VERSION {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "written by another version of the sandbox"));
    }
    snapshot.changes.into_iter().for_each(|change| world.replay(change, 0));
    Ok(snapshot.id)
}

fn open_if_there(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        file => file.map(Some),
    }
}

fn replay_log(path: &Path, world: &mut World) -> io::Result<()> {
    let Some(file) = open_if_there(path)? else { return Ok(()) };
    let mut lines = BufReader::new(file);
    let mut line = Vec::new();
    loop {
        line.clear();
        lines.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Ok(());
        }
        world.replay(serde_json::from_slice(&line)?, 0);
    }
}

/// The identity of a sandbox that has none yet.
pub(super) fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn write_snapshot(path: &Path, world: &World, id: &str) -> io::Result<()> {
    let snapshot = Snapshot { nautform_sandbox: VERSION, id: Some(id.to_owned()), changes: world.snapshot() };
    let mut bytes = serde_json::to_vec(&snapshot)?;
    bytes.push(b'\n');
    files::output(path, &bytes)
}
