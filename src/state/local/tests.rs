use super::*;
use crate::kinds;
use crate::resource::{Address, Record};
use crate::state::{Intent, Verb};
use crate::value::Value;

fn address(name: &str) -> Address {
    Address::of_product(kinds::find("Project").unwrap(), "shop", name)
}

fn recorded(name: &str) -> Entry {
    let applied = Value::from_json(serde_json::json!({"language": "rust"}));
    Entry::Recorded(address(name), Box::new(Record { applied, ..Record::default() }))
}

fn now<T>(future: Storing<'_, T>) -> Result<T, StoreError> {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

#[test]
fn a_killed_run_leaves_what_it_had_done() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = LocalStore::new(directory.path().join(".nautform"));
    assert!(now(store.load()).unwrap().is_none());
    let mut state = State::new("lineage".into(), "salt".into());
    let begun = Entry::Begun(address("b"), Intent { verb: Verb::Create, since: "now".into() });
    now(store.append(&[recorded("a"), begun], &state)).unwrap();
    // A kill in the middle of a write tears the last line.
    let journal = directory.path().join(".nautform/state.journal");
    let mut text = std::fs::read(&journal).unwrap();
    text.extend_from_slice(b"{\"step\":\"recor");
    std::fs::write(&journal, text).unwrap();

    let mut again = LocalStore::new(directory.path().join(".nautform"));
    let loaded = now(again.load()).unwrap().unwrap();
    assert!(loaded.records.contains_key(&address("a")) && loaded.manages(&address("b")));
    now(again.append(&[recorded("c")], &loaded)).unwrap();
    state = now(LocalStore::new(directory.path().join(".nautform")).load()).unwrap().unwrap();
    assert!(state.records.contains_key(&address("c")) && state.records.contains_key(&address("a")));
    now(again.save(&mut state)).unwrap();
    assert!(!journal.exists());
    assert_eq!(now(LocalStore::new(directory.path().join(".nautform")).load()).unwrap().unwrap(), state);
}

#[test]
fn saving_writes_only_what_changed_under_the_next_serial() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = LocalStore::new(directory.path().to_owned());
    let mut state = State::new("lineage".into(), "salt".into());
    now(store.save(&mut state)).unwrap();
    now(store.save(&mut state)).unwrap();
    assert_eq!(state.serial, 1);
    state.fold(recorded("a"));
    now(store.append(&[recorded("a")], &state)).unwrap();
    now(store.save(&mut state)).unwrap();
    assert_eq!(state.serial, 2);
    assert!(directory.path().join("state.json.backup").exists());
}

#[test]
fn a_held_lock_names_its_holder_and_dies_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let (mut first, mut second) =
        (LocalStore::new(directory.path().to_owned()), LocalStore::new(directory.path().to_owned()));
    let info = LockInfo { who: "alice@ci".into(), ..LockInfo::default() };
    now(first.lock(&info, Duration::ZERO)).unwrap();
    let held = now(second.lock(&LockInfo::default(), Duration::ZERO)).unwrap_err();
    assert!(held.to_string().contains("alice@ci"), "{held}");
    drop(first);
    now(second.lock(&LockInfo::default(), Duration::ZERO)).unwrap();
}

#[test]
fn damaged_foreign_and_newer_documents_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("state.json");
    let load = || now(LocalStore::new(directory.path().to_owned()).load()).unwrap_err().to_string();
    for (text, words) in [
        ("{", "damaged"),
        ("{\"version\":4}", "no nautform state"),
        ("{\"format\":\"nautform-state\",\"format_version\":99}", "newer"),
    ] {
        std::fs::write(&file, text).unwrap();
        assert!(load().contains(words), "{}", load());
    }
}
