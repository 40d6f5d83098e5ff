//! Edits of a state by hand: remove, rename, push. Pure: the caller holds the lock and saves.

use crate::resource::Address;

use super::{Entry, State};

/// An edit that is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The state does not have the object.
    #[error("{0} is not in the state")]
    Unknown(Address),
    /// The state has the new address already.
    #[error("{0} is in the state already")]
    Taken(Address),
    /// An object can't change its kind.
    #[error("{} and {} are of different kinds", .0.0, .0.1)]
    OtherKind(Box<(Address, Address)>),
    /// The pushed state is of another environment.
    #[error("the file is of the environment {pushed} instead of {here}")]
    OtherEnvironment {
        /// The environment in the file.
        pushed: String,
        /// This environment.
        here: String,
    },
    /// The pushed state is of another fleet.
    #[error("the file is of the fleet {pushed} instead of {here}")]
    OtherFleet {
        /// The fleet in the file.
        pushed: String,
        /// This fleet.
        here: String,
    },
    /// The pushed state is not a later one of this state.
    #[error("the file is of another lineage ({pushed} instead of {here})")]
    OtherLineage {
        /// The lineage in the file.
        pushed: String,
        /// The lineage in the store.
        here: String,
    },
    /// The pushed state is older.
    #[error("the file is older (serial {pushed} instead of {here})")]
    Older {
        /// The serial in the file.
        pushed: u64,
        /// The serial in the store.
        here: u64,
    },
    /// The pushed state is another one of the same serial.
    #[error("cannot overwrite the state with serial {0} with a different state that has the same serial")]
    SameSerial(u64),
}

/// Removes an object from the state without changing it. What a killed run has begun can be removed, too.
///
/// # Errors
/// If the state does not have it.
pub fn remove(state: &mut State, address: &Address) -> Result<(), EditError> {
    if !state.names(address) && !state.deletions.contains_key(address) {
        return Err(EditError::Unknown(address.clone()));
    }
    state.fold(Entry::Forgotten(address.clone()));
    Ok(())
}

/// Gives an object another address, also where other records refer to it. The object itself keeps its name.
///
/// # Errors
/// If it is not in the state, the address is taken, or it is of another kind.
pub fn rename(state: &mut State, from: &Address, to: &Address) -> Result<(), EditError> {
    if from.kind() != to.kind() {
        return Err(EditError::OtherKind(Box::new((from.clone(), to.clone()))));
    }
    if state.names(to) {
        return Err(EditError::Taken(to.clone()));
    }
    let record = state.records.remove(from).ok_or_else(|| EditError::Unknown(from.clone()))?;
    state.records.insert(to.clone(), record);
    if let Some(intent) = state.intents.remove(from) {
        state.intents.insert(to.clone(), intent);
    }
    if let Some(incomplete) = state.incomplete.remove(from) {
        state.incomplete.insert(to.clone(), incomplete);
    }
    let references = state.records.values_mut().flat_map(|record| &mut record.references);
    references.filter(|reference| *reference == from).for_each(|reference| reference.clone_from(to));
    Ok(())
}

/// Whose state it is, as far as the fleet says it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Owner<'a> {
    /// The name of the fleet.
    pub fleet: Option<&'a String>,
    /// The environment.
    pub environment: Option<&'a String>,
}

/// Replaces the state with a pushed one, under a serial that a save makes the next one. It must be of this
/// fleet, of the same lineage and later, or the same state, unless it is forced or there is nothing to lose.
///
/// # Errors
/// If it is of another fleet, environment or lineage, older, or another state of the same serial.
pub fn push(state: &mut State, pushed: State, ours: Owner<'_>, force: bool) -> Result<(), EditError> {
    let differing = |theirs: Option<&String>, ours: Option<&String>| {
        let (theirs, ours) = theirs.zip(ours)?;
        (theirs != ours && !force).then(|| (theirs.clone(), ours.clone()))
    };
    if let Some((pushed, here)) = differing(pushed.bound_fleet(), ours.fleet) {
        return Err(EditError::OtherFleet { pushed, here });
    }
    if let Some((pushed, here)) = differing(pushed.environment.as_ref(), ours.environment) {
        return Err(EditError::OtherEnvironment { pushed, here });
    }
    let nothing_to_lose = state.records.is_empty() && state.serial == 0;
    if !force && !nothing_to_lose {
        if pushed.lineage != state.lineage {
            return Err(EditError::OtherLineage { pushed: pushed.lineage, here: state.lineage.clone() });
        }
        if pushed.serial < state.serial {
            return Err(EditError::Older { pushed: pushed.serial, here: state.serial });
        }
        // Two runs that began with the same state: the other one has saved first.
        if pushed.serial == state.serial && pushed != *state {
            return Err(EditError::SameSerial(state.serial));
        }
    }
    let serial = state.serial.max(pushed.serial);
    *state = State { serial, ..pushed };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Record;
    use crate::state::{Entry, Intent, Verb};

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    /// A cluster, and an environment that refers to it.
    fn state() -> State {
        let mut state = State::new("lineage".into(), "salt".into());
        let record = |references| Box::new(Record { references, ..Record::default() });
        state.fold(Entry::Recorded(address("Cluster/host"), record(vec![])));
        state.fold(Entry::Recorded(address("Environment/shop/dev"), record(vec![address("Cluster/host")])));
        state.serial = 4;
        state
    }

    #[test]
    fn remove_knows_records_and_intents() {
        let mut state = state();
        let begun = address("Cluster/begun");
        state.fold(Entry::Begun(begun.clone(), Intent::plain(Verb::Create, "now")));
        assert_eq!(remove(&mut state, &begun), Ok(()));
        assert!(!state.manages(&begun));
        let host = address("Cluster/host");
        assert_eq!(remove(&mut state, &host), Ok(()));
        assert_eq!(remove(&mut state, &host), Err(EditError::Unknown(host)));
    }

    #[test]
    fn rename_follows_references() {
        let mut state = state();
        let host = address("Cluster/host");
        let other = address("Cluster/other");
        rename(&mut state, &host, &other).unwrap();
        assert!(!state.records.contains_key(&host) && state.records.contains_key(&other));
        assert_eq!(state.records[&address("Environment/shop/dev")].references, std::slice::from_ref(&other));
        assert_eq!(rename(&mut state, &host, &address("Cluster/x")), Err(EditError::Unknown(host.clone())));
        let dev = address("Environment/shop/dev");
        assert!(matches!(rename(&mut state, &other, &dev), Err(EditError::OtherKind { .. })));
        state.fold(Entry::Recorded(host.clone(), Box::default()));
        assert_eq!(rename(&mut state, &other, &host), Err(EditError::Taken(host)));
    }

    #[test]
    fn push_requires_the_same_fleet_and_environment() {
        let named = |name: &str| State { fleet: Some(name.to_owned()), ..state() };
        let name = "a".to_owned();
        let ours = Owner { fleet: Some(&name), environment: Some(&name) };
        let mut here = State::new("new".into(), "salt".into());
        let refused = push(&mut here, named("b"), ours, false);
        assert_eq!(refused, Err(EditError::OtherFleet { pushed: "b".into(), here: "a".into() }));
        push(&mut here, named("b"), ours, true).unwrap();
        let newer = State { serial: 5, ..named("a") };
        push(&mut here, newer, ours, false).unwrap();
        let of = |name: &str| State { environment: Some(name.to_owned()), serial: 9, ..state() };
        let refused = push(&mut here, of("b"), ours, false);
        assert_eq!(refused, Err(EditError::OtherEnvironment { pushed: "b".into(), here: "a".into() }));
        push(&mut here, of("a"), ours, false).unwrap();
    }

    #[test]
    fn push_requires_the_same_lineage_and_a_later_serial() {
        let mut here = state();
        let older = State { serial: 3, ..state() };
        assert!(matches!(
            push(&mut here, older.clone(), Owner::default(), false),
            Err(EditError::Older { .. })
        ));
        let foreign = State { lineage: "other".into(), serial: 9, ..state() };
        assert!(matches!(
            push(&mut here, foreign.clone(), Owner::default(), false),
            Err(EditError::OtherLineage { .. })
        ));
        let mut other = state();
        other.records.remove(&address("Cluster/host"));
        assert_eq!(push(&mut here, other.clone(), Owner::default(), false), Err(EditError::SameSerial(4)));
        assert_eq!(here, state(), "a refused push changes nothing");
        push(&mut here, state(), Owner::default(), false).unwrap();
        push(&mut here, other.clone(), Owner::default(), true).unwrap();
        assert_eq!(here, other);
        here = state();
        push(&mut here, older, Owner::default(), true).unwrap();
        assert_eq!(here.serial, 4, "a serial never goes back");
        let mut new = State::new("new".into(), "salt".into());
        push(&mut new, foreign.clone(), Owner::default(), false).unwrap();
        assert_eq!(new, foreign);
    }
}
