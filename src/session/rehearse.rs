//! The rehearsal: carries a plan out against a sandbox that is filled with the live snapshot, and says what
//! would be refused. Pure; it takes no request.
//!
//! Only products that were read without gaps are rehearsed: what the copy lacks may exist on the server.

mod blocked;
mod copy;
mod repair;

use std::collections::{BTreeMap, BTreeSet};

use crate::live::client::Verdict;
use crate::live::client::request::Checks;
use crate::live::snapshot::{Live, Snapshot};
use crate::model::hint::Hint;
use crate::plan::{Blocked, OperationKey, Operations, Plan, Refusal, RefusalKind};
use crate::resource::schema::{Scope, Strength};
use crate::resource::{Address, Observed, references};
use crate::state::Verb;

pub(crate) use blocked::find as blocked;
use copy::{Copy, is_accepted};

/// What a rehearsal found.
#[derive(Debug, Default)]
pub struct Rehearsed {
    /// The steps that the server would refuse.
    pub refusals: Vec<Refusal>,
    /// Sentences about what was not rehearsed.
    pub notes: Vec<String>,
}

/// Carries the plan out in a copy of the live state.
pub fn rehearse(plan: &Plan, snapshot: &Snapshot) -> Rehearsed {
    let operations = plan.operations();
    let touched: BTreeSet<Option<&str>> = operations.keys().map(|key| key.address.product_or_own()).collect();
    let mut rehearsed = Rehearsed::default();
    let gaps = gaps(snapshot, &touched);
    let (closed, open): (BTreeSet<_>, BTreeSet<_>) =
        touched.into_iter().partition(|place| gaps.contains_key(place));
    for place in closed {
        let what = place.map_or("the clusters".to_owned(), |product| format!("product {product}"));
        rehearsed.notes.push(format!("The dry run was skipped for {what}: {}.", gaps[&place]));
    }
    if open.is_empty() {
        return rehearsed;
    }
    match Copy::of(snapshot, &open, &[]) {
        Ok(copy) => rehearsed.refusals = Rehearsal { copy, operations }.perform(&open, &plan.blocked),
        Err(error) => rehearsed.notes.push(format!("The dry run was skipped: {error}.")),
    }
    rehearsed
}

/// Of which of the touched products, or of the tenant, too little is known, and why.
fn gaps<'a>(
    snapshot: &'a Snapshot,
    touched: &BTreeSet<Option<&'a str>>,
) -> BTreeMap<Option<&'a str>, String> {
    let mut gaps = BTreeMap::new();
    for (address, _) in snapshot.unreadable() {
        gaps.entry(address.product_or_own()).or_insert_with(|| format!("the server can't show {address}"));
    }
    for (collection, _) in snapshot.failures() {
        let why = || format!("the {} objects could not be read", collection.kind());
        match collection.table().scope {
            Scope::Product => _ = gaps.entry(collection.product()).or_insert_with(why),
            // Every product names clusters.
            Scope::Tenant => touched.iter().for_each(|place| _ = gaps.entry(*place).or_insert_with(why)),
        }
    }
    for observed in snapshot.objects() {
        let place = observed.address.product_or_own();
        if touched.contains(&place) && !gaps.contains_key(&place) {
            gaps.extend(dangling(snapshot, observed).map(|why| (place, why)));
        }
    }
    gaps
}

/// An object that was read names one that was not, since the plan is not about it.
fn dangling(snapshot: &Snapshot, observed: &Observed) -> Option<String> {
    let named = references(&observed.address, &observed.spec).into_iter();
    let mut hard = named.filter(|named| named.strength == Strength::Hard);
    let unread = hard.find(|named| matches!(snapshot.live(&named.address), Live::Unknown(_)))?;
    Some(format!("{} was not read", unread.address))
}

/// The copy and the operations.
struct Rehearsal<'a> {
    copy: Copy,
    operations: Operations<'a>,
}

/// A step that the server would refuse.
struct Refused {
    key: OperationKey,
    /// What is wrong, as a sentence.
    message: String,
    meaning: Option<&'static str>,
}

impl Rehearsal<'_> {
    fn perform(&mut self, open: &BTreeSet<Option<&str>>, blocked: &[Blocked]) -> Vec<Refusal> {
        let operations = self.operations;
        let mut refused = Vec::new();
        let mut not_done = BTreeSet::new();
        // In the order of apply: another order of the steps might succeed or fail at other steps.
        let mut schedule = operations.schedule(|key: &OperationKey| Some(key.address.kind().lane));
        loop {
            let started: Vec<OperationKey> = std::iter::from_fn(|| schedule.start()).collect();
            if started.is_empty() {
                break;
            }
            for key in started {
                let result = open.contains(&key.address.product_or_own()).then(|| self.step(&key));
                if matches!(result, Some(Ok(()))) {
                    schedule.finish(&key);
                    continue;
                }
                not_done.extend(schedule.fail(&key));
                not_done.insert(key);
                refused.extend(result.and_then(Result::err));
            }
        }
        let of_blocked: Vec<Refusal> =
            blocked.iter().filter_map(|blocked| refusal_of_product(blocked, &refused)).collect();
        let is_explained = |refused: &Refused| {
            of_blocked.iter().any(|refusal| refusal.address == refused.key.address.owner())
        };
        refused.retain(|refused| !is_explained(refused));
        if refused.is_empty() {
            return of_blocked;
        }
        let left: BTreeSet<&OperationKey> =
            not_done.iter().filter(|key| open.contains(&key.address.product_or_own())).collect();
        let advice = self.ends_well(&left, &refused).then(|| self.two_steps(&refused));
        let refusal = |refused: Refused| Refusal {
            kind: RefusalKind::Rehearsal,
            span: operations.change(&refused.key).source,
            address: Some(refused.key.address),
            message: refused.message,
            hints: advice.clone().map(Hint::from).or(refused.meaning.map(Hint::from)).into_iter().collect(),
        };
        of_blocked.into_iter().chain(refused.into_iter().map(refusal)).collect()
    }

    /// Whether the refused steps would be accepted when everything else is as planned: then the result is
    /// valid, and only the order is impossible.
    fn ends_well(&mut self, left: &BTreeSet<&OperationKey>, refused: &[Refused]) -> bool {
        let order = self.operations.graph().topological_order();
        for key in order.into_iter().filter(|key| left.contains(key)) {
            self.send(key, Checks::Skipped);
        }
        refused.iter().all(|refused| is_accepted(&self.send(&refused.key, Checks::Made)))
    }

    /// What to do if only the order is impossible: mostly because of an object that is used by others from
    /// now on.
    fn two_steps(&self, refused: &[Refused]) -> String {
        let changes = refused.iter().map(|refused| self.operations.change(&refused.key));
        let served = changes.flat_map(|change| change.dependencies.iter().chain(&change.used));
        let is_updated = |address: &&Address| self.operations.contains(address, Verb::Update);
        let served: BTreeSet<String> = served.filter(is_updated).map(ToString::to_string).collect();
        let served: Vec<&str> = served.iter().map(String::as_str).collect();
        format!(
            "the result would be accepted, but there is no order of single writes that leads to it: apply in two \
             steps, the first of which grants what is new and takes nothing away yet{}{}",
            if served.is_empty() { "" } else { ", in " },
            served.join(" and ")
        )
    }

    /// Sends a step as apply would.
    fn step(&mut self, key: &OperationKey) -> Result<(), Refused> {
        let is_unchecked = self.operations.change(key).is_unchecked();
        let verdict = match key.address.product().filter(|_| is_unchecked) {
            Some(product) => self.send_unchecked(key, product)?,
            None => self.send(key, Checks::Made),
        };
        if is_accepted(&verdict) {
            return Ok(());
        }
        let said = self.copy.with_names(verdict.message());
        let meaning = match verdict {
            Verdict::Permanent { meaning, .. } => meaning,
            _ => None,
        };
        Err(Refused {
            key: key.clone(),
            message: format!("the server would refuse to {} it: {said}", key.verb),
            meaning,
        })
    }

    /// What is sent unchecked must need it, and must help: by itself, or since what repairs the product needs
    /// it.
    fn send_unchecked(&mut self, key: &OperationKey, product: &str) -> Result<Verdict, Refused> {
        let refused = |message| Refused { key: key.clone(), message, meaning: None };
        let before = self.copy.clone();
        if is_accepted(&self.send(key, Checks::Made)) {
            return Err(refused(
                "need not be sent unchecked: the server would accept it as it is".to_owned(),
            ));
        }
        let violations = self.copy.violations(product);
        let causes: BTreeSet<Address> = violations.iter().map(|(address, _)| address.clone()).collect();
        let verdict = self.send(key, Checks::Skipped);
        let left = self.copy.violations(product).len();
        let helps = left < violations.len()
            || (left == violations.len() && is_needed_by(&causes, key, self.operations));
        if is_accepted(&verdict) && !helps {
            self.copy = before;
            return Err(refused(format!(
                "sent unchecked, it would bring product {product} no nearer to valid"
            )));
        }
        Ok(verdict)
    }

    fn send(&mut self, key: &OperationKey, checks: Checks) -> Verdict {
        let after = self.operations.change(key).after.as_ref();
        self.copy.send(&key.address, key.verb, after, checks)
    }
}

/// Whether it creates what a planned update of one of these objects needs.
fn is_needed_by(causes: &BTreeSet<Address>, key: &OperationKey, operations: Operations<'_>) -> bool {
    let needs = |address: &Address| {
        operations.contains(address, Verb::Update)
            && operations
                .graph()
                .dependencies(&OperationKey { address: address.clone(), verb: Verb::Update })
                .any(|needed| needed == key)
    };
    key.verb == Verb::Create && causes.iter().any(needs)
}

/// The refusal of a product that refuses every write, in place of those of its steps.
fn refusal_of_product(blocked: &Blocked, refused: &[Refused]) -> Option<Refusal> {
    let inside = |refused: &Refused| refused.key.address.owner().as_ref() == Some(&blocked.address);
    (!blocked.ways_out.is_empty() && refused.iter().any(inside)).then(|| Refusal {
        kind: RefusalKind::Rehearsal,
        address: Some(blocked.address.clone()),
        message: blocked.sentence(),
        hints: blocked.ways_out.clone(),
        span: None,
    })
}
