//! Operations that wait for Kubernetes.

use super::*;
use crate::model::hint::Hint;

#[tokio::test(start_paused = true)]
async fn waiting_for_sync_frees_the_lane() {
    let server = Server::new().answers("POST", "dev", [Answer::unsynced(), Answer::unsynced()]);
    let mut run = Harness::new(server);
    run.options.retry.first_delay = Duration::from_secs(60);
    run.options.retry.longest_delay = Duration::from_secs(60);
    let mut changes = fleet();
    changes.truncate(4);
    changes.extend(
        ["w1", "w2", "w3"]
            .map(|name| change(&format!("Project/p/{name}"), Action::Create).needs(&["Product/p"])),
    );
    let outcomes = run.carry_out(changes).await;
    assert!(outcomes.is_complete(), "{}", ends(&outcomes));
    let requests: Vec<String> = run.server.log.all();
    let requests: Vec<&str> = requests
        .iter()
        .filter_map(|line| line.strip_prefix("-> POST "))
        .filter(|name| name.len() > 1)
        .collect();
    assert_eq!(requests, ["dev", "w1", "w2", "w3", "dev", "dev"]);
    // A heartbeat says what it waits for.
    assert!(run.log(&["progress create Environment/p/dev"]).contains("Some(Sync)"));
    // One intent, however many tries.
    assert_eq!(run.log(&["begun Create Environment/p/dev"]).lines().count(), 1);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_sync_ends_with_sync_timeout() {
    let server = Server::new().answers("POST", "dev", std::iter::repeat_n(Answer::unsynced(), 1000));
    let mut run = Harness::new(server);
    run.options.retry.sync_timeout = Duration::from_secs(120);
    let started = Instant::now();
    let outcomes = run.carry_out(vec![change("Environment/p/dev", Action::Create)]).await;
    assert!(outcomes.hints.values().all(|hint| *hint == Hint::SyncTimeout), "{:?}", outcomes.hints);
    assert!(!outcomes.hints.is_empty());
    assert!(started.elapsed() < Duration::from_secs(180), "{:?}", started.elapsed());
}

/// Environments of many products on the same new cluster: one tries again, and the others follow when it is
/// done.
fn environments(count: usize) -> Vec<Change> {
    let environment =
        |n: usize| change(&format!("Environment/p{n}/e{n}"), Action::Create).needs(&["Cluster/new"]);
    let mut changes: Vec<Change> = (0..count).map(environment).collect();
    changes.push(change("Environment/q/other", Action::Create).needs(&["Cluster/old"]));
    changes.push(change("DeploymentRuntime/p0/run", Action::Create).needs(&["Environment/p0/e0"]));
    changes
}

#[tokio::test(start_paused = true)]
async fn one_operation_tries_again_for_all_that_wait_for_sync() {
    let server = Server::new().answers("POST", "e0", std::iter::repeat_n(Answer::unsynced(), 3));
    let mut run = Harness::new(server);
    let outcomes = run.carry_out(environments(20)).await;
    assert!(outcomes.is_complete(), "{}", ends(&outcomes));
    // Three tries that were refused, and one for each.
    assert_eq!(run.log(&["->"]).lines().count(), 3 + 22);
    let order = run.server.log.all();
    let position = |text: &str| order.iter().position(|line| line == text).unwrap();
    assert!(position("-> POST other") < position("ended create Environment/p0/e0: done"));
    assert!(position("ended create Environment/p0/e0: done") < position("-> POST e1"));
}

#[tokio::test(start_paused = true)]
async fn sync_timeout_skips_blocked_operations() {
    let server = Server::new().answers("POST", "e0", std::iter::repeat_n(Answer::unsynced(), 1000));
    let mut run = Harness::new(server);
    let started = Instant::now();
    let outcomes = run.carry_out(environments(3)).await;
    assert!(started.elapsed() < Duration::from_secs(1000), "{:?}", started.elapsed());
    let ends: Vec<String> = outcomes.ends.iter().map(|(key, end)| format!("{key}: {}", word(end))).collect();
    insta::assert_snapshot!(ends.join("\n"), @"
    create DeploymentRuntime/p0/run: skipped
    create Environment/p0/e0: failed
    create Environment/p1/e1: skipped
    create Environment/p2/e2: skipped
    create Environment/q/other: done
    ");
}
