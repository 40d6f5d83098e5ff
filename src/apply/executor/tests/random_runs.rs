//! Random plans, servers and interrupts: what holds for every run.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// A plan, the answers of the server, and when the run is interrupted.
#[derive(Clone, Debug)]
struct RandomRun {
    edges: Vec<(usize, usize)>,
    actions: Vec<(Action, u8)>,
    answers: Vec<u8>,
    stop_at: Option<u64>,
    parallelism: usize,
    failing_append: Option<usize>,
    /// For each delete, which of the creates is the same object under another name.
    renamed: Vec<usize>,
}

const KINDS: [&str; 4] = ["Cluster/", "Project/p/", "Project/q/", "CodeRepo/p/"];

fn random_runs() -> impl Strategy<Value = RandomRun> {
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
        prop::collection::vec(0_usize..8, 12),
    )
        .prop_map(|(edges, actions, answers, stop_at, parallelism, failing_append, renamed)| RandomRun {
            edges,
            actions,
            answers,
            stop_at,
            parallelism,
            failing_append,
            renamed,
        })
}

fn answer(number: u8) -> Answer {
    match number {
        0 => Answer::error(400, "VALIDATOR", "invalid"),
        1 => Answer::plain("already exists and is not an empty directory"),
        2 => Answer::Lost,
        3 => Answer::unsynced(),
        4 => Answer::plain("an error that is not known"),
        5 => Answer::NotSent,
        _ => Answer::ok(),
    }
}

fn plan_of(random: &RandomRun) -> Plan {
    let name = |n: usize| format!("{}n{n:02}", KINDS[usize::from(random.actions[n].1)]);
    let count = random.actions.len();
    let creates: Vec<usize> = (0..count).filter(|n| random.actions[*n].0 == Action::Create).collect();
    let changes = random.actions.iter().enumerate().map(|(n, (action, _))| {
        let below = random.edges.iter().filter(|(from, to)| *from == n && *to < n && *to < count);
        let names: Vec<String> = below.map(|(_, to)| name(*to)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        match action {
            Action::Delete => {
                let mut change = change(&name(n), *action).uses(&names);
                if let Some(to) = creates.get(random.renamed[n]) {
                    change.reasons = vec![crate::plan::Reason::Renamed(address(&name(*to)))].into();
                    change.irreversible = Some("all of it");
                }
                change
            }
            Action::Forget => change(&name(n), *action).uses(&names),
            _ => change(&name(n), *action).needs(&names),
        }
    });
    Plan { changes: changes.collect(), ..Plan::default() }
}

/// The delete of an object and the create that replaces it.
fn pair(change: &Change) -> Option<(OperationKey, OperationKey)> {
    let to = if change.action == Action::Replace { &change.address } else { change.successor()? };
    let key = |address: &Address, verb| OperationKey { address: address.clone(), verb };
    Some((key(&change.address, Verb::Delete), key(to, Verb::Create)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_runs_end_each_operation_once_and_in_order(random in random_runs()) {
        let plan = plan_of(&random);
        let operations = plan.operations();
        let (outcomes, run) = runtime().block_on(async {
            let mut server = Server::new();
            for (key, numbers) in operations.keys().zip(random.answers.chunks(2).cycle()) {
                let method = if key.verb == Verb::Delete { "DELETE" } else { "POST" };
                server = server.answers(method, key.address.name(), numbers.iter().map(|number| answer(*number)));
            }
            let mut run = Harness::new(server);
            run.store.passing_appends = random.failing_append;
            run.store.failing_saves = if random.failing_append.is_some() { usize::MAX } else { 0 };
            run.options.parallelism = random.parallelism;
            let stop = run.stop.clone();
            let interrupt = async {
                let Some(seconds) = random.stop_at else { return };
                tokio::time::sleep(Duration::from_millis(seconds * 500)).await;
                stop.send_replace(true);
            };
            let (outcomes, ()) = tokio::join!(run.carry_out_plan(&plan), interrupt);
            (outcomes, run)
        });
        let log = run.server.log.all();
        let ended: BTreeSet<&OperationKey> = outcomes.ends.keys().collect();
        prop_assert_eq!(&ended, &operations.keys().collect::<BTreeSet<_>>());
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
                    let failed = matches!(
                        outcomes.ends[because],
                        End::Failed { .. } | End::Incomplete { .. } | End::Unknown { .. }
                    );
                    prop_assert!(failed, "{} because of {}", key, because);
                }
                End::NotStarted => prop_assert!(started.is_none() && (outcomes.interrupted || outcomes.halted.is_some())),
                _ => prop_assert!(started.is_some()),
            }
            for needed in operations.graph().dependencies(key) {
                let before = log.iter().position(|line| line.starts_with(&format!("ended {needed}: done")));
                prop_assert!(started.is_none() || (done(needed) && before < started), "{} before {}", needed, key);
                if !done(needed) && !outcomes.interrupted && outcomes.halted.is_none() {
                    prop_assert!(matches!(end, End::Skipped { .. }), "{} after {}: {:?}", key, needed, end);
                }
            }
        }
        // No delete begins once it is known that the object's replacement can't be created.
        for (delete, create) in plan.changing().filter_map(pair) {
            if !matches!(outcomes.ends[&create], End::Skipped { .. }) {
                continue;
            }
            let skipped = log.iter().position(|line| line.starts_with(&format!("ended {create}: ")));
            let started = position(&format!("started {delete}"));
            prop_assert!(started.is_none() || started < skipped, "{} began after {} was skipped", delete, create);
        }
        // The state has what was done, and no write that was never sent.
        for change in plan.changing() {
            let save = [Verb::Create, Verb::Update].map(|verb| OperationKey { address: change.address.clone(), verb });
            if save.iter().any(|key| outcomes.ends.get(key).is_some_and(|end| matches!(end, End::Done { .. }))) {
                prop_assert!(run.state.records.contains_key(&change.address));
            }
            let verbs = [Verb::Create, Verb::Update, Verb::Delete];
            let unknown = verbs.map(|verb| OperationKey { address: change.address.clone(), verb });
            let unknown = unknown.iter().any(|key| matches!(outcomes.ends.get(key), Some(End::Unknown { .. })));
            prop_assert_eq!(run.state.intents.contains_key(&change.address), unknown, "{}", change.address);
        }
        if outcomes.state_error.is_none() {
            prop_assert_eq!(&run.store.durable, &run.state);
        }
    }
}
