//! How a run ended.

use std::collections::BTreeMap;

use crate::plan::{OperationKey, Summary};
use crate::state::Verb;

use super::event::End;

/// How each operation ended, and whether the state is safe.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Each operation exactly once.
    pub ends: BTreeMap<OperationKey, End>,
    /// Why the state could not be saved, if it could not.
    pub state_error: Option<String>,
    /// Whether the run was asked to stop.
    pub interrupted: bool,
}

impl Outcomes {
    /// Whether everything was done and is remembered.
    pub fn is_complete(&self) -> bool {
        self.state_error.is_none() && self.ends.values().all(|end| matches!(end, End::Done { .. }))
    }

    /// How many operations ended in a way that `matches`.
    pub fn count(&self, matches: impl Fn(&End) -> bool) -> usize {
        self.ends.values().filter(|end| matches(end)).count()
    }

    /// What was really done, counted as plans count.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for (key, _) in self.ends.iter().filter(|(_, end)| matches!(end, End::Done { .. })) {
            match key.verb {
                Verb::Create => summary.add += 1,
                Verb::Update => summary.change += 1,
                Verb::Delete => summary.destroy += 1,
            }
        }
        summary
    }
}
