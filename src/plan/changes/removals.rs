//! What happens to objects that go: managed ones whose manifest is gone, and all of them for `destroy`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::live::snapshot::Live;
use crate::resource::Address;
use crate::state::State;

use crate::plan::guards::users;
use crate::plan::input::product_index::Neighbours;
use crate::plan::planner::live_dependencies;
use crate::plan::{Action, Change, Gap, Mode, Plan, PlanInput, Reason, Refusal, RefusalKind};

use super::desired;

/// Deletes and forgets.
pub(in crate::plan) fn changes(
    input: &PlanInput<'_>,
    neighbours: &Neighbours<'_>,
    plan: &mut Plan,
) -> Vec<Change> {
    let mut all = Vec::new();
    for address in candidates(input) {
        let change = match input.snapshot.live(&address) {
            Live::Unknown(why) => {
                plan.gaps.push(Gap { address, why: why.to_owned() });
                continue;
            }
            Live::Absent if !is_remembered(input, &address) => continue,
            Live::Absent => change(input, neighbours, address, Action::Forget, vec![Reason::Vanished]),
            Live::Present(_) | Live::Unreadable(_) if is_orphan(input, &address) => {
                change(input, neighbours, address, Action::Forget, vec![Reason::Orphaned])
            }
            Live::Present(_) | Live::Unreadable(_) if !is_ours(input, &address) => {
                change(input, neighbours, address, Action::Forget, vec![Reason::Interrupted])
            }
            Live::Present(_) | Live::Unreadable(_) => {
                let reason = reason(input, &address);
                change(input, neighbours, address, Action::Delete, vec![reason])
            }
        };
        if change.action == Action::Delete {
            plan.refusals.extend(desired::protected(&change, input));
        }
        all.push(change);
    }
    all
}

/// Refuses to delete what a file declared that is still there and declares nothing: it was emptied, not
/// removed.
pub(in crate::plan) fn emptied_files(input: &PlanInput<'_>, gone: &[Change]) -> Vec<Refusal> {
    let mut by_file: BTreeMap<&str, Vec<&Address>> = BTreeMap::new();
    for change in gone.iter().filter(|change| change.action == Action::Delete) {
        for reason in &change.reasons {
            if let Reason::ManifestGone(Some(file)) = reason
                && input.configuration.empty_files.contains(file)
            {
                by_file.entry(file).or_default().push(&change.address);
            }
        }
    }
    let refusal = |(file, objects): (&str, Vec<&Address>)| Refusal {
        kind: RefusalKind::EmptiedFile,
        address: None,
        message: format!(
            "{file} declares nothing any more; this would destroy what it declared: {}",
            users::names(&objects)
        ),
        help: "restore the file; to destroy these objects, remove it".to_owned(),
        span: None,
    };
    by_file.into_iter().map(refusal).collect()
}

fn candidates(input: &PlanInput<'_>) -> BTreeSet<Address> {
    let managed = input.state.into_iter().flat_map(State::named);
    let declared = &input.configuration.resources;
    let mut all: BTreeSet<Address> = match input.mode {
        Mode::Apply => managed.filter(|address| !declared.contains_key(address)).cloned().collect(),
        Mode::Destroy => managed.chain(declared.keys()).cloned().collect(),
    };
    all.retain(|address| input.includes(address));
    if !input.selection.prune.is_empty() {
        all.extend(input.unmanaged_live().filter(|address| input.selection.prunes(address)).cloned());
    }
    all
}

fn change(
    input: &PlanInput<'_>,
    neighbours: &Neighbours<'_>,
    address: Address,
    action: Action,
    reasons: Vec<Reason>,
) -> Change {
    let before = input.snapshot.observed(&address).map(|observed| Arc::clone(&observed.spec));
    let used = live_dependencies(input, neighbours, &address);
    Change {
        action,
        before,
        after: None,
        attributes: Vec::new(),
        reasons,
        irreversible: address.kind().irreversible.filter(|_| action == Action::Delete),
        takes_along: Vec::new(),
        source: input.configuration.resources.get(&address).map(|resource| resource.span),
        dependencies: used.clone(),
        used,
        record: None,
        unchanged: 0,
        address,
    }
}

fn reason(input: &PlanInput<'_>, address: &Address) -> Reason {
    if input.mode == Mode::Destroy {
        return Reason::Destroy;
    }
    match input.record(address) {
        Some(record) => Reason::ManifestGone(record.source.clone()),
        None if is_remembered(input, address) => Reason::Interrupted,
        None => Reason::Pruned,
    }
}

/// Whether an object that goes may be deleted. A killed run may have begun to change or prune an object that nobody managed: that
/// alone makes it nobody's to delete.
fn is_ours(input: &PlanInput<'_>, address: &Address) -> bool {
    (input.mode == Mode::Destroy && input.configuration.resources.contains_key(address))
        || input.state.is_some_and(|state| state.manages(address))
        || input.selection.prunes(address)
}

fn is_remembered(input: &PlanInput<'_>, address: &Address) -> bool {
    input
        .state
        .is_some_and(|state| state.records.contains_key(address) || state.intents.contains_key(address))
}

fn is_orphan(input: &PlanInput<'_>, address: &Address) -> bool {
    let declared = input.configuration.resources.get(address).map(|resource| resource.annotations.orphan);
    declared.unwrap_or_else(|| input.state.is_some_and(|state| state.lets_go_of(address)))
}
