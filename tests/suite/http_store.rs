//! State over Terraform's http protocol, against a server that behaves as GitLab does and a network that
//! loses answers.

use std::time::Duration;

use nautform::internals::model::chain;
use nautform::internals::resource::Record;
use nautform::internals::state::RemoteStore;
use nautform::internals::state::format::Stamp;
use nautform::internals::state::{Entry, format};
use nautform::internals::state::{HttpDocument, HttpStateSettings};
use nautform::{LockInfo, Secret, State, Store, StoreError};

use crate::support::{EndlessServer, GitLab, block_on};

const PAUSE: Duration = Duration::from_millis(1);

fn settings(gitlab: &GitLab) -> HttpStateSettings {
    HttpStateSettings {
        username: Some("gitlab-ci-token".into()),
        password: Some(Secret::new("canary-job-token".into())),
        pause: PAUSE,
        ..HttpStateSettings::gitlab(&gitlab.api, "7", "production")
    }
}

/// Saves each step, so that none is kept in a journal.
fn store_with(settings: HttpStateSettings) -> RemoteStore<HttpDocument> {
    RemoteStore::new(HttpDocument::new(settings).unwrap(), Duration::ZERO, "without a journal".into())
}

fn store(gitlab: &GitLab) -> RemoteStore<HttpDocument> {
    store_with(settings(gitlab))
}

fn info(job: u32) -> LockInfo {
    LockInfo {
        id: format!("id-{job}"),
        operation: "apply".into(),
        info: format!("https://gitlab.example.com/nautes/fleet/-/jobs/{job}"),
        ..LockInfo::default()
    }
}

fn new_state() -> State {
    State::new("lineage".into(), "salt".into())
}

fn recorded(name: &str) -> Entry {
    Entry::Recorded(format!("Cluster/{name}").parse().unwrap(), Box::<Record>::default())
}

#[test]
fn load_before_the_first_save_finds_no_state() {
    let gitlab = GitLab::start();
    let mut store = store(&gitlab);
    block_on(async {
        assert_eq!(store.load().await.unwrap(), None);
        store.lock(&info(1), Duration::ZERO).await.unwrap();
        assert_eq!(store.load().await.unwrap(), None);
        // What is hidden is not empty.
        gitlab.kept().hidden = true;
        let hidden = chain(&store.load().await.unwrap_err());
        assert!(hidden.contains("Project Not Found") && hidden.contains("right project"), "{hidden}");
    });
}

#[test]
fn saves_are_under_the_lock_and_the_next_serial() {
    let gitlab = GitLab::start();
    let mut store = store(&gitlab);
    block_on(async {
        let mut state = new_state();
        store.lock(&info(1), Duration::ZERO).await.unwrap();
        for name in ["a", "b"] {
            state.fold(recorded(name));
            store.append(&[recorded(name)], &state).await.unwrap();
        }
        store.save(&mut state).await.unwrap();
        store.unlock().await.unwrap();
        assert_eq!(gitlab.kept().versions.keys().copied().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(store.load().await.unwrap().unwrap(), state);
    });
    assert_eq!(gitlab.kept().last()["records"].as_object().unwrap().len(), 2);
}

#[test]
fn save_whose_answer_was_lost_is_recognized() {
    let gitlab = GitLab::start();
    let mut store = store(&gitlab);
    block_on(async {
        let mut state = new_state();
        store.lock(&info(1), Duration::ZERO).await.unwrap();
        // The repetition finds its own serial there: GitLab says 422.
        gitlab.kept().loses_answers = Some(("POST", "/production", 1));
        store.replace(&mut state).await.unwrap();
        // Not one answer comes through.
        gitlab.kept().loses_answers = Some(("POST", "/production", 4));
        store.replace(&mut state).await.unwrap();
        assert_eq!((state.serial, gitlab.kept().versions.len()), (2, 2));
    });
}

#[test]
fn save_over_another_version_is_a_conflict() {
    let gitlab = GitLab::start();
    let mut store = store(&gitlab);
    block_on(async {
        let mut state = new_state();
        store.lock(&info(1), Duration::ZERO).await.unwrap();
        store.replace(&mut state).await.unwrap();
        gitlab.kept().versions.insert(2, format::write_as(&new_state(), 2, Stamp::default()).into());
        let conflict = store.replace(&mut state).await.unwrap_err();
        assert!(matches!(conflict, StoreError::Conflict { .. }), "{conflict}");
        // The lock was forced: GitLab says 500, and nothing is written.
        gitlab.kept().lock = None;
        store.load().await.unwrap();
        let refused = chain(&store.replace(&mut state).await.unwrap_err());
        assert!(refused.contains("500"), "{refused}");
        let lost = store.unlock().await.unwrap_err();
        assert!(matches!(lost, StoreError::Lost { .. }), "{lost}");
    });
    assert_eq!(gitlab.kept().versions.len(), 2);
}

#[test]
fn lock_and_unlock_whose_answers_were_lost_succeed() {
    let gitlab = GitLab::start();
    let mut store = store(&gitlab);
    block_on(async {
        gitlab.kept().loses_answers = Some(("POST", "/lock", 1));
        store.lock(&info(1), Duration::ZERO).await.unwrap();
        gitlab.kept().loses_answers = Some(("DELETE", "/lock", 1));
        store.unlock().await.unwrap();
        assert!(gitlab.kept().lock.is_none());
        // No answer at all: what was locked unseen is freed.
        gitlab.kept().loses_answers = Some(("POST", "/lock", 4));
        store.lock(&info(1), Duration::ZERO).await.unwrap_err();
        assert!(gitlab.kept().lock.is_none());
    });
}

#[test]
fn held_lock_is_waited_for_and_names_its_holder_without_echoes() {
    let gitlab = GitLab::start();
    let mut first = store(&gitlab);
    let mut second = store(&gitlab);
    block_on(async {
        first.lock(&info(41), Duration::ZERO).await.unwrap();
        let held = second.lock(&info(42), Duration::from_millis(20)).await.unwrap_err().to_string();
        insta::assert_snapshot!(held, @"the state is locked by alice (apply) since 2026-11-24 12:00:00 UTC, job https://gitlab.example.com/nautes/fleet/-/jobs/41, lock ID id-41/apply:gitlab.example.com/nautes/fleet/-/jobs/41");
        let asked = gitlab.kept().requests.len();
        let next = info(42);
        let (locked, freed) = tokio::join!(second.lock(&next, Duration::from_secs(600)), async {
            while gitlab.kept().requests.len() < asked + 3 {
                tokio::task::yield_now().await;
            }
            first.unlock().await
        });
        freed.unwrap();
        locked.unwrap();
    });
    assert_eq!(
        gitlab.kept().lock.as_ref().unwrap()["ID"],
        "id-42/apply:gitlab.example.com/nautes/fleet/-/jobs/42"
    );
}

#[test]
fn force_unlock_requires_the_id_of_the_lock() {
    let gitlab = GitLab::start();
    let mut first = store(&gitlab);
    let mut second = store(&gitlab);
    block_on(async {
        first.lock(&info(1), Duration::ZERO).await.unwrap();
        let wrong = chain(&second.force_unlock(Some("id-2")).await.unwrap_err());
        assert!(wrong.contains("no lock with the ID 'id-2'"), "{wrong}");
        assert!(gitlab.kept().lock.is_some());
        second.force_unlock(Some("id-1/apply:gitlab.example.com/nautes/fleet/-/jobs/1")).await.unwrap();
        second.lock(&info(2), Duration::ZERO).await.unwrap();
    });
}

#[test]
fn errors_do_not_show_the_password() {
    let gitlab = GitLab::start();
    let mut store = store(&gitlab);
    gitlab.kept().full_after = Some(0);
    let full = block_on(store.replace(&mut new_state())).unwrap_err();
    assert!(chain(&full).contains("larger than the server allows"), "{full}");
    let debug = format!("{:?}", settings(&gitlab));
    drop(gitlab);
    let gone = block_on(store.load()).unwrap_err();
    for text in [debug, format!("{} {full:?}", chain(&full)), format!("{} {gone:?}", chain(&gone))] {
        assert!(!text.contains("canary"), "{text}");
    }
}

#[test]
fn lock_uses_terraforms_methods_by_default() {
    let gitlab = GitLab::start();
    let address = format!("{}{}", gitlab.api, crate::support::STATE);
    let settings = HttpStateSettings {
        lock_address: Some(format!("{address}/lock")),
        pause: PAUSE,
        ..HttpStateSettings::terraform(address)
    };
    let mut store = store_with(settings);
    block_on(async {
        // This server does not know them.
        let error = chain(&store.lock(&info(1), Duration::ZERO).await.unwrap_err());
        assert!(error.contains("405"), "{error}");
    });
    assert_eq!(gitlab.kept().requests, [format!("LOCK /api/v4{}/lock", crate::support::STATE)]);
}

#[test]
fn invalid_address_is_an_error() {
    for address in ["", "state.example", "http://state.example:99999/s"] {
        let settings = HttpStateSettings { pause: PAUSE, ..HttpStateSettings::terraform(address.to_owned()) };
        let mut store = store_with(settings);
        let error = chain(&block_on(store.load()).unwrap_err());
        assert!(error.starts_with("cannot read the state at (not a URL): "), "{error}");
    }
}

#[test]
fn endless_state_is_refused_at_the_limit_and_not_read_again() {
    let server = EndlessServer::start();
    let settings = HttpStateSettings { pause: PAUSE, ..HttpStateSettings::terraform(server.url.clone()) };
    let mut store = store_with(settings);
    let error = chain(&block_on(store.load()).unwrap_err());
    assert!(error.ends_with("the answer is larger than 128 MiB"), "{error}");
    assert_eq!(server.requests(), 1);
}
