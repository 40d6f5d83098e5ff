//! What a success changes besides the state, and what is left behind when a product can't be deleted.

use crate::plan::OperationKey;
use crate::resource::Address;
use crate::state::Verb;

use super::{Attempt, End, Executor, Wait};

impl Executor<'_, '_> {
    /// What a success changes besides the state.
    pub(super) fn note_success(&mut self, key: &OperationKey, end: &End) {
        if !end.is_success() {
            return;
        }
        let change = self.operations.change(key);
        if key.verb == Verb::Delete {
            self.groups.note(change);
        }
        self.hosts.note(change);
        self.note_written(key);
    }

    /// A product that GitLab does not let go holds repositories: those that were deleted are named, since they
    /// may be the ones.
    pub(super) fn with_leftovers(&self, attempt: &Attempt<'_>, end: End) -> End {
        let End::Failed { error } = end else { return end };
        if attempt.waits != Some(Wait::Deletion) || !attempt.key.address.kind().is_owner {
            return End::Failed { error };
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
        let mut error = error;
        if !half.is_empty() {
            error.push_str(&format!("; half deleted: {}", half.join(", ")));
        }
        if !deleted.is_empty() {
            error.push_str(&format!(
                "; deleted by this run, and perhaps kept by GitLab for some days: {}",
                deleted.join(", ")
            ));
        }
        End::Failed { error }
    }
}
