//! The outputs of an apply: a terminal or a log, and the streams of events.

use std::io;
use std::time::Duration;

use indicatif::ProgressDrawTarget;

use nautform::output::text::{self, Progress};
use nautform::{Event, Outcomes, Plan, Reporter};

use crate::ci_log::{Lines, PlainLines};
use crate::progress::Live;
use crate::{events, signals, terminal};

/// All that were requested, the streams of events apart, which are open already.
pub(crate) struct Reporters {
    /// Whether there is text for people.
    text: bool,
    /// What they see meanwhile.
    shown: Option<Box<dyn Reporter>>,
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
        let shown = || -> Box<dyn Reporter> {
            if terminal::is_watched() {
                let target = ProgressDrawTarget::stderr();
                Box::new(Live::new(target, plan.operations().len(), style, timeout))
            } else {
                let out = PlainLines::new(io::stderr(), Lines::Text);
                Box::new(Progress::new(out, style, wall_clock, timeout))
            }
        };
        Ok(Self { text, shown: (text && !terminal::is_quiet()).then(shown) })
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
        if let Some(shown) = &mut self.shown {
            shown.report(event);
        }
    }
}

fn wall_clock() -> String {
    jiff::Zoned::now().strftime("%H:%M:%S").to_string()
}
