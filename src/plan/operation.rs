//! From changes to operations: what is sent, in which order. A replace is two operations; everything else is one or none.
//!
//! Made from the plan's changes, not from the configuration: objects whose manifests are gone take part. Invariant: the order has
//! no cycle; wishes about slots (an environment freeing its cluster for another) give way where they would make one.

use std::collections::{BTreeMap, HashMap};

use crate::graph::Graph;
use crate::resource::{Address, references};
use crate::state::Verb;
use crate::value::Value;

use super::{Action, Change, Plan};

/// One request to be made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationKey {
    /// The object.
    pub address: Address,
    /// What is done to it.
    pub verb: Verb,
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
    /// Each operation, by its key.
    pub all: BTreeMap<OperationKey, Operation<'a>>,
    /// "a waits for b".
    pub graph: Graph<OperationKey, ()>,
}

impl<'a> Operations<'a> {
    /// Derives the operations of a plan.
    pub fn of(plan: &'a Plan) -> Self {
        let mut operations = Self { all: BTreeMap::new(), graph: Graph::new() };
        for change in plan.changing() {
            for verb in verbs(change.action) {
                operations.insert(change, *verb);
            }
        }
        for change in plan.changing() {
            operations.order(change);
        }
        operations.order_slots(plan);
        operations.graph.settle_soft_edges();
        operations
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
        let key = OperationKey { address: address.clone(), verb };
        self.all.contains_key(&key).then_some(key)
    }

    fn order(&mut self, change: &Change) {
        let (save, delete) = (self.save(&change.address), self.find(&change.address, Verb::Delete));
        if let (Some(save), Some(delete)) = (&save, &delete) {
            self.graph.depend(save.clone(), delete.clone(), ());
        }
        for needed in &change.dependencies {
            if let (Some(save), Some(first)) = (&save, self.save(needed)) {
                self.graph.depend(save.clone(), first, ());
            }
            if let (Some(delete), Some(later)) = (&delete, self.find(needed, Verb::Delete)) {
                self.graph.depend(later, delete.clone(), ());
            }
        }
        // What the live object names and the wished one no longer does may only go when the object has let go of it.
        let live = change.before.as_deref().unwrap_or(&Value::Null);
        for named in references(&change.address, live) {
            let still = change.dependencies.contains(&named.address);
            if let (false, Some(later)) = (still, self.find(&named.address, Verb::Delete)) {
                let first = delete.as_ref().or(save.as_ref());
                first.into_iter().for_each(|first| self.graph.depend(later.clone(), first.clone(), ()));
            }
        }
    }

    /// Values that may be used once per product (`Kind::unique`) are taken only after whoever has them has gone or changed.
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
                    self.graph.depend_softly(save.clone(), first.clone(), ());
                }
            }
        }
    }
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

/// Kind, product, number of the group, values.
type Slot<'a> = (&'static str, Option<&'a str>, usize, Vec<&'a str>);

fn slots<'a>(address: &'a Address, spec: &'a Value) -> Vec<Slot<'a>> {
    let values = |group: &[&str]| -> Option<Vec<&'a str>> {
        group.iter().map(|path| spec.text_at(&path.split('.').collect::<Vec<_>>())).collect()
    };
    let groups = address.kind().unique.iter().enumerate();
    groups
        .filter_map(|(number, group)| Some((address.kind().name, address.product(), number, values(group)?)))
        .collect()
}
