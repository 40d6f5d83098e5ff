//! A faulty server: clones that collide, lost pushes, hosts that are refreshed, clusters that reach
//! Kubernetes late, deletes that take time (nautes-api.md §3.5, §4.1, §4.3, §8). The clock is tokio's and
//! paused: minutes take no time.

use std::time::Duration;

use nautform::internals::apply::{ApplyOptions, ServerClock};
use nautform::sandbox::{Faults, Options};
use nautform::{End, Event, Mode, Reporter, Wait};

use crate::support::{InMemory, Run};

fn faulty(seed: u64) -> Options {
    Options {
        latency: Duration::from_millis(300).into(),
        sync_lag: Duration::from_secs(20),
        clone_collisions: true,
        push_conflict_percent: 5,
        deletion_lag: Duration::from_secs(5),
        host_refresh: Duration::from_millis(800),
        shuffle: true,
        seed,
        ..Options::default()
    }
}

/// The requests that were repeated (without waits), and all requests.
async fn apply_and_destroy(seed: u64) -> (usize, usize) {
    let mut run = Run::of_quickstart();
    // The server's seconds are those of the paused clock.
    let seconds = ServerClock::beginning(tokio::time::Instant::now());
    run.server = InMemory::with(faulty(seed));
    let mut tries = RetryState::default();
    for mode in [Mode::Apply, Mode::Destroy] {
        let planned = run.plan(mode).await;
        let options = ApplyOptions { seconds, ..ApplyOptions::default() };
        let outcomes = run.carry_out_watched(&planned.plan, &options, &mut tries).await;
        let failed = outcomes.count(|end| !matches!(end, End::Done { .. }));
        assert_eq!(failed, 0, "seed {seed}, {mode:?}: {:#?}", outcomes.ends);
        // GitLab shows what it deletes for a while (§4.1); virtual time costs nothing.
        tokio::time::sleep(Duration::from_secs(6)).await;
        let again = run.plan(mode).await;
        assert!(again.plan.summary().is_empty(), "seed {seed}, {mode:?}");
    }
    let world = run.server.world();
    let refused = world.log().entries().filter(|entry| !matches!(entry.status, Some(200 | 404))).count();
    // Reads that collide are counted, too; what waits for Kubernetes or GitLab is not.
    assert!(refused >= tries.waited, "a wait is a refusal");
    (refused - tries.waited, usize::try_from(world.log().total()).unwrap())
}

/// Counts waits.
#[derive(Default)]
struct RetryState {
    waited: usize,
}

impl Reporter for RetryState {
    fn report(&mut self, event: &Event) {
        if let Event::Waiting { wait: Wait::Sync | Wait::Deletion, .. } = event {
            self.waited += 1;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn operations_succeed_on_twenty_faulty_servers() {
    let mut repeated = 0;
    let mut total = 0;
    for seed in 0..20 {
        let (more, all) = apply_and_destroy(seed).await;
        repeated += more;
        total += all;
    }
    assert!(total > 20 * 50, "{total} requests are too few for the test");
    assert!(repeated * 100 < total * 15, "{repeated} of {total} requests were repetitions");
    println!("{repeated} of {total} requests were repetitions, waits for Kubernetes and GitLab apart");
}

/// A fifth of all calls fails, each in one of 23 ways. A run may end with failed operations where a fault is
/// one that no client may repeat (a redirect, a panic); the next run continues, and nothing is lost or done
/// twice.
#[tokio::test(start_paused = true)]
async fn failing_requests_do_not_change_the_result() {
    let mut runs = 0;
    let mut requests = 0;
    let mut failed = 0;
    for seed in 0..30 {
        let mut run = Run::of_quickstart();
        let faults = Faults { percent: 20, ..Faults::default() };
        run.server = InMemory::with(Options {
            latency: Duration::from_millis(100).into(),
            seed,
            faults,
            ..Options::default()
        });
        for mode in [Mode::Apply, Mode::Destroy] {
            for attempt in 0.. {
                assert!(attempt < 20, "seed {seed}, {mode:?}: no end");
                let Some(planned) = run.try_plan(mode).await else { continue };
                let done = planned.plan.summary().is_empty()
                    && planned.plan.gaps.is_empty()
                    && planned.plan.refusals.is_empty()
                    // An apply takes a write into the state that was ambiguous and has happened.
                    && run.state.intents.is_empty();
                if done {
                    // An object is adopted, as the binary does, if its reply was lost.
                    run.carry_out_with(&planned.plan, &ApplyOptions::default()).await;
                    break;
                }
                runs += 1;
                if planned.plan.refusals.is_empty() {
                    let outcomes = run.carry_out_with(&planned.plan, &ApplyOptions::default()).await;
                    failed += outcomes.count(|end| matches!(end, End::Failed { .. } | End::Unknown { .. }));
                }
            }
            let objects = run.server.world().objects().len();
            assert_eq!(objects, if mode == Mode::Apply { 16 } else { 0 }, "seed {seed}, {mode:?}");
            let managed = run.state.records.len();
            assert_eq!(managed, objects, "seed {seed}, {mode:?}");
        }
        requests += run.server.world().log().total();
    }
    println!(
        "60 lives took {runs} runs and {requests} requests; {failed} operations had to wait for the next run"
    );
}
