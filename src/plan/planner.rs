//! Puts the plan together. Pure: the same input gives the same plan.

use std::collections::{BTreeSet, HashMap};

use foldhash::fast::RandomState;

use crate::model::graph::Graph;
use crate::resource::Address;

use super::changes::{desired, moves, removals, replacement, takeover, withhold};
use super::guards::users::Users;
use super::guards::{
    bounds, in_use, protections, references, rules, spelling, thresholds, unavailable, unmatched,
};
use super::input::product_index::ProductIndex;
use super::read_from::ReadFrom;
use super::{
    Action, Change, Gap, Mode, Operations, Order, Plan, PlanInput, Refusal, RefusalKind, Unmanaged, drift,
};

/// Makes the plan.
pub fn plan(input: &PlanInput<'_>) -> Plan {
    let moved = moves::resolved(input);
    let renamed = input.state.filter(|_| !moved.is_empty()).map(|state| {
        let mut state = state.clone();
        moves::apply(&mut state, &moved);
        state
    });
    let input = PlanInput { state: renamed.as_ref().or(input.state), ..*input };
    Plan { moved, ..with_resolved_moves(&input) }
}

fn with_resolved_moves(input: &PlanInput<'_>) -> Plan {
    let products = ProductIndex::new(input);
    let (mut kept, mut gaps) = match input.mode {
        Mode::Apply => desired::changes(input),
        Mode::Destroy => (Vec::new(), Vec::new()),
    };
    let (mut gone, unread) = removals::changes(input, &products);
    gaps.extend(unread);
    let mut refusals = protections::check(input, gone.iter());
    refusals.extend(protections::emptied_files(input, &gone));
    refusals.extend(protections::foreign_manifests(input, &gone));
    if !gone.is_empty() || kept.iter().any(|change| change.action != Action::NoOp) {
        desired::add_uses(input, &mut kept);
    }
    let checked = references::check(input, &products, &gone);
    gaps.extend(checked.gaps);
    refusals.extend(checked.refusals);
    let users = Users::find(input, &kept, &gone);
    refusals.extend(in_use::check(input, &users, &kept, &mut gone));
    refusals.extend(replacement::propagate(input, &users, &mut kept));
    refusals.extend(protections::check(input, kept.iter()));
    refusals.extend(kept.iter().filter_map(protections::missing_secret));
    moves::warn_renames(input, &may_be_created(&kept, &gaps), &mut gone);
    refusals.extend(spelling::check(input, &kept, &gone));
    refusals.extend(bounds::check(input, &kept, &gone));
    withhold::unknown(input, &mut kept, &mut gaps);
    withhold::renamed(&mut gone, &mut gaps);
    let unavailable = unavailable::find(input);
    let mut changes = in_order(kept, gone);
    takeover::mark(input, &mut changes);
    let order = Order::of(&changes);
    refusals.extend(cycle(&Operations::new(&changes, &order)));
    let (protections, rules) = rules::check(input, &changes);
    refusals.extend(thresholds::check(&changes, input.thresholds, input.permissions, input.mode));
    let read_from = ReadFrom::of(input.snapshot);
    Plan {
        notes: notes(input, &read_from, &changes),
        read_from,
        drift: if input.drift { drift::find(input, &changes) } else { Vec::new() },
        unmanaged: unmanaged(input, &changes),
        gaps,
        refusals,
        protections,
        rules,
        unavailable,
        requests: input.snapshot.requests,
        left_out: input.coverage.left_out.iter().cloned().collect(),
        gone: deletions(input).filter(|(_, is_gone)| *is_gone).map(|(address, _)| address.clone()).collect(),
        order: order.into(),
        changes,
        ..Plan::default()
    }
}

/// Remarks about how the live state was read, about deletions that go on, and about what was asked for in
/// vain.
fn notes(input: &PlanInput<'_>, read_from: &ReadFrom, changes: &[Change]) -> Vec<String> {
    let going = deletions(input).filter(|(_, is_gone)| !is_gone);
    let going = going.map(|(address, _)| pending(input, address));
    read_from.notes(changes).into_iter().chain(going).chain(unmatched::find(input, changes)).collect()
}

/// Some changes need an order that does not exist: environments that exchange their clusters (§4.3), a host
/// that must be deleted before an object that must be created before the host is deleted.
fn cycle(operations: &Operations<'_>) -> Option<Refusal> {
    let steps = operations.cycle()?;
    let names: Vec<String> = steps.iter().map(ToString::to_string).collect();
    let message = format!("each of these steps has to wait for the next one: {}", names.join(" -> "));
    let help = "apply in two steps: first with one of them left as it is, or moved out of the way";
    Some(Refusal::new(RefusalKind::Replacement, message).about(&steps.first()?.address).hint(help))
}

/// The objects that may be created, those that could not be read included.
fn may_be_created(kept: &[Change], gaps: &[Gap]) -> Vec<Address> {
    let created = kept.iter().filter(|change| change.action == Action::Create).map(|change| &change.address);
    created.chain(gaps.iter().map(|gap| &gap.address)).cloned().collect()
}

/// Creates and updates, which are in the order of their dependencies already, then deletes in the reverse
/// order of theirs.
fn in_order(mut kept: Vec<Change>, mut gone: Vec<Change>) -> Vec<Change> {
    let mut graph: Graph<Address, ()> = Graph::new();
    for change in &gone {
        graph.insert(change.address.clone());
        for dependency in &change.dependencies {
            graph.depend(change.address.clone(), dependency.clone(), ());
        }
    }
    let order: HashMap<Address, usize, RandomState> =
        graph.topological_order().into_iter().rev().cloned().zip(0..).collect();
    gone.sort_by_cached_key(|change| {
        (order.get(&change.address).copied().unwrap_or(usize::MAX), change.address.clone())
    });
    kept.extend(gone);
    kept
}

/// The deletions that were accepted and not over, and whether they are now.
fn deletions<'a>(input: &PlanInput<'a>) -> impl Iterator<Item = (&'a Address, bool)> {
    let all = input.state.into_iter().flat_map(|state| state.deletions.keys());
    all.map(|address| (address, input.is_over(address)))
}

fn pending(input: &PlanInput<'_>, address: &Address) -> String {
    let since = input.going(address).map(|(_, since)| since).unwrap_or_default();
    match input.scheduled(address) {
        Some(day) => {
            format!(
                "{address} was deleted at {since}: its deletion is scheduled for {day}; it is left alone until then."
            )
        }
        None => format!(
            "{address} was deleted at {since} and GitLab still shows it; it is left alone until it is gone."
        ),
    }
}

fn unmanaged(input: &PlanInput<'_>, changes: &[Change]) -> Vec<Unmanaged> {
    let selection = &input.coverage.selection;
    // In a part of the fleet they are unknown: other files may declare them.
    if selection.declared_only {
        return Vec::new();
    }
    let vanishing: BTreeSet<&Address> = changes.iter().flat_map(|change| &change.takes_along).collect();
    let stays = |address: &&Address| !selection.prunes(address) && !vanishing.contains(*address);
    let mut found: Vec<Unmanaged> =
        input.unmanaged_live().filter(stays).map(|address| Unmanaged { address: address.clone() }).collect();
    found.sort_by(|a, b| a.address.cmp(&b.address));
    found
}
