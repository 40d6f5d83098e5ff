//! Decides whether and when a request is tried again, within the budget of the server. The caller sleeps.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

use super::budget::RetryBudget;
use super::verdict::Verdict;

/// When to try again, and when to give up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The first delay before another try.
    pub first_delay: Duration,
    /// The longest delay.
    pub longest_delay: Duration,
    /// How often one request is repeated after a failure that may pass, whatever is left of the server's
    /// budget.
    pub retries: usize,
    /// How often a run may repeat requests altogether; by default half as often as it has operations,
    /// and at least 50 times.
    pub run_retries: Option<usize>,
    /// How often a request is repeated after an error that is not known.
    pub unclear_retries: usize,
    /// How often a write is sent again whose outcome is not clear.
    pub ambiguous_retries: usize,
    /// How long to wait for clusters to reach Kubernetes (§4.3).
    pub sync_timeout: Duration,
    /// How long to wait for GitLab to finish deletes (§4.1).
    pub delete_timeout: Duration,
    /// What the random part of delays is drawn from, if a run must be repeatable.
    pub seed: Option<u64>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            // A request collides with another client's write, which takes the server about a second (§8.2).
            first_delay: Duration::from_secs(1),
            // Long enough to give a server room that is overloaded, short enough to go on soon after it is
            // back.
            longest_delay: Duration::from_secs(20),
            // Collisions with other clients: 1 + 2 + 4 + 8 + 16 s and five times 20 s, with jitter. A server
            // that is away is given up earlier, by its budget.
            retries: 10,
            run_retries: None,
            // An error of GitLab that the server passes on may be temporary. Most are not, and each costs a
            // clone.
            unclear_retries: 2,
            // 1 + 2 + 4 + 8 s, with jitter. The next run sends it again, so a gateway that cuts off each answer
            // does not keep the lane from others.
            ambiguous_retries: 4,
            // Argo CD looks at the repository every three minutes: two rounds, and time for the cluster to be
            // set up.
            sync_timeout: Duration::from_secs(600),
            // GitLab's own workers delete a project within a minute or so if they are not busy.
            delete_timeout: Duration::from_secs(300),
            seed: None,
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
    /// Something that passes: a collision, an error that is not known.
    Retry,
    /// The server can be reached again.
    Server,
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
    /// The budget of the server is used up.
    GiveUp,
    /// Sleep, then repeat the request.
    Again(Duration, Wait),
    /// Read the object before anything else.
    ReadBack,
}

/// The tries of one request.
pub(crate) struct RetryState<'p> {
    retry: &'p RetryPolicy,
    budget: &'p RetryBudget,
    soon: ExponentialBackoff,
    long: ExponentialBackoff,
    unclear: usize,
    ambiguous: usize,
    waited: Duration,
    /// Repetitions so far, waits for sync and deletion apart.
    pub repeated: usize,
}

impl<'p> RetryState<'p> {
    /// None yet.
    pub(crate) fn new(retry: &'p RetryPolicy, budget: &'p RetryBudget) -> Self {
        let builder = || {
            let builder = ExponentialBuilder::default()
                .with_min_delay(retry.first_delay)
                .with_max_delay(retry.longest_delay)
                .with_jitter();
            retry.seed.map_or(builder, |seed| builder.with_jitter_seed(seed))
        };
        let soon = builder().with_max_times(retry.retries).build();
        let long = builder().without_max_times().build();
        Self {
            retry,
            budget,
            soon,
            long,
            unclear: retry.unclear_retries,
            ambiguous: retry.ambiguous_retries,
            waited: Duration::ZERO,
            repeated: 0,
        }
    }

    /// What to do about a verdict.
    pub(crate) fn after(&mut self, verdict: &Verdict) -> RetryDecision {
        match verdict {
            Verdict::RetrySoon { .. } => self.again(),
            Verdict::Unreachable { .. } => self.within_budget(None, Wait::Server),
            Verdict::Unavailable { after, .. } => self.within_budget(*after, Wait::Server),
            Verdict::WrongServer { once_more: true, .. } if self.repeated == 0 => self.again(),
            Verdict::Unclear { .. } if self.unclear > 0 => {
                self.unclear -= 1;
                self.within_budget(None, Wait::Retry)
            }
            Verdict::GivenUp { .. } => RetryDecision::GiveUp,
            Verdict::WaitForSync { .. } => self.wait(Wait::Sync, self.retry.sync_timeout),
            Verdict::WaitForDeletion { .. } => self.wait(Wait::Deletion, self.retry.delete_timeout),
            Verdict::Ambiguous { .. } | Verdict::Lost { .. } => RetryDecision::ReadBack,
            _ => RetryDecision::Stop,
        }
    }

    /// Another try of the request, if there may be one.
    pub(crate) fn again(&mut self) -> RetryDecision {
        self.repeated += 1;
        self.soon.next().map_or(RetryDecision::Stop, |delay| RetryDecision::Again(delay, Wait::Retry))
    }

    /// The same after an outcome that is not clear.
    pub(crate) fn again_unclear(&mut self) -> RetryDecision {
        match self.ambiguous.checked_sub(1) {
            Some(left) => {
                self.ambiguous = left;
                self.again()
            }
            None => RetryDecision::Stop,
        }
    }

    /// The same for a failure that the budget of the server counts; `asked` is what the server asks to wait.
    fn within_budget(&mut self, asked: Option<Duration>, wait: Wait) -> RetryDecision {
        match self.again() {
            RetryDecision::Again(delay, _) => self
                .budget
                .grant(delay, asked)
                .map_or(RetryDecision::GiveUp, |delay| RetryDecision::Again(delay, wait)),
            stop => stop,
        }
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

    #[tokio::test]
    async fn temporary_failures_are_repeated_within_the_budget() {
        let retry = RetryPolicy { retries: 3, ..RetryPolicy::default() };
        let budget = RetryBudget::default();
        let mut tries = RetryState::new(&retry, &budget);
        let verdict = Verdict::Unavailable { message: String::new(), after: Some(Duration::from_secs(7)) };
        for _ in 0..3 {
            budget.note(&verdict);
            let RetryDecision::Again(delay, Wait::Server) = tries.after(&verdict) else { panic!() };
            assert!(delay >= Duration::from_secs(7));
        }
        assert_eq!(tries.after(&verdict), RetryDecision::Stop);
        let budget = RetryBudget::new(Duration::ZERO);
        budget.note(&verdict);
        assert_eq!(RetryState::new(&retry, &budget).after(&verdict), RetryDecision::GiveUp);
    }

    #[tokio::test]
    async fn redirects_and_unknown_names_get_one_more_try() {
        let retry = RetryPolicy::default();
        let budget = RetryBudget::default();
        let wrong = |once_more| Verdict::WrongServer { message: String::new(), once_more };
        assert_eq!(RetryState::new(&retry, &budget).after(&wrong(false)), RetryDecision::Stop);
        let mut tries = RetryState::new(&retry, &budget);
        assert!(matches!(tries.after(&wrong(true)), RetryDecision::Again(..)));
        assert_eq!(tries.after(&wrong(true)), RetryDecision::Stop);
    }

    #[test]
    fn waits_for_sync_end_with_the_timeout() {
        let retry = RetryPolicy { sync_timeout: Duration::from_secs(30), ..RetryPolicy::default() };
        let budget = RetryBudget::default();
        let mut tries = RetryState::new(&retry, &budget);
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
        let budget = RetryBudget::default();
        let mut tries = RetryState::new(&retry, &budget);
        assert_eq!(tries.after(&Verdict::Ambiguous { message: String::new() }), RetryDecision::ReadBack);
        assert_eq!(tries.after(&Verdict::Absent), RetryDecision::Stop);
    }
}
