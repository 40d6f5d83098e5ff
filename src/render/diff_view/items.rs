//! Two lists compared: items that are added, removed, or changed inside. Items of a set are matched at any position.

use std::collections::HashMap;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::model::value::Value;

use super::shape::{self, Shape};
use super::value::canonical;

/// Lists with more items than this are matched like sets: comparing sequences costs more than linear.
const MOST_ITEMS: usize = 2_000;

/// What became of an item.
pub(super) enum Step<'a> {
    Removed(&'a Value),
    Added(&'a Value),
    Changed(&'a Value, &'a Value),
}

/// The items that differ, and how many do not.
pub(super) fn steps<'a>(shape: Shape, before: &'a [Value], after: &'a [Value]) -> (Vec<Step<'a>>, usize) {
    let item = shape::item(shape);
    let keys = |values: &[Value]| values.iter().map(|value| canonical(item, value)).collect::<Vec<_>>();
    let (old, new) = (keys(before), keys(after));
    if shape::is_set(shape) || before.len().max(after.len()) > MOST_ITEMS {
        let (gone, come, unchanged) = unmatched(&old, &new);
        let gone: Vec<&Value> = gone.into_iter().map(|index| &before[index]).collect();
        let come: Vec<&Value> = come.into_iter().map(|index| &after[index]).collect();
        return (paired(item, &gone, &come), unchanged);
    }
    let (mut steps, mut unchanged) = (Vec::new(), 0);
    for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if let DiffOp::Equal { len, .. } = op {
            unchanged += len;
            continue;
        }
        let gone: Vec<&Value> = before[op.old_range()].iter().collect();
        let come: Vec<&Value> = after[op.new_range()].iter().collect();
        steps.extend(paired(item, &gone, &come));
    }
    (steps, unchanged)
}

/// The indices of the items that only one side has, and how many both have.
fn unmatched(old: &[String], new: &[String]) -> (Vec<usize>, Vec<usize>, usize) {
    let mut left: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, key) in old.iter().enumerate().rev() {
        left.entry(key).or_default().push(index);
    }
    let come: Vec<usize> = (0..new.len())
        .filter(|index| left.get_mut(new[*index].as_str()).and_then(Vec::pop).is_none())
        .collect();
    let mut gone: Vec<usize> = left.into_values().flatten().collect();
    gone.sort_unstable();
    let unchanged = new.len() - come.len();
    (gone, come, unchanged)
}

/// Items of the same identity changed; the others came or went.
fn paired<'a>(item: Shape, gone: &[&'a Value], come: &[&'a Value]) -> Vec<Step<'a>> {
    let name_of = |value: &'a Value| value.get(shape::identity(item)?)?.as_str();
    let mut partners: HashMap<&str, Vec<&'a Value>> = HashMap::new();
    for value in gone.iter().copied() {
        if let Some(name) = name_of(value) {
            partners.entry(name).or_default().push(value);
        }
    }
    let rivals = come.iter().copied().filter_map(name_of).fold(HashMap::new(), |mut counts, name| {
        *counts.entry(name).or_insert(0_usize) += 1;
        counts
    });
    let partner = |value: &'a Value| {
        let name = name_of(value)?;
        let candidates = partners.get(name)?;
        (candidates.len() == 1 && rivals.get(name) == Some(&1)).then(|| candidates[0])
    };
    let alone = |value: &&&'a Value| {
        name_of(value).is_none_or(|name| partners[name].len() > 1 || rivals.get(name) != Some(&1))
    };
    let removed = gone.iter().filter(alone).map(|value| Step::Removed(value));
    let added =
        come.iter().map(|value| partner(value).map_or(Step::Added(value), |old| Step::Changed(old, value)));
    removed.chain(added).collect()
}
