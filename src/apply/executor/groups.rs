//! Deletes of objects that are many in one group: which leave it first (nautes-api.md §4.4). Pure.

use std::collections::BTreeMap;

use crate::plan::Change;
use crate::resource::schema::Teardown;

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
    let teardown = change.address.kind().deleting.teardown?;
    let value = change.before.as_ref()?.text_at(teardown.group)?;
    Some((teardown, (change.address.product().map(str::to_owned), value.to_owned())))
}
