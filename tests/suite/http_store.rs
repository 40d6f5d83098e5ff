//! The http protocol's particulars, one by one, against a server that behaves as GitLab does and a network that loses answers.

use std::time::Duration;

use nautform::model::value::Secret;
use nautform::resource::Record;
use nautform::state::http::{HttpDocument, HttpStateSettings};
use nautform::state::remote::{RemoteStore, Saving};
use nautform::state::{Entry, LockInfo, State, Store, StoreError, format};

use crate::support::{GitLab, block_on};

const PAUSE: Duration = Duration::from_millis(1);

fn settings(gitlab: &GitLab) -> HttpStateSettings {
    HttpStateSettings {
        username: Some("gitlab-ci-token".into()),
        password: Some(Secret::new("canary-job-token".into())),
        pause: PAUSE,
        ..HttpStateSettings::gitlab(&gitlab.api, "7", "production")
    }
}

fn store(gitlab: &GitLab) -> RemoteStore<HttpDocument> {
    let saving = Saving { interval: Duration::ZERO, directory: None };
    RemoteStore::new(HttpDocument::new(settings(gitlab)).unwrap(), saving)
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
fn a_first_read_finds_nothing_whether_the_row_exists_or_not() {
    let gitlab = GitLab::start();
    let mut store = store(&gitlab);
    block_on(async {
        assert_eq!(store.load().await.unwrap(), None);
        store.lock(&info(1), Duration::ZERO).await.unwrap();
        assert_eq!(store.load().await.unwrap(), None);
        // What is hidden is not empty.
        gitlab.kept().hidden = true;
        let hidden = store.load().await.unwrap_err().to_string();
        assert!(hidden.contains("Project Not Found") && hidden.contains("right project"), "{hidden}");
    });
}

#[test]
fn every_write_is_under_the_lock_and_the_next_serial() {
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
fn a_write_whose_answer_was_lost_is_not_taken_for_somebody_elses() {
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
fn what_somebody_else_has_written_is_never_written_over() {
    let gitlab = GitLab::start();
    let mut store = store(&gitlab);
    block_on(async {
        let mut state = new_state();
        store.lock(&info(1), Duration::ZERO).await.unwrap();
        store.replace(&mut state).await.unwrap();
        gitlab.kept().versions.insert(2, format::write_as(&new_state(), 2, None).into());
        let conflict = store.replace(&mut state).await.unwrap_err();
        assert!(matches!(conflict, StoreError::Conflict { .. }), "{conflict}");
        // Somebody has forced the lock: GitLab says 500, and nothing is written.
        gitlab.kept().lock = None;
        store.load().await.unwrap();
        let refused = store.replace(&mut state).await.unwrap_err().to_string();
        assert!(refused.contains("500"), "{refused}");
        let lost = store.unlock().await.unwrap_err();
        assert!(matches!(lost, StoreError::Lost { .. }), "{lost}");
    });
    assert_eq!(gitlab.kept().versions.len(), 2);
}

#[test]
fn a_lock_whose_answer_was_lost_is_ours_and_so_is_an_unlock() {
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
fn a_held_lock_is_waited_for_and_its_holder_named_without_echoes() {
    let gitlab = GitLab::start();
    let (mut first, mut second) = (store(&gitlab), store(&gitlab));
    block_on(async {
        first.lock(&info(41), Duration::ZERO).await.unwrap();
        let held = second.lock(&info(42), Duration::from_millis(20)).await.unwrap_err().to_string();
        insta::assert_snapshot!(held, @"the state is locked by alice since 2026-11-24 12:00:00 UTC, job https://gitlab.example.com/nautes/fleet/-/jobs/41, lock ID id-41:gitlab.example.com/nautes/fleet/-/jobs/41");
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
    assert_eq!(gitlab.kept().lock.as_ref().unwrap()["ID"], "id-42:gitlab.example.com/nautes/fleet/-/jobs/42");
}

#[test]
fn a_lock_is_forced_only_with_its_own_id() {
    let gitlab = GitLab::start();
    let (mut first, mut second) = (store(&gitlab), store(&gitlab));
    block_on(async {
        first.lock(&info(1), Duration::ZERO).await.unwrap();
        let wrong = second.force_unlock("id-2").await.unwrap_err().to_string();
        assert!(wrong.contains("no lock with the ID 'id-2'"), "{wrong}");
        assert!(gitlab.kept().lock.is_some());
        second.force_unlock("id-1:gitlab.example.com/nautes/fleet/-/jobs/1").await.unwrap();
        second.lock(&info(2), Duration::ZERO).await.unwrap();
    });
}

#[test]
fn no_error_tells_the_password() {
    let gitlab = GitLab::start();
    let mut store = store(&gitlab);
    gitlab.kept().full_after = Some(0);
    let full = block_on(store.replace(&mut new_state())).unwrap_err();
    assert!(full.to_string().contains("larger than the server allows"), "{full}");
    let debug = format!("{:?}", settings(&gitlab));
    drop(gitlab);
    let gone = block_on(store.load()).unwrap_err();
    for text in [debug, format!("{full} {full:?}"), format!("{gone} {gone:?}")] {
        assert!(!text.contains("canary"), "{text}");
    }
}

#[test]
fn a_server_with_terraforms_own_methods_is_spoken_to_in_them() {
    let gitlab = GitLab::start();
    let address = format!("{}{}", gitlab.api, crate::support::STATE);
    let settings = HttpStateSettings {
        lock_address: Some(format!("{address}/lock")),
        pause: PAUSE,
        ..HttpStateSettings::terraform(address)
    };
    let mut store = RemoteStore::new(HttpDocument::new(settings).unwrap(), Saving::default());
    block_on(async {
        // This server does not know them.
        let error = store.lock(&info(1), Duration::ZERO).await.unwrap_err().to_string();
        assert!(error.contains("405"), "{error}");
    });
    assert_eq!(gitlab.kept().requests, [format!("LOCK /api/v4{}/lock", crate::support::STATE)]);
}
