//! Git under several hands (§8), the host refresh (§3.5), and injected faults.

use std::time::Duration;

use serde_json::json;

use super::{Fixture, failure, host, shop, virtual_cluster};
use crate::sandbox::{Delivery, Fault, Faults, Matcher, Method, Options, Request, serve};

fn colliding() -> Fixture {
    let mut fixture = Fixture::full();
    fixture.world.options.clone_collisions = true;
    fixture.world.options.latency = Duration::from_millis(300).into();
    fixture.put("/api/v1/products/two", &json!({"git": {}}));
    fixture.now += 5000;
    fixture
}

fn collides(response: &crate::sandbox::Response) -> bool {
    response.status == 500 && response.text().contains("already exists and is not an empty directory")
}

/// §8.2: two product-scoped requests whose clones live at the same time, in the same second; any products,
/// even reads.
#[test]
fn same_second_collisions() {
    let mut fixture = colliding();
    let other = "/api/v1/products/two/projects";
    assert_eq!(fixture.get(&shop("projects/web")).status, 200);
    fixture.now += 299;
    assert!(collides(&fixture.get(other)));
    assert_eq!(fixture.get("/api/v1/products/shop").status, 200, "products are read without a clone");
    assert_eq!(fixture.get("/api/v1/clusters").status, 200, "another directory");
    fixture.now += 1;
    assert_eq!(fixture.get(other).status, 200, "the first clone is removed");
    fixture.now += 200;
    fixture.now -= fixture.now % 1000;
    fixture.now += 1999;
    assert_eq!(fixture.get(other).status, 200);
    fixture.now += 1;
    assert_eq!(fixture.get(other).status, 200, "another second, another directory");
}

/// §8.2: the prefixes of cluster requests.
#[test]
fn cluster_collisions() {
    let mut fixture = colliding();
    assert_eq!(fixture.get("/api/v1/clusters").status, 200);
    let read = failure(&fixture.get("/api/v1/clusters/host"));
    assert!(read.starts_with("500  failed to clone repository, the repository url: "), "{read}");
    let write = failure(&fixture.post("/api/v1/clusters/h", &host()));
    assert!(write.starts_with("500  failed to get gitlab certificate, err: "), "{write}");
    let write = failure(&fixture.post("/api/v1/clusters/h", &host()));
    assert!(write.starts_with("500  failed to clone repository, err: failed to clone repository"), "{write}");
}

/// §8.1, §8.2: a CodeRepo save leaves a clone behind for the rest of the second; its deletion may collide
/// with itself.
#[test]
fn leaked_clones() {
    let mut fixture = colliding();
    fixture.world.options.latency = Duration::ZERO.into();
    fixture.now -= fixture.now % 1000;
    fixture.put(&shop("coderepos/new"), &super::repo("web"));
    fixture.now += 999;
    assert!(collides(&fixture.get(&shop("projects"))));
    fixture.now += 1;
    assert!(collides(&fixture.delete(&shop("coderepos/new"))), "its two clones are 700 ms apart");
    fixture.now += 1300;
    fixture.remove(&shop("coderepos/new"));
    fixture.now += 1000;
    fixture.remove(&shop("coderepobindings/lib-for-web"));
}

/// §8.3: lost pushes leave everything as it was.
#[test]
fn lost_pushes() {
    let mut fixture = Fixture::full();
    fixture.world.options.push_conflict_percent = 100;
    let before = fixture.world.objects();
    let mut texts = std::collections::BTreeSet::new();
    for number in 0..40 {
        let text = failure(&fixture.post(&shop(&format!("projects/p{number}")), &json!({})));
        let fragments = ["failed to push some refs", "cannot be merge automatically", "nothing to commit"];
        texts.extend(fragments.into_iter().filter(|fragment| text.contains(fragment)));
    }
    assert_eq!(texts.len(), 3);
    assert_eq!(fixture.world.objects(), before);
    let cluster = failure(&fixture.delete("/api/v1/clusters/deploy"));
    assert!(cluster.starts_with("500  failed to save git config to git repo, err: "), "{cluster}");
    fixture.world.options.push_conflict_percent = 50;
    let saved =
        (0..200).filter(|n| fixture.post(&shop(&format!("projects/p{n}")), &json!({})).status == 200).count();
    assert!((60..140).contains(&saved), "{saved}");
}

/// §3.5, §8.5: after a virtual cluster write the host refresh pushes to the tenant repository.
#[test]
fn host_refresh() {
    let mut fixture = Fixture::new();
    fixture.world.options.host_refresh = Duration::from_millis(2500);
    fixture.put("/api/v1/clusters/host", &host());
    fixture.put("/api/v1/clusters/other", &host());
    fixture.put("/api/v1/clusters/v", &virtual_cluster("deployment"));
    let race = failure(&fixture.post("/api/v1/clusters/other", &host()));
    assert!(race.contains("failed to save git config to git repo, err: "), "{race}");
    fixture.read("/api/v1/clusters");
    fixture.now += 2500;
    fixture.world.options.clone_collisions = true;
    fixture.put("/api/v1/clusters/v", &virtual_cluster("deployment"));
    assert!(collides(&fixture.get("/api/v1/clusters")), "both its clones are left behind");
    fixture.now += 1000;
    fixture.read("/api/v1/clusters");
}

/// Faults: decided by the script or by seed and number; what is committed is what the fault says.
#[test]
fn scripted_faults() {
    for fault in Fault::ALL {
        let mut fixture = Fixture::new();
        fixture.world.options.faults.inject(Matcher::new(Method::Post, "/clusters/"), fault);
        let read = serve(&mut fixture.world, &Request::get("/api/v1/clusters"), 1);
        assert!(matches!(read, Delivery::Whole(response) if response.status == 200), "{fault:?}");
        let request = Request::post("/api/v1/clusters/host", host().to_string());
        let delivery = serve(&mut fixture.world, &request, 1);
        assert_eq!(!fixture.world.is_empty(), fault.commits(), "{fault:?}");
        let expected = match fault {
            Fault::ResetBeforeCommit | Fault::ResetAfterCommit => "reset".to_owned(),
            Fault::Hang | Fault::HangAfterCommit => "hang".to_owned(),
            Fault::SlowBody => "slow 200".to_owned(),
            Fault::EndlessBody => "endless 200".to_owned(),
            Fault::TruncatedJson | Fault::WrongContentType => "whole 200".to_owned(),
            Fault::TooManyRequests => "whole 429".to_owned(),
            Fault::HtmlErrorPage => "whole 502".to_owned(),
            Fault::Redirect => "whole 302".to_owned(),
            _ => "whole 500".to_owned(),
        };
        let found = match &delivery {
            Delivery::Reset => "reset".to_owned(),
            Delivery::Hang => "hang".to_owned(),
            Delivery::Slow(response) => format!("slow {}", response.status),
            Delivery::Endless(response) => format!("endless {}", response.status),
            Delivery::Whole(response) => format!("whole {}", response.status),
        };
        assert_eq!(found, expected, "{fault:?}");
        let last = fixture.world.log().entries().last().expect("an entry");
        assert_eq!((last.fault, last.number), (Some(fault), 2));
        let again = serve(&mut fixture.world, &request, 1);
        assert!(matches!(again, Delivery::Whole(response) if response.status == 200), "each entry hits once");
    }
}

/// §8.6: the fragments that a client goes by.
#[test]
fn fault_texts() {
    let rows = [
        (Fault::CloneCollision, "already exists and is not an empty directory"),
        (Fault::PushRejected, "failed to push some refs"),
        (Fault::PushRejected, "[rejected]"),
        (Fault::CannotLockRef, "cannot lock ref"),
        (Fault::MergeConflict, "cannot be merge automatically"),
        (Fault::NothingToCommit, "nothing to commit"),
        (Fault::ObjectModified, "the object has been modified"),
        (Fault::ClusterUnavailable, "Cluster 'other' does not exist or is unavailable"),
        (Fault::ClusterByRuntime, "get cluster by runtime failed"),
        (Fault::UsedNamespaces, "get used namespaces in cluster"),
        (Fault::MultipleProjects, "here are multiple project in"),
        (Fault::AlreadyTaken, "has already been taken"),
        (Fault::Panic, "unknown request error"),
    ];
    for (fault, fragment) in rows {
        let text = failure(&fault.answer().expect("an answer"));
        assert!(text.contains(fragment), "{fault:?}: {text}");
    }
}

/// The same seed, the same faults; `writes_only` spares reads.
#[test]
fn random_faults_are_reproducible() {
    let run = |seed: u64| {
        let faults = Faults { percent: 30, writes_only: true, ..Faults::default() };
        let mut fixture = Fixture::with(Options { seed, faults, ..Options::default() });
        for number in 0..100 {
            let path = format!("/api/v1/products/p{number}");
            serve(&mut fixture.world, &Request::post(&path, r#"{"git":{}}"#), 1);
            serve(&mut fixture.world, &Request::get(&path), 1);
        }
        let entries = fixture.world.log().entries();
        entries.map(|entry| (entry.method.clone(), entry.fault)).collect::<Vec<_>>()
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
    let hits = run(7);
    assert!(hits.iter().all(|(method, fault)| method == "POST" || fault.is_none()));
    let count = hits.iter().filter(|(_, fault)| fault.is_some()).count();
    assert!((10..60).contains(&count), "{count}");
}
