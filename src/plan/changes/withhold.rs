//! Takes changes out of a plan that depend on what is unknown. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Action, Change, Gap, PlanInput};
use crate::resource::Address;

/// An object that could not be read is not written, and neither is what depends on it.
pub(in crate::plan) fn unknown(input: &PlanInput<'_>, kept: &mut Vec<Change>, gaps: &mut Vec<Gap>) {
    if gaps.is_empty() {
        return;
    }
    let unknown: BTreeSet<Address> = gaps.iter().map(|gap| gap.address.clone()).collect();
    let changing = kept.iter().filter(|change| change.action != Action::NoOp).map(|change| &change.address);
    let changing: BTreeSet<&Address> = changing.filter(|address| !unknown.contains(*address)).collect();
    let mut dependent: BTreeMap<Address, String> = BTreeMap::new();
    for gap in &unknown {
        let all = input.configuration.graph.transitive_dependents(gap);
        for address in all.into_iter().filter(|address| changing.contains(*address)) {
            let why = || format!("it depends on {gap}, which could not be read");
            dependent.entry(address.clone()).or_insert_with(why);
        }
    }
    let is_withheld = |address: &Address| unknown.contains(address) || dependent.contains_key(address);
    kept.retain(|change| change.action == Action::NoOp || !is_withheld(&change.address));
    add(gaps, dependent);
}

/// An object that gets another name stays as long as the new object is not written, and so does what it uses.
pub(in crate::plan) fn renamed(gone: &mut Vec<Change>, gaps: &mut Vec<Gap>) {
    if gaps.is_empty() {
        return;
    }
    let unknown: BTreeSet<&Address> = gaps.iter().map(|gap| &gap.address).collect();
    let deletes = || gone.iter().filter(|change| change.action == Action::Delete);
    let by_address: BTreeMap<&Address, &Change> = deletes().map(|change| (&change.address, change)).collect();
    let mut stays: BTreeMap<Address, String> = BTreeMap::new();
    let mut open: Vec<&Change> = Vec::new();
    for change in deletes() {
        if let Some(to) = change.successor().filter(|to| unknown.contains(to)) {
            let why = format!("it looks like {to} under another name, which is not created");
            stays.insert(change.address.clone(), why);
            open.push(change);
        }
    }
    while let Some(change) = open.pop() {
        for used in change.used.iter().filter_map(|used| by_address.get(used)) {
            if !stays.contains_key(&used.address) {
                stays.insert(used.address.clone(), format!("{} is not deleted", change.address));
                open.push(used);
            }
        }
    }
    gone.retain(|change| !stays.contains_key(&change.address));
    add(gaps, stays);
}

fn add(gaps: &mut Vec<Gap>, more: BTreeMap<Address, String>) {
    gaps.extend(more.into_iter().map(|(address, why)| Gap { address, why }));
    gaps.sort_by(|a, b| a.address.cmp(&b.address));
}
