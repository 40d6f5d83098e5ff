use super::*;
use crate::model::value::Value;
use crate::resource::kinds;
use crate::resource::{Address, Record};
use crate::state::{Intent, Verb};

fn address(name: &str) -> Address {
    Address::of_product(kinds::find("Project").unwrap(), "shop", name)
}

fn recorded(name: &str) -> Entry {
    let applied = Value::from_json(serde_json::json!({"language": "rust"}));
    Entry::Recorded(address(name), Box::new(Record { applied: applied.into(), ..Record::default() }))
}

fn now<T>(future: Storing<'_, T>) -> Result<T, StoreError> {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

#[test]
fn load_folds_in_the_journal_of_a_killed_run() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = LocalStore::new(directory.path().join(".nautform"));
    assert!(now(store.load()).unwrap().is_none());
    let mut state = State::new("lineage".into(), "salt".into());
    let begun = Entry::Begun(address("b"), Intent::plain(Verb::Create, "now"));
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
fn save_writes_only_changes_under_the_next_serial() {
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
fn held_lock_names_its_holder_and_ends_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = LocalStore::new(directory.path().to_owned());
    let mut second = LocalStore::new(directory.path().to_owned());
    let info = LockInfo { who: "alice@ci".into(), ..LockInfo::default() };
    now(first.lock(&info, Duration::ZERO)).unwrap();
    let held = now(second.lock(&LockInfo::default(), Duration::ZERO)).unwrap_err();
    assert!(held.to_string().contains("alice@ci"), "{held}");
    drop(first);
    now(second.lock(&LockInfo::default(), Duration::ZERO)).unwrap();
}

/// A cut line can look like a whole entry, but for its line break.
#[test]
fn journal_line_without_its_end_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let load = || now(LocalStore::new(directory.path().to_owned()).load()).unwrap().unwrap();
    let mut store = LocalStore::new(directory.path().to_owned());
    now(store.append(&[recorded("a")], &State::new("lineage".into(), "salt".into()))).unwrap();
    let journal = directory.path().join("state.journal");
    let whole = std::fs::read(&journal).unwrap();
    let second = format::write_entry(&recorded("b"));
    for torn in 0..second.len() {
        std::fs::write(&journal, [&whole, &second[..torn]].concat()).unwrap();
        assert_eq!(load().records.len(), 1, "torn after {torn} bytes");
        let mut next = LocalStore::new(directory.path().to_owned());
        let state = now(next.load()).unwrap().unwrap();
        now(next.append(&[recorded("c")], &state)).unwrap();
        assert_eq!(load().records.len(), 2, "torn after {torn} bytes, then appended to");
    }
    // Damage anywhere else is not from a kill: it is an error.
    std::fs::write(&journal, [&whole, &b"{}\n"[..], &second].concat()).unwrap();
    let damaged = now(LocalStore::new(directory.path().to_owned()).load()).unwrap_err().to_string();
    assert!(damaged.contains("its journal"), "{damaged}");
}

#[test]
fn journal_without_a_whole_head_is_empty() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("state.journal"), "{\"journal_of\":\"lin").unwrap();
    let mut store = LocalStore::new(directory.path().to_owned());
    assert_eq!(now(store.load()).unwrap(), None);
    now(store.append(&[recorded("a")], &State::new("lineage".into(), "salt".into()))).unwrap();
    assert_eq!(now(store.load()).unwrap().unwrap().records.len(), 1);
}

#[test]
fn journal_of_an_earlier_save_is_ignored() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = LocalStore::new(directory.path().to_owned());
    let mut state = State::new("lineage".into(), "salt".into());
    now(store.append(&[recorded("a")], &state)).unwrap();
    let journal = directory.path().join("state.journal");
    let old = std::fs::read(&journal).unwrap();
    now(store.save(&mut state)).unwrap();
    // A kill between the save and the removal of the journal.
    std::fs::write(&journal, old).unwrap();
    assert!(now(store.load()).unwrap().unwrap().records.is_empty());
}

#[test]
fn lock_removes_temporary_files_of_killed_saves() {
    let directory = tempfile::tempdir().unwrap();
    let left = directory.path().join(".state.json.abc");
    std::fs::write(&left, "half a st").unwrap();
    let mut store = LocalStore::new(directory.path().to_owned());
    now(store.load()).unwrap();
    assert!(left.exists(), "another run may be writing it");
    now(store.lock(&LockInfo::default(), Duration::ZERO)).unwrap();
    assert!(!left.exists());
}

#[test]
fn directory_is_ignored_by_git_and_files_are_private() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = LocalStore::new(directory.path().join(".nautform"));
    now(store.save(&mut State::new("lineage".into(), "salt".into()))).unwrap();
    assert_eq!(std::fs::read_to_string(directory.path().join(".nautform/.gitignore")).unwrap(), "*\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = store.file().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn backup_is_the_save_before_and_is_named_in_errors() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = LocalStore::new(directory.path().to_owned());
    let mut state = State::new("lineage".into(), "salt".into());
    for name in ["a", "b", "c"] {
        state.fold(recorded(name));
        now(store.replace(&mut state)).unwrap();
    }
    let backup = format::read(&std::fs::read(directory.path().join("state.json.backup")).unwrap()).unwrap();
    assert_eq!((backup.serial, backup.records.len()), (2, 2));
    std::fs::write(store.file(), "{").unwrap();
    let damaged = now(store.load()).unwrap_err().to_string();
    assert!(damaged.contains("state.json.backup is the one that was saved before it"), "{damaged}");
}

#[test]
fn held_lock_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = LocalStore::new(directory.path().to_owned());
    let mut second = LocalStore::new(directory.path().to_owned());
    now(first.lock(&LockInfo::default(), Duration::ZERO)).unwrap();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let info = LockInfo::default();
        let (waited, freed) = tokio::join!(second.lock(&info, Duration::from_secs(60)), async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            first.unlock().await
        });
        freed.unwrap();
        waited.unwrap();
        assert!(matches!(first.lock(&info, Duration::from_secs(3)).await, Err(StoreError::Held { .. })));
    });
}

#[test]
fn damaged_foreign_and_newer_documents_are_distinguished() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("state.json");
    let load = || now(LocalStore::new(directory.path().to_owned()).load()).unwrap_err().to_string();
    for (text, message) in [
        ("{", "damaged"),
        ("{\"version\":4}", "not a nautform state"),
        ("{\"format\":\"nautform-state\",\"format_version\":99}", "newer"),
        (
            "{\"format\":\"nautform-state\",\"format_version\":1,\"lineage\":\"l\",\"serial\":1,\"salt\":\"s\",\"records\":{\"Dream/a\":{\"applied\":{}}}}",
            "Dream/a, of a kind that this nautform does not know",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        assert!(load().contains(message), "{}", load());
    }
}

#[cfg(unix)]
#[test]
fn journal_and_lock_are_readable_by_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let mut store = LocalStore::new(directory.path().to_owned());
    now(store.lock(&LockInfo::default(), Duration::ZERO)).unwrap();
    now(store.append(&[recorded("a")], &State::new("lineage".into(), "salt".into()))).unwrap();
    for name in ["lock", "state.journal"] {
        let mode = directory.path().join(name).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn journal_holds_all_steps_up_to_a_failed_append() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = LocalStore::new(directory.path().to_owned());
    let state = State::new("lineage".into(), "salt".into());
    now(store.append(&[recorded("a")], &state)).unwrap();
    assert!(store.has_all());
    // Nothing can be opened under this name.
    let journal = directory.path().join("state.journal");
    std::fs::remove_file(&journal).unwrap();
    std::fs::create_dir(&journal).unwrap();
    let mut store = LocalStore::new(directory.path().to_owned());
    now(store.append(&[recorded("b")], &state)).unwrap_err();
    std::fs::remove_dir(&journal).unwrap();
    assert!(!store.has_all());
    now(store.append(&[recorded("c")], &state)).unwrap();
    assert!(!store.has_all(), "b is still missing");
    now(store.save(&mut state.clone())).unwrap();
    assert!(store.has_all());
}
