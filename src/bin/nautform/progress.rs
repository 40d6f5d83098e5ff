//! Progress on a terminal: a moving line for every operation that runs, lines that stay for those that ended.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use nautform::OperationKey;
use nautform::output::Style;
use nautform::output::text::{headline, line};
use nautform::{Event, Reporter};

/// How often the moving lines move.
const TICK: Duration = Duration::from_millis(120);

/// The reporter for people who watch.
pub(crate) struct Live {
    lines: MultiProgress,
    total: ProgressBar,
    running: HashMap<OperationKey, ProgressBar>,
    style: Style,
    sync_timeout: Option<Duration>,
}

impl Live {
    /// Draws on `target` (the binary gives stderr). `operations` is how many there will be.
    pub(crate) fn new(
        target: ProgressDrawTarget,
        operations: usize,
        style: Style,
        sync_timeout: Option<Duration>,
    ) -> Self {
        let lines = MultiProgress::with_draw_target(target);
        let all = lines.clone();
        crate::signals::clear_with(move || drop(all.clear()));
        let total = ProgressBar::new(operations as u64).with_style(template("  {pos}/{len} done  {elapsed}"));
        let total = lines.add(total);
        Self { lines, total, running: HashMap::new(), style, sync_timeout }
    }

    fn start(&mut self, operation: &OperationKey) {
        let bar = ProgressBar::new_spinner().with_style(template("  {spinner} {wide_msg} {elapsed}"));
        let bar = self.lines.insert_before(&self.total, bar);
        bar.set_message(headline(operation));
        bar.enable_steady_tick(TICK);
        self.running.insert(operation.clone(), bar);
    }

    fn say(&self, event: &Event) {
        let text = line(event, self.style, self.sync_timeout);
        let _ = self.lines.println(text.trim_end());
    }
}

impl Reporter for Live {
    fn report(&mut self, event: &Event) {
        match event {
            Event::Started { operation } => self.start(operation),
            Event::Waiting { operation, .. } => {
                if let Some(bar) = self.running.get(operation) {
                    bar.set_message(
                        line(event, Style { color: false, ..self.style }, None).trim_end().to_owned(),
                    );
                }
            }
            // The moving line shows the time itself.
            Event::Progress { .. } => {}
            Event::Ended { operation, end, .. } => {
                if let Some(bar) = self.running.remove(operation) {
                    bar.finish_and_clear();
                    self.lines.remove(&bar);
                }
                self.total.inc(u64::from(end.is_success()));
                self.say(event);
            }
            Event::Interrupted | Event::StateNotSaved { .. } => self.say(event),
        }
    }
}

impl Drop for Live {
    /// Leaves the terminal clean, also when a run ends early.
    fn drop(&mut self) {
        self.running.values().for_each(ProgressBar::finish_and_clear);
        self.total.finish_and_clear();
    }
}

fn template(text: &str) -> ProgressStyle {
    ProgressStyle::with_template(text).expect("the templates of this file are well-formed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use nautform::End;
    use nautform::Verb;

    #[test]
    fn live_shows_running_operations() {
        let mut live = Live::new(ProgressDrawTarget::hidden(), 1, Style::default(), None);
        let operation = OperationKey { address: "Product/demo".parse().unwrap(), verb: Verb::Create };
        live.report(&Event::Started { operation: operation.clone() });
        assert_eq!(live.running.len(), 1);
        let end = End::Done { warning: None };
        live.report(&Event::Ended { operation, end, elapsed: Duration::ZERO });
        assert_eq!(live.running.len(), 0);
    }
}
