//! The name of a member, in one word.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::{LazyLock, Mutex, PoisonError};

use foldhash::fast::RandomState;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A member's name: a table's static text, or a text that was read.
///
/// Values have several names for each object, and few different ones. So a name is a reference to its text
/// and not a text of its own: to a field's name in its table, or to one of the texts that were read, which
/// are kept once each until the process ends. These take as much memory as the different keys that all runs
/// of the process have read: the keys of maps in manifests, replies and states, and of paths to fields. No
/// value is ever kept so.
#[derive(Clone, Copy)]
pub struct Name(&'static &'static str);

type Names = HashSet<Name, RandomState>;

/// All names that were read.
static READ: LazyLock<Mutex<Names>> = LazyLock::new(Mutex::default);

thread_local! {
    /// Those that this thread has met: a state has a million names, and threads would wait for each other.
    static MET: RefCell<Names> = RefCell::default();
}

impl Name {
    /// A name of the program's own, such as that of a field in its table.
    pub const fn known(text: &'static &'static str) -> Self {
        Self(text)
    }

    /// Its text.
    pub const fn as_str(&self) -> &'static str {
        self.0
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        MET.with_borrow_mut(|met| {
            met.get(text).copied().unwrap_or_else(|| {
                let name = kept(text);
                met.insert(name);
                name
            })
        })
    }
}

/// The name among those of all threads.
fn kept(text: &str) -> Name {
    // A panic leaves the set whole.
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    read.get(text).copied().unwrap_or_else(|| {
        let text: &'static str = Box::leak(text.into());
        let name = Name(Box::leak(Box::new(text)));
        read.insert(name);
        name
    })
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self.0
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        // Several tables may have the same name.
        std::ptr::eq(self.0, other.0) || self.0 == other.0
    }
}

impl Eq for Name {}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        *self.0 == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other
    }
}

impl PartialEq<Name> for str {
    fn eq(&self, other: &Name) -> bool {
        self == *other.0
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp(other.0)
    }
}

/// As its text, which finds it in a set.
impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0, f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.0, f)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(AnyName)
    }
}

struct AnyName;

impl Visitor<'_> for AnyName {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Name, E> {
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::hash_map::RandomState as AnyState;
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn names_are_equal_and_sorted_by_their_texts_wherever_they_are_kept() {
        static TABLES: [&str; 3] = ["cluster", "cluster", "name"];
        let hasher = AnyState::new();
        let same = [Name::known(&TABLES[0]), Name::known(&TABLES[1]), "cluster".into()];
        for name in same {
            for other in same {
                assert_eq!(name, other);
                assert_eq!(hasher.hash_one(name), hasher.hash_one(other));
            }
            assert_eq!((name, format!("{name} {name:?}").as_str()), (name, "cluster \"cluster\""));
            assert_eq!(hasher.hash_one(name), hasher.hash_one("cluster"));
            assert_ne!(name, Name::known(&TABLES[2]));
            assert!(name < Name::known(&TABLES[2]) && name > Name::from("clus") && name > Name::from(""));
        }
    }

    #[test]
    fn name_that_is_read_again_is_kept_once_for_all_threads() {
        let read = || Name::from(String::from("no table has this").as_str());
        let all = [read(), read(), std::thread::spawn(read).join().unwrap()];
        assert!(all.iter().all(|name| std::ptr::eq(name.0, all[0].0)));
        assert_eq!(serde_json::from_str::<Vec<Name>>(r#"["a", "\u00e4"]"#).unwrap(), ["a", "ä"]);
        assert!(serde_json::from_str::<Name>("1").is_err());
    }
}
