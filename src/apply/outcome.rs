//! How a run ended.

use std::collections::BTreeMap;

use crate::model::graph::Graph;
use crate::model::hint::Hint;
use crate::plan::{OperationKey, Summary};
use crate::state::Verb;

use super::event::End;

/// How each operation ended, and whether the state is safe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Each operation exactly once.
    pub ends: BTreeMap<OperationKey, End>,
    /// What can be done about failures.
    pub hints: BTreeMap<OperationKey, Hint>,
    /// How many waits for another try were so short that they were not shown.
    pub short_waits: usize,
    /// How many objects are no longer managed; that takes no request.
    pub forgotten: usize,
    /// Why the state could not be saved, if it could not.
    pub state_error: Option<String>,
    /// Whether that is because another process freed the lock or wrote the state.
    pub overtaken: bool,
    /// Whether the run was asked to stop.
    pub interrupted: bool,
    /// Why no new operation was started although the run was not interrupted: "the token is not accepted".
    pub halted: Option<String>,
}

impl Outcomes {
    /// Whether everything was done and is remembered.
    pub fn is_complete(&self) -> bool {
        self.state_error.is_none() && self.ends.values().all(End::is_success)
    }

    /// Whether requests that write were sent, whatever their outcome.
    pub fn has_written(&self) -> bool {
        self.count(|end| !matches!(end, End::Changed { .. } | End::Skipped { .. } | End::NotStarted)) > 0
    }

    /// Whether the server has done a part of a write.
    pub fn has_incomplete(&self) -> bool {
        self.count(|end| matches!(end, End::Incomplete { .. })) > 0
    }

    /// How many operations ended in a way that `matches`.
    pub fn count(&self, matches: impl Fn(&End) -> bool) -> usize {
        self.ends.values().filter(|end| matches(end)).count()
    }

    /// What was really done, counted as plans count.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary { forget: self.forgotten, ..Summary::default() };
        for (key, _) in self.ends.iter().filter(|(_, end)| end.is_accepted()) {
            match key.verb {
                Verb::Create => summary.add += 1,
                Verb::Update => summary.change += 1,
                Verb::Delete => summary.destroy += 1,
            }
        }
        summary
    }

    /// Names for each skipped operation the first of all failures that it depends on, by key and not by time:
    /// the same failures make the same report.
    pub(super) fn name_root_causes(&mut self, order: &Graph<OperationKey, ()>) {
        for key in order.topological_order() {
            if !matches!(self.ends.get(key), Some(End::Skipped { .. })) {
                continue;
            }
            let cause = |needed: &OperationKey| match self.ends.get(needed) {
                Some(
                    End::Failed { .. } | End::Changed { .. } | End::Incomplete { .. } | End::Unknown { .. },
                ) => Some(needed.clone()),
                Some(End::Skipped { because }) => Some(because.clone()),
                _ => None,
            };
            if let Some(because) = order.dependencies(key).filter_map(cause).min() {
                self.ends.insert(key.clone(), End::Skipped { because });
            }
        }
    }
}
