//! What happens to objects that are no longer declared, and to all of them for `destroy`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::live::snapshot::{Live, Snapshot};
use crate::model::rare::Rare;
use crate::model::value::Value;
use crate::plan::input::product_index::ProductIndex;
use crate::plan::{Action, Attributes, Change, Gap, HALF_DELETED, Mode, PlanInput, Reason};
use crate::resource::Address;
use crate::state::{State, Verb};

use super::unread;
use super::uses::live_dependencies;

/// Deletes and forgets, and the objects that could not be read.
pub(in crate::plan) fn changes(
    input: &PlanInput<'_>,
    products: &ProductIndex<'_>,
) -> (Vec<Change>, Vec<Gap>) {
    let mut all = Vec::new();
    let mut gaps = Vec::new();
    let groups = Groups::of(input.snapshot);
    for address in candidates(input) {
        let (action, reason) = match input.snapshot.live(&address) {
            Live::Unknown(why) => {
                gaps.push(Gap { address, why: why.to_owned() });
                continue;
            }
            Live::Absent => match half_deleted(input, &address) {
                Some(reason) => (Action::Delete, reason),
                None if input.is_recorded(&address) => (Action::Forget, Reason::Vanished),
                None => continue,
            },
            Live::Present(_) | Live::Unreadable(_) if is_orphan(input, &address) => {
                (Action::Forget, Reason::Orphaned)
            }
            Live::Present(_) | Live::Unreadable(_) if !is_ours(input, &address) => {
                (Action::Forget, Reason::Interrupted)
            }
            Live::Present(_) | Live::Unreadable(_) => (Action::Delete, reason(input, &address)),
        };
        let mut change = change(input, products, address, action, reason);
        change.crowd = groups.size(&change);
        all.push(change);
    }
    (all, gaps)
}

fn candidates(input: &PlanInput<'_>) -> BTreeSet<Address> {
    let managed = input.state.into_iter().flat_map(State::named);
    let declared = &input.configuration.resources;
    let mut all: BTreeSet<Address> = match input.mode {
        Mode::Apply => managed.filter(|address| !declared.contains_key(address)).cloned().collect(),
        Mode::Destroy => managed.chain(declared.keys()).cloned().collect(),
    };
    all.retain(|address| input.includes(address));
    // What the server was told to delete is not deleted twice. A run that was stopped may not have told it.
    all.retain(|address| !input.is_deleted_already(address));
    if !input.coverage.selection.prune.is_empty() {
        all.extend(
            input.unmanaged_live().filter(|address| input.coverage.selection.prunes(address)).cloned(),
        );
    }
    all
}

fn change(
    input: &PlanInput<'_>,
    products: &ProductIndex<'_>,
    address: Address,
    action: Action,
    reason: Reason,
) -> Change {
    let live = input.snapshot.observed(&address).map(|observed| Arc::clone(&observed.spec));
    let applied = || input.record(&address).filter(|_| matches!(reason, Reason::Incomplete(_)));
    let before = live.or_else(|| applied().map(|record| Arc::clone(&record.applied)));
    let used = live_dependencies(input, products, &address);
    let known = unread::Sides {
        live: before.as_deref(),
        record: input.record(&address),
        declared: None,
        changes: &[],
    };
    Change {
        action,
        unread: unread::of(&address, &known).into(),
        before,
        after: None,
        attributes: Attributes::default(),
        reasons: vec![reason].into(),
        irreversible: address.kind().deleting.irreversible.filter(|_| action == Action::Delete),
        takes_along: Rare::default(),
        source: input.configuration.resources.get(&address).map(|resource| resource.span),
        dependencies: used.clone(),
        used: used.into(),
        record: None,
        unchanged: 0,
        crowd: 0,
        address,
    }
}

/// Why an object has to be deleted once more: a delete took the manifest and not what it manages (§4.4). It
/// may have been another client's, of an object that was applied here.
fn half_deleted(input: &PlanInput<'_>, address: &Address) -> Option<Reason> {
    if !input.snapshot.remains(address) {
        return None;
    }
    let begun = input.unfinished(address).filter(|(verb, _)| *verb == Verb::Delete).map(|(_, why)| why);
    let applied = || input.record(address).filter(|_| !is_orphan(input, address)).map(|_| HALF_DELETED);
    begun.or_else(applied).map(|why| Reason::Incomplete(why.to_owned()))
}

/// How many live objects share the field by which a kind groups its objects.
struct Groups<'a>(HashMap<Group<'a>, usize, RandomState>);

/// Kind, product and value of the field.
type Group<'a> = (&'static str, Option<&'a str>, &'a str);

impl<'a> Groups<'a> {
    fn of(snapshot: &'a Snapshot) -> Self {
        let mut sizes = HashMap::default();
        for observed in snapshot.objects() {
            if let Some(group) = group(&observed.address, &observed.spec) {
                *sizes.entry(group).or_default() += 1;
            }
        }
        Self(sizes)
    }

    fn size(&self, change: &Change) -> usize {
        let group = change.before.as_ref().and_then(|spec| group(&change.address, spec));
        group.and_then(|group| self.0.get(&group).copied()).unwrap_or_default()
    }
}

fn group<'a>(address: &'a Address, spec: &'a Value) -> Option<Group<'a>> {
    let value = spec.text_at(address.kind().deleting.teardown?.group).filter(|value| !value.is_empty())?;
    Some((address.kind().name, address.product(), value))
}

fn reason(input: &PlanInput<'_>, address: &Address) -> Reason {
    if input.mode == Mode::Destroy {
        return Reason::Destroy;
    }
    match input.record(address) {
        Some(record) => Reason::ManifestGone(record.source.as_ref().map(ToString::to_string)),
        None if input.is_recorded(address) => Reason::Interrupted,
        None => Reason::Pruned,
    }
}

/// Whether an object may be deleted. A killed run may have begun to change or prune an unmanaged object: that
/// alone is not a reason to delete it.
fn is_ours(input: &PlanInput<'_>, address: &Address) -> bool {
    (input.mode == Mode::Destroy && input.configuration.resources.contains_key(address))
        || input.state.is_some_and(|state| state.manages(address))
        || input.coverage.selection.prunes(address)
}

fn is_orphan(input: &PlanInput<'_>, address: &Address) -> bool {
    let declared = input.configuration.resources.get(address).map(|resource| resource.annotations.orphan);
    declared.unwrap_or_else(|| input.state.is_some_and(|state| state.lets_go_of(address)))
}
