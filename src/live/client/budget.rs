//! The retry budget: how long the server may fail before nothing more is sent to it.
//!
//! One for all requests of a session, reads and writes alike; every answer that shows a working server renews
//! it. So a server that is away costs its users one wait, whatever the number of requests.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::verdict::Verdict;

/// How long a server may fail, unless something else is set: a restart takes less.
pub(crate) const RETRY_TIMEOUT: Duration = Duration::from_secs(60);
/// A failure so long after the one before it has nothing to do with it: meanwhile a user answered a
/// question.
const UNRELATED: Duration = Duration::from_secs(120);

/// What all clients of a server share.
#[derive(Debug)]
pub struct RetryBudget {
    timeout: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    outage: Option<Outage>,
    /// The verdict of all further requests, when the budget is used up.
    given_up: Option<Verdict>,
    /// When a request last showed that the server was away.
    away: Option<Instant>,
}

/// Failures without an answer of a working server in between.
#[derive(Clone, Debug)]
struct Outage {
    since: Instant,
    last: Instant,
    tries: usize,
    message: String,
    /// Whether the last failure was an answer.
    answered: bool,
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new(RETRY_TIMEOUT)
    }
}

impl RetryBudget {
    /// For a server that may fail for so long.
    pub fn new(timeout: Duration) -> Self {
        Self { timeout, state: Mutex::default() }
    }

    /// What a verdict says about the server as a whole.
    pub(super) fn note(&self, verdict: &Verdict) {
        let mut state = self.state();
        if verdict.shows_absence() {
            state.away = Some(Instant::now());
        }
        match verdict {
            Verdict::Unreachable { message } | Verdict::Lost { message, .. } => state.failed(message, false),
            Verdict::Unavailable { message, .. }
            | Verdict::Unclear { message }
            | Verdict::Ambiguous { message } => state.failed(message, true),
            Verdict::WrongServer { .. } | Verdict::GivenUp { .. } => {}
            _ => state.outage = None,
        }
    }

    /// How long to wait for the next try of a request that failed, if `delay` is what its number of tries
    /// calls for and `asked` what the server asks for; nothing, if the budget is used up. The last try is at
    /// the end of it.
    pub(super) fn grant(&self, delay: Duration, asked: Option<Duration>) -> Option<Duration> {
        let mut state = self.state();
        let Some(outage) = &state.outage else { return Some(delay) };
        let left = self.timeout.saturating_sub(outage.since.elapsed());
        let too_long = asked.filter(|asked| *asked > left);
        if state.given_up.is_none() && too_long.is_none() && !left.is_zero() {
            return Some(delay.max(asked.unwrap_or_default()).min(left));
        }
        if state.given_up.is_none() {
            state.given_up = Some(outage.end(too_long));
        }
        None
    }

    /// The verdict of all further requests, if the budget is used up.
    pub(crate) fn given_up(&self) -> Option<Verdict> {
        self.state().given_up.clone()
    }

    /// When a request of any client last showed that the server was away, if one did since this was asked.
    pub(crate) fn take_absence(&self) -> Option<Instant> {
        self.state().away.take()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn failed(&mut self, message: &str, answered: bool) {
        let now = Instant::now();
        let outage = self.outage.take().filter(|outage| now - outage.last < UNRELATED);
        let (since, tries) = outage.map_or((now, 0), |outage| (outage.since, outage.tries));
        self.outage =
            Some(Outage { since, last: now, tries: tries + 1, message: message.to_owned(), answered });
    }
}

impl Outage {
    fn end(&self, asked: Option<Duration>) -> Verdict {
        let tries = if self.tries == 1 { "1 try".to_owned() } else { format!("{} tries", self.tries) };
        let asked = asked.map(|asked| format!("; the server asks to wait {}s", asked.as_secs()));
        let seconds = self.since.elapsed().as_secs();
        let message = format!("{} ({tries} in {seconds}s{})", self.message, asked.unwrap_or_default());
        Verdict::GivenUp { message, answered: self.answered }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unavailable() -> Verdict {
        Verdict::Unavailable { message: "HTTP 503".to_owned(), after: None }
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn budget_ends_with_the_last_try_at_its_end() {
        let budget = RetryBudget::new(5 * SECOND);
        let started = Instant::now();
        let mut tries = 0;
        loop {
            tries += 1;
            budget.note(&unavailable());
            let Some(delay) = budget.grant(2 * SECOND, None) else { break };
            tokio::time::sleep(delay).await;
        }
        assert_eq!((tries, started.elapsed()), (4, 5 * SECOND));
        let Some(Verdict::GivenUp { message, answered: true }) = budget.given_up() else { panic!() };
        assert_eq!(message, "HTTP 503 (4 tries in 5s)");
    }

    #[tokio::test(start_paused = true)]
    async fn budget_is_renewed_by_an_answer_and_shared() {
        let budget = RetryBudget::new(5 * SECOND);
        budget.note(&unavailable());
        tokio::time::sleep(4 * SECOND).await;
        budget.note(&unavailable());
        assert_eq!(budget.grant(2 * SECOND, None), Some(SECOND), "of any request");
        budget.note(&Verdict::Absent);
        budget.note(&Verdict::Unclear { message: "x".to_owned() });
        assert_eq!(budget.grant(2 * SECOND, None), Some(2 * SECOND));
        tokio::time::sleep(UNRELATED).await;
        budget.note(&unavailable());
        assert_eq!(budget.grant(2 * SECOND, None), Some(2 * SECOND), "long after");
    }

    #[tokio::test(start_paused = true)]
    async fn absence_is_noted_until_it_is_asked_for() {
        let budget = RetryBudget::default();
        let busy = Verdict::Unavailable { message: "HTTP 429".to_owned(), after: Some(SECOND) };
        let hanging = Verdict::Lost { message: "no answer".to_owned(), timed_out: true };
        for present in [Verdict::Absent, busy, hanging] {
            budget.note(&present);
            assert_eq!(budget.take_absence(), None, "{present:?}");
        }
        let refused = Verdict::Unreachable { message: "refused".to_owned() };
        let broken = Verdict::Lost { message: "reset".to_owned(), timed_out: false };
        for away in [unavailable(), refused, broken] {
            budget.note(&away);
            let noted = Instant::now();
            tokio::time::sleep(SECOND).await;
            budget.note(&Verdict::Absent);
            assert_eq!(budget.take_absence(), Some(noted), "{away:?}");
            assert_eq!(budget.take_absence(), None);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_beyond_the_budget_is_shown_and_not_waited_for() {
        let budget = RetryBudget::new(5 * SECOND);
        budget.note(&unavailable());
        assert_eq!(budget.grant(SECOND, Some(4 * SECOND)), Some(4 * SECOND));
        assert_eq!(budget.grant(SECOND, Some(3600 * SECOND)), None);
        let Some(Verdict::GivenUp { message, .. }) = budget.given_up() else { panic!() };
        assert_eq!(message, "HTTP 503 (1 try in 0s; the server asks to wait 3600s)");
    }
}
