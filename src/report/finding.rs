//! What a drift check found: the differences of a plan, told apart by who made them.

use std::collections::HashMap;

use crate::plan::{Action, Change, Drift, DriftKind, Gap, Plan, Unmanaged};
use crate::resource::Address;
use crate::value::Path;

/// The findings, each in the order of the plan.
#[derive(Debug, Default)]
pub struct Findings<'a> {
    /// Managed objects whose fields were changed by somebody else since the last apply.
    pub drifted: Vec<&'a Drift>,
    /// Managed objects that somebody else deleted.
    pub missing: Vec<&'a Drift>,
    /// Changes of the manifests that have not been applied.
    pub pending: Vec<&'a Change>,
    /// Objects that no manifest and no state knows.
    pub unmanaged: &'a [Unmanaged],
    /// Objects that could not be read.
    pub unknown: &'a [Gap],
    /// How many objects are as they should be.
    pub in_sync: usize,
}

impl<'a> Findings<'a> {
    /// Tells the differences of a plan apart.
    pub fn of(plan: &'a Plan) -> Self {
        let drift: HashMap<&Address, &Drift> =
            plan.drift.iter().map(|drift| (&drift.address, drift)).collect();
        let (missing, drifted): (Vec<_>, Vec<_>) =
            plan.drift.iter().partition(|drift| drift.kind == DriftKind::Missing);
        let pending: Vec<_> = plan
            .changing()
            .filter(|change| is_pending(change, drift.get(&change.address).copied()))
            .collect();
        let quiet = |change: &&Change| change.action == Action::NoOp && !drift.contains_key(&change.address);
        let in_sync = plan.changes.iter().filter(quiet).count();
        Self { drifted, missing, pending, unmanaged: &plan.unmanaged, unknown: &plan.gaps, in_sync }
    }

    /// Whether the world moved: what exit code 4 stands for.
    pub const fn has_drift(&self) -> bool {
        !self.drifted.is_empty() || !self.missing.is_empty()
    }

    /// Whether there is nothing to tell at all.
    pub const fn is_clean(&self) -> bool {
        !self.has_drift() && self.pending.is_empty() && self.unmanaged.is_empty() && self.unknown.is_empty()
    }
}

/// Whether something about the change is not explained by drift.
fn is_pending(change: &Change, drift: Option<&Drift>) -> bool {
    let Some(drift) = drift else { return true };
    match change.action {
        Action::NoOp => false,
        Action::Create => drift.kind != DriftKind::Missing,
        Action::Update | Action::Replace => change
            .attributes
            .iter()
            .any(|attribute| !drift.attributes.iter().any(|moved| touch(&moved.path, &attribute.path))),
        Action::Delete | Action::Forget => true,
    }
}

fn touch(a: &Path, b: &Path) -> bool {
    a.starts_with(b) || b.starts_with(a)
}
