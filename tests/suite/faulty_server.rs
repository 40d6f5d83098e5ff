//! The server on a bad day: clones that collide, lost pushes, hosts that are refreshed, clusters that reach Kubernetes late, deletes that
//! take their time (nautes-api.md §3.5, §4.1, §4.3, §8). The clock is tokio's and paused: minutes pass in no time.

use nautform::apply::event::{End, Event, Reporter, Wait};
use nautform::apply::{ApplyOptions, ServerClock};
use nautform::plan::Mode;
use nautform::sandbox::{Faults, Options};

use crate::support::{InMemory, Run};

fn bad_day(seed: u64) -> Options {
    Options {
        latency_ms: 300,
        sync_lag_ms: 20_000,
        clone_collisions: true,
        push_conflict_percent: 5,
        deletion_lag_ms: 5_000,
        host_refresh_ms: 800,
        shuffle: true,
        seed,
        ..Options::default()
    }
}

/// What a life took: requests that were repeated, waits apart, and all requests.
async fn life_of_a_fleet(seed: u64) -> (usize, usize) {
    let mut run = Run::of_quickstart();
    // The server's seconds are those of the paused clock.
    let seconds = ServerClock::beginning(tokio::time::Instant::now());
    run.server = InMemory::with(bad_day(seed));
    let mut tries = RetryState::default();
    for mode in [Mode::Apply, Mode::Destroy] {
        let planned = run.plan(mode).await;
        let options = ApplyOptions { seconds, ..ApplyOptions::default() };
        let outcomes = run.carry_out_watched(&planned.plan, &options, &mut tries).await;
        let failed = outcomes.count(|end| !matches!(end, End::Done { .. }));
        assert_eq!(failed, 0, "seed {seed}, {mode:?}: {:#?}", outcomes.ends);
        // GitLab shows what it deletes for a while (§4.1); virtual time costs nothing.
        tokio::time::sleep(std::time::Duration::from_secs(6)).await;
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
async fn no_operation_fails_on_any_of_twenty_bad_days() {
    let (mut repeated, mut total) = (0, 0);
    for seed in 0..20 {
        let (more, all) = life_of_a_fleet(seed).await;
        repeated += more;
        total += all;
    }
    assert!(total > 20 * 50, "{total} requests are too few to tell anything");
    assert!(repeated * 100 < total * 15, "{repeated} of {total} requests were repetitions");
    println!("{repeated} of {total} requests were repetitions, waits for Kubernetes and GitLab apart");
}

/// A fifth of all calls fails, each in one of 23 ways. A run may end with failed operations where a fault is one that no client may
/// repeat (a redirect, a panic); the next run goes on where it stopped, and nothing is lost or done twice.
#[tokio::test(start_paused = true)]
async fn a_fifth_of_all_calls_failing_delays_the_end_and_does_not_change_it() {
    let (mut runs, mut requests, mut failed) = (0, 0, 0);
    for seed in 0..30 {
        let mut run = Run::of_quickstart();
        let faults = Faults { percent: 20, ..Faults::default() };
        run.server = InMemory::with(Options { latency_ms: 100, seed, faults, ..Options::default() });
        for mode in [Mode::Apply, Mode::Destroy] {
            for attempt in 0.. {
                assert!(attempt < 20, "seed {seed}, {mode:?}: no end");
                let Some(planned) = run.try_plan(mode).await else { continue };
                let done = planned.plan.summary().is_empty()
                    && planned.plan.gaps.is_empty()
                    && planned.plan.refusals.is_empty()
                    // A write of unknown fate that turns out to have landed is taken into the state by an apply.
                    && run.state.intents.is_empty();
                if done {
                    // What a lost answer left out of the state is adopted, as the binary does.
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
