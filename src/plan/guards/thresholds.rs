//! How much a plan may delete and update without a permission. Pure.

use crate::config::settings::{Threshold, Thresholds};
use crate::model::hint::Hint;
use crate::plan::{Action, Change, Mode, Permissions, Refusal, RefusalKind};

/// Refuses plans that change too much at once, except those of `destroy`, which is meant to delete
/// everything.
pub(crate) fn check(
    changes: &[Change],
    thresholds: &Thresholds,
    permissions: &Permissions,
    mode: Mode,
) -> Vec<Refusal> {
    let existing = changes.iter().filter(|change| !matches!(change.action, Action::Create | Action::Forget));
    let existing = existing.count();
    if mode == Mode::Destroy || existing < thresholds.minimum {
        return Vec::new();
    }
    let count = |actions: &[Action]| changes.iter().filter(|change| actions.contains(&change.action)).count();
    let deletes = Count {
        number: count(&[Action::Delete, Action::Replace]),
        existing,
        done: "deleted",
        hint: Hint::AllowDeletes,
        allowed: permissions.deletes,
    };
    let updates = Count {
        number: count(&[Action::Update]),
        existing,
        done: "updated",
        hint: Hint::AllowUpdates,
        allowed: permissions.updates,
    };
    deletes.over(&thresholds.deletes).into_iter().chain(updates.over(&thresholds.updates)).collect()
}

/// So many of so many.
struct Count {
    number: usize,
    existing: usize,
    /// What is done to them.
    done: &'static str,
    /// How that is allowed.
    hint: fn(usize) -> Hint,
    allowed: usize,
}

impl Count {
    fn over(&self, threshold: &Threshold) -> Option<Refusal> {
        let Self { number, existing, done, hint, allowed } = *self;
        let percent = threshold.share.percent();
        let share = number * 100 > existing * percent;
        let many = threshold.count.is_some_and(|count| number > count);
        if number <= allowed || !(share || many) {
            return None;
        }
        let limit = match threshold.count {
            Some(count) if many => format!("{count}"),
            _ => format!("{percent}%"),
        };
        let message =
            format!("{number} of {existing} objects would be {done}, more than the threshold of {limit}");
        Some(Refusal::new(RefusalKind::Threshold, message).hint(hint(number)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::settings::Share;

    fn count(number: usize, allowed: usize, threshold: &Threshold) -> Option<String> {
        let count = Count { number, existing: 20, done: "deleted", hint: Hint::AllowDeletes, allowed };
        count.over(threshold).map(|refusal| format!("{}; {}", refusal.message, refusal.hints[0]))
    }

    #[test]
    fn thresholds_of_share_and_count_refuse() {
        let share = Threshold::default();
        assert_eq!(count(6, 0, &share), None, "30% are allowed");
        insta::assert_snapshot!(count(7, 0, &share).unwrap(), @"7 of 20 objects would be deleted, more than the threshold of 30%; allow 7 deletes");
        assert_eq!(count(7, 7, &share), None);
        assert!(count(8, 7, &share).is_some(), "what was allowed was another plan");
        let number = Threshold { count: Some(2), ..Threshold::default() };
        insta::assert_snapshot!(count(3, 0, &number).unwrap(), @"3 of 20 objects would be deleted, more than the threshold of 2; allow 3 deletes");
        assert_eq!(count(2, 0, &number), None);
        assert_eq!(count(0, 0, &Threshold { share: Share::parse("0%").unwrap(), count: Some(0) }), None);
    }
}
