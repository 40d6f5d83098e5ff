//! Hosts that the server may not have rendered when it went away.

use serde_json::json;

use super::*;
use crate::apply::tests::changed;

fn virtual_cluster(name: &str) -> Change {
    let spec = json!({"apiServer": "https://v", "clusterType": "virtual", "hostCluster": "host"});
    changed(&format!("Cluster/{name}"), Action::Create, None, spec)
}

fn clusters() -> Vec<Change> {
    vec![
        virtual_cluster("a"),
        virtual_cluster("b").needs(&["Cluster/a"]),
        change("Cluster/z", Action::Create).needs(&["Cluster/b"]),
    ]
}

#[tokio::test(start_paused = true)]
async fn all_clusters_of_a_lost_host_are_sent_again() {
    let lost = || [Answer::Lost];
    let mut run = Harness::new(Server::new().answers("POST", "b", lost()).answers("POST", "z", lost()));
    let outcomes = run.carry_out(clusters()).await;
    insta::assert_snapshot!(ends(&outcomes), @"
    create Cluster/a: done with a warning: sent once more: the server went away within seconds of its answer, before it had rendered the files of the host
    create Cluster/b: done with a warning: sent once more: the server went away within seconds of its answer, before it had rendered the files of the host
    create Cluster/z: done
    ");
    assert!(outcomes.is_complete() && run.state.incomplete.is_empty());
}

#[tokio::test(start_paused = true)]
async fn host_that_stays_lost_is_incomplete() {
    let mut run = Harness::new(Server::new().answers("POST", "z", [Answer::Lost]).answers(
        "POST",
        "b",
        [Answer::ok()].into_iter().chain(std::iter::repeat_n(Answer::Lost, 9)),
    ));
    let outcomes = run.carry_out(clusters()).await;
    insta::assert_snapshot!(ends(&outcomes), @"
    create Cluster/a: done
    create Cluster/b: incomplete: the server went away within seconds of its answer, before it had rendered the files of the host; sent once more: the server crashes: it broke off five requests in a row; its log says why; restart it, then run this again (the last try: no complete answer from http://nautes: as the test says)
    create Cluster/z: done
    ");
    assert!(outcomes.has_incomplete() && !run.state.incomplete.is_empty());
}

/// Nothing can be sent again when the run is halted.
#[tokio::test(start_paused = true)]
async fn halted_run_reports_what_is_incomplete() {
    let mut run = Harness::new(Server::new().answers(
        "POST",
        "z",
        [Answer::Lost, Answer::error(500, "", "401 Unauthorized")],
    ));
    let outcomes = run.carry_out(clusters()).await;
    // Nor is what the first try of the last one has left known.
    insta::assert_snapshot!(ends(&outcomes), @"
    create Cluster/a: done
    create Cluster/b: incomplete: the server went away within seconds of its answer, before it had rendered the files of the host
    create Cluster/z: incomplete: the token was not accepted: check that it is valid and has the scopes api and write_repository (the server said: 401 Unauthorized) (2 tries)
    ");
    assert_eq!(run.store.durable.incomplete.len(), 2);
}

/// After the last write no other request would show that the server went away.
#[tokio::test(start_paused = true)]
async fn server_is_watched_after_the_last_write() {
    for (away_at, latency) in [(1, 50), (3, 200), (8, 1)] {
        let answers = std::iter::repeat_n(Answer::absent(), away_at).chain([Answer::Lost]);
        let mut run = Harness::new(Server::new().answers("GET", "a", answers));
        run.server.latency = Duration::from_millis(latency);
        run.options.rest = true;
        let outcomes = run.carry_out(vec![virtual_cluster("a")]).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(ends(&outcomes), @"create Cluster/a: done with a warning: sent once more: the server went away within seconds of its answer, before it had rendered the files of the host");
        }
        assert!(outcomes.is_complete() && run.state.incomplete.is_empty());
    }
}

/// No restart is that short that it lies between two looks; a server that is slow to write is watched for
/// longer.
#[tokio::test(start_paused = true)]
async fn server_is_watched_in_short_intervals() {
    for (latency, looks) in [(1, 9), (100, 5), (5000, 1), (30_000, 1)] {
        let mut run = Harness::new(Server::new());
        run.server.latency = Duration::from_millis(latency);
        run.options.rest = true;
        let started = Instant::now();
        run.carry_out(vec![virtual_cluster("a")]).await;
        assert_eq!(run.log(&["-> GET a"]).lines().count(), looks, "{latency} ms");
        let watched = started.elapsed() - 2 * run.server.latency;
        assert!(watched <= Duration::from_secs(10), "{watched:?}");
    }
}
