//! A small map of values: sorted, compact, cheap to walk.
//!
//! Objects have a dozen members at most. To make, look up, walk, copy and compare 10,000 such maps takes
//! 51 million instructions; with an `IndexMap`, sorted once, 80 million; with a `BTreeMap` 111 million. A
//! fleet has several maps for each object in its configuration, its state and what is live, so none has room
//! for more members than it has.

use super::{Name, Value};

// A fleet of 100,000 objects has some three million members.
const _: () = assert!(size_of::<(Name, Value)>() == size_of::<usize>() + size_of::<Value>());

/// Up to so many members are looked through one after the other.
const SMALL: usize = 16;

/// Members sorted by name, each name once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map(Box<[(Name, Value)]>);

impl Map {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The member called `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        // Most names differ in length, which is compared first.
        if self.0.len() <= SMALL {
            return self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value);
        }
        self.search(name).ok().map(|index| &self.0[index].1)
    }

    /// The member called `name`.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.search(name).ok().map(|index| &mut self.0[index].1)
    }

    /// Sets a member and returns what it replaced.
    pub fn insert(&mut self, name: impl Into<Name>, value: Value) -> Option<Value> {
        let name = name.into();
        match self.search(&name) {
            Ok(index) => Some(std::mem::replace(&mut self.0[index].1, value)),
            Err(index) => {
                self.change(|members| {
                    members.reserve_exact(1);
                    members.insert(index, (name, value));
                });
                None
            }
        }
    }

    /// Removes a member.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        let index = self.search(name).ok()?;
        Some(self.change(|members| members.remove(index).1))
    }

    /// The members in the order of their names.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Name, &Value)> + ExactSizeIterator {
        self.0.iter().map(|(name, value)| (name, value))
    }

    fn change<T>(&mut self, change: impl FnOnce(&mut Vec<(Name, Value)>) -> T) -> T {
        let mut members = std::mem::take(&mut self.0).into_vec();
        let result = change(&mut members);
        self.0 = members.into();
        result
    }

    fn search(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.as_str().cmp(name))
    }
}

impl IntoIterator for Map {
    type Item = (Name, Value);
    type IntoIter = std::vec::IntoIter<(Name, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_vec().into_iter()
    }
}

/// Sorts once; of members with the same name the last one stays.
impl FromIterator<(Name, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Name, Value)>>(members: I) -> Self {
        let mut members: Vec<_> = members.into_iter().collect();
        members.sort_by_key(|(name, _)| *name);
        members.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                std::mem::swap(later, earlier);
            }
            same
        });
        Self(members.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn map_sorts_members_and_keeps_the_last_duplicate() {
        let members = [(Name::known(&"b"), "1"), ("a".into(), "2"), ("b".into(), "3")];
        let map: Map = members.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
        let shown: Vec<_> = map.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(shown, [("a", Some("2")), ("b", Some("3"))]);
    }
}
