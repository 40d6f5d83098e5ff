//! Progress as plain lines, one for each event: what a CI job log shows.

use std::io::Write;
use std::time::Duration;

use crate::apply::event::{End, Event, Reporter, Wait};
use crate::model::text::printable;
use crate::plan::OperationKey;
use crate::render::{Style, wording};

use super::painter::{BOLD, DIM, ERROR, OK, Painter, WARN};

/// Writes a line for every event. Lines that can't be written are lost: progress never stops an apply.
pub struct Progress<W, C> {
    out: W,
    style: Style,
    clock: C,
    sync_timeout: Option<Duration>,
}

impl<W: Write, C: FnMut() -> String> Progress<W, C> {
    /// Writes to `out`; `clock` gives the text in front of each line (`12:04:31`), or nothing for lines
    /// without. `sync_timeout` is how long a wait for Kubernetes may last, if that is to be shown.
    pub const fn new(out: W, style: Style, clock: C, sync_timeout: Option<Duration>) -> Self {
        Self { out, style, clock, sync_timeout }
    }

    /// Gives the output back.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn line(&mut self, paint: anstyle::Style, text: &str) {
        let time = (self.clock)();
        let time = if time.is_empty() { time } else { format!("{time} ") };
        let mut painter = Painter::new(&mut self.out, self.style);
        let _ = painter.spans(&[(DIM, &time), (paint, text)]);
        let _ = self.out.flush();
    }
}

impl<W: Write, C: FnMut() -> String> Reporter for Progress<W, C> {
    fn report(&mut self, event: &Event) {
        if event.is_short_wait() {
            return;
        }
        let (paint, text) = sentence(event, self.sync_timeout);
        self.line(paint, &text);
    }
}

/// An event as one line.
pub fn line(event: &Event, style: Style, sync_timeout: Option<Duration>) -> String {
    let mut progress = Progress::new(Vec::new(), style, String::new, sync_timeout);
    progress.report(event);
    String::from_utf8_lossy(&progress.into_inner()).into_owned()
}

const KUBERNETES: &str = "waiting for Kubernetes";
const DELETION: &str = "waiting for GitLab to finish a delete";

/// The line of an operation that runs.
pub fn headline(operation: &OperationKey) -> String {
    format!("{}: {}...", operation.address, wording::progressive(operation.verb).0)
}

/// An event as a sentence, and how to paint it.
fn sentence(event: &Event, sync_timeout: Option<Duration>) -> (anstyle::Style, String) {
    match event {
        Event::Started { operation } => (BOLD, headline(operation)),
        Event::Waiting { operation, wait, delay, message, attempt, .. } => {
            let message = printable(message);
            let text = match wait {
                Wait::Sync => format!("{KUBERNETES} ({message})"),
                Wait::Deletion => format!("{DELETION} ({message})"),
                Wait::Server => message.into_owned(),
                Wait::Retry => format!("try {attempt} failed ({message})"),
            };
            (WARN, format!("{}: {text}, next try in {}", operation.address, duration(*delay)))
        }
        Event::Progress { operation, elapsed, wait } => {
            (DIM, heartbeat(operation, *elapsed, *wait, sync_timeout))
        }
        Event::Ended { operation, end, elapsed } => ended(operation, end, *elapsed),
        Event::Interrupted => (WARN, wording::INTERRUPTED.to_owned()),
        Event::StateNotSaved { error } => (ERROR, format!("The state could not be saved: {error}")),
    }
}

fn heartbeat(
    operation: &OperationKey,
    elapsed: Duration,
    wait: Option<Wait>,
    sync_timeout: Option<Duration>,
) -> String {
    let verb = wording::progressive(operation.verb).0.to_lowercase();
    let what = wait.map(|wait| match wait {
        Wait::Sync => KUBERNETES,
        Wait::Deletion => DELETION,
        Wait::Retry => "waiting for another try",
        Wait::Server => "waiting for the server",
    });
    let what = what.map(|what| format!(", {what}")).unwrap_or_default();
    let of = match (wait, sync_timeout) {
        (Some(Wait::Sync), Some(limit)) => format!("of {}", duration(limit)),
        _ => "elapsed".to_owned(),
    };
    format!("{}: Still {verb}{what}... [{} {of}]", operation.address, duration(elapsed))
}

fn ended(operation: &OperationKey, end: &End, elapsed: Duration) -> (anstyle::Style, String) {
    let ((_, complete), noun) = (wording::progressive(operation.verb), wording::noun(operation.verb));
    let address = &operation.address;
    let elapsed = duration(elapsed);
    match end {
        End::Done { warning: None } => (OK, format!("{address}: {complete} complete after {elapsed}")),
        End::Done { warning: Some(warning) } => {
            (WARN, format!("{address}: {complete} complete after {elapsed}, with a warning: {warning}"))
        }
        End::Failed { error } => (ERROR, format!("{address}: {noun} failed after {elapsed}: {error}")),
        End::Changed { stale } => {
            let not_sent = wording::not_sent(operation.verb);
            (ERROR, format!("{address}: {not_sent}, changed since it was planned: {}", wording::stale(stale)))
        }
        End::Skipped { because } => {
            (DIM, format!("{address}: {noun} skipped because of {}", because.address))
        }
        End::NotStarted => (DIM, format!("{address}: {noun} not started, the run was stopped")),
        End::Incomplete { error } => {
            (ERROR, format!("{address}: {noun} incomplete after {elapsed}: {error}"))
        }
        End::Deleting { message, .. } => {
            (WARN, format!("{address}: {noun} accepted after {elapsed}: {message}"))
        }
        End::Unknown { error } => {
            (WARN, format!("{address}: the {noun} may or may not have happened after {elapsed}: {error}"))
        }
    }
}

/// `0s`, `2s`, `1m5s`, `2h3m`: whole seconds, as Terraform shows them.
fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 if seconds.is_multiple_of(60) => format!("{}m", seconds / 60),
        60..3600 => format!("{}m{}s", seconds / 60, seconds % 60),
        _ => format!("{}h{}m", seconds / 3600, seconds % 3600 / 60),
    }
}
