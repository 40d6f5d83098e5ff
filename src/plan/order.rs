//! From changes to operations: what is sent, in which order. A replace is two operations; everything else is one or none.
//!
//! Made from the plan's changes, not from the configuration: objects whose manifests are gone take part. What must be is an edge
//! of the graph: dependencies are created first, and deleted once nothing uses them any more; values that may be used once are
//! free before they are taken. What is merely better for a server that checks the whole product at every write (nautes-api.md
//! §4.0) is a wish; stronger wishes are settled first, and a wish that would close a loop gives way. So only what must be can
//! make a cycle, and only where objects are replaced or swap what they hold ([`Operations::cycle`]). Kinds are not known here,
//! only what changes say they use.

mod destroys;
mod soft_edges;

use std::collections::{BTreeSet, HashMap};

use foldhash::fast::RandomState;
use indexmap::{Equivalent, IndexMap};

use crate::model::graph::{Graph, Schedule};
use crate::model::value::Value;
use crate::resource::Address;
use crate::resource::schema::FieldPath;
use crate::state::Verb;

use super::{Action, Change, Plan};

/// One request to be made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationKey {
    /// The object.
    pub address: Address,
    /// What is done to it.
    pub verb: Verb,
}

/// So that operations are looked for without copies of addresses.
impl Equivalent<OperationKey> for (&Address, Verb) {
    fn equivalent(&self, key: &OperationKey) -> bool {
        *self.0 == key.address && self.1 == key.verb
    }
}

impl std::fmt::Display for OperationKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verb = match self.verb {
            Verb::Create => "create",
            Verb::Update => "update",
            Verb::Delete => "delete",
        };
        write!(f, "{verb} {}", self.address)
    }
}

/// One request and the change it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Operation<'a> {
    /// What is done.
    pub verb: Verb,
    /// Why and with what.
    pub change: &'a Change,
}

/// The operations of a plan and their order.
#[derive(Debug)]
pub struct Operations<'a> {
    /// Each operation, in the order of the plan's changes.
    pub all: IndexMap<OperationKey, Operation<'a>, RandomState>,
    /// "a waits for b".
    pub graph: Graph<OperationKey, ()>,
}

impl<'a> Operations<'a> {
    /// Derives the operations of a plan.
    pub fn of(plan: &'a Plan) -> Self {
        let mut operations = Self { all: IndexMap::default(), graph: Graph::new() };
        for change in plan.changing() {
            for verb in verbs(change.action) {
                operations.insert(change, *verb);
            }
        }
        if operations.all.is_empty() {
            return operations;
        }
        for change in plan.changing() {
            operations.order(change);
        }
        operations.order_slots(plan);
        operations.rename(plan);
        operations.wish(plan);
        operations.replace(plan);
        operations
    }

    /// The queue: what destroys something for good comes last among what is ready.
    pub fn schedule<L: Ord + Clone>(
        &self,
        lane: impl Fn(&OperationKey) -> Option<L>,
    ) -> Schedule<OperationKey, L> {
        Schedule::new(&self.graph, |_| 1, lane).put_last(|key| self.destroys_for_good(key))
    }

    /// Operations that wait for each other, each for the next one and the last for the first, if there are any.
    pub fn cycle(&self) -> Option<Vec<OperationKey>> {
        let cycles = self.graph.cycles();
        cycles.first().map(|steps| steps.iter().map(|step| step.from.clone()).collect())
    }

    fn insert(&mut self, change: &'a Change, verb: Verb) {
        let key = OperationKey { address: change.address.clone(), verb };
        self.graph.insert(key.clone());
        self.all.insert(key, Operation { verb, change });
    }

    /// The operation that leaves the object as wished.
    fn save(&self, address: &Address) -> Option<OperationKey> {
        [Verb::Create, Verb::Update].into_iter().find_map(|verb| self.find(address, verb))
    }

    fn find(&self, address: &Address, verb: Verb) -> Option<OperationKey> {
        self.all.contains_key(&(address, verb)).then(|| OperationKey { address: address.clone(), verb })
    }

    /// What must be.
    fn order(&mut self, change: &Change) {
        let (save, delete) = (self.save(&change.address), self.find(&change.address, Verb::Delete));
        if let (Some(save), Some(delete)) = (&save, &delete) {
            self.graph.depend_if_known(save, delete, ());
        }
        for needed in &change.dependencies {
            if let (Some(save), Some(first)) = (&save, self.find(needed, Verb::Create)) {
                self.graph.depend_if_known(save, &first, ());
            }
        }
        // What is used may go when its user is gone, or has let go of it.
        let lets_go = lets_go(change);
        for used in &change.used {
            let Some(later) = self.find(used, Verb::Delete) else { continue };
            let first = delete.as_ref().or(save.as_ref().filter(|_| lets_go.contains(used)));
            first.into_iter().for_each(|first| self.graph.depend(later.clone(), first.clone(), ()));
        }
    }

    /// Values that may be used once per product (`Kind::unique`) are taken only after whoever has them has gone or changed:
    /// an environment frees its cluster for another (§4.3).
    fn order_slots(&mut self, plan: &'a Plan) {
        let mut held: HashMap<Slot<'a>, OperationKey> = HashMap::new();
        for change in plan.changing() {
            let Some(live) = change.before.as_deref() else { continue };
            let leaves = self.find(&change.address, Verb::Delete).or_else(|| self.save(&change.address));
            for slot in slots(&change.address, live) {
                leaves.iter().for_each(|key| drop(held.insert(slot.clone(), key.clone())));
            }
        }
        for change in plan.changing() {
            let (Some(wished), Some(save)) = (&change.after, self.save(&change.address)) else { continue };
            for slot in slots(&change.address, wished) {
                if let Some(first) = held.get(&slot).filter(|first| first.address != change.address) {
                    self.graph.depend(save.clone(), first.clone(), ());
                }
            }
        }
    }
}

/// Kind, product, number of the group, values.
type Slot<'a> = (&'static str, Option<&'a str>, usize, Vec<&'a str>);

fn slots<'a>(address: &'a Address, spec: &'a Value) -> Vec<Slot<'a>> {
    let values = |group: &[FieldPath]| -> Option<Vec<&'a str>> {
        group.iter().map(|path| spec.text_at(path)).collect()
    };
    let groups = address.kind().unique.iter().enumerate();
    groups
        .filter_map(|(number, group)| Some((address.kind().name, address.product(), number, values(group)?)))
        .collect()
}

/// What an object uses so far and will not need any more.
fn lets_go(change: &Change) -> BTreeSet<&Address> {
    if change.used.is_empty() {
        return BTreeSet::new();
    }
    let needed: BTreeSet<&Address> = change.dependencies.iter().collect();
    change.used.iter().filter(|used| !needed.contains(used)).collect()
}

const fn verbs(action: Action) -> &'static [Verb] {
    match action {
        Action::Create => &[Verb::Create],
        Action::Update => &[Verb::Update],
        Action::Delete => &[Verb::Delete],
        Action::Replace => &[Verb::Delete, Verb::Create],
        Action::NoOp | Action::Forget => &[],
    }
}

#[cfg(test)]
mod tests;
