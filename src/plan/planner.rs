//! Puts the plan together. Pure: the same input gives the same plan.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::RandomState;

use crate::config::resolve::Configuration;
use crate::live::snapshot::{Snapshot, Wanted};
use crate::model::graph::Graph;
use crate::resource::schema::Strength;
use crate::resource::{Address, Observed, Record, Resource, references};
use crate::state::State;

use super::changes::{desired, removals, replacement};
use super::guard::{self, Permissions, Thresholds};
use super::guards::users::{self, Users};
use super::guards::{references as outside, spelling};
use super::input::product_index::Neighbours;
use super::moves::{self, Move};
use super::selection::Selection;
use super::{Action, Change, Gap, Operations, Plan, Reason, Refusal, RefusalKind, Unmanaged, drift};

/// What is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The live state becomes the configuration.
    Apply,
    /// Everything in the configuration and the state goes.
    Destroy,
}

/// Everything a plan is made of.
#[derive(Clone, Copy)]
pub struct PlanInput<'a> {
    /// The wish.
    pub configuration: &'a Configuration,
    /// The memory. `None` for `--stateless`: nothing is recorded and nothing that vanished from the directory is deleted.
    pub state: Option<&'a State>,
    /// The live state.
    pub snapshot: &'a Snapshot,
    /// What is planned.
    pub mode: Mode,
    /// Whether to compare the live state with the last apply too.
    pub drift: bool,
    /// What was asked for besides the directory.
    pub selection: &'a Selection,
    /// The declared and managed objects that the plan is not about ([`Selection::left_out`]).
    pub left_out: &'a BTreeSet<Address>,
    /// What gets another name.
    pub moves: &'a [Move],
    /// What may change at once.
    pub thresholds: &'a Thresholds,
    /// What was allowed for this run.
    pub permissions: &'a Permissions,
}

impl<'a> PlanInput<'a> {
    /// Whether the plan is about an object.
    pub(super) fn includes(&self, address: &Address) -> bool {
        !self.left_out.contains(address)
    }

    /// The manifest of an object that the plan is about.
    pub(super) fn declared(&self, address: &Address) -> Option<&'a Resource> {
        self.configuration.resources.get(address).filter(|_| self.includes(address))
    }

    /// What the state remembers of an object.
    pub(super) fn record(&self, address: &Address) -> Option<&'a Record> {
        self.state?.records.get(address)
    }

    /// Live objects that no manifest and no state knows.
    pub(super) fn unmanaged_live(&self) -> impl Iterator<Item = &'a Address> {
        let (configuration, state) = (self.configuration, self.state);
        let live = self.snapshot.objects().map(|observed| &observed.address);
        live.chain(self.snapshot.unreadable().map(|(address, _)| address)).filter(move |address| {
            !configuration.resources.contains_key(address)
                && !state.is_some_and(|state| state.manages(address))
        })
    }
}

/// What has to be known before a plan can be made. What is left out is not read, except where something else needs it.
pub fn wanted(
    configuration: &Configuration,
    state: Option<&State>,
    mode: Mode,
    selection: &Selection,
    left_out: &BTreeSet<Address>,
) -> Wanted {
    let included = |address: &&Address| !left_out.contains(*address);
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
    wanted.pruning.clone_from(&selection.prune);
    wanted.addresses.extend(remembered_users(state, &wanted.deleting, left_out));
    wanted
}

/// What is left out and used what may go: lists do not show every object, the state may know it.
fn remembered_users<'a>(
    state: Option<&'a State>,
    deleting: &'a BTreeSet<Address>,
    left_out: &'a BTreeSet<Address>,
) -> impl Iterator<Item = Address> + 'a {
    let uses = |(address, record): &(&Address, &Record)| {
        left_out.contains(*address)
            && (record.references.iter().any(|used| deleting.contains(used))
                || address.owner().is_some_and(|owner| deleting.contains(&owner)))
    };
    let records = state.filter(|_| !deleting.is_empty()).into_iter().flat_map(|state| &state.records);
    records.filter(uses).map(|(address, _)| address.clone())
}

/// What has to be known about the live state whatever the manifests say, if nothing is left out: what the state names.
pub fn prefetchable(state: &State) -> Wanted {
    let addresses = state.named().cloned().collect();
    Wanted { addresses, ..Wanted::default() }
}

/// What has to be known besides, once a first plan shows which objects can't change in place, and which nobody's objects go.
pub fn extra_reads(plan: &Plan, state: Option<&State>, left_out: &BTreeSet<Address>) -> Option<Wanted> {
    let fixed = |change: &&Change| {
        change.action == Action::Replace
            || change.reasons.contains(&Reason::Pruned)
            || change.attributes.iter().any(|attribute| attribute.fixed_while_used)
    };
    let deleting: BTreeSet<Address> =
        plan.changes.iter().filter(fixed).map(|change| change.address.clone()).collect();
    let addresses = remembered_users(state, &deleting, left_out).collect();
    (!deleting.is_empty()).then(|| Wanted { addresses, deleting, ..Wanted::default() })
}

/// Makes the plan.
pub fn plan(input: &PlanInput<'_>) -> Plan {
    let mut plan = Plan { requests: input.snapshot.requests, ..Plan::default() };
    let mut kept = match input.mode {
        Mode::Apply => desired::changes(input, &mut plan),
        Mode::Destroy => Vec::new(),
    };
    let neighbours = Neighbours::new(input);
    let mut gone = removals::changes(input, &neighbours, &mut plan);
    plan.refusals.extend(removals::emptied_files(input, &gone));
    if !gone.is_empty() || kept.iter().any(|change| change.action != Action::NoOp) {
        desired::note_what_is_used(input, &mut kept);
    }
    outside::check(input, &neighbours, &gone, &mut plan);
    let users = Users::find(input, &kept, &gone);
    users::check(input, &users, &kept, &mut gone, &mut plan);
    replacement::propagate(input, &users, &mut kept, &mut plan);
    plan.refusals.extend(kept.iter().filter_map(desired::missing_secret));
    moves::warn_renames(input, &coming(&kept, &plan), &mut gone);
    plan.refusals.extend(spelling::check(input, &kept, &gone));
    withhold_unknown(input, &mut kept, &mut plan);
    withhold_renamed(&mut gone, &mut plan);
    plan.changes = in_order(kept, gone);
    refuse_loops(&mut plan);
    let too_much = guard::thresholds(&plan.changes, input.thresholds, input.permissions, input.mode);
    plan.refusals.extend(too_much);
    plan.left_out = input.left_out.iter().cloned().collect();
    if input.drift {
        plan.drift = drift::find(input, &plan.changes);
    }
    plan.unmanaged = unmanaged(input, &plan.changes);
    plan
}

/// Some changes ask for an order that does not exist: environments that swap their clusters (§4.3), a host that must go before
/// what must come before it goes.
fn refuse_loops(plan: &mut Plan) {
    let Some(steps) = Operations::of(plan).cycle() else { return };
    let words: Vec<String> = steps.iter().map(ToString::to_string).collect();
    plan.refusals.push(Refusal {
        kind: RefusalKind::Replacement,
        address: steps.first().map(|step| step.address.clone()),
        message: format!("each of these steps has to wait for the next one: {}", words.join(" -> ")),
        help: "apply in two steps: first with one of them left as it is, or moved out of the way".to_owned(),
        span: None,
    });
}

/// What nobody could find out enough about is not written, and what depends on it is not either.
fn withhold_unknown(input: &PlanInput<'_>, kept: &mut Vec<Change>, plan: &mut Plan) {
    if plan.gaps.is_empty() {
        return;
    }
    let unknown: BTreeSet<Address> = plan.gaps.iter().map(|gap| gap.address.clone()).collect();
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
    plan.gaps.extend(dependent.into_iter().map(|(address, why)| Gap { address, why }));
    plan.gaps.sort_by(|a, b| a.address.cmp(&b.address));
}

/// What may be created: also what could not be found out enough about.
fn coming(kept: &[Change], plan: &Plan) -> Vec<Address> {
    let created = kept.iter().filter(|change| change.action == Action::Create).map(|change| &change.address);
    created.chain(plan.gaps.iter().map(|gap| &gap.address)).cloned().collect()
}

/// What can't be brought back and gets another name stays as long as the new object is not written, and so
/// does what it uses.
fn withhold_renamed(gone: &mut Vec<Change>, plan: &mut Plan) {
    if plan.gaps.is_empty() {
        return;
    }
    let unknown: BTreeSet<&Address> = plan.gaps.iter().map(|gap| &gap.address).collect();
    let deletes = || gone.iter().filter(|change| change.action == Action::Delete);
    let by_address: BTreeMap<&Address, &Change> = deletes().map(|change| (&change.address, change)).collect();
    let mut stays: BTreeMap<Address, String> = BTreeMap::new();
    let mut open: Vec<&Change> = Vec::new();
    for change in deletes().filter(|change| change.irreversible.is_some()) {
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
    plan.gaps.extend(stays.into_iter().map(|(address, why)| Gap { address, why }));
    plan.gaps.sort_by(|a, b| a.address.cmp(&b.address));
}

/// Creates and updates, which are in the order of their dependencies already, then deletes in the reverse order of theirs.
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

fn unmanaged(input: &PlanInput<'_>, changes: &[Change]) -> Vec<Unmanaged> {
    // A part of the fleet can't tell: other files may declare them.
    if input.selection.declared_only {
        return Vec::new();
    }
    let vanishing: BTreeSet<&Address> = changes.iter().flat_map(|change| &change.takes_along).collect();
    let stays = |address: &&Address| !input.selection.prunes(address) && !vanishing.contains(*address);
    let mut found: Vec<Unmanaged> =
        input.unmanaged_live().filter(stays).map(|address| Unmanaged { address: address.clone() }).collect();
    found.sort_by(|a, b| a.address.cmp(&b.address));
    found
}

/// What a live object needs: what its fields name, and the product it lives in.
pub(super) fn live_dependencies(
    input: &PlanInput<'_>,
    neighbours: &Neighbours<'_>,
    address: &Address,
) -> Vec<Address> {
    let mut all = uses(address, input.snapshot.observed(address), input.record(address));
    // A record does not have them if its object was applied without the file that declares them.
    all.extend(neighbours.grants(address));
    tidy(&mut all, address);
    all
}

/// What a declared object needs as it is live and as it was applied.
pub(super) fn uses(address: &Address, observed: Option<&Observed>, record: Option<&Record>) -> Vec<Address> {
    let named = observed.into_iter().flat_map(|observed| references(address, &observed.spec));
    let mut all: Vec<Address> =
        named.filter(|named| named.strength == Strength::Hard).map(|named| named.address).collect();
    all.extend(record.into_iter().flat_map(|record| record.references.iter().cloned()));
    all.extend(address.owner());
    tidy(&mut all, address);
    all
}

/// Each once, in order, and nothing that needs itself.
fn tidy(all: &mut Vec<Address>, own: &Address) {
    all.retain(|address| address != own);
    all.sort_unstable();
    all.dedup();
}
