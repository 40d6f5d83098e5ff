//! Deletes that clone twice, on servers of any speed (nautes-api.md §8.2): their clones collide with each
//! other if both begin in the same second. The clock is tokio's and paused: minutes take no time.

use std::collections::BTreeMap;
use std::time::Duration;

use nautform::Mode;
use nautform::internals::apply::{ApplyOptions, ServerClock};
use nautform::internals::live::client::RetryPolicy;
use nautform::sandbox::{DurationRange, Options};

use crate::support::{InMemory, Run, object, product, project};

/// The most tries of one DELETE.
const TRIES: usize = 6;

/// A product with three repositories and three bindings.
fn fleet() -> String {
    let repository = |name: &str| {
        let git = format!("{{gitlab: {{path: {name}, visibility: private}}}}");
        let binding = format!("coderepo: {name}, projects: [web], permissions: readonly");
        object("CodeRepo", &format!("name: {name}, product: shop, git: {git}"))
            + &object("CodeRepoBinding", &format!("name: bind-{name}, productName: shop, {binding}"))
    };
    let repositories: String = ["a", "b", "c"].map(repository).concat();
    product("shop") + &project("shop", "web") + &repositories
}

/// Destroys the fleet; how often the DELETE was sent that was sent most often, and how long it took.
async fn destroy(gap: Duration, seed: u64, ahead: Duration) -> (usize, Duration) {
    let mut run = Run::of(&fleet());
    // The server's seconds are those of the paused clock, or a little ahead of it.
    let seconds = ServerClock::beginning(tokio::time::Instant::now() + ahead);
    run.server = InMemory::with(Options {
        latency: DurationRange::around(Duration::from_millis(80), 25),
        clone_collisions: true,
        clone_gap: DurationRange::around(gap, 25),
        seed,
        ..Options::default()
    });
    let options = ApplyOptions { seconds, retry: RetryPolicy::default(), ..ApplyOptions::default() };
    let applied = run.plan(Mode::Apply).await.plan;
    assert!(run.carry_out_with(&applied, &options).await.is_complete());
    let planned = run.plan(Mode::Destroy).await.plan;
    let started = tokio::time::Instant::now();
    let outcomes = run.carry_out_with(&planned, &options).await;
    assert!(outcomes.is_complete(), "{gap:?}, seed {seed}: {:#?}", outcomes.ends);
    let mut deletes: BTreeMap<String, usize> = BTreeMap::new();
    for entry in run.server.world().log().entries().filter(|entry| entry.method == "DELETE") {
        *deletes.entry(entry.path.clone()).or_default() += 1;
    }
    assert_eq!(deletes.len(), 8);
    (deletes.into_values().max().unwrap(), started.elapsed())
}

/// From 40 ms to 3 s, closer together where they are short.
fn gaps() -> impl Iterator<Item = Duration> {
    std::iter::successors(Some(40_u64), |gap| Some(gap + 3 + gap / 12))
        .take_while(|gap| *gap <= 3_000)
        .map(Duration::from_millis)
}

#[tokio::test(start_paused = true)]
async fn deletes_that_clone_twice_end_on_servers_of_any_speed() {
    let mut worst = 0;
    for gap in gaps() {
        for seed in 0..4 {
            let (tries, took) = destroy(gap, seed, Duration::ZERO).await;
            assert!(tries <= TRIES, "{gap:?}, seed {seed}: {tries} tries");
            assert!(took < Duration::from_secs(60), "{gap:?}, seed {seed}: {took:?}");
            worst = worst.max(tries);
        }
    }
    println!("at most {worst} tries");
}

#[tokio::test(start_paused = true)]
async fn deletes_that_clone_twice_end_with_a_clock_that_is_wrong() {
    for gap in [60, 120, 400, 900].map(Duration::from_millis) {
        for ahead in [10, 25, 990].map(Duration::from_millis) {
            let (tries, _) = destroy(gap, 1, ahead).await;
            assert!(tries <= TRIES, "{gap:?}, clock wrong by {ahead:?}: {tries} tries");
        }
    }
}
