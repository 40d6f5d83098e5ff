//! Records entries in the state and makes them durable; what can't be saved stops the run.

use crate::model::error::chain;
use crate::plan::{Action, Change, Plan};
use crate::resource::Record;
use crate::state::{Entry, StoreError};

use super::{Event, Executor};

impl Executor<'_, '_> {
    /// Adopted objects, refreshed records and forgotten ones cost no request.
    pub(super) async fn record_without_requests(&mut self, plan: &Plan) {
        let state = &self.run.state;
        let is_new = |change: &Change, record: &Record| {
            state.records.get(&change.address) != Some(record) || state.intents.contains_key(&change.address)
        };
        let entry = |change: &Change| match (change.action, &change.record) {
            (Action::NoOp, Some(record)) if is_new(change, record) => {
                Some(Entry::Recorded(change.address.clone(), record.clone()))
            }
            (Action::Forget, _) => Some(Entry::Forgotten(change.address.clone())),
            _ => None,
        };
        let entries: Vec<Entry> = plan.changes.iter().filter_map(entry).collect();
        self.outcomes.forgotten = entries.iter().filter(|entry| matches!(entry, Entry::Forgotten(_))).count();
        let gone = plan.gone.iter().cloned().map(Entry::Forgotten);
        self.persist(gone.chain(entries).collect()).await;
    }

    /// Records entries and makes them durable; if that fails, a save of the whole state may succeed. If it
    /// does not, nothing new is started, since a write that is not recorded must not be sent. The state in
    /// memory stays complete, so that it can be saved elsewhere.
    pub(super) async fn persist(&mut self, entries: Vec<Entry>) {
        if entries.is_empty() {
            return;
        }
        let entries: Vec<Entry> = std::mem::take(&mut self.planned).into_iter().chain(entries).collect();
        entries.iter().cloned().for_each(|entry| self.run.state.fold(entry));
        if self.outcomes.state_error.is_some() {
            return;
        }
        let mut saved = self.store.append(&entries, self.run.state).await;
        if saved.is_ok() && self.begins_deletion(&entries) {
            saved = self.store.save(self.run.state).await;
        }
        if let Err(error) = saved
            && self.store.replace(self.run.state).await.is_err()
        {
            self.not_saved(&error);
            self.halt("the state could not be saved");
        }
    }

    /// The last save; it may succeed where an earlier one did not.
    pub(super) async fn save(&mut self) {
        let state = &mut *self.run.state;
        let store = &mut *self.store;
        if self.outcomes.state_error.is_some() {
            if store.replace(state).await.is_ok() {
                self.outcomes.state_error = None;
                self.outcomes.overtaken = false;
            }
        } else if let Err(error) = store.save(state).await {
            self.not_saved(&error);
        }
    }

    fn not_saved(&mut self, error: &StoreError) {
        self.run.reporter.report(&Event::StateNotSaved { error: chain(error) });
        self.outcomes.state_error = Some(chain(error));
        self.outcomes.overtaken = error.is_overtaken();
    }
}
