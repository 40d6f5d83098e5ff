use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::apply::tests::{Answer, Harness, Server, change, changed, ends, only};
use crate::model::value::Value;
use crate::plan::{Action, Change};

const KUBECONFIG: &str = "kubeconfig";

/// The end of the only operation of a plan, and the requests it took.
async fn end_of(change: Change, server: Server) -> (End, Vec<String>) {
    let verb = match change.action {
        Action::Create => Verb::Create,
        Action::Delete => Verb::Delete,
        _ => Verb::Update,
    };
    let mut run = Harness::new(server);
    let outcomes = run.carry_out(vec![change]).await;
    let requests = run.server.log.all().into_iter();
    let requests = requests.filter_map(|line| line.strip_prefix("-> ").map(str::to_owned)).collect();
    (only(&outcomes, verb).clone(), requests)
}

fn environment(action: Action) -> Change {
    let before = (action == Action::Update).then(|| json!({"cluster": "a", "envType": "dev"}));
    changed("Environment/p/e", action, before, json!({"cluster": "a", "envType": "test"}))
}

fn live(kind: &str) -> Answer {
    Answer::found(json!({"product": "p", "name": "e", "cluster": "a", "env_type": kind}))
}

fn warning(end: &End) -> &str {
    if let End::Done { warning: Some(warning) } = end { warning } else { panic!("{end:?}") }
}

#[tokio::test(start_paused = true)]
async fn lost_answer_to_a_done_write_is_success_with_a_warning() {
    let server = Server::new().answers("POST", "e", [Answer::Lost]).answers("GET", "e", [live("test")]);
    let (end, requests) = end_of(environment(Action::Update), server).await;
    assert_eq!(requests, ["POST e", "GET e"]);
    assert!(warning(&end).contains("although the server said: no complete answer"), "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn lost_write_is_repeated_after_a_read() {
    let server = Server::new().answers("POST", "e", [Answer::Lost]).answers("GET", "e", [live("dev")]);
    let (end, requests) = end_of(environment(Action::Update), server).await;
    assert_eq!(requests, ["POST e", "GET e", "POST e"]);
    assert_eq!(end, End::Done { warning: None });
    let server = Server::new().answers("POST", "e", [Answer::Lost]);
    let (end, requests) = end_of(environment(Action::Create), server).await;
    assert_eq!((end, requests.join(", ")), (End::Done { warning: None }, "POST e, GET e, POST e".to_owned()));
}

/// A server that is still working when the connection is lost gets time to finish.
#[tokio::test(start_paused = true)]
async fn read_back_waits_for_the_server() {
    let server = Server::new().answers("POST", "e", [Answer::Lost]).answers("GET", "e", [live("test")]);
    let started = Instant::now();
    end_of(environment(Action::Update), server).await;
    assert!(started.elapsed() >= Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn write_with_unreadable_outcome_is_unknown() {
    let unreachable = std::iter::repeat_n(Answer::NotSent, 100);
    let server = Server::new().answers("POST", "e", [Answer::Lost]).answers("GET", "e", unreachable);
    let (end, _) = end_of(environment(Action::Update), server).await;
    assert!(matches!(&end, End::Unknown { error } if error.contains("and then: cannot connect")), "{end:?}");
}

fn cluster(kubeconfig: Option<&str>, zone: &str, before: bool) -> Change {
    let spec =
        |zone: &str| json!({"apiServer": "https://a", "clusterType": "physical", "primaryDomain": zone});
    let mut change = changed(
        "Cluster/c",
        if before { Action::Update } else { Action::Create },
        before.then(|| spec("old")),
        spec(zone),
    );
    if let Some(text) = kubeconfig {
        let secret = Value::Secret(crate::model::value::Secret::new(text.to_owned()));
        Arc::make_mut(change.after.as_mut().unwrap()).as_map_mut().unwrap().insert(KUBECONFIG, secret);
        change.attributes.push(crate::plan::diff::AttributeChange {
            path: KUBECONFIG.parse().unwrap(),
            before: None,
            after: None,
            sensitive: true,
            forces_replacement: false,
            fixed_while_used: false,
            note: None,
        });
    }
    change
}

/// §3.5, §4.1, §4.4: keys, secrets and grants can't be read, so only an answer with success is proof.
#[tokio::test(start_paused = true)]
async fn write_with_unseen_effects_is_sent_again_until_it_succeeds() {
    let server = Server::new().answers("POST", "c", [Answer::Lost, Answer::Lost]);
    let (end, requests) = end_of(cluster(None, "new", true), server).await;
    assert_eq!(
        (end, requests.join(", ")),
        (End::Done { warning: None }, "POST c, POST c, POST c".to_owned())
    );
    let server = Server::new().answers("POST", "c", [Answer::Lost]);
    let (end, requests) = end_of(cluster(Some("secret"), "new", false), server).await;
    assert_eq!((end, requests.join(", ")), (End::Done { warning: None }, "POST c, POST c".to_owned()));
    // A success is never repeated.
    let (_, requests) = end_of(cluster(None, "new", true), Server::new()).await;
    assert_eq!(requests, ["POST c"]);
}

fn repository() -> Change {
    changed("CodeRepo/p/r", Action::Create, None, json!({"git": {"gitlab": {"visibility": "private"}}}))
}

fn live_repository(project: &str) -> Answer {
    let gitlab = json!({"name": "r", "path": "r", "visibility": "private"});
    Answer::found(json!({"product": "p", "name": "r", "project": project, "git": {"gitlab": gitlab}}))
}

fn remains() -> Answer {
    Answer::error(404, "RESOURCE_NOT_FOUND", "the resource is not found")
}

fn gone() -> Answer {
    Answer::error(404, "PROJECT_NOT_FOUND", "failed to get project")
}

/// The configuration is there, the keys are not (§4.4).
#[tokio::test(start_paused = true)]
async fn half_made_write_is_repaired_or_incomplete() {
    let keys = || Answer::error(404, "SECRET_NOT_FOUND", "secret not found");
    let there = || std::iter::repeat_n(live_repository(""), 9);
    let server = Server::new().answers("POST", "r", [keys(), keys()]).answers("GET", "r", there());
    let (end, requests) = end_of(repository(), server).await;
    assert_eq!(requests, ["POST r", "GET r", "POST r", "GET r", "POST r"]);
    assert_eq!(end, End::Done { warning: None });
    let server = Server::new();
    let server = server.answers("POST", "r", std::iter::repeat_n(keys(), 9)).answers("GET", "r", there());
    let mut run = Harness::new(server);
    let outcomes = run.carry_out(vec![repository()]).await;
    assert!(matches!(only(&outcomes, Verb::Create), End::Incomplete { .. }), "{outcomes:?}");
    assert!(!outcomes.is_complete());
    let repository = "CodeRepo/p/r".parse().unwrap();
    let (verb, why) = run.store.durable.unfinished(&repository).unwrap();
    assert_eq!(verb, Verb::Create);
    assert!(why.ends_with("(the server said: secret not found) (3 tries)"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn second_timeout_stops_the_lane_and_nothing_else() {
    let server = Server::new().answers("POST", "r", std::iter::repeat_n(Answer::TimedOut, 9));
    let mut run = Harness::new(server);
    let others =
        ["Project/p/a", "Project/p/b"].map(|name| change(name, Action::Create).needs(&["CodeRepo/p/r"]));
    let clusters = ["Cluster/a", "Cluster/b", "Cluster/c"].map(|name| change(name, Action::Create));
    let changes = [repository()].into_iter().chain(others).chain(clusters).collect();
    let outcomes = run.carry_out(changes).await;
    insta::assert_snapshot!(ends(&outcomes), @"
    create Cluster/a: done
    create Cluster/b: done
    create Cluster/c: done
    create CodeRepo/p/r: incomplete: the server hangs: it did not answer two requests in a row; restart the Nautes API server, then run this again (the last try: no answer from http://nautes: as the test says)
    create Project/p/a: not started
    create Project/p/b: not started
    ");
    assert!(outcomes.halted.as_ref().is_some_and(|why| why.starts_with("the server hangs")), "{outcomes:?}");
    assert!(run.state.unfinished(&"CodeRepo/p/r".parse().unwrap()).is_some());
}

#[tokio::test(start_paused = true)]
async fn crashing_server_is_recognised() {
    let server = Server::new().answers("POST", "r", std::iter::repeat_n(Answer::Lost, 99));
    let (end, requests) = end_of(repository(), server).await;
    assert_eq!(requests, vec!["POST r"; 5]);
    assert!(matches!(&end, End::Incomplete { error } if error.starts_with("the server crashes")), "{end:?}");
}

/// A gateway that cuts off each answer does not keep the lane: the next run sends it again.
#[tokio::test(start_paused = true)]
async fn write_without_a_clear_answer_is_sent_five_times() {
    let cut = || Answer::error(500, "REFRESH_PERMISSIONS_ACCESS_DENIED", "denied");
    let server = Server::new().answers("POST", "r", std::iter::repeat_n(cut(), 99)).answers(
        "GET",
        "r",
        [live_repository("")],
    );
    let started = Instant::now();
    let (end, requests) = end_of(repository(), server).await;
    assert_eq!(requests, [vec!["POST r"; 5], vec!["GET r"]].concat());
    assert!(matches!(&end, End::Incomplete { .. }), "{end:?}");
    assert!(started.elapsed() < Duration::from_secs(40), "{:?}", started.elapsed());
}

fn deleted_repository(crowd: usize) -> Change {
    let mut delete = change("CodeRepo/p/r", Action::Delete);
    let spec = json!({"project": "web", "git": {"gitlab": {"visibility": "private", "path": "r"}}});
    delete.before = Some(Arc::new(Value::from_json(spec)));
    delete.crowd = crowd;
    delete
}

/// §4.4: GitLab may still have what Git no longer names.
#[tokio::test(start_paused = true)]
async fn half_deleted_repository_is_saved_and_deleted_again() {
    let server = Server::new().answers("DELETE", "r", [Answer::Lost]).answers("GET", "r", [remains()]);
    let (end, requests) = end_of(deleted_repository(1), server).await;
    assert_eq!(requests, ["DELETE r", "GET r", "POST r", "DELETE r"]);
    assert_eq!(end, End::Done { warning: None });
    let server = Server::new().answers("DELETE", "r", [Answer::Lost]).answers("GET", "r", [gone()]);
    let (end, requests) = end_of(deleted_repository(1), server).await;
    assert_eq!(requests, ["DELETE r", "GET r"]);
    warning(&end);
    // A DELETE that finds no manifest says nothing of GitLab.
    let absent = Answer::error(404, "NODE_NOT_FOUND", "failed to get coderepo of repository repo-5");
    let server = Server::new().answers("DELETE", "r", [absent]).answers("GET", "r", [remains()]);
    let (end, requests) = end_of(deleted_repository(1), server).await;
    assert_eq!(requests, ["DELETE r", "GET r", "POST r", "DELETE r"]);
    assert_eq!(end, End::Done { warning: None });
}

#[tokio::test(start_paused = true)]
async fn half_deleted_repository_is_remembered() {
    let lost = std::iter::repeat_n(Answer::Lost, 99);
    let refused = std::iter::repeat_n(Answer::error(400, "VALIDATOR", "invalid"), 99);
    let server = Server::new().answers("DELETE", "r", lost).answers("POST", "r", refused);
    let mut run = Harness::new(server.answers("GET", "r", std::iter::repeat_n(remains(), 9)));
    let outcomes = run.carry_out(vec![deleted_repository(1)]).await;
    let End::Incomplete { error } = only(&outcomes, Verb::Delete) else { panic!("{outcomes:?}") };
    insta::assert_snapshot!(error, @"it is half deleted: Nautes no longer knows it, and GitLab still has it with its content (the server said: invalid)");
    assert_eq!(run.state.unfinished(&"CodeRepo/p/r".parse().unwrap()).unwrap().0, Verb::Delete);
    // The next run saves it first.
    let mut again = deleted_repository(0);
    again.reasons = vec![crate::plan::Reason::Incomplete("half deleted".to_owned())].into();
    let (end, requests) = end_of(again, Server::new()).await;
    assert_eq!((end, requests.join(", ")), (End::Done { warning: None }, "POST r, DELETE r".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn repository_of_a_large_project_leaves_it_first() {
    let server = Server::new();
    let mut run = Harness::new(server);
    let named = |name: &str| Change { address: name.parse().unwrap(), ..deleted_repository(4) };
    let all = ["CodeRepo/p/a", "CodeRepo/p/b", "CodeRepo/p/c", "CodeRepo/p/d"].map(named);
    assert!(run.carry_out(all.to_vec()).await.is_complete());
    insta::assert_snapshot!(run.log(&["->"]), @"
    0s -> POST a
    1s -> DELETE a
    2s -> POST b
    3s -> DELETE b
    4s -> DELETE c
    5s -> DELETE d
    ");
}

#[tokio::test(start_paused = true)]
async fn product_is_deleted_when_it_is_gone() {
    let shown =
        || Answer::found(json!({"name": "p", "git": {"gitlab": {"path": "p", "visibility": "private"}}}));
    let absent = || Answer::plain("there are no default projects under this product");
    let server = Server::new().answers("GET", "p", [shown(), shown(), absent()]);
    let (end, requests) = end_of(change("Product/p", Action::Delete), server).await;
    assert_eq!(requests, ["DELETE p", "GET p", "GET p", "GET p"]);
    assert_eq!(end, End::Done { warning: None });
    let mut run = Harness::new(Server::new().answers("GET", "p", std::iter::repeat_n(shown(), 999)));
    let product: crate::resource::Address = "Product/p".parse().unwrap();
    run.state.records.insert(product.clone(), crate::resource::Record::default());
    let outcomes = run.carry_out(vec![change("Product/p", Action::Delete)]).await;
    assert!(matches!(only(&outcomes, Verb::Delete), End::Deleting { .. }), "{outcomes:?}");
    assert!(outcomes.is_complete(), "GitLab has accepted it");
    assert!(run.store.durable.is_going(&product) && !run.store.durable.manages(&product));
}

/// §11.5: saved, although the server says that something failed.
#[tokio::test(start_paused = true)]
async fn failed_write_of_a_saved_object_is_done_with_a_warning() {
    for (answers, requests) in [
        (vec![Answer::error(403, "REFRESH_PERMISSIONS_ACCESS_DENIED", "denied")], "POST e, GET e"),
        (vec![Answer::plain("never heard of"); 3], "POST e, POST e, POST e, GET e"),
        (vec![Answer::error(404, "PROJECT_NOT_FOUND", "no deploy key")], "POST e, GET e"),
    ] {
        let server = Server::new().answers("POST", "e", answers).answers("GET", "e", [live("test")]);
        let (end, sent) = end_of(environment(Action::Create), server).await;
        assert_eq!(sent.join(", "), requests);
        warning(&end);
    }
}

#[tokio::test(start_paused = true)]
async fn refusal_has_the_message_of_the_server() {
    let refusal = Answer::error(400, "VALIDATOR", "value must be in list [a b]");
    let server = Server::new().answers("POST", "e", [refusal]).answers("GET", "e", [live("dev")]);
    let (end, requests) = end_of(environment(Action::Update), server).await;
    assert_eq!(requests, ["POST e", "GET e"]);
    assert_eq!(end, End::Failed { error: "value must be in list [a b]".to_owned() });
}

/// Nothing is known to have happened, so nothing is read.
#[tokio::test(start_paused = true)]
async fn unreachable_server_is_tried_until_its_budget_is_used_up() {
    let server = Server::new().answers("POST", "e", std::iter::repeat_n(Answer::NotSent, 100));
    let started = Instant::now();
    let (end, requests) = end_of(environment(Action::Create), server).await;
    assert!((5..=8).contains(&requests.len()), "{requests:?}");
    assert!(requests.iter().all(|request| request == "POST e"));
    assert!((60..=62).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    assert!(matches!(&end, End::Failed { error } if error.contains("tries)")), "{end:?}");
}

#[tokio::test(start_paused = true)]
async fn delete_of_a_missing_object_is_done() {
    let missing =
        || Answer::plain("Project resource e not found or invalid. Please check whether the resource exists");
    let server = Server::new().answers("DELETE", "e", [missing()]);
    let (end, requests) = end_of(change("Project/p/e", Action::Delete), server).await;
    assert_eq!((end, requests.join(", ")), (End::Done { warning: None }, "DELETE e".to_owned()));
    // An environment that is missing makes the server panic (§2.3), and so may other failures: it is read.
    let absent = || Answer::error(500, "UNKNOWN", "unknown request error");
    let server = Server::new().answers("DELETE", "e", [absent()]);
    let (end, requests) = end_of(change("Environment/p/e", Action::Delete), server).await;
    assert_eq!(requests, ["DELETE e", "GET e"]);
    warning(&end);
    // The answer is lost, but the object is gone.
    let server = Server::new().answers("DELETE", "e", [Answer::Lost]);
    let (end, requests) = end_of(change("Environment/p/e", Action::Delete), server).await;
    assert_eq!(requests, ["DELETE e", "GET e"]);
    warning(&end);
    // It failed half-way, and then there is nothing left to delete.
    let server = Server::new().answers("DELETE", "e", [Answer::plain("vault is sealed"), absent()]);
    let (end, requests) = end_of(change("Environment/p/e", Action::Delete), server).await;
    assert_eq!(requests, ["DELETE e", "DELETE e", "GET e"]);
    warning(&end);
}

#[tokio::test(start_paused = true)]
async fn product_delete_waits_for_gitlab() {
    let busy = Answer::plain("here are multiple project in p, unable to delete");
    let server = Server::new().answers("DELETE", "p", [busy.clone(), busy]);
    let server =
        server.answers("GET", "p", [Answer::plain("there are no default projects under this product")]);
    let (end, requests) = end_of(change("Product/p", Action::Delete), server).await;
    assert_eq!(requests, ["DELETE p", "DELETE p", "DELETE p", "GET p"]);
    assert_eq!(end, End::Done { warning: None });
}

/// §4.6: the server panics when it has to show a runtime with inputs.
#[tokio::test(start_paused = true)]
async fn unreadable_object_proves_only_a_create() {
    let panic = || Answer::error(500, "UNKNOWN", "unknown request error");
    let server = || Server::new().answers("POST", "r", [Answer::Lost]).answers("GET", "r", [panic()]);
    let name = "ProjectPipelineRuntime/p/r";
    let (end, requests) = end_of(change(name, Action::Create), server()).await;
    assert_eq!(requests, ["POST r", "GET r"]);
    warning(&end);
    let (end, requests) = end_of(change(name, Action::Update), server()).await;
    assert_eq!(requests, ["POST r", "GET r", "POST r"]);
    assert_eq!(end, End::Done { warning: None });
}

#[tokio::test(start_paused = true)]
async fn interrupt_reads_an_ambiguous_write_once() {
    for (found, unknown) in [(live("test"), false), (live("dev"), true)] {
        let server = Server::new().answers("POST", "e", [Answer::Lost]).answers("GET", "e", [found]);
        let mut run = Harness::new(server);
        run.options.retry.first_delay = Duration::from_secs(100);
        let stop = run.stop.clone();
        let interrupt = async {
            tokio::time::sleep(Duration::from_secs(10)).await;
            stop.send_replace(true);
        };
        let started = Instant::now();
        let (outcomes, ()) = tokio::join!(run.carry_out(vec![environment(Action::Create)]), interrupt);
        assert_eq!(started.elapsed(), Duration::from_secs(11));
        assert_eq!(matches!(only(&outcomes, Verb::Create), End::Unknown { .. }), unknown);
        // The next run knows that the object may be ours.
        assert!(run.state.manages(&"Environment/p/e".parse().unwrap()));
    }
}

#[tokio::test(start_paused = true)]
async fn interrupt_waits_for_a_hanging_request() {
    let server = Server::new().answers("POST", "e", [Answer::Hang]);
    let mut run = Harness::new(server);
    run.stop.send_replace(true);
    let run = run.carry_out(vec![environment(Action::Create)]);
    // The transport's own timeout ends it; the executor never does.
    assert!(tokio::time::timeout(Duration::from_secs(3600), run).await.is_err());
}

/// Others may have changed a field since the last apply, or the server keeps it in another form: a read right
/// after the write tells.
#[tokio::test(start_paused = true)]
async fn field_that_is_written_again_is_read_once() {
    let rewritten = || {
        let mut change = environment(Action::Update);
        change.reasons.push(crate::plan::Reason::WrittenBefore(vec!["envType".parse().unwrap()]));
        change
    };
    let server = Server::new().answers("GET", "e", [live("dev")]);
    let (end, requests) = end_of(rewritten(), server).await;
    assert_eq!(requests, ["POST e", "GET e"]);
    assert!(warning(&end).starts_with("the server returns another form of what was just written: envType"));
    let server = Server::new().answers("GET", "e", [live("test")]);
    let (end, requests) = end_of(rewritten(), server).await;
    assert_eq!((end, requests.len()), (End::Done { warning: None }, 2));
    let server = Server::new().answers("GET", "e", [Answer::Lost]);
    let (end, requests) = end_of(rewritten(), server).await;
    assert_eq!((end, requests.len()), (End::Done { warning: None }, 2));
}

/// The writes of a run with one slot, in order; the first object's answers are lost.
async fn order_of_writes(changes: [Change; 2], name: &str) -> Vec<String> {
    let mut run = Harness::new(Server::new().answers("POST", name, std::iter::repeat_n(Answer::Lost, 3)));
    run.options.parallelism = 1;
    let outcomes = run.carry_out(changes.to_vec()).await;
    assert!(outcomes.is_complete(), "{outcomes:?}");
    run.server.log.all().iter().filter_map(|line| line.strip_prefix("-> POST ").map(str::to_owned)).collect()
}

/// What waits for a later try keeps neither slot nor lane.
#[tokio::test(start_paused = true)]
async fn only_the_first_repetition_of_an_unclear_write_keeps_the_lane() {
    let clusters = ["Cluster/c", "Cluster/d"].map(|name| change(name, Action::Create));
    assert_eq!(order_of_writes(clusters, "c").await, ["c", "c", "d", "c", "c"]);
    let environments = ["Environment/p/e", "Environment/p/f"].map(|name| change(name, Action::Create));
    assert_eq!(order_of_writes(environments, "e").await, ["e", "e", "f", "e", "e"]);
}

/// What became of it is read in any case.
#[tokio::test(start_paused = true)]
async fn unclear_write_that_pauses_is_read_when_the_run_is_stopped() {
    let server = Server::new().answers("POST", "e", std::iter::repeat_n(Answer::Lost, 2));
    let mut run = Harness::new(server.answers("GET", "e", [Answer::absent(), live("test")]));
    run.options.retry.first_delay = Duration::from_secs(100);
    run.options.retry.longest_delay = Duration::from_secs(100);
    let log = run.server.log.clone();
    let stop = run.stop.clone();
    let interrupt = async {
        while log.lines(&["<- POST e"]).lines().count() < 2 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        tokio::time::sleep(Duration::from_secs(10)).await;
        stop.send_replace(true);
    };
    let (outcomes, ()) = tokio::join!(run.carry_out(vec![environment(Action::Create)]), interrupt);
    assert!(warning(only(&outcomes, Verb::Create)).contains("although the server said"), "{outcomes:?}");
    assert_eq!(run.server.log.lines(&["->"]).lines().count(), 4);
}
