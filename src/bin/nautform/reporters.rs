//! The outputs of an apply: a terminal or a log, a stream on standard output, a file of events.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Stderr, Stdout};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::ProgressDrawTarget;

use nautform::output::events::Events;
use nautform::output::text::{self, Progress};
use nautform::output::{self};
use nautform::{Event, Outcomes, Plan, Reporter};

use crate::ci_log::{Lines, PlainLines};
use crate::progress::Live;
use crate::{signals, terminal};

type Clock = fn() -> String;

/// Where the events of an apply go.
pub(crate) struct Streams<'a> {
    /// Text for people; else events on standard output.
    pub(crate) text: bool,
    /// A file of events.
    pub(crate) events: Option<&'a Path>,
}

/// All that were requested.
pub(crate) struct Reporters {
    live: Option<Live>,
    lines: Option<Progress<PlainLines<Stderr>, Clock>>,
    stream: Option<Events<PlainLines<Stdout>, Clock>>,
    file: Option<Events<BufWriter<File>, Clock>>,
}

impl Reporters {
    /// Opens them; a pipe may wait for its reader, and dropping the future does not.
    pub(crate) async fn new(streams: Streams<'_>, plan: &Plan, sync_timeout: Duration) -> io::Result<Self> {
        let style = terminal::error_style();
        let timeout = Some(sync_timeout);
        let text = streams.text;
        let count = || plan.operations().len();
        let mut reporters = Self {
            live: (text && terminal::is_watched())
                .then(|| Live::new(ProgressDrawTarget::stderr(), count(), style, timeout)),
            lines: (text && !terminal::is_watched()).then(|| {
                Progress::new(PlainLines::new(io::stderr(), Lines::Text), style, wall_clock as Clock, timeout)
            }),
            stream: (!text)
                .then(|| Events::new(PlainLines::new(io::stdout(), Lines::Json), timestamp as Clock)),
            file: None,
        };
        if let Some(path) = streams.events {
            let opened = path.to_owned();
            let open = tokio::task::spawn_blocking(move || output::open_file(&opened));
            let file = open.await.map_err(io::Error::other)?.map_err(|error| {
                io::Error::new(error.kind(), format!("cannot write {}: {error}", path.display()))
            })?;
            reporters.file = Some(Events::new(BufWriter::new(file), timestamp as Clock));
        }
        if let Some(stream) = &mut reporters.stream {
            stream.version();
            stream.plan(plan);
            // Nothing is applied whose events would be lost.
            unless_closed(stream.check())?;
        }
        if let Some(file) = &mut reporters.file {
            file.version();
            file.plan(plan);
            unless_closed(file.check())?;
        }
        Ok(reporters)
    }

    /// Writes the end of it.
    pub(crate) fn end(self, outcomes: &Outcomes, destroy: bool) -> anyhow::Result<()> {
        if let Some(mut stream) = self.stream {
            stream.outcomes(outcomes, destroy);
            unless_closed(stream.finish()).context("cannot write the events to standard output")?;
        } else if !outcomes.ends.is_empty() {
            terminal::text(|out| text::outcomes(outcomes, destroy, terminal::output_style(), out))?;
        }
        if let Some(mut file) = self.file {
            file.outcomes(outcomes, destroy);
            unless_closed(file.finish()).context("cannot write the file of --events")?;
        }
        Ok(())
    }
}

/// A reader that has gone away is not an error.
fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

impl Reporter for Reporters {
    fn report(&mut self, event: &Event) {
        signals::note(event);
        let all: [Option<&mut dyn Reporter>; 4] = [
            self.live.as_mut().map(|reporter| reporter as _),
            self.lines.as_mut().map(|reporter| reporter as _),
            self.stream.as_mut().map(|reporter| reporter as _),
            self.file.as_mut().map(|reporter| reporter as _),
        ];
        all.into_iter().flatten().for_each(|reporter| reporter.report(event));
    }
}

fn wall_clock() -> String {
    jiff::Zoned::now().strftime("%H:%M:%S").to_string()
}

/// The time of an event.
pub(crate) fn timestamp() -> String {
    jiff::Timestamp::now().to_string()
}
