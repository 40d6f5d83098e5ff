use std::sync::{Arc, Mutex};

use super::*;
use crate::resource::Address;
use crate::state::{Intent, LockLoss, Verb};

/// A server's side: what it has, and how it behaves.
#[derive(Default)]
struct Server {
    versions: Vec<Vec<u8>>,
    expired_holder: bool,
    locked: bool,
    lost: bool,
    /// Writes, and loses the answer.
    loses_answers: bool,
    /// Loses the request.
    loses_requests: bool,
}

#[derive(Clone, Default)]
struct Fake(Arc<Mutex<Server>>);

impl Fake {
    fn server(&self) -> std::sync::MutexGuard<'_, Server> {
        self.0.lock().unwrap()
    }

    fn saves(&self) -> usize {
        self.server().versions.len()
    }

    fn last(&self) -> State {
        format::read(self.server().versions.last().unwrap()).unwrap()
    }
}

fn broken() -> StoreError {
    StoreError::unavailable("save", "fake".into(), std::io::Error::other("no answer"))
}

impl Document for Fake {
    fn read(&mut self) -> Storing<'_, Option<Vec<u8>>> {
        let found = self.server().versions.last().cloned();
        Box::pin(std::future::ready(Ok(found)))
    }

    fn write<'a>(&'a mut self, bytes: &'a [u8]) -> Writing<'a> {
        let mut server = self.server();
        let result = if server.loses_requests {
            Err(WriteError::Unclear(broken()))
        } else {
            server.versions.push(bytes.to_vec());
            if server.loses_answers { Err(WriteError::Unclear(broken())) } else { Ok(()) }
        };
        Box::pin(std::future::ready(result))
    }

    fn holds<'a>(&'a mut self, bytes: &'a [u8]) -> Storing<'a, bool> {
        let holds = self.server().versions.last().is_some_and(|last| last == bytes);
        Box::pin(std::future::ready(Ok(holds)))
    }

    fn lock<'a>(&'a mut self, _info: &'a LockInfo, _patience: Duration) -> Storing<'a, Taken> {
        let mut server = self.server();
        server.locked = true;
        let taken = if server.expired_holder { Taken::Expired } else { Taken::Free };
        Box::pin(std::future::ready(Ok(taken)))
    }

    fn unlock(&mut self) -> Storing<'_, ()> {
        self.server().locked = false;
        Box::pin(std::future::ready(Ok(())))
    }

    fn force_unlock<'a>(&'a mut self, _id: Option<&'a str>) -> Storing<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn still_locked(&self) -> Result<(), StoreError> {
        if !self.server().lost {
            return Ok(());
        }
        Err(StoreError::Lost { place: "fake".into(), loss: LockLoss::NotRenewed })
    }

    fn epoch(&self) -> Option<u64> {
        Some(7)
    }

    fn place(&self) -> String {
        "fake".into()
    }
}

fn address(name: &str) -> Address {
    format!("Cluster/{name}").parse().unwrap()
}

fn recorded(name: &str) -> Entry {
    Entry::Recorded(address(name), Box::default())
}

/// A run: a store, and the state that its steps are folded into.
struct Run {
    store: RemoteStore<Fake>,
    state: State,
}

impl Run {
    async fn begin(fake: &Fake, directory: &std::path::Path) -> Self {
        let mut store = RemoteStore::new(fake.clone(), INTERVAL, directory.join(".nautform"));
        let state = store.load().await.unwrap();
        Self { store, state: state.unwrap_or_else(|| State::new("lineage".into(), "salt".into())) }
    }

    async fn append(&mut self, entry: Entry) -> Result<(), StoreError> {
        self.state.fold(entry.clone());
        self.store.append(&[entry], &self.state).await
    }
}

#[tokio::test(start_paused = true)]
async fn append_saves_the_first_steps_at_once_and_bundles_later_ones() {
    let fake = Fake::default();
    let directory = tempfile::tempdir().unwrap();
    let mut run = Run::begin(&fake, directory.path()).await;
    run.append(recorded("a")).await.unwrap();
    assert_eq!(fake.saves(), 1);
    for name in ["b", "c", "d"] {
        run.append(recorded(name)).await.unwrap();
    }
    assert_eq!(fake.saves(), 1);
    tokio::time::advance(Duration::from_secs(11)).await;
    run.append(recorded("e")).await.unwrap();
    assert_eq!((fake.saves(), fake.last().records.len()), (2, 5));
    run.append(recorded("f")).await.unwrap();
    run.store.save(&mut run.state).await.unwrap();
    run.store.save(&mut run.state).await.unwrap();
    assert_eq!((fake.saves(), fake.last().records.len(), run.state.serial), (3, 6, 3));
    assert!(!directory.path().join(".nautform/remote.journal").exists());
}

#[tokio::test(start_paused = true)]
async fn load_folds_in_the_journal_of_a_killed_run() {
    let fake = Fake::default();
    let directory = tempfile::tempdir().unwrap();
    let mut run = Run::begin(&fake, directory.path()).await;
    run.append(recorded("a")).await.unwrap();
    run.append(recorded("b")).await.unwrap();
    run.append(Entry::Begun(address("c"), Intent::plain(Verb::Create, "now"))).await.unwrap();
    drop(run);
    let mut next = Run::begin(&fake, directory.path()).await;
    assert!(next.state.records.contains_key(&address("b")) && next.state.manages(&address("c")));
    assert_eq!(fake.saves(), 1, "loading writes nothing");
    next.store.save(&mut next.state).await.unwrap();
    assert_eq!(fake.last().records.len(), 2);
    // In another directory, and after another save, the journal is not of this state.
    drop(next);
    let elsewhere = tempfile::tempdir().unwrap();
    let mut run = Run::begin(&fake, directory.path()).await;
    run.append(recorded("d")).await.unwrap();
    run.append(recorded("e")).await.unwrap();
    let mut other = Run::begin(&fake, elsewhere.path()).await;
    assert!(!other.state.records.contains_key(&address("e")));
    other.store.replace(&mut other.state).await.unwrap();
    assert!(!Run::begin(&fake, directory.path()).await.state.records.contains_key(&address("e")));
}

/// Who can read the state knows its lineage, serial, salt, and the hash of what the journal names.
#[tokio::test(start_paused = true)]
async fn journal_of_a_checkout_is_not_believed() {
    let fake = Fake::default();
    let directory = tempfile::tempdir().unwrap();
    let mut run = Run::begin(&fake, directory.path()).await;
    run.append(recorded("a")).await.unwrap();
    run.append(recorded("b")).await.unwrap();
    drop(run);
    let path = directory.path().join(".nautform/remote.journal");
    let journal = std::fs::read_to_string(&path).unwrap();
    let (head, steps) = journal.split_once('\n').unwrap();
    let document: serde_json::Value = serde_json::from_slice(fake.server().versions.last().unwrap()).unwrap();
    let hash = document["journal"].as_str().unwrap();
    assert!(!head.contains(hash));
    for run in [None, Some(""), Some(hash), Some("invented")] {
        let mut forged: serde_json::Value = serde_json::from_str(head).unwrap();
        forged["run"] = run.into();
        std::fs::write(&path, format!("{forged}\n{steps}")).unwrap();
        let next = Run::begin(&fake, directory.path()).await;
        assert!(!next.store.has_folded() && !next.state.records.contains_key(&address("b")), "{run:?}");
    }
    std::fs::write(&path, journal).unwrap();
    assert!(Run::begin(&fake, directory.path()).await.store.has_folded());
}

#[tokio::test(start_paused = true)]
async fn write_whose_answer_is_lost_is_read_back() {
    let fake = Fake::default();
    let directory = tempfile::tempdir().unwrap();
    let mut run = Run::begin(&fake, directory.path()).await;
    fake.server().loses_answers = true;
    run.append(recorded("a")).await.unwrap();
    assert_eq!(fake.last().serial, 1);
    fake.server().loses_requests = true;
    tokio::time::advance(Duration::from_secs(11)).await;
    run.append(recorded("b")).await.unwrap_err();
    assert_eq!(run.store.serial(&run.state), 1);
    fake.server().loses_requests = false;
    run.store.replace(&mut run.state).await.unwrap();
    assert_eq!((run.state.serial, fake.last().records.len()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn lock_of_an_expired_holder_rewrites_the_document() {
    let fake = Fake::default();
    let directory = tempfile::tempdir().unwrap();
    let mut run = Run::begin(&fake, directory.path()).await;
    fake.server().expired_holder = true;
    let lock = LockInfo::default();
    run.store.lock(&lock, Duration::ZERO).await.unwrap();
    assert_eq!(fake.saves(), 0, "there is nothing to rewrite yet");
    run.append(recorded("a")).await.unwrap();
    run.store.lock(&lock, Duration::ZERO).await.unwrap();
    assert_eq!((fake.saves(), fake.last().serial), (2, 2));
    assert!(String::from_utf8_lossy(fake.server().versions.last().unwrap()).contains("\"epoch\": 7"));
    fake.server().loses_requests = true;
    run.store.lock(&lock, Duration::ZERO).await.unwrap_err();
    assert!(!fake.server().locked, "the lock is given back if the document can't be rewritten");
}

#[tokio::test(start_paused = true)]
async fn append_fails_once_the_lock_is_lost() {
    let fake = Fake::default();
    let directory = tempfile::tempdir().unwrap();
    let mut run = Run::begin(&fake, directory.path()).await;
    run.append(recorded("a")).await.unwrap();
    fake.server().lost = true;
    let lost = run.append(recorded("b")).await.unwrap_err();
    assert!(matches!(lost, StoreError::Lost { .. }), "{lost}");
}

/// The whole of 2,000 steps in 200 turns costs a few saves, not 200.
#[tokio::test(start_paused = true)]
async fn append_of_many_steps_saves_a_few_times() {
    let fake = Fake::default();
    let directory = tempfile::tempdir().unwrap();
    let mut run = Run::begin(&fake, directory.path()).await;
    for turn in 0..200 {
        let steps: Vec<Entry> = (0..10).map(|step| recorded(&format!("c{turn}-{step}"))).collect();
        steps.iter().cloned().for_each(|step| run.state.fold(step));
        run.store.append(&steps, &run.state).await.unwrap();
        tokio::time::advance(Duration::from_millis(200)).await;
    }
    run.store.save(&mut run.state).await.unwrap();
    assert_eq!(fake.last().records.len(), 2000);
    assert!(fake.saves() <= 6, "{} saves in 40 seconds", fake.saves());
}
