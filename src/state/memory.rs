//! A store in memory: for `--stateless`, and tests.

use std::time::Duration;

use super::store::Storing;
use super::{Entry, LockInfo, State, Store};

/// Keeps the state until the process ends.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    /// What [`Store::load`] gives, and what was saved last.
    pub state: Option<State>,
}

impl Store for MemoryStore {
    fn load(&mut self) -> Storing<'_, Option<State>> {
        Box::pin(std::future::ready(Ok(self.state.clone())))
    }

    fn lock<'a>(&'a mut self, _info: &'a LockInfo, _patience: Duration) -> Storing<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn append<'a>(&'a mut self, _entries: &'a [Entry], _state: &'a State) -> Storing<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn save<'a>(&'a mut self, state: &'a mut State) -> Storing<'a, ()> {
        self.state = Some(state.clone());
        Box::pin(std::future::ready(Ok(())))
    }

    fn force_unlock<'a>(&'a mut self, _id: Option<&'a str>) -> Storing<'a, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn unlock(&mut self) -> Storing<'_, ()> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn place(&self) -> String {
        "memory".to_owned()
    }
}
