//! What a success changes besides the state, and what is left behind: objects that are incomplete all the
//! same, and what a product that can't be deleted holds.

use std::time::Duration;

use crate::plan::OperationKey;
use crate::resource::Address;
use crate::state::Verb;

use super::{Attempt, End, Executor, Wait};

impl Executor<'_, '_> {
    /// What a success changes besides the state.
    pub(super) fn note_success(&mut self, key: &OperationKey, end: &End, took: Duration) {
        if !end.is_accepted() {
            return;
        }
        let change = self.operations.change(key);
        if key.verb == Verb::Delete {
            self.groups.note(change);
        }
        self.hosts.note(change, took);
        self.note_written(key);
    }

    /// What the state holds as incomplete is reported as such, although its write was answered with success:
    /// the server may have lost it afterwards.
    pub(super) fn report_incomplete(&mut self) {
        let incomplete = |key: &&OperationKey| {
            let is_done = self.outcomes.ends.get(key).is_some_and(End::is_success);
            key.verb != Verb::Delete && is_done && self.run.state.incomplete.contains_key(&key.address)
        };
        for key in self.operations.keys().filter(incomplete).cloned().collect::<Vec<_>>() {
            let Some(incomplete) = self.run.state.incomplete.get(&key.address) else { continue };
            let error = incomplete.reason.clone();
            self.end(key, End::Incomplete { error });
        }
    }

    /// A product that GitLab does not let go holds repositories: those that were deleted are named, since they
    /// may be the ones.
    pub(super) fn with_leftovers(&self, attempt: &Attempt<'_>, mut end: End) -> End {
        let is_kept = attempt.waits == Some(Wait::Deletion) && attempt.key.address.kind().is_owner;
        let End::Failed { error } = &mut end else { return end };
        if !is_kept {
            return end;
        }
        let inside = |address: &&Address| {
            address.kind().deleting.teardown.is_some()
                && address.product() == Some(attempt.key.address.name())
        };
        let ends =
            self.outcomes.ends.iter().filter(|(key, end)| key.verb == Verb::Delete && end.is_success());
        let deleted = ends.map(|(key, _)| &key.address).filter(inside);
        let half: Vec<String> =
            self.run.state.incomplete.keys().filter(inside).map(ToString::to_string).collect();
        let deleted: Vec<String> = deleted.map(ToString::to_string).collect();
        if !half.is_empty() {
            error.push_str(&format!("; half deleted: {}", half.join(", ")));
        }
        if !deleted.is_empty() {
            error.push_str(&format!(
                "; deleted by this run, and perhaps kept by GitLab for some days: {}",
                deleted.join(", ")
            ));
        }
        end
    }
}
