//! The order in which changes are shown: deletes after everything else, what is permanently destroyed last.

use crate::plan::{Action, Change, Drift, Plan};

/// The changes of a plan, by what they destroy. In each part, in the order in which they are applied.
#[derive(Default)]
pub(super) struct Sections<'a> {
    /// Creates, updates, forgets, and replacements that lose nothing.
    pub(super) ordinary: Vec<&'a Change>,
    /// Deletes.
    pub(super) deletes: Vec<&'a Change>,
    /// Deletes and replacements that permanently destroy something.
    pub(super) irreversible: Vec<&'a Change>,
}

impl<'a> Sections<'a> {
    /// Sorts the changes of a plan; no-ops are left out.
    pub(super) fn of(plan: &'a Plan) -> Self {
        let mut sections = Self::default();
        for change in plan.changing() {
            let destroys = matches!(change.action, Action::Delete | Action::Replace);
            if destroys && change.irreversible.is_some() {
                sections.irreversible.push(change);
            } else if change.action == Action::Delete {
                sections.deletes.push(change);
            } else {
                sections.ordinary.push(change);
            }
        }
        sections
    }

    /// All of them, in the order they are shown.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a Change> {
        self.ordinary.iter().chain(&self.deletes).chain(&self.irreversible).copied()
    }
}

/// The drift of objects that the plan changes.
pub(super) fn relevant_drift(plan: &Plan) -> Vec<&Drift> {
    if plan.drift.is_empty() {
        return Vec::new();
    }
    let changing: std::collections::HashSet<_> = plan.changing().map(|change| &change.address).collect();
    plan.drift.iter().filter(|drift| changing.contains(&drift.address)).collect()
}
