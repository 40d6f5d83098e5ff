//! The outputs of an apply: a terminal or a log, and the streams of events.

use std::io::{self, Stderr};
use std::time::Duration;

use indicatif::ProgressDrawTarget;

use nautform::output::text::{self, Progress};
use nautform::{Event, Outcomes, Plan, Reporter};

use crate::ci_log::{Lines, PlainLines};
use crate::progress::Live;
use crate::{events, signals, terminal};

type Clock = fn() -> String;

/// All that were requested, the streams of events apart, which are open already.
pub(crate) struct Reporters {
    /// Whether there is text for people.
    text: bool,
    live: Option<Live>,
    lines: Option<Progress<PlainLines<Stderr>, Clock>>,
}

impl Reporters {
    /// Begins to report.
    ///
    /// # Errors
    /// If the events so far could not be written: nothing is applied whose events would be lost.
    pub(crate) fn new(text: bool, plan: &Plan, sync_timeout: Duration) -> io::Result<Self> {
        events::check()?;
        let style = terminal::error_style();
        let timeout = Some(sync_timeout);
        let shown = text && !terminal::is_quiet();
        let count = || plan.operations().len();
        Ok(Self {
            text,
            live: (shown && terminal::is_watched())
                .then(|| Live::new(ProgressDrawTarget::stderr(), count(), style, timeout)),
            lines: (shown && !terminal::is_watched()).then(|| {
                Progress::new(PlainLines::new(io::stderr(), Lines::Text), style, wall_clock as Clock, timeout)
            }),
        })
    }

    /// Writes the end of it.
    pub(crate) fn end(self, outcomes: &Outcomes, destroy: bool) -> anyhow::Result<()> {
        events::each(|stream| stream.outcomes(outcomes, destroy));
        if self.text && !outcomes.ends.is_empty() {
            terminal::text(|out| text::outcomes(outcomes, destroy, terminal::output_style(), out))?;
        }
        Ok(())
    }
}

impl Reporter for Reporters {
    fn report(&mut self, event: &Event) {
        signals::note(event);
        events::each(|stream| stream.report(event));
        let all: [Option<&mut dyn Reporter>; 2] = [
            self.live.as_mut().map(|reporter| reporter as _),
            self.lines.as_mut().map(|reporter| reporter as _),
        ];
        all.into_iter().flatten().for_each(|reporter| reporter.report(event));
    }
}

fn wall_clock() -> String {
    jiff::Zoned::now().strftime("%H:%M:%S").to_string()
}
