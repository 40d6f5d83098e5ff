//! What a real server was seen to do wrong by itself: half-done writes, deaths, hangs, slow writes, late
//! deletions.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Fixture, failure, host, repo, shop, virtual_cluster};
use crate::sandbox::{
    Breakdown, Breakdowns, Delivery, DurationRange, Matcher, Method, Options, Request, Response, serve,
    survive,
};

impl Fixture {
    fn breaks(&mut self, method: Method, path: &str, breakdown: Breakdown) {
        self.world.options.breakdowns.script.push_back((Matcher::new(method, path), breakdown));
    }

    fn serve(&mut self, request: &Request) -> Delivery {
        serve(&mut self.world, request, self.now)
    }

    /// The reply of a POST that has one.
    fn served(&mut self, path: &str, body: &Value) -> Response {
        match self.serve(&Request::post(path, body.to_string())) {
            Delivery::Whole(response) => response,
            other => panic!("{other:?}"),
        }
    }
}

fn post(path: &str, body: &Value) -> Request {
    Request::post(path, body.to_string())
}

const BINDING: &str = "coderepobindings/new-for-web";

fn binding() -> Value {
    json!({"coderepo": "new", "permissions": "readonly", "projects": ["web"]})
}

#[test]
fn incomplete_repositories_lack_keys_until_saved_again() {
    let mut fixture = Fixture::full();
    fixture.breaks(Method::Post, "/coderepos/", Breakdown::HalfMade);
    let half_made = failure(&fixture.post(&shop("coderepos/new"), &repo("web")));
    assert_eq!(
        half_made,
        "500  POST https://gitlab.sandbox/api/v4/projects/4/deploy_keys: 403 {message: 403 Forbidden}"
    );
    fixture.read(&shop("coderepos/new"));
    assert_eq!(fixture.world.incomplete(), ["CodeRepo shop/new"]);
    assert_eq!(
        failure(&fixture.post(&shop(BINDING), &binding())),
        "404 SECRET_NOT_FOUND unable to read secret path: gitlab/repo-4/default/readonly, err: secret not \
         found"
    );
    fixture.read(&shop(BINDING));
    fixture.put(&shop("coderepos/new"), &repo("web"));
    assert!(fixture.world.incomplete().is_empty());
    fixture.put(&shop(BINDING), &binding());
}

#[test]
fn incomplete_repository_can_crash_writes_of_keys() {
    let mut fixture = Fixture::full();
    fixture.breaks(Method::Post, "/coderepos/", Breakdown::HalfMade);
    fixture.post(&shop("coderepos/new"), &repo("web"));
    fixture.world.options.breakdowns.dies_of_missing_keys = 100;
    assert_eq!(fixture.served(&shop("coderepos/app"), &repo("web")).status, 200);
    assert_eq!(fixture.serve(&Request::get("/api/v1/clusters")), Delivery::Reset);
    fixture.now += 1000;
    assert!(matches!(fixture.serve(&Request::get("/api/v1/clusters")), Delivery::Whole(_)));
    assert_eq!(fixture.served(&shop("projects/web"), &json!({})).status, 200);
    assert!(matches!(fixture.serve(&Request::get("/api/v1/clusters")), Delivery::Whole(_)));
}

#[test]
fn crash_after_the_push_keeps_only_the_configuration() {
    let mut fixture = Fixture::full();
    for (path, body, missing) in [
        ("/api/v1/products/new", json!({"git": {}}), "Product new"),
        ("/api/v1/products/shop/coderepos/new", repo("web"), "CodeRepo shop/new"),
    ] {
        fixture.breaks(Method::Post, path, Breakdown::DiesInWrite);
        assert_eq!(fixture.serve(&post(path, &body)), Delivery::Reset);
        fixture.now += 1000;
        fixture.read(path);
        assert_eq!(fixture.world.incomplete(), [missing]);
        fixture.put(path, &body);
        assert!(fixture.world.incomplete().is_empty());
    }
    fixture.breaks(Method::Post, "/projects/", Breakdown::DiesInWrite);
    assert_eq!(fixture.serve(&post(&shop("projects/new"), &json!({}))), Delivery::Reset);
    fixture.now += 1000;
    fixture.read(&shop("projects/new"));
    assert!(fixture.world.incomplete().is_empty(), "a project has nothing outside the configuration");
}

#[test]
fn a_hang_lasts_until_the_server_restarts() {
    let mut fixture = Fixture::full();
    fixture.breaks(Method::Post, "/coderepos/", Breakdown::Hangs);
    assert_eq!(fixture.serve(&post(&shop("coderepos/new"), &repo("web"))), Delivery::Hang);
    fixture.read(&shop("coderepos/new"));
    assert_eq!(fixture.serve(&post(&shop(BINDING), &binding())), Delivery::Hang);
    fixture.read(&shop(BINDING));
    assert_eq!(fixture.served(&shop("projects/other"), &json!({})).status, 200);
    fixture.world.restart(fixture.now);
    assert_eq!(fixture.served(&shop(BINDING), &binding()).status, 200);
}

/// 14 of 36 DELETEs killed the server, 10 of them before GitLab had deleted the project.
#[test]
fn deletes_crash_in_projects_with_three_repositories() {
    let mut halfway = 0;
    for seed in 0..60 {
        let breakdowns = Breakdowns { dies_of_deletes: 39, ..Breakdowns::default() };
        let mut fixture = Fixture::full();
        for name in ["b", "c"] {
            fixture.put(&shop(&format!("coderepos/{name}")), &repo("web"));
        }
        fixture.world.options = Options { breakdowns, seed, ..Options::default() };
        let path = shop("coderepos/b");
        let delivery = fixture.serve(&Request::delete(&path));
        fixture.now += 1000;
        let read = failure(&fixture.get(&path));
        if delivery != Delivery::Reset {
            assert!(read.starts_with("404 PROJECT_NOT_FOUND"), "{read}");
            continue;
        }
        halfway += 1;
        assert_eq!(read, "404 RESOURCE_NOT_FOUND the resource is not found");
        assert_eq!(
            failure(&fixture.delete(&path)),
            "404 NODE_NOT_FOUND failed to get coderepo of repository repo-4"
        );
        fixture.put(&path, &repo(""));
        fixture.remove(&path);
        assert!(failure(&fixture.get(&path)).starts_with("404 PROJECT_NOT_FOUND"));
    }
    assert!((8..26).contains(&halfway), "{halfway}");
}

#[test]
fn deletes_work_in_projects_with_two_repositories() {
    let mut fixture = Fixture::full();
    fixture.world.options.breakdowns.dies_of_deletes = 100;
    fixture.put(&shop("coderepos/b"), &repo("web"));
    assert!(matches!(fixture.serve(&Request::delete(shop("coderepos/b"))), Delivery::Whole(_)));
    assert!(matches!(fixture.serve(&Request::get("/api/v1/clusters")), Delivery::Whole(_)));
}

#[test]
fn crash_before_host_refresh_loses_virtual_cluster_files() {
    let mut fixture = Fixture::new();
    fixture.world.options.host_refresh = Duration::from_millis(300);
    fixture.put("/api/v1/clusters/host", &host());
    fixture.put("/api/v1/clusters/v", &virtual_cluster("deployment"));
    assert_eq!(fixture.world.incomplete(), ["Cluster v"]);
    fixture.now += 300;
    fixture.read("/api/v1/clusters");
    assert!(fixture.world.incomplete().is_empty());
    fixture.breaks(Method::Post, "/clusters/", Breakdown::DiesAfterWrite);
    assert_eq!(fixture.served("/api/v1/clusters/w", &virtual_cluster("deployment")).status, 200);
    assert_eq!(fixture.serve(&Request::get("/api/v1/clusters")), Delivery::Reset);
    fixture.now += 5000;
    fixture.read("/api/v1/clusters/w");
    assert_eq!(fixture.world.incomplete(), ["Cluster w"]);
    fixture.put("/api/v1/clusters/v", &virtual_cluster("deployment"));
    fixture.now += 300;
    fixture.read("/api/v1/clusters");
    assert!(fixture.world.incomplete().is_empty(), "a refresh renders the whole host");
}

/// A crash after a reply is one of the whole process: it begins when the reply is sent, and breaks off what is
/// under way.
#[test]
fn crash_breaks_off_requests_under_way() {
    let mut fixture = Fixture::new();
    fixture.world.options.latency = Duration::from_millis(200).into();
    fixture.world.options.breakdowns.restart = Duration::from_millis(300);
    fixture.breaks(Method::Post, "/clusters/", Breakdown::DiesAfterWrite);
    let arrived = fixture.now;
    let mut send = |request: &Request, at: u64| {
        let delivery = serve(&mut fixture.world, request, arrived + at);
        (delivery, fixture.world.latest_request(), arrived + at)
    };
    let write = send(&Request::post("/api/v1/clusters/host", host().to_string()), 0);
    let read = Request::get("/api/v1/clusters");
    let done_before = send(&read, 0);
    let under_way = send(&read, 100);
    let refused = send(&read, 499);
    let later = send(&read, 500);
    let world = &mut fixture.world;
    let mut is_answered = |(delivery, number, at): (Delivery, u64, u64), until: u64| {
        survive(world, delivery, number, at, arrived + until) != Delivery::Reset
    };
    assert!(is_answered(write, 201), "its reply comes first");
    assert!(is_answered(done_before, 199));
    assert!(!is_answered(under_way, 300));
    assert!(!is_answered(refused, 699));
    assert!(is_answered(later, 700));
}

#[test]
fn checked_writes_slow_down_with_the_size_of_the_product() {
    let mut fixture = Fixture::full();
    fixture.world.options.slow_checks = true;
    let project = shop("projects/web");
    fixture.put(&project, &json!({}));
    assert_eq!(fixture.world.duration(), Duration::ZERO);
    for number in 0..45 {
        fixture.put(&shop(&format!("coderepos/r{number}")), &repo(""));
    }
    fixture.put(&project, &json!({}));
    assert!((Duration::from_secs(7)..Duration::from_secs(10)).contains(&fixture.world.duration()));
    fixture.put(&format!("{project}?insecure_skip_check=true"), &json!({}));
    assert_eq!(fixture.world.duration(), Duration::ZERO);
}

#[test]
fn scheduled_deletions_keep_products_and_rename_repositories() {
    let mut fixture = Fixture::full();
    fixture.world.options.deletion_delay = Duration::from_secs(7 * 24 * 3600);
    fixture.put("/api/v1/products/other", &json!({"git": {}}));
    fixture.remove("/api/v1/products/other");
    fixture.read("/api/v1/products/other");
    fixture.put("/api/v1/products/other/projects/p", &json!({}));
    fixture.remove(&shop("deploymentruntimes/run"));
    fixture.remove(&shop("projectpipelineruntimes/pipe"));
    fixture.remove(&shop("coderepos/app"));
    assert!(failure(&fixture.get(&shop("coderepos/app"))).starts_with("404 PROJECT_NOT_FOUND"));
    fixture.put(&shop("coderepos/app"), &repo("web"));
    fixture.now += 7 * 24 * 3600 * 1000;
    assert!(failure(&fixture.get("/api/v1/products/other")).contains("there are no default projects"));
    fixture.read(&shop("coderepos/app"));
}

/// The second clone of a DELETE may meet the first after any time; each request has a gap and a duration of
/// its own.
#[test]
fn requests_differ_in_gap_and_duration() {
    let mut fixture = Fixture::full();
    let latency = DurationRange::around(Duration::from_millis(100), 25);
    let clone_gap = DurationRange::new(Duration::from_millis(20), Duration::from_secs(3));
    fixture.world.options =
        Options { clone_collisions: true, latency, clone_gap, seed: 4, ..Options::default() };
    fixture.now = 1_000_500;
    let mut refused = 0;
    let mut durations = std::collections::BTreeSet::new();
    for _ in 0..40 {
        fixture.now += 5000;
        let deleted = fixture.delete(&shop("coderepobindings/lib-for-web"));
        let duration = fixture.world.duration();
        durations.insert(duration);
        if deleted.status == 200 {
            assert!(
                duration >= Duration::from_millis(575),
                "both clones were in different seconds: {duration:?}"
            );
            fixture.now += 5000;
            let binding = json!({"coderepo": "lib", "permissions": "readonly", "projects": ["web"]});
            fixture.put(&shop("coderepobindings/lib-for-web"), &binding);
            assert!((75..=125).contains(&fixture.world.duration().as_millis()));
        } else {
            refused += 1;
            assert!(duration < Duration::from_millis(500), "it ends with its second clone: {duration:?}");
        }
    }
    assert!((2..20).contains(&refused), "{refused}");
    assert!(durations.len() > 30);
}

#[test]
fn random_breakdowns_are_repeatable_and_hit_writes_only() {
    let run = |seed: u64| {
        let breakdowns = Breakdowns {
            dies_in_write: 10,
            dies_after_write: 10,
            restart: Duration::ZERO,
            ..Breakdowns::default()
        };
        let mut fixture = Fixture::with(Options { breakdowns, seed, ..Options::default() });
        let mut deliveries = Vec::new();
        for number in 0..60 {
            let path = format!("/api/v1/products/p{number}");
            deliveries.push(fixture.serve(&post(&path, &json!({"git": {}}))) == Delivery::Reset);
            assert!(matches!(fixture.serve(&Request::get(&path)), Delivery::Whole(_)));
        }
        deliveries
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
