//! What is remembered when, and what happens where nothing can be.

use super::*;

#[tokio::test(start_paused = true)]
async fn what_cannot_be_remembered_is_not_written() {
    let mut stage = Stage::new(Server::new());
    let first = vec![change("Product/p", Action::Create)];
    stage.store.failing_appends = 1;
    stage.store.failing_saves = 2;
    let outcomes = stage.carry_out(first).await;
    assert_eq!(stage.log(&["->"]), "");
    assert_eq!(outcomes.halted.as_deref(), Some("the state could not be saved"));
    assert_eq!(ends(&outcomes), "create Product/p: not started\n");
    assert!(outcomes.state_error.is_some_and(|error| error.contains("the disk is full")));
    // Nobody will take an object for ours that was never written.
    assert!(stage.state.intents.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_state_that_cannot_be_saved_stops_the_run_and_stays_in_memory() {
    let mut stage = Stage::new(Server::new());
    let collision = Answer::plain("already exists and is not an empty directory");
    stage.server = stage.server.answers("POST", "c", [collision]);
    let changes = vec![
        change("Product/p", Action::Create),
        change("Cluster/c", Action::Create),
        change("Project/p/web", Action::Create).needs(&["Product/p"]),
    ];
    // The first append holds the intents; the second one does not make it, nor does any save.
    stage.store.passing_appends = Some(1);
    stage.store.failing_saves = usize::MAX;
    let outcomes = stage.carry_out(changes).await;
    insta::assert_snapshot!(ends(&outcomes), @"
    create Cluster/c: failed: already exists and is not an empty directory
    create Product/p: done
    create Project/p/web: not started
    ");
    assert!(outcomes.state_error.is_some());
    assert!(stage.state.manages(&address("Product/p")), "the state in memory knows what was written");
}

#[tokio::test(start_paused = true)]
async fn a_save_of_the_whole_helps_where_an_append_does_not() {
    let mut stage = Stage::new(Server::new());
    stage.store.failing_appends = 1;
    let outcomes = stage.carry_out(fleet()).await;
    assert!(outcomes.is_complete(), "{}", ends(&outcomes));
    assert_eq!(stage.store.durable, stage.state);
}

#[tokio::test(start_paused = true)]
async fn what_needs_no_request_is_remembered_without_one() {
    let mut stage = Stage::new(Server::new());
    let gone = address("Project/p/gone");
    stage.state.records.insert(gone, Record::default());
    let intent = Intent::plain(Verb::Update, "");
    stage.state.records.insert(address("Project/p/same"), Record::default());
    stage.state.intents.insert(address("Project/p/same"), intent);
    let changes = vec![
        change("Project/p/adopted", Action::NoOp),
        change("Project/p/same", Action::NoOp),
        change("Project/p/gone", Action::Forget),
    ];
    let outcomes = stage.carry_out(changes).await;
    insta::assert_snapshot!(stage.server.log.all().join("\n"), @"
    append recorded Project/p/adopted, recorded Project/p/same, forgotten Project/p/gone
    save
    ");
    assert_eq!(outcomes.summary().forget, 1);
    assert!(outcomes.is_complete() && stage.state.intents.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_replacement_whose_second_half_fails_is_remembered_as_ours() {
    let server = Server::new().answers("POST", "b", [Answer::error(400, "VALIDATOR", "invalid")]);
    let mut stage = Stage::new(server);
    stage.state.records.insert(address("CodeRepoBinding/p/b"), Record::default());
    let outcomes = stage.carry_out(vec![change("CodeRepoBinding/p/b", Action::Replace)]).await;
    insta::assert_snapshot!(ends(&outcomes), @"
    create CodeRepoBinding/p/b: failed: invalid
    delete CodeRepoBinding/p/b: done
    ");
    assert!(stage.state.manages(&address("CodeRepoBinding/p/b")));
}
