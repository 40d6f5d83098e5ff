//! What stops a run, and how it ends then.

use super::*;

#[tokio::test(start_paused = true)]
async fn interrupt_ends_running_writes_and_starts_none() {
    let mut run = Harness::new(Server::new());
    run.server.latency = Duration::from_secs(5);
    let stop = run.stop.clone();
    let interrupt = async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        stop.send_replace(true);
    };
    let (outcomes, ()) = tokio::join!(run.carry_out(fleet()), interrupt);
    assert!(outcomes.interrupted && !outcomes.is_complete());
    insta::assert_snapshot!(ends(&outcomes), @"
    create Cluster/a: done
    create Cluster/b: done
    create Environment/p/dev: done
    create Product/p: done
    create Project/p/web: not started
    ");
    assert_eq!(run.store.durable, run.state);
}

#[tokio::test(start_paused = true)]
async fn interrupt_ends_waiting_operations() {
    let server = Server::new().answers("POST", "dev", std::iter::repeat_n(Answer::unsynced(), 1000)).answers(
        "POST",
        "c",
        std::iter::repeat_n(Answer::NotSent, 1000),
    );
    let mut run = Harness::new(server);
    run.options.retry.first_delay = Duration::from_secs(300);
    run.options.retry.longest_delay = Duration::from_secs(300);
    let stop = run.stop.clone();
    let interrupt = async {
        tokio::time::sleep(Duration::from_secs(10)).await;
        stop.send_replace(true);
    };
    let started = Instant::now();
    let changes = vec![
        change("Environment/p/dev", Action::Create),
        change("DeploymentRuntime/p/run", Action::Create).needs(&["Environment/p/dev"]),
        change("Cluster/c", Action::Create),
    ];
    let (outcomes, ()) = tokio::join!(run.carry_out(changes), interrupt);
    assert_eq!(started.elapsed(), Duration::from_secs(10));
    insta::assert_snapshot!(ends(&outcomes), @"
    create Cluster/c: failed: cannot connect to http://nautes: as the test says
    create DeploymentRuntime/p/run: not started
    create Environment/p/dev: failed: the run was stopped while this waited for another try: during global validation, it was found that Cluster 'c' does not exist or is unavailable. Please check
    ");
    assert!(run.state.intents.is_empty());
}

#[tokio::test(start_paused = true)]
async fn interrupt_before_the_run_starts_nothing() {
    let mut run = Harness::new(Server::new());
    run.stop.send_replace(true);
    let outcomes = run.carry_out(fleet()).await;
    // The first turn may have begun; nothing after it does.
    assert!(
        outcomes.interrupted && outcomes.count(|end| *end == End::NotStarted) >= 3,
        "{}",
        ends(&outcomes)
    );
}

#[tokio::test(start_paused = true)]
async fn rejected_token_stops_the_run() {
    let server = Server::new().answers("POST", "p", [Answer::plain("token is not found")]);
    let mut run = Harness::new(server);
    run.options.lanes = Lanes::Shared;
    let outcomes = run.carry_out(fleet()).await;
    insta::assert_snapshot!(ends(&outcomes), @"
    create Cluster/a: not started
    create Cluster/b: done
    create Environment/p/dev: not started
    create Product/p: failed: the token was not accepted: check that it is valid and has the scopes api and write_repository (the server said: token is not found)
    create Project/p/web: not started
    ");
    assert_eq!(outcomes.halted.as_deref(), Some("the token is not accepted"));
}

#[tokio::test(start_paused = true)]
async fn token_is_checked_before_a_cluster_is_saved() {
    for (refused, requests) in [(true, 1), (false, 6)] {
        let answer = if refused { Answer::plain("token is not found") } else { Answer::absent() };
        let mut run = Harness::new(Server::new().answers("GET", "p", [answer]));
        run.options.prove_token = true;
        let outcomes = run.carry_out(fleet()).await;
        assert_eq!(run.log(&["->"]).lines().count(), requests);
        assert!(run.log(&["->"]).contains("GET p"), "a read that clones nothing");
        assert_eq!(outcomes.is_complete(), !refused);
        assert_eq!(outcomes.ends.len(), 5);
    }
}

#[tokio::test(start_paused = true)]
async fn cycle_of_operations_is_reported() {
    let mut run = Harness::new(Server::new());
    let changes = vec![
        change("Cluster/a", Action::Create).needs(&["Cluster/b"]),
        change("Cluster/b", Action::Create).needs(&["Cluster/a"]),
    ];
    let outcomes = run.carry_out(changes).await;
    insta::assert_snapshot!(ends(&outcomes), @"
    create Cluster/a: failed: it waits for itself
    create Cluster/b: failed: it waits for itself
    ");
}

#[tokio::test(start_paused = true)]
async fn exhausted_retries_stop_the_run() {
    let busy = || Answer::plain("failed to push some refs");
    let server = Server::new().answers("POST", "a", (0..9).map(|_| busy()).collect::<Vec<_>>());
    let mut run = Harness::new(server);
    run.options.retry.run_retries = Some(3);
    run.options.lanes = Lanes::Shared;
    let changes = vec![
        change("Project/p/a", Action::Create),
        change("Environment/p/b", Action::Create).needs(&["Project/p/a"]),
        change("Project/p/c", Action::Create),
    ];
    let outcomes = run.carry_out(changes).await;
    insta::assert_snapshot!(ends(&outcomes), @"
    create Environment/p/b: not started
    create Project/p/a: failed: failed to push some refs (4 tries)
    create Project/p/c: done
    ");
    insta::assert_snapshot!(outcomes.halted.unwrap(), @"too many requests had to be repeated; check the health of the server");
}

#[tokio::test(start_paused = true)]
async fn server_that_goes_away_ends_the_run_within_its_budget() {
    let names = ["b", "c", "d", "e", "x", "y"];
    let server = names.iter().fold(Server::new(), |server, name| {
        server.answers("POST", name, std::iter::repeat_n(Answer::NotSent, 1000))
    });
    let mut run = Harness::new(server);
    run.options.lanes = Lanes::Shared;
    let mut changes = vec![change("Project/p/a", Action::Create), change("Cluster/x", Action::Create)];
    changes.extend(
        ["b", "c", "d", "e"]
            .map(|name| change(&format!("Project/p/{name}"), Action::Create).needs(&["Project/p/a"])),
    );
    changes.push(change("Cluster/y", Action::Create).needs(&["Cluster/x"]));
    let started = Instant::now();
    let outcomes = run.carry_out(changes).await;
    let seconds = started.elapsed().as_secs();
    assert!((60..65).contains(&seconds), "{seconds} s");
    let count = |text: &str| ends(&outcomes).matches(text).count();
    assert_eq!(count(": done"), 1, "{}", ends(&outcomes));
    assert_eq!(count(": failed: "), 2, "one in each lane: {}", ends(&outcomes));
    assert_eq!(count(": not started"), 4, "{}", ends(&outcomes));
    let halted = outcomes.halted.unwrap();
    assert!(halted.starts_with("the server did not recover: cannot connect to http://nautes"), "{halted}");
}

#[tokio::test(start_paused = true)]
async fn collision_leaves_its_place_to_others() {
    let collision = || Answer::plain("already exists and is not an empty directory");
    let server = Server::new().answers("POST", "a", [collision(), collision()]);
    let mut run = Harness::new(server);
    run.options.parallelism = 1;
    run.options.lanes = Lanes::Shared;
    let changes = ["a", "b", "c"].map(|name| change(&format!("Project/p/{name}"), Action::Create));
    let outcomes = run.carry_out(changes.to_vec()).await;
    assert!(outcomes.is_complete(), "{}", ends(&outcomes));
    insta::assert_snapshot!(run.log(&["<-"]).lines().map(|line| &line[5..]).collect::<Vec<_>>().join("\n"), @"
    <- POST a
    <- POST b
    <- POST c
    <- POST a
    <- POST a
    ");
}
