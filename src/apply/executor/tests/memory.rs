//! What is remembered when, and what happens where nothing can be.

use super::*;

#[tokio::test(start_paused = true)]
async fn write_is_not_sent_without_a_durable_intent() {
    let mut run = Harness::new(Server::new());
    let first = vec![change("Product/p", Action::Create)];
    run.store.failing_appends = 1;
    run.store.failing_saves = 2;
    let outcomes = run.carry_out(first).await;
    assert_eq!(run.log(&["->"]), "");
    assert_eq!(outcomes.halted.as_deref(), Some("the state could not be saved"));
    assert_eq!(ends(&outcomes), "create Product/p: not started\n");
    assert!(outcomes.state_error.is_some_and(|error| error.contains("the disk is full")));
    // An object that was never written does not become managed.
    assert!(run.state.intents.is_empty());
}

#[tokio::test(start_paused = true)]
async fn failed_save_stops_the_run_and_keeps_the_state() {
    let mut run = Harness::new(Server::new());
    let collision = Answer::plain("already exists and is not an empty directory");
    run.server = run.server.answers("POST", "c", [collision]);
    let changes = vec![
        change("Product/p", Action::Create),
        change("Cluster/c", Action::Create),
        change("Project/p/web", Action::Create).needs(&["Product/p"]),
    ];
    // The first append holds the intents; the second one fails, and so does every save.
    run.store.passing_appends = Some(1);
    run.store.failing_saves = usize::MAX;
    let outcomes = run.carry_out(changes).await;
    insta::assert_snapshot!(ends(&outcomes), @"
    create Cluster/c: failed: the run was stopped while this waited for another try: already exists and is not an empty directory
    create Product/p: done
    create Project/p/web: not started
    ");
    assert!(outcomes.state_error.is_some());
    assert!(run.state.manages(&address("Product/p")), "the state in memory knows what was written");
}

#[tokio::test(start_paused = true)]
async fn failed_append_is_followed_by_a_save() {
    let mut run = Harness::new(Server::new());
    run.store.failing_appends = 1;
    let outcomes = run.carry_out(fleet()).await;
    assert!(outcomes.is_complete(), "{}", ends(&outcomes));
    assert_eq!(run.store.durable, run.state);
}

#[tokio::test(start_paused = true)]
async fn adopted_and_forgotten_objects_need_no_request() {
    let mut run = Harness::new(Server::new());
    let gone = address("Project/p/gone");
    run.state.records.insert(gone, Record::default());
    let intent = Intent::plain(Verb::Update, "");
    run.state.records.insert(address("Project/p/same"), Record::default());
    run.state.intents.insert(address("Project/p/same"), intent);
    let changes = vec![
        change("Project/p/adopted", Action::NoOp),
        change("Project/p/same", Action::NoOp),
        change("Project/p/gone", Action::Forget),
    ];
    let outcomes = run.carry_out(changes).await;
    insta::assert_snapshot!(run.server.log.all().join("\n"), @"
    append recorded Project/p/adopted, recorded Project/p/same, forgotten Project/p/gone
    save
    ");
    assert_eq!(outcomes.summary().forget, 1);
    assert!(outcomes.is_complete() && run.state.intents.is_empty());
}

#[tokio::test(start_paused = true)]
async fn replacement_with_a_failed_create_stays_managed() {
    let server = Server::new().answers("POST", "b", [Answer::error(400, "VALIDATOR", "invalid")]);
    let mut run = Harness::new(server);
    run.state.records.insert(address("CodeRepoBinding/p/b"), Record::default());
    let outcomes = run.carry_out(vec![change("CodeRepoBinding/p/b", Action::Replace)]).await;
    insta::assert_snapshot!(ends(&outcomes), @"
    create CodeRepoBinding/p/b: failed: invalid
    delete CodeRepoBinding/p/b: done
    ");
    assert!(run.state.manages(&address("CodeRepoBinding/p/b")));
}

/// A store on a server has only the first steps of a run whose machine is lost.
#[tokio::test(start_paused = true)]
async fn planned_writes_with_hidden_effects_are_in_the_first_append() {
    let refused = Answer::error(400, "VALIDATOR", "invalid");
    let mut run = Harness::new(Server::new().answers("POST", "w", [refused]));
    run.store.bundles = true;
    let changes = vec![
        change("Product/p", Action::Create),
        change("CodeRepo/p/r", Action::Create).needs(&["Product/p"]),
        change("Project/p/w", Action::Create).needs(&["Product/p"]),
        change("CodeRepo/p/s", Action::Create).needs(&["Project/p/w"]),
        change("CodeRepo/p/t", Action::Replace).needs(&["Project/p/w"]),
    ];
    run.carry_out(changes).await;
    insta::assert_snapshot!(run.log(&["append"]), @"
    0s append planned Create Product/p, planned Create CodeRepo/p/r, planned Create CodeRepo/p/s, planned Create CodeRepo/p/t, begun Create Product/p
    1s append recorded Product/p, begun Create Project/p/w
    3s append abandoned Project/p/w, begun Create CodeRepo/p/r
    4s append recorded CodeRepo/p/r
    4s append abandoned CodeRepo/p/s, abandoned CodeRepo/p/t
    ");
    assert_eq!(run.store.durable, run.state);
    assert!(run.state.intents.is_empty());
}

/// A kill must not hide from another machine what goes on: a deletion of GitLab's, a repository that is half
/// deleted.
#[tokio::test(start_paused = true)]
async fn deletes_with_hidden_effects_are_saved_before_they_are_sent() {
    let mut run = Harness::new(Server::new());
    run.store.bundles = true;
    let changes = vec![
        change("Product/p", Action::Delete),
        change("CodeRepo/p/r", Action::Delete).needs(&["Product/p"]),
    ];
    run.carry_out(changes).await;
    insta::assert_snapshot!(run.log(&["append", "save", "-> DELETE"]), @"
    0s append planned Delete CodeRepo/p/r, begun Delete CodeRepo/p/r
    0s -> DELETE r
    1s append forgotten CodeRepo/p/r, begun Delete Product/p
    1s save
    1s -> DELETE p
    3s append forgotten Product/p
    3s save
    ");
    assert!(run.state.intents.is_empty());
}
