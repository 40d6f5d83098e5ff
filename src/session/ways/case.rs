//! A refused plan and what it was made from. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::model::way_out::{Restore, Step};
use crate::plan::{Plan, PlanInput};
use crate::resource::{Address, Resource};
use crate::session::rehearse::Ground;

/// A set of steps.
pub(super) type Steps = BTreeSet<Step>;

/// Manifests that were removed, each with all that its file brings back, and where they are in Git.
pub(super) type History = BTreeMap<Address, (Vec<Resource>, Restore)>;

/// A refused plan and what it was made from.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    /// What was planned.
    pub(super) input: PlanInput<'a>,
    /// What came of it.
    pub(super) first: &'a Plan,
    /// The copy of the live state.
    pub(super) ground: &'a Ground,
    /// What can be brought back.
    pub(super) history: &'a History,
    /// Only this product is to be made valid; the plan is not to be carried out elsewhere.
    pub(super) product: Option<&'a Address>,
}

impl Case<'_> {
    /// How many objects a candidate is about.
    pub(super) fn size(&self) -> usize {
        self.input.configuration.resources.len().max(self.input.snapshot.objects().count())
    }

    /// The plan, as far as it is about what is to be judged.
    pub(super) fn narrow(&self, plan: &mut Plan) {
        let Some(product) = self.product else { return };
        let is_near = |address: &Address| address.product_or_own().is_none_or(|own| own == product.name());
        plan.changes.retain(|change| is_near(&change.address));
        plan.refusals.retain(|refusal| refusal.address.as_ref().is_some_and(is_near));
        plan.order = OnceLock::new();
    }
}
