//! State in a bucket: against moto's server, skipped where it is not installed, and against stores that
//! ignore the conditions of writes.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nautform::internals::model::chain;
use nautform::internals::state::RemoteStore;
use nautform::internals::state::{S3Document, S3Settings};
use nautform::{LockInfo, Secret, State, Store, StoreError};

use crate::support::{Conditions, S3, block_on, missing};

struct Moto {
    server: Child,
    url: String,
}

impl Moto {
    /// On a port that the system chooses, with one bucket.
    fn start() -> Option<Self> {
        let mut command = Command::new("moto_server");
        command.args(["-H", "127.0.0.1", "-p", "0"]).stdout(Stdio::null()).stderr(Stdio::piped());
        let Ok(mut server) = command.spawn() else {
            missing("moto_server (pip install 'moto[server]')");
            return None;
        };
        let lines = BufReader::new(server.stderr.take().unwrap()).lines().map_while(Result::ok);
        let url =
            lines.filter_map(|line| line.split_once("Running on ").map(|(_, url)| url.to_owned())).next();
        let Some(url) = url else {
            let _ = server.wait();
            missing("a moto_server that starts");
            return None;
        };
        let moto = Self { server, url: url.trim().to_owned() };
        block_on(async {
            let _ = rustls::crypto::ring::default_provider().install_default();
            let client = reqwest::Client::builder().tls_certs_only([]).build().unwrap();
            client.put(format!("{}/states", moto.url)).send().await.unwrap().error_for_status().unwrap();
        });
        Some(moto)
    }

    fn store(&self, lease: Duration) -> RemoteStore<S3Document> {
        store(&self.url, lease)
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn store(url: &str, lease: Duration) -> RemoteStore<S3Document> {
    let settings = S3Settings {
        bucket: "states".into(),
        key: "fleet/production.json".into(),
        region: "us-east-1".into(),
        endpoint: Some(url.to_owned()),
        path_style: true,
        access_key: "key".into(),
        secret_key: Secret::new("canary-secret".into()),
        session_token: None,
        lease,
        ca: None,
        pause: Duration::from_millis(10),
    };
    // Each step is saved, so that none is kept in a journal.
    RemoteStore::new(S3Document::new(&settings).unwrap(), Duration::ZERO, "without a journal".into())
}

fn info(name: &str) -> LockInfo {
    LockInfo { id: name.into(), who: format!("{name}@host"), ..LockInfo::default() }
}

fn new_state() -> State {
    State::new("lineage".into(), "salt".into())
}

const LONG: Duration = Duration::from_secs(3600);

#[test]
fn state_is_locked_saved_loaded_and_unlocked() {
    let Some(moto) = Moto::start() else { return };
    let mut first = moto.store(LONG);
    let mut second = moto.store(LONG);
    block_on(async {
        assert_eq!(first.load().await.unwrap(), None);
        first.lock(&info("first"), Duration::ZERO).await.unwrap();
        let mut state = new_state();
        first.replace(&mut state).await.unwrap();
        first.replace(&mut state).await.unwrap();
        assert_eq!(second.load().await.unwrap().unwrap(), state);
        let held = second.lock(&info("second"), Duration::ZERO).await.unwrap_err();
        assert!(held.to_string().contains("first@host") && matches!(held, StoreError::Held { .. }), "{held}");
        first.unlock().await.unwrap();
        second.lock(&info("second"), Duration::ZERO).await.unwrap();
        first.force_unlock(Some("first")).await.unwrap_err();
        first.force_unlock(Some("second")).await.unwrap();
        let lost = second.unlock().await.unwrap_err();
        assert!(matches!(lost, StoreError::Lost { .. }), "{lost}");
    });
}

#[test]
fn save_over_another_version_is_a_conflict() {
    let Some(moto) = Moto::start() else { return };
    let mut first = moto.store(LONG);
    let mut second = moto.store(LONG);
    block_on(async {
        first.replace(&mut new_state()).await.unwrap();
        let mut state = second.load().await.unwrap().unwrap();
        first.replace(&mut state.clone()).await.unwrap();
        let conflict = second.replace(&mut state).await.unwrap_err();
        assert!(matches!(conflict, StoreError::Conflict { .. }), "{conflict}");
        assert!(!format!("{conflict:?}").contains("canary"));
    });
}

/// The holder is killed: its lease ends, and should it go on, it finds the document changed.
#[test]
fn lease_of_a_killed_holder_ends_and_its_writes_fail() {
    let Some(moto) = Moto::start() else { return };
    let mut first = moto.store(Duration::from_secs(1));
    let mut second = moto.store(LONG);
    let state = block_on(async {
        first.lock(&info("first"), Duration::ZERO).await.unwrap();
        let mut state = new_state();
        first.replace(&mut state).await.unwrap();
        state
    });
    // The runtime is gone, and with it the task that renewed the lease.
    block_on(async {
        second.lock(&info("second"), LONG).await.unwrap();
        assert_eq!(second.load().await.unwrap().unwrap().serial, state.serial + 1);
        let late = first.replace(&mut state.clone()).await.unwrap_err();
        assert!(matches!(late, StoreError::Lost { .. } | StoreError::Conflict { .. }), "{late}");
        second.unlock().await.unwrap();
    });
}

#[test]
fn store_that_ignores_a_condition_is_refused_and_keeps_no_lease() {
    for (if_match, if_none_match, ignored) in
        [(false, true, "If-Match"), (true, false, "If-None-Match"), (false, false, "If-None-Match")]
    {
        let s3 = S3::start(Conditions { if_match, if_none_match });
        for name in ["first", "second"] {
            let mut store = store(&s3.url, LONG);
            let error = chain(&block_on(store.lock(&info(name), Duration::ZERO)).unwrap_err());
            let expected = format!(
                "cannot lock the state at s3://states/fleet/production.json.lock: the store at {} ignores \
                 {ignored}, so locks do not hold there",
                s3.url
            );
            assert_eq!(error, expected);
        }
        let kept = s3.kept();
        assert!(!kept.objects.contains_key("/states/fleet/production.json"), "no state was written");
        let lease: serde_json::Value =
            serde_json::from_slice(&kept.objects["/states/fleet/production.json.lock"].0).unwrap();
        assert_eq!(lease["id"], "", "{lease}");
    }
}

#[test]
fn store_that_honours_both_conditions_is_locked() {
    let s3 = S3::start(Conditions { if_match: true, if_none_match: true });
    let mut first = store(&s3.url, LONG);
    let mut second = store(&s3.url, LONG);
    block_on(async {
        first.lock(&info("first"), Duration::ZERO).await.unwrap();
        first.replace(&mut new_state()).await.unwrap();
        let held = second.lock(&info("second"), Duration::ZERO).await.unwrap_err();
        assert!(matches!(held, StoreError::Held { .. }), "{held}");
        first.unlock().await.unwrap();
        second.lock(&info("second"), Duration::ZERO).await.unwrap();
        assert_eq!(second.load().await.unwrap().unwrap().serial, 1);
        second.unlock().await.unwrap();
    });
}
