//! Random lives on a server that breaks down as the real one was seen to: half-made and half-deleted
//! repositories, deaths in and after writes, hangs, hosts that are not rendered, deletions that take time or
//! are scheduled. No report is false: what is called done is whole behind the API, and what is not whole is
//! known as incomplete and planned again.

use std::collections::BTreeSet;
use std::time::Duration;

use nautform::internals::apply::{ApplyOptions, ServerClock};
use nautform::internals::live::client::RetryPolicy;
use nautform::sandbox::{Breakdowns, Options};
use nautform::{Address, End, Mode, OperationKey, Outcomes, Plan, Verb};

use crate::support::fleets::{Fleet, Rng, seeds};
use crate::support::{InMemory, KUBECONFIG, Run, object, product, project};

const MONTH: Duration = Duration::from_secs(31 * 24 * 3600);

fn kind(address: &Address) -> String {
    address.to_string().split('/').next().unwrap_or_default().to_owned()
}

fn percent(rng: &mut Rng, most: usize) -> u8 {
    if rng.one_in(2) { 0 } else { u8::try_from(rng.below(most)).unwrap() }
}

fn disturbed(rng: &mut Rng, seed: u64) -> Options {
    let breakdowns = Breakdowns {
        half_made: percent(rng, 60),
        dies_in_write: percent(rng, 15),
        dies_after_write: percent(rng, 15),
        hangs: if rng.one_in(4) { percent(rng, 15) } else { 0 },
        dies_of_deletes: percent(rng, 60),
        dies_of_missing_keys: percent(rng, 50),
        restart: Duration::from_millis(200 + u64::try_from(rng.below(2000)).unwrap()),
        ..Breakdowns::default()
    };
    let (lag, delay) = match rng.below(4) {
        0 => (Duration::from_secs(20), Duration::ZERO),
        1 => (Duration::ZERO, Duration::from_secs(7 * 24 * 3600)),
        _ => (Duration::ZERO, Duration::ZERO),
    };
    Options {
        latency: Duration::from_millis(200).into(),
        host_refresh: Duration::from_millis(300),
        deletion_lag: lag,
        deletion_delay: delay,
        breakdowns,
        seed,
        ..Options::default()
    }
}

/// The random fleet, a host with two virtual clusters, and a product without repositories: GitLab may schedule
/// its deletion.
fn manifests(fleet: &Fleet, language: usize) -> String {
    let mut text = fleet.manifests() + &product("q") + &project("q", "a");
    let mut cluster = |name: &str, rest: &str| {
        text += &object("Cluster", &format!("name: {name}, clusterKind: kubernetes, {rest}"));
    };
    let kubeconfig = format!("{KUBECONFIG:?}");
    cluster(
        "host",
        &format!(
            "apiServer: 'https://10.0.0.9:6443', clusterType: physical, usage: host, kubeconfig: {kubeconfig}"
        ),
    );
    for name in ["v0", "v1"] {
        cluster(
            name,
            &format!(
                "apiServer: 'https://10.0.0.9:3100{language}', clusterType: virtual, usage: worker, workerType: \
                 deployment, hostCluster: host"
            ),
        );
    }
    text
}

/// What is missing behind the API, as addresses.
fn missing(run: &Run) -> BTreeSet<Address> {
    run.server
        .world()
        .incomplete()
        .iter()
        .filter_map(|what| what.replacen(' ', "/", 1).parse().ok())
        .collect()
}

fn options(began: tokio::time::Instant, seed: Option<u64>) -> ApplyOptions {
    let retry = RetryPolicy { delete_timeout: Duration::from_secs(60), seed, ..RetryPolicy::default() };
    ApplyOptions { retry, seconds: ServerClock::beginning(began), ..ApplyOptions::default() }
}

/// The property, after a run.
fn check(run: &Run, outcomes: &Outcomes, seed: u64) {
    let missing = missing(run);
    let is_success = |key: &OperationKey| outcomes.ends.get(key).is_some_and(End::is_success);
    for (key, end) in outcomes.ends.iter().filter(|(_, end)| matches!(end, End::Done { .. })) {
        let again = OperationKey { verb: Verb::Create, ..key.clone() };
        if key.verb != Verb::Delete {
            assert!(!missing.contains(&key.address), "seed {seed}: {key} is called {end:?}");
        } else if !is_success(&again) {
            let stray = format!("{}/{}", key.address.product().unwrap_or_default(), key.address.name());
            let strays = run.server.world().stray_repositories();
            assert!(
                kind(&key.address) != "CodeRepo" || !strays.contains(&stray),
                "seed {seed}: {key} is called {end:?}, and GitLab has it"
            );
        }
    }
    for address in &missing {
        let known = run.state.unfinished(address).is_some();
        assert!(known || !run.state.manages(address), "seed {seed}: {address} is not known");
    }
}

async fn carry_out(run: &mut Run, plan: &Plan, began: tokio::time::Instant) -> Outcomes {
    let options = options(began, run.seed);
    run.carry_out_with(plan, &options).await
}

/// How many operations were incomplete, and how many deletions were pending.
async fn story(seed: u64) -> [usize; 2] {
    let mut counts = [0, 0];
    let mut rng = Rng(seed);
    let mut fleet = Fleet::new(&mut rng);
    let mut run = Run::of(&manifests(&fleet, 0));
    run.seed = Some(seed);
    let began = tokio::time::Instant::now();
    run.server = InMemory::with(disturbed(&mut rng, seed));
    for step in 0..4 {
        let mode = if step > 0 && rng.one_in(3) { Mode::Destroy } else { Mode::Apply };
        let Some(planned) = run.try_plan(mode).await else { continue };
        let plan = planned.plan;
        // What is not finished is planned again, unless it is not declared or can't be read.
        let unplanned = |address: &&Address| {
            let change = plan.changes.iter().find(|change| change.address == **address);
            change.is_some_and(|change| change.action == nautform::Action::NoOp)
        };
        let forgotten: Vec<&Address> = run.state.incomplete.keys().filter(unplanned).collect();
        assert!(forgotten.is_empty(), "seed {seed}: {forgotten:?} is not planned again");
        if plan.refusals.is_empty() {
            let outcomes = carry_out(&mut run, &plan, began).await;
            check(&run, &outcomes, seed);
            counts[0] += outcomes.count(|end| matches!(end, End::Incomplete { .. }));
            counts[1] += outcomes.count(|end| matches!(end, End::Deleting { .. }));
        }
        if rng.one_in(3) {
            tokio::time::sleep(Duration::from_secs(30)).await;
        }
        fleet.change(&mut rng, 3);
        run.declare(&manifests(&fleet, step + 1));
    }
    calm_down(&mut run, began, seed).await;
    counts
}

/// Without disturbances everything ends whole.
async fn calm_down(run: &mut Run, began: tokio::time::Instant, seed: u64) {
    {
        let mut world = run.server.world();
        world.options = Options { seed, ..Options::default() };
        world.restart(0);
    }
    tokio::time::sleep(MONTH).await;
    for _ in 0..4 {
        let plan = run.plan(Mode::Apply).await.plan;
        if !plan.refusals.is_empty() {
            // Large steps may have no valid order.
            return;
        }
        carry_out(run, &plan, began).await;
    }
    let plan = run.plan(Mode::Apply).await.plan;
    assert!(plan.summary().is_empty() && plan.gaps.is_empty(), "seed {seed}: {:#?}", run.state.incomplete);
    let left = missing(run);
    assert!(left.is_empty() && run.state.incomplete.is_empty(), "seed {seed}: {left:?}");
}

#[tokio::test(start_paused = true)]
async fn no_report_is_false_on_a_server_that_breaks_down() {
    let mut incomplete = 0;
    let mut pending = 0;
    let seeds = seeds(200);
    // A single story may have none.
    let are_many = seeds.clone().count() >= 100;
    for seed in seeds {
        let [more, later] = story(seed).await;
        incomplete += more;
        pending += later;
    }
    println!("{incomplete} operations were incomplete, {pending} deletions pending");
    assert!(!are_many || (incomplete > 0 && pending > 0), "the disturbances must show");
}
