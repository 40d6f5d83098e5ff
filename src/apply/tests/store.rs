//! A store that can fail.

use std::time::Duration;

use crate::state::store::Storing;
use crate::state::{Entry, LockInfo, State, Store, StoreError};

use super::server::Log;

/// A store that logs, and fails as often as a test says.
pub(in crate::apply) struct TestStore {
    pub(super) log: Log,
    pub(in crate::apply) failing_appends: usize,
    /// How many appends succeed before none does.
    pub(in crate::apply) passing_appends: Option<usize>,
    pub(in crate::apply) failing_saves: usize,
    /// Whether only the first steps of a run are safe.
    pub(in crate::apply) bundles: bool,
    /// What survives a kill.
    pub(in crate::apply) durable: State,
}

impl TestStore {
    fn fail(&self) -> StoreError {
        StoreError::unavailable("save", self.place(), std::io::Error::other("the disk is full"))
    }
}

fn named(entry: &Entry) -> String {
    match entry {
        Entry::Begun(address, intent) if intent.planned => format!("planned {:?} {address}", intent.verb),
        Entry::Begun(address, intent) => format!("begun {:?} {address}", intent.verb),
        Entry::Recorded(address, _) => format!("recorded {address}"),
        Entry::Forgotten(address) => format!("forgotten {address}"),
        Entry::Abandoned(address) => format!("abandoned {address}"),
        Entry::Incomplete(address, _) => format!("incomplete {address}"),
        Entry::Deleting(address, _) => format!("deleting {address}"),
    }
}

impl Store for TestStore {
    fn load(&mut self) -> Storing<'_, Option<State>> {
        Box::pin(std::future::ready(Ok(Some(self.durable.clone()))))
    }

    fn lock<'a>(&'a mut self, _info: &'a LockInfo, _timeout: Duration) -> Storing<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn append<'a>(&'a mut self, entries: &'a [Entry], _state: &'a State) -> Storing<'a, ()> {
        Box::pin(async move {
            if self.failing_appends > 0 || self.passing_appends == Some(0) {
                self.failing_appends = self.failing_appends.saturating_sub(1);
                return Err(self.fail());
            }
            self.passing_appends = self.passing_appends.map(|left| left - 1);
            entries.iter().cloned().for_each(|entry| self.durable.fold(entry));
            let names: Vec<String> = entries.iter().map(named).collect();
            self.log.line(format_args!("append {}", names.join(", ")));
            Ok(())
        })
    }

    fn save<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()> {
        Box::pin(async move {
            if self.failing_saves > 0 {
                self.failing_saves -= 1;
                return Err(self.fail());
            }
            self.durable = state.clone();
            self.log.line("save");
            Ok(())
        })
    }

    fn bundles(&self) -> bool {
        self.bundles
    }

    fn force_unlock<'a>(&'a mut self, _id: Option<&'a str>) -> Storing<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn unlock(&mut self) -> Storing<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn place(&self) -> String {
        "the store".to_owned()
    }
}
