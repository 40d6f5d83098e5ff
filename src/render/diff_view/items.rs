//! Two lists compared: items that are added, removed, or changed inside. Items of a set are matched at any
//! position.

use std::collections::HashMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::model::value::Value;

use super::shape::{self, Shape};
use super::value::canonical;

/// Lists with more items than this are matched like sets: comparing sequences costs more than linear.
const MOST_ITEMS: usize = 2_000;

/// How an item changed.
pub(super) enum Step<'a> {
    Removed(&'a Value),
    Added(&'a Value),
    Changed(&'a Value, &'a Value),
}

/// The items that differ, and how many do not.
pub(super) fn steps<'a>(shape: Shape, before: &'a [Value], after: &'a [Value]) -> (Vec<Step<'a>>, usize) {
    let item = shape::item(shape);
    let keys = |values: &[Value]| values.iter().map(|value| canonical(item, value)).collect::<Vec<_>>();
    let old = keys(before);
    let new = keys(after);
    if shape::is_set(shape) || before.len().max(after.len()) > MOST_ITEMS {
        let (removed, added, unchanged) = unmatched(&old, &new);
        let removed: Vec<&Value> = removed.into_iter().map(|index| &before[index]).collect();
        let added: Vec<&Value> = added.into_iter().map(|index| &after[index]).collect();
        return (paired(item, &removed, &added), unchanged);
    }
    let mut steps = Vec::new();
    let mut unchanged = 0;
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if let DiffOp::Equal { len, .. } = op {
            unchanged += len;
            continue;
        }
        let removed: Vec<&Value> = before[op.old_range()].iter().collect();
        let added: Vec<&Value> = after[op.new_range()].iter().collect();
        steps.extend(paired(item, &removed, &added));
    }
    (steps, unchanged)
}

/// The indices of the items that only one side has, and how many both have.
fn unmatched(old: &[String], new: &[String]) -> (Vec<usize>, Vec<usize>, usize) {
    let mut left: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, key) in old.iter().enumerate().rev() {
        left.entry(key).or_default().push(index);
    }
    let added: Vec<usize> = (0..new.len())
        .filter(|index| left.get_mut(new[*index].as_str()).and_then(Vec::pop).is_none())
        .collect();
    let mut removed: Vec<usize> = left.into_values().flatten().collect();
    removed.sort_unstable();
    let unchanged = new.len() - added.len();
    (removed, added, unchanged)
}

/// Items of the same identity changed; the others were added or removed.
fn paired<'a>(item: Shape, removed: &[&'a Value], added: &[&'a Value]) -> Vec<Step<'a>> {
    let name_of = |value: &'a Value| value.get(shape::identity(item)?)?.as_str();
    let mut partners: HashMap<&str, Vec<&'a Value>> = HashMap::new();
    for value in removed.iter().copied() {
        if let Some(name) = name_of(value) {
            partners.entry(name).or_default().push(value);
        }
    }
    let counts_of = added.iter().copied().filter_map(name_of).fold(HashMap::new(), |mut counts, name| {
        *counts.entry(name).or_insert(0_usize) += 1;
        counts
    });
    let partner = |value: &'a Value| {
        let name = name_of(value)?;
        let candidates = partners.get(name)?;
        (candidates.len() == 1 && counts_of.get(name) == Some(&1)).then(|| candidates[0])
    };
    let is_alone = |value: &&&'a Value| {
        name_of(value).is_none_or(|name| partners[name].len() > 1 || counts_of.get(name) != Some(&1))
    };
    let removed = removed.iter().filter(is_alone).map(|value| Step::Removed(value));
    let added =
        added.iter().map(|value| partner(value).map_or(Step::Added(value), |old| Step::Changed(old, value)));
    removed.chain(added).collect()
}
