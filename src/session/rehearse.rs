//! The rehearsal: carries a plan out against a sandbox that is filled with the live snapshot, and says what
//! would be refused. Pure; it takes no request.
//!
//! Only products that were read without gaps are rehearsed: what the copy lacks may exist on the server.

mod copy;
mod fill;
pub(super) mod two_steps;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use foldhash::fast::RandomState;

use crate::live::client::Verdict;
use crate::live::client::request::Checks;
use crate::live::snapshot::{Live, Snapshot};
use crate::model::hint::Hint;
use crate::plan::{Blocked, OperationKey, Operations, Plan, Reason, Refusal, RefusalKind, unchecked};
use crate::resource::catalogue::Catalogue;
use crate::resource::schema::{Scope, Strength};
use crate::resource::{Address, Observed, references};
use crate::sandbox::{Options, RepliesError};
use crate::state::Verb;

use super::sandbox_options;

use copy::{Copy, is_accepted};

/// What a rehearsal found.
#[derive(Debug, Default)]
pub struct Rehearsed {
    /// The steps that the server would refuse.
    pub refusals: Vec<Refusal>,
    /// Sentences about what was not rehearsed.
    pub notes: Vec<String>,
    /// The steps that were accepted unchecked only.
    pub unchecked: BTreeSet<OperationKey>,
    /// The products that still refuse every write in the end.
    pub(crate) still_blocked: BTreeSet<Address>,
}

/// A copy of what was read without gaps, or of what a plan needs of it.
pub struct Ground {
    /// What the platform is.
    pub(crate) options: Options,
    gaps: Gaps,
    copy: Result<Copy, RepliesError>,
    /// The products that refuse every write.
    pub(crate) blocked: Vec<Blocked>,
}

impl Ground {
    /// Copies what was read.
    pub fn of(snapshot: &Snapshot, options: Options) -> Self {
        Self::filled(snapshot, None, options)
    }

    /// Copies what was read, on a platform that offers this.
    pub(super) fn on(snapshot: &Snapshot, catalogue: Option<&Catalogue>) -> Self {
        Self::of(snapshot, sandbox_options::options(catalogue))
    }

    /// The same, of the products only that a plan writes into and of those that refuse every write. Other plans
    /// can't be carried out in it.
    pub(super) fn below(plan: &Plan, snapshot: &Snapshot, catalogue: Option<&Catalogue>) -> Self {
        Self::filled(snapshot, Some(&written(plan)), sandbox_options::options(catalogue))
    }

    fn filled(snapshot: &Snapshot, kept: Option<&BTreeSet<&str>>, options: Options) -> Self {
        let gaps = Gaps::of(snapshot);
        let is_open = |product: &str| gaps.of_place(Some(product)).is_none();
        let filled = fill::fill(snapshot, is_open, kept, options.clone());
        let (copy, blocked) = match filled {
            Ok((copy, blocked)) => (Ok(copy), blocked),
            Err(error) => (Err(error), Vec::new()),
        };
        Self { options, gaps, copy, blocked }
    }

    fn rehearsal(&self) -> Result<Rehearsal<'_>, &RepliesError> {
        let copy = self.copy.as_ref()?.clone();
        Ok(Rehearsal { gaps: &self.gaps, copy, unchecked: BTreeSet::new(), is_free: false })
    }

    /// Where the plan writes and too little is known to carry it out.
    pub(crate) fn closed<'p>(&self, plan: &'p Plan) -> BTreeSet<Option<&'p str>> {
        touched(plan).into_iter().filter(|place| self.gaps.of_place(*place).is_some()).collect()
    }
}

/// What to do about an object that the API can't show, since something that it names is gone.
const IN_GIT: &str = "; what is read from Git is shown all the same (server.gitlab in nautform.yaml)";

/// The products that the plan writes into, before its operations have an order.
fn written(plan: &Plan) -> BTreeSet<&str> {
    plan.changing().filter_map(|change| change.address.product_or_own()).collect()
}

fn touched(plan: &Plan) -> BTreeSet<Option<&str>> {
    plan.operations().keys().map(|key| key.address.product_or_own()).collect()
}

/// Notes which products refuse every write, and which changes are about what is at fault.
pub(super) fn mark_blocked(plan: &mut Plan, ground: &Ground) {
    plan.blocked.clone_from(&ground.blocked);
    let causes = plan.blocked.iter().flat_map(|blocked| &blocked.causes);
    let causes: BTreeSet<Address> = causes.map(|(address, _)| address.clone()).collect();
    plan.give_reason(&causes, &Reason::Blocking);
}

/// Carries a plan out in a copy, unless guards refuse it; adds what was found. The products that still refuse
/// every write in the end.
pub(super) fn carry_out(
    plan: &mut Plan,
    ground: &Ground,
    unchecked: &BTreeSet<Address>,
) -> BTreeSet<Address> {
    mark_blocked(plan, ground);
    let refusals = unchecked::allow(plan, unchecked, true);
    plan.refusals.extend(refusals);
    if !may_be_rehearsed(plan) {
        return plan.blocked.iter().map(|blocked| blocked.address.clone()).collect();
    }
    let found = rehearse(plan, ground);
    plan.refusals.extend(found.refusals);
    plan.notes.extend(found.notes);
    unchecked::narrow(plan, &found.unchecked);
    found.still_blocked
}

/// Whether a plan could be applied with permissions: they lift protections, thresholds and the refusal of
/// replacements, and the decision needs to know what the server would refuse. Other refusals say in better
/// words what the rehearsal would find.
fn may_be_rehearsed(plan: &Plan) -> bool {
    let liftable = |kind| {
        matches!(
            kind,
            RefusalKind::Protected
                | RefusalKind::Irreversible
                | RefusalKind::Threshold
                | RefusalKind::Replacement
        )
    };
    plan.changing().next().is_some()
        && plan.refusals.iter().all(|refusal| liftable(refusal.kind))
        && (plan.refusals.is_empty() || plan.operations().cycle().is_none())
}

/// Carries the plan out.
pub fn rehearse(plan: &Plan, ground: &Ground) -> Rehearsed {
    let mut rehearsed = Rehearsed::default();
    let closed = ground.closed(plan);
    for place in &closed {
        let what = place.map_or("the clusters".to_owned(), |product| format!("product {product}"));
        let why = ground.gaps.of_place(*place).unwrap_or_default();
        rehearsed.notes.push(format!("The dry run was skipped for {what}: {why}."));
    }
    if closed.len() == touched(plan).len() {
        return rehearsed;
    }
    match ground.rehearsal() {
        Ok(mut rehearsal) => {
            rehearsed.refusals = rehearsal.perform(plan);
            rehearsed.still_blocked = rehearsal.still_blocked(&plan.blocked);
            rehearsed.unchecked = rehearsal.unchecked;
        }
        Err(error) => rehearsed.notes.push(format!("The dry run was skipped: {error}.")),
    }
    rehearsed
}

/// Whether the plans go through, one after the other.
pub(super) fn go_through(runs: &[Plan], ground: &Ground) -> bool {
    let Ok(mut rehearsal) = ground.rehearsal() else { return false };
    runs.iter()
        .all(|plan| plan.operations().cycle().is_none() && rehearsal.carry_out(plan.operations()).is_empty())
}

/// What has to be sent unchecked in blocked products, as far as that helps.
pub(super) fn needs_unchecked(plan: &Plan, ground: &Ground) -> BTreeSet<Address> {
    let Ok(mut rehearsal) = ground.rehearsal() else { return BTreeSet::new() };
    rehearsal.is_free = true;
    rehearsal.carry_out(plan.operations());
    rehearsal.unchecked.into_iter().map(|key| key.address).collect()
}

/// Of which products, or of the tenant, too little is known, and why.
#[derive(Default)]
struct Gaps {
    /// By product; of the tenant without a name.
    of_places: BTreeMap<String, String>,
    /// Every product names clusters.
    everywhere: Option<String>,
}

impl Gaps {
    fn of(snapshot: &Snapshot) -> Self {
        let mut gaps = Self::default();
        for (address, _) in snapshot.unreadable() {
            let asked = |product| {
                let read = snapshot.ways.read_from_git().any(|read| read == product);
                read || snapshot.ways.through_api().any(|(tried, _)| tried == product)
            };
            let way_out = if address.product().is_none_or(asked) { "" } else { IN_GIT };
            gaps.note(address.product_or_own(), || format!("the server can't show {address}{way_out}"));
        }
        for (collection, _) in snapshot.failures() {
            let why = || format!("the {} objects could not be read", collection.kind());
            match collection.table().scope {
                Scope::Product => gaps.note(collection.product(), why),
                Scope::Tenant => _ = gaps.everywhere.get_or_insert_with(why),
            }
        }
        for observed in snapshot.objects() {
            let place = observed.address.product_or_own();
            if gaps.of_place(place).is_none() {
                let place = place.unwrap_or_default().to_owned();
                gaps.of_places.extend(dangling(snapshot, observed).map(|why| (place, why)));
            }
        }
        gaps
    }

    fn note(&mut self, place: Option<&str>, why: impl FnOnce() -> String) {
        self.of_places.entry(place.unwrap_or_default().to_owned()).or_insert_with(why);
    }

    fn of_place(&self, place: Option<&str>) -> Option<&str> {
        self.of_places.get(place.unwrap_or_default()).or(self.everywhere.as_ref()).map(String::as_str)
    }
}

/// An object that was read names one that was not, since the plan is not about it.
fn dangling(snapshot: &Snapshot, observed: &Observed) -> Option<String> {
    let named = references(&observed.address, &observed.spec).into_iter();
    let mut hard = named.filter(|named| named.strength == Strength::Hard);
    let unread = hard.find(|named| matches!(snapshot.live(&named.address), Live::Unknown(_)))?;
    Some(format!("{} was not read", unread.address))
}

/// Steps that were not accepted yet.
type Left = HashSet<OperationKey, RandomState>;

/// A plan that is being carried out.
struct Rehearsal<'a> {
    gaps: &'a Gaps,
    copy: Copy,
    /// What was accepted unchecked only.
    unchecked: BTreeSet<OperationKey>,
    /// Whether what is refused may be sent unchecked without a permission.
    is_free: bool,
}

/// A step that the server would refuse.
struct Refused {
    key: OperationKey,
    /// What is wrong, as a sentence.
    message: String,
    meaning: Option<&'static str>,
    /// Whether apply would send it again.
    waits: bool,
}

impl Rehearsal<'_> {
    fn perform(&mut self, plan: &Plan) -> Vec<Refusal> {
        let operations = plan.operations();
        let mut refused = self.carry_out(operations);
        let still_blocked = self.still_blocked(&plan.blocked);
        let is_inside = |refused: &Refused, blocked: &Blocked| {
            refused.key.address.owner().as_ref() == Some(&blocked.address)
        };
        let in_the_way: Vec<&Blocked> = plan
            .blocked
            .iter()
            .filter(|blocked| still_blocked.contains(&blocked.address))
            .filter(|blocked| refused.iter().any(|refused| is_inside(refused, blocked)))
            .collect();
        refused.retain(|refused| !in_the_way.iter().any(|blocked| is_inside(refused, blocked)));
        let refusal = |refused: Refused| Refusal {
            kind: RefusalKind::Rehearsal,
            span: operations.change(&refused.key).source,
            address: Some(refused.key.address),
            message: refused.message,
            hints: refused.meaning.map(Hint::from).into_iter().collect(),
        };
        let products = in_the_way.into_iter().map(Blocked::refusal);
        products.chain(refused.into_iter().map(refusal)).collect()
    }

    /// Those of the blocked products that are not valid now.
    fn still_blocked(&mut self, blocked: &[Blocked]) -> BTreeSet<Address> {
        let all = blocked.iter().map(|blocked| &blocked.address);
        all.filter(|address| !self.copy.violations(address.name()).is_empty()).cloned().collect()
    }

    /// Carries out what is possible; the steps that are refused.
    fn carry_out(&mut self, operations: Operations<'_>) -> Vec<Refused> {
        let mut left: Option<Left> = None;
        loop {
            let (refused, still_left) = self.round(operations, left.as_ref());
            let before = left.as_ref().map_or(operations.len(), Left::len);
            // What waits for Kubernetes is sent again by apply once other steps are done.
            if still_left.len() == before || !refused.iter().any(|refused| refused.waits) {
                return refused;
            }
            left = Some(still_left);
        }
    }

    /// Carries out what is possible of what is left, or of everything.
    fn round(&mut self, operations: Operations<'_>, left: Option<&Left>) -> (Vec<Refused>, Left) {
        let mut refused = Vec::new();
        let mut still_left = Left::default();
        // In the order of apply: another order of the steps might succeed or fail at other steps.
        let mut schedule = operations.schedule(|key: &OperationKey| Some(key.address.kind().lane));
        loop {
            let started: Vec<OperationKey> = std::iter::from_fn(|| schedule.start()).collect();
            if started.is_empty() {
                return (refused, still_left);
            }
            for key in started {
                let is_open = self.gaps.of_place(key.address.product_or_own()).is_none();
                let is_done = left.is_some_and(|left| !left.contains(&key));
                match is_open.then(|| if is_done { Ok(()) } else { self.step(&key, operations) }) {
                    Some(Ok(())) => schedule.finish(&key),
                    result => {
                        still_left.extend(schedule.fail(&key));
                        still_left.insert(key);
                        refused.extend(result.and_then(Result::err));
                    }
                }
            }
        }
    }

    /// Sends a step as apply would.
    fn step(&mut self, key: &OperationKey, operations: Operations<'_>) -> Result<(), Refused> {
        let is_unchecked = operations.change(key).is_unchecked();
        let verdict = match key.address.product().filter(|_| is_unchecked) {
            Some(product) => self.send_unchecked(key, product, operations)?,
            None => self.send(key, operations, Checks::Made),
        };
        if is_accepted(&verdict) {
            return Ok(());
        }
        if let Some(product) = key.address.product().filter(|_| self.is_free && !is_unchecked)
            && self.send_unchecked(key, product, operations).is_ok_and(|verdict| is_accepted(&verdict))
        {
            return Ok(());
        }
        let said = self.copy.with_names(verdict.message(), &key.address);
        let waits = matches!(verdict, Verdict::WaitForSync { .. });
        let meaning = match verdict {
            Verdict::Permanent { meaning, .. } => meaning,
            _ => None,
        };
        Err(Refused {
            key: key.clone(),
            message: format!("the server would refuse to {} it: {said}", key.verb),
            meaning,
            waits,
        })
    }

    /// What is sent unchecked must need it, and must help: by itself, or since what repairs the product needs
    /// it.
    fn send_unchecked(
        &mut self,
        key: &OperationKey,
        product: &str,
        operations: Operations<'_>,
    ) -> Result<Verdict, Refused> {
        let refused = |message| Refused { key: key.clone(), message, meaning: None, waits: false };
        let before = self.copy.clone();
        let verdict = self.send(key, operations, Checks::Made);
        if is_accepted(&verdict) {
            // Of a replacement one half may need it and the other not, which is sent as any other then.
            let is_first = key.verb == Verb::Delete && operations.contains(&key.address, Verb::Create);
            if is_first || self.unchecked.iter().any(|needed| needed.address == key.address) {
                return Ok(verdict);
            }
            return Err(refused(
                "need not be sent unchecked: the server would accept it as it is".to_owned(),
            ));
        }
        let violations = self.copy.violations(product);
        let causes: BTreeSet<Address> = violations.iter().map(|(address, _)| address.clone()).collect();
        let verdict = self.send(key, operations, Checks::Skipped);
        let left = self.copy.violations(product).len();
        let helps =
            left < violations.len() || (left == violations.len() && is_needed_by(&causes, key, operations));
        if is_accepted(&verdict) && !helps {
            self.copy = before;
            return Err(refused(format!(
                "sent unchecked, it would bring product {product} no nearer to valid"
            )));
        }
        if is_accepted(&verdict) {
            self.unchecked.insert(key.clone());
        }
        Ok(verdict)
    }

    fn send(&mut self, key: &OperationKey, operations: Operations<'_>, checks: Checks) -> Verdict {
        let after = operations.change(key).after.as_deref();
        self.copy.send(&key.address, key.verb, after, checks)
    }
}

/// Whether it creates what a planned write of one of these objects needs.
fn is_needed_by(causes: &BTreeSet<Address>, key: &OperationKey, operations: Operations<'_>) -> bool {
    let needs = |address: &Address| {
        let saves = [Verb::Update, Verb::Create].map(|verb| OperationKey { address: address.clone(), verb });
        let mut planned = saves.iter().filter(|save| operations.contains(address, save.verb));
        planned.any(|save| operations.graph().dependencies(save).any(|needed| needed == key))
    };
    key.verb == Verb::Create && causes.iter().any(needs)
}
