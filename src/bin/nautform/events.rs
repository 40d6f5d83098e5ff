//! The streams of events of this run: standard output with `--format ndjson`, a file with `--events`. Opened
//! before anything else can fail, so that they say how the run ended, and why, whatever happens.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;

use nautform::output;
use nautform::output::events::Events;

use crate::ci_log::{Lines, PlainLines};

/// A stream.
pub(crate) type Stream = Events<Box<dyn Write + Send>, fn() -> String>;

static STREAMS: Mutex<Vec<(Stream, &'static str)>> = Mutex::new(Vec::new());

fn streams() -> MutexGuard<'static, Vec<(Stream, &'static str)>> {
    lock(&STREAMS)
}

/// Writes events to standard output from now on.
pub(crate) fn to_standard_output() {
    open(Box::new(PlainLines::new(io::stdout(), Lines::Json)), "cannot write the events to standard output");
}

/// Writes events to a file from now on. A pipe is opened by [`opened`]: it waits for its reader.
pub(crate) fn to_file(path: &Path) -> io::Result<()> {
    let late = Late::default();
    let is_pipe = path.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir());
    open(Box::new(BufWriter::new(late.clone())), "cannot write the file of --events");
    if is_pipe {
        *lock(&PENDING) = Some((path.to_owned(), late));
        return Ok(());
    }
    late.begin(output::open_file(path).map_err(|error| cannot_write(path, &error))?)
}

/// Opens the file of events, if it is still to be opened. Dropping the future does not wait.
pub(crate) async fn opened() -> io::Result<()> {
    let Some((path, late)) = lock(&PENDING).take() else { return Ok(()) };
    let name = path.clone();
    let file =
        tokio::task::spawn_blocking(move || output::open_file(&name)).await.map_err(io::Error::other)?;
    late.begin(file.map_err(|error| cannot_write(&path, &error))?)
}

fn cannot_write(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
}

/// The file that is still to be opened.
static PENDING: Mutex<Option<(PathBuf, Late)>> = Mutex::new(None);

/// A file that is opened later: until then, what is written is kept.
#[derive(Clone, Default)]
struct Late(Arc<Mutex<Target>>);

#[derive(Default)]
struct Target {
    kept: Vec<u8>,
    file: Option<File>,
}

impl Late {
    fn begin(&self, mut file: File) -> io::Result<()> {
        let target = &mut *lock(&self.0);
        file.write_all(&std::mem::take(&mut target.kept))?;
        target.file = Some(file);
        Ok(())
    }
}

impl Write for Late {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Target { kept, file } = &mut *lock(&self.0);
        match file {
            Some(file) => file.write(bytes),
            None => kept.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open(out: Box<dyn Write + Send>, failure: &'static str) {
    let mut stream = Events::new(out, timestamp as fn() -> String);
    stream.version();
    streams().push((stream, failure));
}

/// Writes to every stream.
pub(crate) fn each(mut write: impl FnMut(&mut Stream)) {
    streams().iter_mut().for_each(|(stream, _)| write(stream));
}

/// The error of a stream that could not be written. A reader that has gone away is not one.
pub(crate) fn check() -> io::Result<()> {
    streams().iter_mut().try_for_each(|(stream, _)| unless_closed(stream.check()))
}

/// Ends the streams.
pub(crate) fn finish() -> anyhow::Result<()> {
    std::mem::take(&mut *streams())
        .into_iter()
        .try_for_each(|(stream, failure)| unless_closed(stream.finish()).context(failure))
}

fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// The time of an event, as Terraform writes it: older readers of RFC 3339 take six digits only.
fn timestamp() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}
