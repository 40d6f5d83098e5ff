//! What is said while the live state is read: nothing for some seconds, then a counting line on a terminal,
//! and a few lines elsewhere.

use std::time::Duration;

use nautform::Reading;

/// A failure that passes in less is counted only.
const FAILURE: Duration = Duration::from_secs(2);
/// A server that answers may take longer.
const SLOW: Duration = Duration::from_secs(5);
/// A server that does not answer for longer may hang.
const SILENT: Duration = Duration::from_secs(10);

/// What to write to standard error.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// In place of the line that counts.
    Counting(String),
    /// A line that stays.
    Line(String),
}

/// What was said about a refresh so far.
#[derive(Debug)]
pub(crate) struct ReadingLines {
    is_watched: bool,
    /// What was said when, off a terminal: the next line comes after three times as long.
    next: Duration,
    is_failing: bool,
    was_failing: bool,
    is_drawn: bool,
}

impl ReadingLines {
    /// Nothing; `is_watched`: for a terminal.
    pub(crate) const fn new(is_watched: bool) -> Self {
        Self { is_watched, next: SLOW, is_failing: false, was_failing: false, is_drawn: false }
    }

    /// What to say.
    pub(crate) fn say(&mut self, reading: &Reading) -> Option<Output> {
        if reading.is_over {
            return self.end(reading);
        }
        let failure = reading.failure.as_ref().filter(|failure| failure.elapsed >= FAILURE);
        let elapsed = failure.map_or(reading.elapsed, |failure| failure.elapsed);
        if failure.is_some() != self.is_failing {
            self.is_failing = failure.is_some();
            self.next = if self.is_failing { FAILURE } else { elapsed.max(SLOW) };
        }
        self.was_failing |= self.is_failing;
        if elapsed < self.next {
            return None;
        }
        let seconds = elapsed.as_secs();
        let silent = if reading.silent >= SILENT {
            format!("; no answer for {}s", reading.silent.as_secs())
        } else {
            String::new()
        };
        let text = match failure {
            Some(failure) => {
                let tries = if failure.tries == 1 { "1 try" } else { &format!("{} tries", failure.tries) };
                format!("{}; trying again ({tries}, {seconds}s){silent}", failure.message)
            }
            None => {
                format!("Reading live state... {} of {} ({seconds}s){silent}", reading.done, reading.total)
            }
        };
        if self.is_watched {
            self.is_drawn = true;
            return Some(Output::Counting(text));
        }
        self.next = elapsed * 3;
        Some(Output::Line(text))
    }

    fn end(&mut self, reading: &Reading) -> Option<Output> {
        let was = std::mem::replace(self, Self::new(self.is_watched));
        let times = reading.repeated;
        if times > 0 && !was.was_failing {
            let text = if times == 1 { "1 request was".to_owned() } else { format!("{times} requests were") };
            return Some(Output::Line(format!("{text} repeated while the live state was read.")));
        }
        was.is_drawn.then(|| Output::Counting(String::new()))
    }
}

#[cfg(test)]
mod tests {
    use nautform::Failing;

    use super::*;

    /// A refresh of 80 requests that lasts so long, in which the server fails from one second to another.
    fn said(is_watched: bool, lasts: u64, fails: std::ops::Range<u64>) -> String {
        said_of(is_watched, lasts, fails, lasts)
    }

    /// The same with a server that answers nothing more from `hangs` on.
    fn said_of(is_watched: bool, lasts: u64, fails: std::ops::Range<u64>, hangs: u64) -> String {
        let mut lines = ReadingLines::new(is_watched);
        let mut all = String::new();
        let mut repeated = 0;
        for second in 0..=lasts {
            let failing = fails.contains(&second);
            repeated += usize::from(failing);
            let failure = failing.then(|| Failing {
                message: "the server answers HTTP 503".to_owned(),
                tries: 1 + usize::try_from(second - fails.start).unwrap_or_default() / 3,
                elapsed: Duration::from_secs(second - fails.start),
            });
            let elapsed = Duration::from_secs(second);
            let silent = Duration::from_secs(second.saturating_sub(hangs));
            let is_over = second == lasts;
            let reading = Reading { done: 12, total: 80, elapsed, failure, silent, repeated, is_over };
            match lines.say(&reading) {
                Some(Output::Counting(text)) => all.push_str(&format!("{second}> {text}\n")),
                Some(Output::Line(text)) => all.push_str(&format!("{second}: {text}\n")),
                None => {}
            }
        }
        all
    }

    #[test]
    fn short_refreshes_are_silent() {
        assert_eq!(said(true, 4, 9..9), "");
        assert_eq!(said(false, 4, 9..9), "");
        assert_eq!(said(false, 4, 1..3), "4: 2 requests were repeated while the live state was read.\n");
    }

    #[test]
    fn slow_refreshes_count_on_a_terminal() {
        insta::assert_snapshot!(said(true, 8, 9..9), @r"
        5> Reading live state... 12 of 80 (5s)
        6> Reading live state... 12 of 80 (6s)
        7> Reading live state... 12 of 80 (7s)
        8>
        ");
    }

    #[test]
    fn server_that_does_not_answer_is_named() {
        insta::assert_snapshot!(said_of(false, 50, 99..99, 3), @r"
        5: Reading live state... 12 of 80 (5s)
        15: Reading live state... 12 of 80 (15s); no answer for 12s
        45: Reading live state... 12 of 80 (45s); no answer for 42s
        ");
    }

    #[test]
    fn failures_have_few_lines_without_a_terminal() {
        insta::assert_snapshot!(said(false, 60, 1..60), @r"
        3: the server answers HTTP 503; trying again (1 try, 2s)
        7: the server answers HTTP 503; trying again (3 tries, 6s)
        19: the server answers HTTP 503; trying again (7 tries, 18s)
        55: the server answers HTTP 503; trying again (19 tries, 54s)
        ");
        insta::assert_snapshot!(said(false, 20, 9..9), @r"
        5: Reading live state... 12 of 80 (5s)
        15: Reading live state... 12 of 80 (15s)
        ");
    }
}
