//! What could end the refusals of one kind: sets of steps, each a plain function of what is refused. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::live::snapshot::Live;
use crate::model::hint::Hint;
use crate::model::value::Value;
use crate::model::way_out::{Fields, Step};
use crate::plan::{Action, Change, Plan, Reason, Refusal, RefusalKind};
use crate::resource::kinds::bound_by_owner;
use crate::resource::schema::{Scope, Strength};
use crate::resource::{Address, references};
use crate::session::rehearse::{needs_unchecked, two_steps};

use super::case::{Case, Steps};

/// How many unmanaged objects a move deletes at most.
const PRUNED: usize = 50;

/// Whether it may turn out to be unneeded, since it is not known which objects are in the way.
pub(super) const fn is_guess(step: &Step) -> bool {
    matches!(
        step,
        Step::Restore(_)
            | Step::Later(_)
            | Step::Keep(_)
            | Step::Forget(_)
            | Step::Prune(_)
            | Step::AllowDeletes(_)
            | Step::AllowUpdates(_)
            | Step::Unchecked(_)
    )
}

/// The moves that could end the refusals of one kind: of that which allows the fewest, but of thresholds last,
/// since they depend on all others.
pub(super) fn of(case: &Case<'_>, plan: &Plan) -> Vec<Steps> {
    let kinds: BTreeSet<RefusalKind> = plan.refusals.iter().map(|refusal| refusal.kind).collect();
    let groups = kinds.into_iter().map(|kind| {
        let moves = View::new(case, plan, kind).moves();
        ((kind == RefusalKind::Threshold, moves.len()), moves)
    });
    groups.min_by_key(|(key, _)| *key).map(|(_, moves)| moves).unwrap_or_default()
}

/// The refusals of one kind, and what they are about.
struct View<'a> {
    case: &'a Case<'a>,
    plan: &'a Plan,
    refusals: Vec<&'a Refusal>,
    kind: RefusalKind,
    /// What is refused.
    refused: BTreeSet<&'a Address>,
    changes: BTreeMap<&'a Address, &'a Change>,
}

impl<'a> View<'a> {
    fn new(case: &'a Case<'a>, plan: &'a Plan, kind: RefusalKind) -> Self {
        let refusals: Vec<&Refusal> = plan.refusals.iter().filter(|refusal| refusal.kind == kind).collect();
        let refused = refusals.iter().filter_map(|refusal| refusal.address.as_ref()).collect();
        let changes = plan.changing().map(|change| (&change.address, change)).collect();
        Self { case, plan, refusals, kind, refused, changes }
    }

    fn moves(&self) -> Vec<Steps> {
        let moves = match self.kind {
            RefusalKind::InUse => self.in_use(),
            RefusalKind::MissingReference => self.missing_reference(),
            RefusalKind::Protected => {
                vec![self.permitted(), self.restore(self.gone()), self.keep(self.gone())]
            }
            RefusalKind::EmptiedFile => self.emptied_file(),
            // Its manifest is still there: another one would declare it twice.
            RefusalKind::SkippedManifest => vec![self.keep(self.gone())],
            RefusalKind::Threshold => vec![self.permitted()],
            RefusalKind::Replacement => vec![self.permitted(), self.first(), self.later()],
            RefusalKind::AboveOwner => self.above_owner(),
            RefusalKind::SameObject => self.same_object(),
            RefusalKind::Rehearsal => self.rehearsal(),
            RefusalKind::Irreversible | RefusalKind::Unknown | RefusalKind::MissingSecret => Vec::new(),
        };
        let mut seen = BTreeSet::new();
        moves.into_iter().filter(|steps| !steps.is_empty() && seen.insert(steps.clone())).collect()
    }

    /// What still uses an object goes or comes along, or the object stays.
    fn in_use(&self) -> Vec<Steps> {
        let users = self.unmanaged_users();
        let (safe, all) = self.prunes(&users);
        let selected = self.refusals.iter().flat_map(|refusal| &refusal.hints);
        let selected = selected.flat_map(|hint| match hint {
            Hint::Target(all) => all.iter().cloned().map(Step::Select).collect(),
            _ => Vec::new(),
        });
        vec![safe, all, self.restore(self.gone()), self.keep(self.gone()), selected.collect()]
    }

    /// What is missing comes back, or stays.
    fn missing_reference(&self) -> Vec<Steps> {
        let outside = &self.case.input.configuration.outside;
        let named = outside.iter().filter(|outside| self.refused.contains(&outside.from));
        let missing: BTreeSet<&Address> = named.map(|outside| &outside.target).collect();
        // What would permit something is not named.
        let near: BTreeSet<&Address> = missing.iter().copied().chain(self.deletes_near()).collect();
        vec![self.restore(near.clone()), self.keep(near)]
    }

    /// The file is as it was, or gone.
    fn emptied_file(&self) -> Vec<Steps> {
        let empty = &self.case.input.configuration.empty_files;
        let mut files = BTreeMap::new();
        for change in self.changes.values().filter(|change| change.action == Action::Delete) {
            for reason in &change.reasons {
                if let Reason::ManifestGone(Some(file)) = reason
                    && empty.contains(file)
                {
                    files.insert(&change.address, file);
                }
            }
        }
        let objects: BTreeSet<&Address> = files.keys().copied().collect();
        let removed = files.into_values().cloned().map(Step::RemoveFile).collect();
        vec![self.restore(objects.clone()), removed, self.keep(objects)]
    }

    /// The owner stays as high as it is, the object sinks, or what is too high goes.
    fn above_owner(&self) -> Vec<Steps> {
        let snapshot = self.case.input.snapshot;
        let Some(bound) = bound_by_owner() else { return Vec::new() };
        let mut set = Steps::new();
        let mut inside = BTreeSet::new();
        for address in &self.refused {
            let live = if address.kind().is_owner { Some((*address).clone()) } else { address.owner() };
            let live = live.as_ref().and_then(|live| snapshot.observed(live));
            let Some(value) = live.and_then(|live| live.spec.text_at(bound.field)) else { continue };
            let fields = vec![(bound.field(), value.to_owned())];
            set.insert(Step::Set(Fields { address: address.to_string(), fields }));
            let is_inside = |found: &&Address| found.owner().as_ref() == Some(*address);
            inside.extend(self.unmanaged().filter(is_inside).filter(|found| found.kind().bound.is_some()));
        }
        let (safe, all) = self.prunes(&inside);
        vec![set, safe, all]
    }

    /// One of the spellings is forgotten.
    fn same_object(&self) -> Vec<Steps> {
        let lower: BTreeSet<Address> = self.refused.iter().map(|address| address.to_lower_case()).collect();
        let known = self.case.input.state.into_iter().flat_map(crate::state::State::named);
        let spellings = known.filter(|address| lower.contains(&address.to_lower_case()));
        spellings.map(|address| [Step::Forget(address.to_string())].into()).collect()
    }

    /// What the server would refuse.
    fn rehearsal(&self) -> Vec<Steps> {
        let missing = self.missing();
        let is_gone = |address: &&Address| {
            self.case.input.snapshot.live(address) == Live::Absent
                && address.kind().scope == Scope::Tenant
                && !self.case.history.contains_key(address)
        };
        let declare = steps(missing.iter().filter(is_gone), Step::Declare);
        let (safe, all) = self.prunes(&self.in_the_way());
        let back: BTreeSet<&Address> = missing.iter().chain(self.deletes_near()).collect();
        let unchecked = steps(&needs_unchecked(self.plan, self.case.ground), Step::Unchecked);
        let given = &self.case.input.permissions.unchecked;
        let checked = steps(given.iter().filter(|address| self.refused.contains(address)), Step::Checked);
        let restore = self.restore(back);
        let keep = self.keep(self.gone());
        vec![checked, restore, self.first(), self.later(), keep, declare, safe, all, unchecked]
    }

    /// What the refusals themselves advise to permit.
    fn permitted(&self) -> Steps {
        let hints = self.refusals.iter().flat_map(|refusal| &refusal.hints);
        let step = |hint: &Hint| match hint {
            Hint::Unprotect(address) => Some(Step::Unprotect(address.clone())),
            Hint::AllowDeletes(number) => Some(Step::AllowDeletes(*number)),
            Hint::AllowUpdates(number) => Some(Step::AllowUpdates(*number)),
            Hint::AllowReplace => Some(Step::AllowReplace),
            _ => None,
        };
        hints.filter_map(step).collect()
    }

    /// Of what is refused, what would be deleted.
    fn gone(&self) -> BTreeSet<&'a Address> {
        self.refused.iter().copied().filter(|address| self.is_deleted(address)).collect()
    }

    fn is_deleted(&self, address: &Address) -> bool {
        self.changes.get(address).is_some_and(|change| change.action == Action::Delete)
    }

    /// What is deleted in the places of what is refused, and in the tenant.
    fn deletes_near(&self) -> impl Iterator<Item = &'a Address> {
        let places: BTreeSet<Option<&str>> =
            self.refused.iter().map(|address| address.product_or_own()).chain([None]).collect();
        let deletes = self.plan.changing().filter(|change| change.action == Action::Delete);
        deletes
            .map(|change| &change.address)
            .filter(move |address| places.contains(&address.product_or_own()))
    }

    fn restore<'b>(&self, all: impl IntoIterator<Item = &'b Address>) -> Steps {
        let known = all.into_iter().filter_map(|address| self.case.history.get(address));
        known.map(|(_, restore)| Step::Restore(restore.clone())).collect()
    }

    fn keep(&self, all: BTreeSet<&Address>) -> Steps {
        steps(all.into_iter().filter(|address| self.is_deleted(address)), Step::Keep)
    }

    /// In two runs, the first without what is refused.
    fn later(&self) -> Steps {
        let refused = self.refused.iter().copied();
        steps(refused.filter(|address| self.changes.contains_key(address)), Step::Later)
    }

    /// In two runs, the first of which grants what is new and takes nothing away: what serves others from now
    /// on.
    fn first(&self) -> Steps {
        let refused = self.refused.iter().filter_map(|address| self.changes.get(*address));
        let served = refused.flat_map(|change| change.dependencies.iter().chain(&change.used));
        let updated = served.filter_map(|address| self.changes.get(address));
        let updated = updated.filter(|change| change.action == Action::Update);
        updated.map(|change| Step::First(two_steps::granted(change))).collect()
    }

    /// The deletes of unmanaged objects: of those that can be brought back, and of all.
    fn prunes(&self, all: &BTreeSet<&Address>) -> (Steps, Steps) {
        let all = || all.iter().copied().take(PRUNED);
        let safe = all().filter(|address| address.kind().deleting.irreversible.is_none());
        (steps(safe, Step::Prune), steps(all(), Step::Prune))
    }

    fn unmanaged(&self) -> impl Iterator<Item = &'a Address> {
        self.plan.unmanaged.iter().map(|found| &found.address)
    }

    /// What is unmanaged and uses what is refused, or what else of it goes.
    fn unmanaged_users(&self) -> BTreeSet<&'a Address> {
        let unmanaged: BTreeSet<&Address> = self.unmanaged().collect();
        let mut used: BTreeSet<Address> = self.refused.iter().map(|address| (*address).clone()).collect();
        let mut users = BTreeSet::new();
        loop {
            let before = users.len();
            for address in &unmanaged {
                let Some(found) = self.case.input.snapshot.observed(address) else { continue };
                let mut named = hard(address, &found.spec).chain(address.owner());
                if named.any(|named| used.contains(&named)) && users.insert(*address) {
                    used.insert((*address).clone());
                }
            }
            if users.len() == before {
                return users;
            }
        }
    }

    /// The unmanaged objects in the products of what is refused.
    fn in_the_way(&self) -> BTreeSet<&'a Address> {
        let products: BTreeSet<&str> =
            self.refused.iter().filter_map(|address| address.product_or_own()).collect();
        let is_near = |address: &&Address| address.product().is_some_and(|own| products.contains(own));
        self.unmanaged().filter(is_near).collect()
    }

    /// What is named and is not there: by what is refused, and by what blocks its product.
    fn missing(&self) -> BTreeSet<Address> {
        let snapshot = self.case.input.snapshot;
        let blocked = self.plan.blocked.iter().filter(|blocked| self.refused.contains(&blocked.address));
        let causes = blocked.flat_map(|blocked| &blocked.causes).map(|(address, _)| address);
        let live =
            causes.chain(self.refused.iter().copied()).filter_map(|address| snapshot.observed(address));
        let live = live.flat_map(|found| hard(&found.address, &found.spec));
        let planned = self.refused.iter().filter_map(|address| self.changes.get(*address));
        let planned = planned.filter_map(|change| Some((&change.address, change.after.as_deref()?)));
        let planned = planned.flat_map(|(address, spec)| hard(address, spec));
        let is_missing = |address: &Address| {
            let is_created = self.changes.get(address).is_some_and(|change| change.action == Action::Create);
            !is_created && (snapshot.live(address) == Live::Absent || self.is_deleted(address))
        };
        live.chain(planned).filter(is_missing).collect()
    }
}

/// A step for each of these.
fn steps<'b>(all: impl IntoIterator<Item = &'b Address>, step: impl Fn(String) -> Step) -> Steps {
    all.into_iter().map(|address| step(address.to_string())).collect()
}

/// What a spec needs.
fn hard(address: &Address, spec: &Value) -> impl Iterator<Item = Address> {
    let named = references(address, spec).into_iter();
    named.filter(|named| named.strength == Strength::Hard).map(|named| named.address)
}
