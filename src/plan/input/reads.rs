//! What has to be read before a plan can be made.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::resolve::Configuration;
use crate::live::snapshot::{Collection, Wanted};
use crate::model::value::Path;
use crate::plan::guards::bounds;
use crate::plan::{Action, Change, Plan, Reason};
use crate::resource::kinds::KINDS;
use crate::resource::schema::{Type, attribute_at};
use crate::resource::{Address, Record};
use crate::state::State;

use super::{Coverage, Mode};

/// What has to be known before a plan can be made. What is left out is not read, except where something else
/// needs it.
pub fn wanted(
    configuration: &Configuration,
    state: Option<&State>,
    mode: Mode,
    coverage: &Coverage,
) -> Wanted {
    let included = |address: &&Address| coverage.includes(address);
    let mut wanted = Wanted::default();
    let outside = configuration.outside.iter().filter(|outside| included(&&outside.from));
    let declared = configuration.resources.keys().filter(included);
    let managed = state.into_iter().flat_map(State::named);
    let managed = managed.filter(included).filter(|address| !configuration.resources.contains_key(address));
    let undeclared: Vec<&Address> = managed.collect();
    // Collected at once: a set that grows one by one compares each address with many others.
    let named = declared.chain(undeclared.iter().copied());
    wanted.addresses = named.chain(outside.map(|outside| &outside.target)).cloned().collect();
    for unmet in configuration.unmet.iter().filter(|unmet| included(&&unmet.from)) {
        unmet.from.product().into_iter().for_each(|product| wanted.everything_in(product));
    }
    wanted.deleting = undeclared.into_iter().cloned().collect();
    if mode == Mode::Destroy {
        wanted.deleting.extend(configuration.resources.keys().filter(included).cloned());
    }
    wanted.pruning.clone_from(&coverage.selection.prune);
    let deletions = state.into_iter().flat_map(|state| state.deletions.keys());
    wanted.addresses.extend(deletions.filter(included).cloned());
    wanted.addresses.extend(remembered_users(state, &wanted.deleting, coverage));
    wanted
}

/// The fields that the server returns and that are not to be shown: what manifests fill in from secret
/// variables, and what an earlier apply did.
pub(crate) fn concealed(
    configuration: &Configuration,
    state: Option<&State>,
) -> BTreeMap<Address, Vec<Path>> {
    let mut all: BTreeMap<Address, Vec<Path>> = BTreeMap::new();
    let mut note = |address: &Address, path: &Path| {
        // A secret field is never returned.
        let attribute = attribute_at(address.kind(), path);
        if attribute.is_some_and(|attribute| !matches!(attribute.ty, Type::Secret)) {
            all.entry(address.clone()).or_default().push(path.clone());
        }
    };
    for (address, resource) in &configuration.resources {
        resource.spec.each_secret(&mut Path::root(), &mut |path, _| note(address, path));
    }
    for (address, record) in state.into_iter().flat_map(|state| &state.records) {
        record.hashes.keys().for_each(|path| note(address, path));
    }
    all
}

/// Objects that are left out and used what may be deleted: lists do not show every object, the state may have
/// it.
fn remembered_users<'a>(
    state: Option<&'a State>,
    deleting: &'a BTreeSet<Address>,
    coverage: &'a Coverage,
) -> impl Iterator<Item = Address> + 'a {
    let uses = |(address, record): &(&Address, &Record)| {
        !coverage.includes(address)
            && (record.references.iter().any(|used| deleting.contains(used))
                || address.owner().is_some_and(|owner| deleting.contains(&owner)))
    };
    let records = state.filter(|_| !deleting.is_empty()).into_iter().flat_map(|state| &state.records);
    records.filter(uses).map(|(address, _)| address.clone())
}

/// What a plan has to be right about: the objects that it writes, and what they use.
pub(crate) fn touched(plan: &Plan) -> Wanted {
    let deletes = |change: &&Change| matches!(change.action, Action::Delete | Action::Replace);
    let used = |change: &Change| {
        let all = [&change.dependencies, &change.used, &change.takes_along];
        all.into_iter().flatten().cloned().collect::<Vec<_>>()
    };
    Wanted {
        addresses: plan
            .changing()
            .map(|change| change.address.clone())
            .chain(plan.changing().flat_map(used))
            .collect(),
        deleting: plan.changing().filter(deletes).map(|change| change.address.clone()).collect(),
        ..Wanted::default()
    }
}

/// What has to be read whatever the manifests say, if nothing is left out: what the state names.
pub(crate) fn prefetchable(state: &State) -> Wanted {
    let addresses = state.named().chain(state.deletions.keys()).cloned().collect();
    Wanted { addresses, ..Wanted::default() }
}

/// What else has to be read when a first plan shows which objects can't change in place, and which unmanaged
/// objects are deleted.
pub(crate) fn extra_reads(changes: &[Change], state: Option<&State>, coverage: &Coverage) -> Option<Wanted> {
    let fixed = |change: &&Change| {
        change.action == Action::Replace
            || change.reasons.contains(&Reason::Pruned)
            || change.changes_fixed_field()
    };
    let deleting: BTreeSet<Address> =
        changes.iter().filter(fixed).map(|change| change.address.clone()).collect();
    let addresses = remembered_users(state, &deleting, coverage).collect();
    let mut wanted = Wanted { addresses, deleting, ..Wanted::default() };
    // What is in an owner that sinks may be above it.
    for owner in changes.iter().filter(|change| bounds::sinks(change)) {
        let bounded = KINDS.iter().copied().filter(|kind| kind.bound.is_some());
        wanted.lists.extend(bounded.map(|kind| Collection::new(kind, Some(owner.address.name()))));
    }
    (!wanted.deleting.is_empty() || !wanted.lists.is_empty()).then_some(wanted)
}
