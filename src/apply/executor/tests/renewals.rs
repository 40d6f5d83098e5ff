//! Reads before writes: which, how often, and what happens if they fail.

use serde_json::json;

use super::*;
use crate::apply::tests::changed;
use crate::config::resolve::Configuration;
use crate::live::client::Reader;
use crate::live::snapshot::{Collection, MaxAge, RefreshOptions, Snapshot, Wanted, refresh};
use crate::plan::{Basis, Reason, Selection};
use crate::state::{Entry, Intent, Verb};

const ALWAYS: MaxAge = MaxAge { least: Duration::ZERO, durations: 0 };

/// Carries out a plan that was made from nothing that is known any more.
async fn carry_out(run: &mut Harness, max_age: MaxAge, changes: Vec<Change>) -> String {
    let configuration = Configuration::default();
    let selection = Selection::default();
    let basis = Basis { configuration: &configuration, selection: &selection };
    ends(&run.carry_out_from(changes, Readings::new(Snapshot::new(), basis, max_age)).await)
}

fn projects() -> Vec<Change> {
    ["a", "b"].map(|name| change(&format!("Project/p/{name}"), Action::Create)).to_vec()
}

fn list(names: &[&str]) -> Answer {
    let items: Vec<_> = names.iter().map(|name| json!({"name": name, "language": "go"})).collect();
    Answer::found(json!({"items": items}))
}

#[tokio::test(start_paused = true)]
async fn list_is_read_in_the_lane_and_holds_for_all_its_objects() {
    let mut run = Harness::new(Server::new().answers("GET", "projects", [list(&[])]));
    carry_out(&mut run, MaxAge::default(), projects()).await;
    insta::assert_snapshot!(run.log(&["->", "<-"]), @"
    0s -> GET projects
    1s <- GET projects
    1s -> POST a
    2s <- POST a
    2s -> POST b
    3s <- POST b
    ");
}

#[tokio::test(start_paused = true)]
async fn objects_that_others_created_are_not_written() {
    let mut run = Harness::new(Server::new().answers("GET", "projects", [list(&["b"])]));
    insta::assert_snapshot!(carry_out(&mut run, MaxAge::default(), projects()).await, @"
    create Project/p/a: done
    create Project/p/b: changed: it was to be created, and exists now
    ");
    insta::assert_snapshot!(run.log(&["-> POST"]), @"  1s -> POST a");
    assert!(run.state.intents.is_empty());
}

#[tokio::test(start_paused = true)]
async fn objects_are_read_one_by_one_where_the_list_fails() {
    let broken = || Answer::error(500, "UNKNOWN", "unknown request error");
    let server = Server::new().answers("GET", "projectpipelineruntimes", [broken()]);
    let mut run = Harness::new(server);
    let changes = ["a", "b"].map(|name| change(&format!("ProjectPipelineRuntime/p/{name}"), Action::Create));
    insta::assert_snapshot!(carry_out(&mut run, MaxAge::default(), changes.to_vec()).await, @"
    create ProjectPipelineRuntime/p/a: done
    create ProjectPipelineRuntime/p/b: done
    ");
    insta::assert_snapshot!(run.log(&["->"]), @"
    0s -> GET projectpipelineruntimes
    1s -> GET a
    2s -> POST a
    3s -> GET b
    4s -> POST b
    ");
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_again_is_not_written() {
    let down = || Answer::error(503, "", "maintenance");
    let server = Server::new().answers("GET", "projects", std::iter::repeat_with(down).take(40));
    let mut run = Harness::new(server);
    let changes = vec![
        change("Project/p/a", Action::Create),
        change("CodeRepo/p/b", Action::Create).needs(&["Project/p/a"]),
        change("CodeRepo/p/c", Action::Create),
    ];
    insta::assert_snapshot!(carry_out(&mut run, MaxAge::default(), changes).await, @"
    create CodeRepo/p/b: skipped because of create Project/p/a
    create CodeRepo/p/c: done
    create Project/p/a: failed: it is not written, since it could not be read again: maintenance
    ");
    // Delays are drawn by chance.
    let writes = run.log(&["-> POST"]);
    assert!(writes.ends_with("-> POST c\n") && writes.lines().count() == 1, "{writes}");
}

#[tokio::test(start_paused = true)]
async fn what_waited_for_kubernetes_is_read_again() {
    let server = Server::new().answers("POST", "dev", [Answer::unsynced()]).answers(
        "GET",
        "environments",
        [list(&[]), list(&[])],
    );
    let mut run = Harness::new(server);
    let changes = vec![change("Environment/p/dev", Action::Create)];
    insta::assert_snapshot!(carry_out(&mut run, ALWAYS, changes).await, @"create Environment/p/dev: done");
    insta::assert_snapshot!(run.log(&["->"]), @"
    0s -> GET environments
    1s -> POST dev
    3s -> GET environments
    4s -> POST dev
    ");
}

#[tokio::test(start_paused = true)]
async fn stopped_run_does_not_write_what_it_has_read() {
    let mut run = Harness::new(Server::new().answers("GET", "projects", [list(&[])]));
    let stop = run.stop.clone();
    let (text, ()) = tokio::join!(carry_out(&mut run, MaxAge::default(), projects()), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        stop.send_replace(true);
    });
    insta::assert_snapshot!(text, @"
    create Project/p/a: not started
    create Project/p/b: not started
    ");
    insta::assert_snapshot!(run.log(&["->"]), @"  0s -> GET projects");
    assert!(run.state.intents.is_empty());
}

/// What a stopped run has begun is to be sent again, also if this run does not come to it.
#[tokio::test(start_paused = true)]
async fn what_is_not_written_is_still_to_be_sent_again() {
    let repository = address("CodeRepo/p/r");
    let gitlab = |text: &str| json!({"git": {"gitlab": {"visibility": "private", "description": text}}});
    let live = json!({
        "product": "p", "name": "r",
        "git": {"gitlab": {"name": "r", "path": "r", "visibility": "private", "description": "of others"}},
    });
    let mut run = Harness::new(Server::new().answers("GET", "r", [Answer::found(live)]));
    run.state.fold(Entry::Begun(repository.clone(), Intent::plain(Verb::Create, "then")));
    let mut change = changed("CodeRepo/p/r", Action::Update, Some(gitlab("old")), gitlab("new"));
    change.reasons.push(Reason::Incomplete("no answer".to_owned()));
    let ended = carry_out(&mut run, MaxAge::default(), vec![change]).await;
    assert!(ended.starts_with("update CodeRepo/p/r: changed"), "{ended}");
    assert_eq!(run.state.unfinished(&repository), Some((Verb::Create, "no answer")));
}

/// A reading of manifests, as Git's, does not show that a repository is gone: GitLab may have it still.
#[tokio::test(start_paused = true)]
async fn repository_without_a_manifest_is_looked_for_before_it_counts_as_deleted() {
    for (reason, requests) in [("RESOURCE_NOT_FOUND", "GET r, DELETE r"), ("PROJECT_NOT_FOUND", "GET r")] {
        let answers = Server::new().answers("GET", "coderepos", [list(&[])]);
        let mut run = Harness::new(answers.answers("GET", "r", [Answer::error(404, reason, "not found")]));
        let wanted = Wanted { lists: [Collection::of(&address("CodeRepo/p/r"))].into(), ..Wanted::default() };
        let mut snapshot = Snapshot::new();
        let reader = Reader::new(Arc::new(run.server.clone()));
        refresh(&reader, &wanted, &mut snapshot, &RefreshOptions::default()).await.unwrap();
        let configuration = Configuration::default();
        let selection = Selection::default();
        let basis = Basis { configuration: &configuration, selection: &selection };
        let readings = Readings::new(snapshot, basis, MaxAge::default());
        let outcomes = run.carry_out_from(vec![change("CodeRepo/p/r", Action::Delete)], readings).await;
        assert_eq!(ends(&outcomes), "delete CodeRepo/p/r: done\n");
        let sent =
            run.server.log.all().into_iter().filter_map(|line| line.strip_prefix("-> ").map(str::to_owned));
        assert_eq!(sent.skip(1).collect::<Vec<_>>().join(", "), requests, "after the list");
    }
}
