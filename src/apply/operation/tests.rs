use serde_json::json;

use super::*;
use crate::apply::tests::{Answer, Harness, Server, change, changed, only};
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
        change.after.as_mut().unwrap().as_map_mut().unwrap().insert(KUBECONFIG, secret);
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

fn live_cluster(zone: &str) -> Answer {
    Answer::found(json!({
        "name": "c", "api_server": "https://a", "cluster_type": "physical", "primary_domain": zone,
    }))
}

/// §3.5: a needless save of a cluster rotates a secret, so one read is not enough.
#[tokio::test(start_paused = true)]
async fn unsafe_save_is_repeated_after_two_reads() {
    let server = Server::new().answers("POST", "c", [Answer::Lost]).answers(
        "GET",
        "c",
        [live_cluster("old"), live_cluster("new")],
    );
    let (end, requests) = end_of(cluster(None, "new", true), server).await;
    assert_eq!(requests, ["POST c", "GET c", "GET c"]);
    warning(&end);
    let server = Server::new().answers("POST", "c", [Answer::Lost]).answers(
        "GET",
        "c",
        [live_cluster("old"), live_cluster("old")],
    );
    let (end, requests) = end_of(cluster(None, "new", true), server).await;
    assert_eq!(requests, ["POST c", "GET c", "GET c", "POST c"]);
    assert_eq!(end, End::Done { warning: None });
}

/// The server stores the kubeconfig before it pushes (§11.6): if the other fields are there, the kubeconfig
/// is stored. Alone it can't be verified.
#[tokio::test(start_paused = true)]
async fn kubeconfig_is_sent_again_only_if_nothing_else_changed() {
    let server = || {
        let server = Server::new().answers("POST", "c", [Answer::Lost]);
        server.answers("GET", "c", [live_cluster("new"), live_cluster("new")])
    };
    let (end, requests) = end_of(cluster(Some("secret"), "new", true), server()).await;
    assert_eq!(requests, ["POST c", "GET c"]);
    warning(&end);
    let mut only_secret = cluster(Some("secret"), "new", true);
    only_secret.attributes.retain(|attribute| attribute.sensitive);
    let (end, requests) = end_of(only_secret, server()).await;
    assert_eq!(requests, ["POST c", "GET c", "GET c", "POST c"]);
    assert_eq!(end, End::Done { warning: None });
    // A new object is proof enough.
    let (end, requests) = end_of(cluster(Some("secret"), "new", false), server()).await;
    assert_eq!(requests, ["POST c", "GET c"]);
    warning(&end);
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
async fn unreachable_server_is_tried_until_the_retries_end() {
    let server = Server::new().answers("POST", "e", std::iter::repeat_n(Answer::NotSent, 100));
    let (end, requests) = end_of(environment(Action::Create), server).await;
    assert_eq!(requests, vec!["POST e"; 11]);
    assert!(matches!(&end, End::Failed { error } if error.contains("(11 tries)")), "{end:?}");
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
    let (end, requests) = end_of(change("Product/p", Action::Delete), server).await;
    assert_eq!(requests, ["DELETE p", "DELETE p", "DELETE p"]);
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
