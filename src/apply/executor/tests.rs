use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::fixture::{Answer, Server, Stage, address, change, ends, word};
use super::*;
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
async fn lanes_run_side_by_side_and_each_on_its_own_in_a_row() {
    let mut stage = Stage::new(Server::new());
    let outcomes = stage.carry_out(fleet()).await;
    assert!(outcomes.is_complete(), "{}", ends(&outcomes));
    insta::assert_snapshot!(stage.log(&["->", "<-"]), @"
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
async fn intents_are_durable_before_requests_and_successes_before_what_depends_on_them() {
    let mut stage = Stage::new(Server::new());
    stage.carry_out(fleet()).await;
    insta::assert_snapshot!(stage.server.log.all().join("\n"), @"
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
    assert_eq!(stage.store.durable, stage.state);
    assert_eq!(stage.state.records.len(), 5);
    assert!(stage.state.intents.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_failure_holds_up_its_dependents_and_nothing_else() {
    let refused = || [Answer::error(400, "VALIDATOR", "invalid")];
    let server = Server::new().answers("POST", "p", refused()).answers("POST", "b", refused());
    let mut stage = Stage::new(server);
    let outcomes = stage.carry_out(fleet()).await;
    // The environment depends on both failures; the first in order is named, whichever came first.
    insta::assert_snapshot!(ends(&outcomes), @"
    create Cluster/a: done
    create Cluster/b: failed: invalid
    create Environment/p/dev: skipped because of create Cluster/b
    create Product/p: failed: invalid
    create Project/p/web: skipped because of create Product/p
    ");
    assert!(outcomes.is_partial());
    assert_eq!(stage.state.records.keys().map(ToString::to_string).collect::<Vec<_>>(), ["Cluster/a"]);
    assert!(stage.state.intents.is_empty());
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_kubernetes_leaves_the_lane_to_others() {
    let server = Server::new().answers("POST", "dev", [Answer::unsynced(), Answer::unsynced()]);
    let mut stage = Stage::new(server);
    stage.options.patience.first_delay = Duration::from_secs(60);
    stage.options.patience.longest_delay = Duration::from_secs(60);
    let mut changes = fleet();
    changes.truncate(4);
    changes.extend(
        ["w1", "w2", "w3"]
            .map(|name| change(&format!("Project/p/{name}"), Action::Create).needs(&["Product/p"])),
    );
    let outcomes = stage.carry_out(changes).await;
    assert!(outcomes.is_complete(), "{}", ends(&outcomes));
    let requests: Vec<String> = stage.server.log.all();
    let requests: Vec<&str> = requests
        .iter()
        .filter_map(|line| line.strip_prefix("-> POST "))
        .filter(|name| name.len() > 1)
        .collect();
    assert_eq!(requests, ["dev", "w1", "w2", "w3", "dev", "dev"]);
    // It says that it still lives, and for what it waits.
    assert!(stage.log(&["progress create Environment/p/dev"]).contains("Some(Sync)"));
    // One intent, however many tries.
    assert_eq!(stage.log(&["begun Create Environment/p/dev"]).lines().count(), 1);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_kubernetes_ends_with_the_users_patience() {
    let server = Server::new().answers("POST", "dev", std::iter::repeat_n(Answer::unsynced(), 1000));
    let mut stage = Stage::new(server);
    stage.options.patience.sync_timeout = Duration::from_secs(120);
    let started = Instant::now();
    let outcomes = stage.carry_out(vec![change("Environment/p/dev", Action::Create)]).await;
    assert!(ends(&outcomes).contains("--sync-timeout"), "{}", ends(&outcomes));
    assert!(started.elapsed() < Duration::from_secs(180), "{:?}", started.elapsed());
}

/// Environments of many products on the same new cluster: one asks, and the others come when it is through.
fn environments(count: usize) -> Vec<Change> {
    let environment =
        |n: usize| change(&format!("Environment/p{n}/e{n}"), Action::Create).needs(&["Cluster/new"]);
    let mut changes: Vec<Change> = (0..count).map(environment).collect();
    changes.push(change("Environment/q/other", Action::Create).needs(&["Cluster/old"]));
    changes.push(change("DeploymentRuntime/p0/run", Action::Create).needs(&["Environment/p0/e0"]));
    changes
}

#[tokio::test(start_paused = true)]
async fn one_asks_for_all_whether_a_cluster_has_reached_kubernetes() {
    let server = Server::new().answers("POST", "e0", std::iter::repeat_n(Answer::unsynced(), 3));
    let mut stage = Stage::new(server);
    let outcomes = stage.carry_out(environments(20)).await;
    assert!(outcomes.is_complete(), "{}", ends(&outcomes));
    // Three tries that were refused, and one for each.
    assert_eq!(stage.log(&["->"]).lines().count(), 3 + 22);
    let order = stage.server.log.all();
    let position = |text: &str| order.iter().position(|line| line == text).unwrap();
    assert!(position("-> POST other") < position("ended create Environment/p0/e0: done"));
    assert!(position("ended create Environment/p0/e0: done") < position("-> POST e1"));
}

#[tokio::test(start_paused = true)]
async fn if_it_never_does_nobody_waits_once_more() {
    let server = Server::new().answers("POST", "e0", std::iter::repeat_n(Answer::unsynced(), 1000));
    let mut stage = Stage::new(server);
    let started = Instant::now();
    let outcomes = stage.carry_out(environments(3)).await;
    assert!(started.elapsed() < Duration::from_secs(1000), "{:?}", started.elapsed());
    let ends: Vec<String> = outcomes.ends.iter().map(|(key, end)| format!("{key}: {}", word(end))).collect();
    insta::assert_snapshot!(ends.join("
"), @"
    create DeploymentRuntime/p0/run: skipped
    create Environment/p0/e0: failed
    create Environment/p1/e1: skipped
    create Environment/p2/e2: skipped
    create Environment/q/other: done
    ");
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_lets_running_writes_end_and_starts_nothing() {
    let mut stage = Stage::new(Server::new());
    stage.server.latency = Duration::from_secs(5);
    let stop = stage.stop.clone();
    let interrupt = async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        stop.send_replace(true);
    };
    let (outcomes, ()) = tokio::join!(stage.carry_out(fleet()), interrupt);
    assert!(outcomes.interrupted && !outcomes.is_complete());
    insta::assert_snapshot!(ends(&outcomes), @"
    create Cluster/a: done
    create Cluster/b: done
    create Environment/p/dev: done
    create Product/p: done
    create Project/p/web: not started
    ");
    assert_eq!(stage.store.durable, stage.state);
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_does_not_wait_for_kubernetes_nor_for_another_try() {
    let server = Server::new().answers("POST", "dev", std::iter::repeat_n(Answer::unsynced(), 1000)).answers(
        "POST",
        "c",
        std::iter::repeat_n(Answer::NotSent, 1000),
    );
    let mut stage = Stage::new(server);
    stage.options.patience.first_delay = Duration::from_secs(300);
    stage.options.patience.longest_delay = Duration::from_secs(300);
    let stop = stage.stop.clone();
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
    let (outcomes, ()) = tokio::join!(stage.carry_out(changes), interrupt);
    assert_eq!(started.elapsed(), Duration::from_secs(10));
    insta::assert_snapshot!(ends(&outcomes), @"
    create Cluster/c: failed: cannot connect to http://nautes: as the test says
    create DeploymentRuntime/p/run: not started
    create Environment/p/dev: failed: the run was stopped while this waited for another try: during global validation, it was found that Cluster 'c' does not exist or is unavailable. Please check
    ");
    assert!(stage.state.intents.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stop_that_came_before_the_run_is_heard() {
    let mut stage = Stage::new(Server::new());
    stage.stop.send_replace(true);
    let outcomes = stage.carry_out(fleet()).await;
    // The first turn may have begun; nothing after it does.
    assert!(
        outcomes.interrupted && outcomes.count(|end| *end == End::NotStarted) >= 3,
        "{}",
        ends(&outcomes)
    );
}

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

#[tokio::test(start_paused = true)]
async fn a_lane_rests_until_the_next_second_after_a_write_that_leaves_something_behind() {
    let mut stage = Stage::new(Server::new());
    stage.options.rest = true;
    stage.server.latency = Duration::ZERO;
    let changes = ["a", "b", "c"].map(|name| change(&format!("CodeRepo/p/{name}"), Action::Create));
    let started = Instant::now();
    let outcomes = stage.carry_out(changes.to_vec()).await;
    assert!(outcomes.is_complete());
    // Two rests lie between three writes; the wall clock, which is not paused, says how long the first one is.
    assert!(started.elapsed() > Duration::from_millis(100), "{:?}", started.elapsed());
    assert!(started.elapsed() < Duration::from_millis(2200), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_token_that_is_not_accepted_stops_everything() {
    let server = Server::new().answers("POST", "p", [Answer::plain("token is not found")]);
    let mut stage = Stage::new(server);
    stage.options.lanes = Lanes::Shared;
    let outcomes = stage.carry_out(fleet()).await;
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
async fn a_token_is_proven_before_a_cluster_is_posted_if_time_has_passed() {
    for (refused, requests) in [(true, 1), (false, 6)] {
        let answer = if refused { Answer::plain("token is not found") } else { Answer::absent() };
        let mut stage = Stage::new(Server::new().answers("GET", "p", [answer]));
        stage.options.prove_token = true;
        let outcomes = stage.carry_out(fleet()).await;
        assert_eq!(stage.log(&["->"]).lines().count(), requests);
        assert!(stage.log(&["->"]).contains("GET p"), "a read that clones nothing");
        assert_eq!(outcomes.is_complete(), !refused);
        assert_eq!(outcomes.ends.len(), 5);
    }
}

#[tokio::test(start_paused = true)]
async fn an_order_that_does_not_exist_is_reported_and_nothing_hangs() {
    let mut stage = Stage::new(Server::new());
    let changes = vec![
        change("Cluster/a", Action::Create).needs(&["Cluster/b"]),
        change("Cluster/b", Action::Create).needs(&["Cluster/a"]),
    ];
    let outcomes = stage.carry_out(changes).await;
    insta::assert_snapshot!(ends(&outcomes), @"
    create Cluster/a: failed: its order leads back to itself
    create Cluster/b: failed: its order leads back to itself
    ");
}

/// A plan, what the server makes of it, and when somebody loses patience.
#[derive(Clone, Debug)]
struct Weather {
    edges: Vec<(usize, usize)>,
    actions: Vec<(Action, u8)>,
    answers: Vec<u8>,
    stop_at: Option<u64>,
    parallelism: usize,
    failing_append: Option<usize>,
}

const KINDS: [&str; 4] = ["Cluster/", "Project/p/", "Project/q/", "CodeRepo/p/"];

fn weather() -> impl Strategy<Value = Weather> {
    let action = prop_oneof![
        3 => Just(Action::Create), 2 => Just(Action::Update), 1 => Just(Action::Replace),
        2 => Just(Action::Delete), 1 => Just(Action::NoOp), 1 => Just(Action::Forget),
    ];
    (
        prop::collection::vec((0_usize..12, 0_usize..12), 0..20),
        prop::collection::vec((action, 0_u8..4), 1..12),
        prop::collection::vec(0_u8..12, 24),
        prop::option::of(0_u64..40),
        1_usize..5,
        prop::option::weighted(0.1, 0_usize..8),
    )
        .prop_map(|(edges, actions, answers, stop_at, parallelism, failing_append)| Weather {
            edges,
            actions,
            answers,
            stop_at,
            parallelism,
            failing_append,
        })
}

fn answer(number: u8) -> Answer {
    match number {
        0 => Answer::error(400, "VALIDATOR", "invalid"),
        1 => Answer::plain("already exists and is not an empty directory"),
        2 => Answer::Lost,
        3 => Answer::unsynced(),
        4 => Answer::plain("nobody has ever seen this"),
        5 => Answer::NotSent,
        _ => Answer::ok(),
    }
}

fn plan_of(weather: &Weather) -> Plan {
    let name = |n: usize| format!("{}n{n:02}", KINDS[usize::from(weather.actions[n].1)]);
    let count = weather.actions.len();
    let changes = weather.actions.iter().enumerate().map(|(n, (action, _))| {
        let below = weather.edges.iter().filter(|(from, to)| *from == n && *to < n && *to < count);
        let names: Vec<String> = below.map(|(_, to)| name(*to)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match action {
            Action::Delete | Action::Forget => change(&name(n), *action).uses(&names),
            _ => change(&name(n), *action).needs(&names),
        }
    });
    Plan { changes: changes.collect(), ..Plan::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_operation_ends_once_and_nothing_starts_before_what_it_needs(weather in weather()) {
        let plan = plan_of(&weather);
        let operations = Operations::of(&plan);
        let (outcomes, stage) = runtime().block_on(async {
            let mut server = Server::new();
            for (key, numbers) in operations.all.keys().zip(weather.answers.chunks(2).cycle()) {
                let method = if key.verb == Verb::Delete { "DELETE" } else { "POST" };
                server = server.answers(method, key.address.name(), numbers.iter().map(|number| answer(*number)));
            }
            let mut stage = Stage::new(server);
            stage.store.passing_appends = weather.failing_append;
            stage.store.failing_saves = if weather.failing_append.is_some() { usize::MAX } else { 0 };
            stage.options.parallelism = weather.parallelism;
            let stop = stage.stop.clone();
            let interrupt = async {
                let Some(seconds) = weather.stop_at else { return };
                tokio::time::sleep(Duration::from_millis(seconds * 500)).await;
                stop.send_replace(true);
            };
            let (outcomes, ()) = tokio::join!(stage.carry_out_plan(&plan), interrupt);
            (outcomes, stage)
        });
        let log = stage.server.log.all();
        let ended: BTreeSet<&OperationKey> = outcomes.ends.keys().collect();
        prop_assert_eq!(&ended, &operations.all.keys().collect::<BTreeSet<_>>());
        let position = |line: &str| log.iter().position(|other| *other == line);
        let done = |key: &OperationKey| matches!(outcomes.ends[key], End::Done { .. });
        for (key, end) in &outcomes.ends {
            let reported = log.iter().filter(|line| line.starts_with(&format!("ended {key}: "))).count();
            prop_assert_eq!(reported, 1, "{} is reported once", key);
            let started = position(&format!("started {key}"));
            let begun = log.iter().position(|line| {
                line.starts_with("append") && line.contains(&format!("begun {:?} {}", key.verb, key.address))
            });
            prop_assert!(started.is_none() || begun < started, "{} is begun before it starts", key);
            match end {
                End::Skipped { because } => {
                    prop_assert!(started.is_none());
                    let failed = matches!(outcomes.ends[because], End::Failed { .. } | End::Unknown { .. });
                    prop_assert!(failed, "{} because of {}", key, because);
                }
                End::NotStarted => prop_assert!(started.is_none() && (outcomes.interrupted || outcomes.halted.is_some())),
                _ => prop_assert!(started.is_some()),
            }
            for needed in operations.graph.dependencies(key) {
                let before = log.iter().position(|line| line.starts_with(&format!("ended {needed}: done")));
                prop_assert!(started.is_none() || (done(needed) && before < started), "{} before {}", needed, key);
                if !done(needed) && !outcomes.interrupted && outcomes.halted.is_none() {
                    prop_assert!(matches!(end, End::Skipped { .. }), "{} after {}: {:?}", key, needed, end);
                }
            }
        }
        // The memory knows what was done, and of no write that was never sent.
        for change in plan.changing() {
            let save = [Verb::Create, Verb::Update].map(|verb| OperationKey { address: change.address.clone(), verb });
            if save.iter().any(|key| outcomes.ends.get(key).is_some_and(|end| matches!(end, End::Done { .. }))) {
                prop_assert!(stage.state.records.contains_key(&change.address));
            }
            let verbs = [Verb::Create, Verb::Update, Verb::Delete];
            let unknown = verbs.map(|verb| OperationKey { address: change.address.clone(), verb });
            let unknown = unknown.iter().any(|key| matches!(outcomes.ends.get(key), Some(End::Unknown { .. })));
            prop_assert_eq!(stage.state.intents.contains_key(&change.address), unknown, "{}", change.address);
        }
        if outcomes.state_error.is_none() {
            prop_assert_eq!(&stage.store.durable, &stage.state);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_that_repeats_too_much_starts_nothing_new() {
    let busy = || Answer::plain("failed to push some refs");
    let server = Server::new().answers("POST", "a", (0..9).map(|_| busy()).collect::<Vec<_>>());
    let mut stage = Stage::new(server);
    stage.options.patience.run_retries = Some(3);
    stage.options.lanes = Lanes::Shared;
    let changes = ["a", "b", "c"].map(|name| change(&format!("Project/p/{name}"), Action::Create));
    let outcomes = stage.carry_out(changes.to_vec()).await;
    insta::assert_snapshot!(ends(&outcomes), @"
    create Project/p/a: failed: failed to push some refs (4 tries)
    create Project/p/b: not started
    create Project/p/c: not started
    ");
    insta::assert_snapshot!(outcomes.halted.unwrap(), @"too many requests had to be repeated; the server seems to be in trouble");
}
