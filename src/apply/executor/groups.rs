//! Deletes of objects that are many in one group: which leave it first (nautes-api.md §4.4), and what is
//! left behind when a product can't be deleted. Pure but for the executor's own table.

use std::collections::BTreeMap;

use crate::plan::{Change, OperationKey};
use crate::resource::Address;
use crate::resource::schema::Teardown;
use crate::state::Verb;

use super::{Attempt, End, Executor, Wait};

/// How many objects of each group this run has deleted, by product and value of the field.
#[derive(Debug, Default)]
pub(super) struct Groups(BTreeMap<(Option<String>, String), usize>);

impl Groups {
    /// Whether so many live objects are left in the group of one that is to be deleted that it has to leave it
    /// first.
    pub(super) fn is_crowded(&self, change: &Change) -> bool {
        let Some((teardown, group)) = group(change) else { return false };
        let deleted = self.0.get(&group).copied().unwrap_or_default();
        change.crowd.saturating_sub(deleted) >= teardown.crowd
    }

    /// One was deleted.
    pub(super) fn note(&mut self, change: &Change) {
        if let Some((_, group)) = group(change) {
            *self.0.entry(group).or_default() += 1;
        }
    }
}

fn group(change: &Change) -> Option<(Teardown, (Option<String>, String))> {
    let teardown = change.address.kind().teardown?;
    let value = change.before.as_ref()?.text_at(teardown.group)?;
    Some((teardown, (change.address.product().map(str::to_owned), value.to_owned())))
}

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
    }

    /// A product that GitLab does not let go holds repositories: those that were deleted are named, since they
    /// may be the ones.
    pub(super) fn with_leftovers(&self, attempt: &Attempt<'_>, end: End) -> End {
        let End::Failed { error } = end else { return end };
        if attempt.waits != Some(Wait::Deletion) || !attempt.key.address.kind().is_owner {
            return End::Failed { error };
        }
        let inside = |address: &&Address| {
            address.kind().teardown.is_some() && address.product() == Some(attempt.key.address.name())
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
