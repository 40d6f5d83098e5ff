//! Decides whether and when a request is tried again. Pure: has no clock; the caller sleeps.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use super::verdict::Verdict;

/// When to try again, and when to give up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The first delay before another try.
    pub first_delay: Duration,
    /// The longest delay.
    pub longest_delay: Duration,
    /// How often a request is repeated after a temporary failure.
    pub retries: usize,
    /// How often a run may repeat requests altogether; by default half as often as it has operations,
    /// and at least 50 times.
    pub run_retries: Option<usize>,
    /// How often a request is repeated after an error that is not known.
    pub unclear_retries: usize,
    /// How long to wait for clusters to reach Kubernetes (§4.3).
    pub sync_timeout: Duration,
    /// How long to wait for GitLab to finish deletes (§4.1).
    pub delete_timeout: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            // A request collides with another client's write, which takes the server about a second (§8.2).
            first_delay: Duration::from_secs(1),
            // Long enough to give a server room that is overloaded, short enough to go on soon after it is
            // back.
            longest_delay: Duration::from_secs(20),
            // 1 + 2 + 4 + 8 + 16 s and five times 20 s, with jitter: some two to four minutes, in which a
            // server restarts.
            retries: 10,
            run_retries: None,
            // An error of GitLab that the server passes on may be temporary. Most are not, and each costs a
            // clone.
            unclear_retries: 2,
            // Argo CD looks at the repository every three minutes: two rounds, and time for the cluster to be
            // set up.
            sync_timeout: Duration::from_secs(600),
            // GitLab's own workers delete a project within a minute or so if they are not busy.
            delete_timeout: Duration::from_secs(300),
        }
    }
}

impl RetryPolicy {
    /// How often a run of so many operations may repeat requests.
    pub fn retries_of_run(&self, operations: usize) -> usize {
        // On a healthy server few requests collide. If half of them do, something is wrong with it, and the
        // run stops.
        self.run_retries.unwrap_or((operations / 2).max(50))
    }
}

/// What an operation waits for before another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A temporary failure.
    Retry,
    /// A saved cluster reaches Kubernetes (§4.3).
    Sync,
    /// GitLab finishes a delete (§4.1).
    Deletion,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RetryDecision {
    /// The verdict is final.
    Stop,
    /// Sleep, then repeat the request.
    Again(Duration, Wait),
    /// Read the object before anything else.
    ReadBack,
}

/// The tries of one request.
pub(crate) struct RetryState<'p> {
    retry: &'p RetryPolicy,
    soon: ExponentialBackoff,
    long: ExponentialBackoff,
    unclear: usize,
    waited: Duration,
    /// Repetitions so far, waits for sync and deletion apart.
    pub repeated: usize,
}

impl<'p> RetryState<'p> {
    /// None yet.
    pub(crate) fn new(retry: &'p RetryPolicy) -> Self {
        let builder = || {
            ExponentialBuilder::default()
                .with_min_delay(retry.first_delay)
                .with_max_delay(retry.longest_delay)
                .with_jitter()
        };
        let soon = builder().with_max_times(retry.retries).build();
        let long = builder().without_max_times().build();
        Self { retry, soon, long, unclear: retry.unclear_retries, waited: Duration::ZERO, repeated: 0 }
    }

    /// What to do about a verdict.
    pub(crate) fn after(&mut self, verdict: &Verdict) -> RetryDecision {
        match verdict {
            Verdict::RetrySoon { .. } | Verdict::Unreachable { .. } => self.again(Duration::ZERO),
            Verdict::Unavailable { after, .. } => self.again(after.unwrap_or_default()),
            Verdict::WrongServer { once_more: true, .. } if self.repeated == 0 => self.again(Duration::ZERO),
            Verdict::Unclear { .. } if self.unclear > 0 => {
                self.unclear -= 1;
                self.again(Duration::ZERO)
            }
            Verdict::WaitForSync { .. } => self.wait(Wait::Sync, self.retry.sync_timeout),
            Verdict::WaitForDeletion { .. } => self.wait(Wait::Deletion, self.retry.delete_timeout),
            Verdict::Ambiguous { .. } => RetryDecision::ReadBack,
            _ => RetryDecision::Stop,
        }
    }

    /// Another try of the request, if the budget allows one.
    pub(crate) fn again(&mut self, at_least: Duration) -> RetryDecision {
        self.repeated += 1;
        // What a server asks for is honoured up to a minute, so that it can't stop a run for an hour.
        let at_least = at_least.min(Duration::from_secs(60));
        self.soon
            .next()
            .map_or(RetryDecision::Stop, |delay| RetryDecision::Again(delay.max(at_least), Wait::Retry))
    }

    fn wait(&mut self, waiting: Wait, timeout: Duration) -> RetryDecision {
        match self.long.next() {
            Some(delay) if self.waited < timeout => {
                let delay = delay.min(timeout - self.waited);
                self.waited += delay;
                RetryDecision::Again(delay, waiting)
            }
            _ => RetryDecision::Stop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_failures_are_repeated_within_the_budget() {
        let retry = RetryPolicy { retries: 3, ..RetryPolicy::default() };
        let mut tries = RetryState::new(&retry);
        let verdict = Verdict::Unavailable { message: String::new(), after: Some(Duration::from_secs(7)) };
        for _ in 0..3 {
            let RetryDecision::Again(delay, Wait::Retry) = tries.after(&verdict) else { panic!() };
            assert!(delay >= Duration::from_secs(7));
        }
        assert_eq!(tries.after(&verdict), RetryDecision::Stop);
    }

    #[test]
    fn waits_for_sync_end_with_the_timeout() {
        let retry = RetryPolicy { sync_timeout: Duration::from_secs(30), ..RetryPolicy::default() };
        let mut tries = RetryState::new(&retry);
        let mut total = Duration::ZERO;
        while let RetryDecision::Again(delay, Wait::Sync) =
            tries.after(&Verdict::WaitForSync { message: String::new() })
        {
            total += delay;
        }
        assert_eq!(total, Duration::from_secs(30));
    }

    #[test]
    fn retry_reads_back_ambiguous_writes_and_stops_on_final_errors() {
        let retry = RetryPolicy::default();
        let mut tries = RetryState::new(&retry);
        assert_eq!(tries.after(&Verdict::Ambiguous { message: String::new() }), RetryDecision::ReadBack);
        assert_eq!(tries.after(&Verdict::Absent), RetryDecision::Stop);
    }
}
