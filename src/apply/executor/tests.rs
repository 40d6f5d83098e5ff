//! Lanes, intents and failures: the ordinary run.

mod kubernetes;
mod memory;
mod random_runs;
mod rendering;
mod renewals;
mod stopping;

use super::*;
use crate::apply::tests::{Answer, Harness, Server, address, change, ends, word};
use crate::plan::{Action, Change};
use crate::resource::Record;
use crate::state::{Intent, Verb};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

/// Two lanes; in each the longest way first and one at a time.
fn fleet() -> Vec<Change> {
    vec![
        change("Cluster/a", Action::Create),
        change("Cluster/b", Action::Create),
        change("Product/p", Action::Create),
        change("Environment/p/dev", Action::Create).needs(&["Cluster/b", "Product/p"]),
        change("Project/p/web", Action::Create).needs(&["Product/p"]),
    ]
}

#[tokio::test(start_paused = true)]
async fn lanes_run_concurrently_with_one_write_each() {
    let mut run = Harness::new(Server::new());
    let outcomes = run.carry_out(fleet()).await;
    assert!(outcomes.is_complete(), "{}", ends(&outcomes));
    insta::assert_snapshot!(run.log(&["->", "<-"]), @"
    0s -> POST p
    0s -> POST b
    1s <- POST p
    1s <- POST b
    1s -> POST dev
    1s -> POST a
    2s <- POST dev
    2s <- POST a
    2s -> POST web
    3s <- POST web
    ");
}

#[tokio::test(start_paused = true)]
async fn state_is_durable_before_requests_and_dependents() {
    let mut run = Harness::new(Server::new());
    run.carry_out(fleet()).await;
    insta::assert_snapshot!(run.server.log.all().join("\n"), @"
    append begun Create Product/p, begun Create Cluster/b
    started create Product/p
    started create Cluster/b
    -> POST p
    -> POST b
    <- POST p
    <- POST b
    append recorded Product/p, recorded Cluster/b, begun Create Environment/p/dev, begun Create Cluster/a
    ended create Product/p: done
    ended create Cluster/b: done
    started create Environment/p/dev
    started create Cluster/a
    -> POST dev
    -> POST a
    <- POST dev
    <- POST a
    append recorded Environment/p/dev, recorded Cluster/a, begun Create Project/p/web
    ended create Environment/p/dev: done
    ended create Cluster/a: done
    started create Project/p/web
    -> POST web
    <- POST web
    append recorded Project/p/web
    ended create Project/p/web: done
    save
    ");
    assert_eq!(run.store.durable, run.state);
    assert_eq!(run.state.records.len(), 5);
    assert!(run.state.intents.is_empty());
}

#[tokio::test(start_paused = true)]
async fn failure_skips_only_dependents() {
    let refused = || [Answer::error(400, "VALIDATOR", "invalid")];
    let server = Server::new().answers("POST", "p", refused()).answers("POST", "b", refused());
    let mut run = Harness::new(server);
    let outcomes = run.carry_out(fleet()).await;
    // The environment depends on both failures; the first in order is named, whichever came first.
    insta::assert_snapshot!(ends(&outcomes), @"
    create Cluster/a: done
    create Cluster/b: failed: invalid
    create Environment/p/dev: skipped because of create Cluster/b
    create Product/p: failed: invalid
    create Project/p/web: skipped because of create Product/p
    ");
    assert!(!outcomes.is_complete());
    assert_eq!(run.state.records.keys().map(ToString::to_string).collect::<Vec<_>>(), ["Cluster/a"]);
    assert!(run.state.intents.is_empty());
}

#[tokio::test(start_paused = true)]
async fn replacement_is_not_deleted_when_a_dependency_failed() {
    let server = Server::new().answers("POST", "prod", [Answer::error(400, "VALIDATOR", "invalid")]);
    let mut run = Harness::new(server);
    let changes = vec![
        change("Environment/p/prod", Action::Create),
        change("DeploymentRuntime/p/web", Action::Replace)
            .needs(&["Environment/p/prod"])
            .uses(&["Environment/p/test"]),
    ];
    let outcomes = run.carry_out(changes).await;
    insta::assert_snapshot!(ends(&outcomes), @r"
    create DeploymentRuntime/p/web: skipped because of create Environment/p/prod
    delete DeploymentRuntime/p/web: skipped because of create Environment/p/prod
    create Environment/p/prod: failed: invalid
    ");
    insta::assert_snapshot!(run.log(&["-> POST", "-> DELETE"]), @"0s -> POST prod");
}

#[tokio::test(start_paused = true)]
async fn renamed_repository_is_deleted_after_the_new_one_is_created() {
    let plan = || {
        let mut old = change("CodeRepo/p/api", Action::Delete);
        old.reasons = vec![crate::plan::Reason::Renamed(address("CodeRepo/p/core"))].into();
        old.irreversible = Some("its history");
        vec![old, change("CodeRepo/p/core", Action::Create)]
    };
    let mut run = Harness::new(Server::new());
    run.options.parallelism = 10;
    assert!(run.carry_out(plan()).await.is_complete());
    insta::assert_snapshot!(run.log(&["->", "<-"]), @r"
    0s -> POST core
    1s <- POST core
    1s -> DELETE api
    2s <- DELETE api
    ");
    let refused = Answer::error(400, "VALIDATOR", "invalid");
    let mut run = Harness::new(Server::new().answers("POST", "core", [refused]));
    let outcomes = run.carry_out(plan()).await;
    insta::assert_snapshot!(ends(&outcomes), @r"
    delete CodeRepo/p/api: skipped because of create CodeRepo/p/core
    create CodeRepo/p/core: failed: invalid
    ");
    insta::assert_snapshot!(run.log(&["-> POST", "-> DELETE"]), @"0s -> POST core");
}

#[tokio::test(start_paused = true)]
async fn lane_rests_until_the_next_second() {
    let mut run = Harness::new(Server::new());
    run.options.rest = true;
    run.options.seconds = ServerClock::beginning(Instant::now());
    run.server.latency = Duration::ZERO;
    let changes = ["a", "b", "c"].map(|name| change(&format!("CodeRepo/p/{name}"), Action::Create));
    let started = Instant::now();
    let outcomes = run.carry_out(changes.to_vec()).await;
    assert!(outcomes.is_complete());
    // Two rests lie between three writes, each to a moment after the next second has begun.
    assert_eq!(started.elapsed(), Duration::from_millis(2050));
}
