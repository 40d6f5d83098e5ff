//! From changes to operations: which requests are sent, in which order. A replacement is two operations; any
//! other action is one or none.
//!
//! Derived from the plan's changes, not from the configuration: objects without a manifest take part. What
//! must be is an edge of the graph: dependencies are created first, and deleted when nothing uses them any
//! more; values that may be used once are free before they are taken. What is only better for a server that
//! checks the whole product at every write (nautes-api.md §4.0) is a soft edge; stronger ones are settled
//! first, and one that would close a cycle is dropped. So only hard edges can make a cycle, and only where
//! objects are replaced or exchange what they hold ([`Operations::cycle`]). No kind is known here, only what
//! the changes say.

mod bounds;
mod destroys;
mod operation;
mod soft_edges;

use std::collections::{BTreeSet, HashMap};

use crate::model::graph::{Graph, Schedule};
use crate::model::value::Value;
use crate::resource::Address;
use crate::resource::schema::FieldPath;
use crate::state::Verb;

use super::{Action, Change};

pub(crate) use operation::Operation;
pub use operation::OperationKey;

/// The operations of a list of changes, and their order. Changes are known by their numbers, so that a plan
/// can keep its order.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// "a waits for b". Operations are nodes in the order of their changes.
    graph: Graph<OperationKey, ()>,
    /// The number of the change of each node.
    numbers: Vec<usize>,
    /// A delete, and the operation that writes what takes the object's place: without the second there is no
    /// first.
    replaced: Vec<(OperationKey, OperationKey)>,
}

impl Order {
    /// Derives the operations.
    pub fn of(changes: &[Change]) -> Self {
        let mut builder = Builder { order: Self::default(), changes };
        builder.insert_all();
        if builder.order.graph.is_empty() {
            return builder.order;
        }
        builder.changing().for_each(|change| builder.add_dependencies(change));
        builder.order_slots();
        builder.order_bounds();
        // Before the soft edges: no other order is worth losing an object with a new name.
        builder.delete_renamed_last();
        builder.add_soft_edges();
        // After the soft edges: they say what the server needs to have deleted first.
        builder.delete_replaced_last();
        builder.order.graph.shrink();
        builder.order
    }

    fn find(&self, address: &Address, verb: Verb) -> Option<Number> {
        self.graph.number(&OperationKey { address: address.clone(), verb })
    }

    /// The number of an operation's change.
    fn change(&self, key: &OperationKey) -> usize {
        self.numbers[self.graph.number(key).expect("it is an operation of this plan")]
    }
}

/// The operations of a plan and their order.
#[derive(Clone, Copy, Debug)]
pub struct Operations<'a> {
    changes: &'a [Change],
    order: &'a Order,
}

impl<'a> Operations<'a> {
    pub(super) const fn new(changes: &'a [Change], order: &'a Order) -> Self {
        Self { changes, order }
    }

    /// The operations, in the order of the plan's changes.
    pub fn keys(&self) -> impl Iterator<Item = &'a OperationKey> + use<'a> {
        self.order.graph.added()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.order.graph.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is such an operation.
    pub fn contains(&self, address: &Address, verb: Verb) -> bool {
        self.order.find(address, verb).is_some()
    }

    /// The change of an operation of this plan.
    ///
    /// # Panics
    /// If it is none of this plan.
    pub fn change(&self, key: &OperationKey) -> &'a Change {
        &self.changes[self.order.change(key)]
    }

    /// All changes of the plan, those without a request too.
    pub fn changes(&self) -> impl Iterator<Item = &'a Change> + use<'a> {
        self.changes.iter()
    }

    /// An operation of this plan.
    pub fn get(&self, key: &OperationKey) -> Operation<'a> {
        Operation { verb: key.verb, change: self.change(key) }
    }

    /// "a waits for b".
    pub const fn graph(&self) -> &'a Graph<OperationKey, ()> {
        &self.order.graph
    }

    /// The queue. Operations that permanently destroy something come last among those that are ready, those of
    /// one product come one after the other, so that one reading of it serves all of them, and nothing is
    /// deleted once it is known that what takes its place can't be written in this run.
    pub fn schedule<L: Ord + Clone>(
        &self,
        lane: impl Fn(&OperationKey) -> Option<L>,
    ) -> Schedule<OperationKey, L> {
        let is_last =
            |key: &OperationKey| key.verb == Verb::Delete && self.change(key).irreversible.is_some();
        let slows =
            |key: &OperationKey| key.verb == Verb::Create && key.address.kind().writing.slows_later_writes;
        let place = |key: &OperationKey| key.address.product_or_own().map(str::to_owned);
        let schedule = Schedule::new(&self.order.graph, lane).put_last(is_last).put_late(slows);
        schedule.keep_together(place).skip_together(&self.order.replaced)
    }

    /// Operations that wait for each other, each for the next one and the last for the first, if there are
    /// any.
    pub fn cycle(&self) -> Option<Vec<OperationKey>> {
        let cycles = self.order.graph.cycles();
        cycles.first().map(|steps| steps.iter().map(|step| step.from.clone()).collect())
    }
}

/// The place of an operation among all of them, and of its node in the graph.
type Number = usize;

/// An order in the making.
struct Builder<'a> {
    order: Order,
    changes: &'a [Change],
}

impl<'a> Builder<'a> {
    fn insert_all(&mut self) {
        let count = self.changing().map(|change| change.action.verbs().len()).sum();
        self.order.numbers.reserve_exact(count);
        // Most objects need their owner and one more.
        self.order.graph.reserve(count, 2 * count);
        for (number, change) in self.changes.iter().enumerate() {
            for verb in change.action.verbs() {
                self.order.graph.insert(OperationKey { address: change.address.clone(), verb: *verb });
                self.order.numbers.push(number);
            }
        }
    }

    fn changing(&self) -> impl Iterator<Item = &'a Change> + use<'a> {
        self.changes.iter().filter(|change| change.action != Action::NoOp)
    }

    fn key(&self, number: Number) -> &OperationKey {
        self.order.graph.key(number)
    }

    fn change(&self, number: Number) -> &'a Change {
        &self.changes[self.order.numbers[number]]
    }

    /// The operation that writes the object.
    fn save(&self, address: &Address) -> Option<Number> {
        [Verb::Create, Verb::Update].into_iter().find_map(|verb| self.find(address, verb))
    }

    /// The operation after which the object is not as it was.
    fn leave(&self, address: &Address) -> Option<Number> {
        self.find(address, Verb::Delete).or_else(|| self.save(address))
    }

    fn find(&self, address: &Address, verb: Verb) -> Option<Number> {
        self.order.find(address, verb)
    }

    /// `later` waits for `first`.
    fn wait(&mut self, later: Number, first: Number) {
        self.order.graph.depend_by_number(later, first, ());
    }

    /// The same, if that is possible.
    fn prefer(&mut self, later: Number, first: Number) {
        self.order.graph.depend_softly_by_number(later, first, ());
    }

    fn add_dependencies(&mut self, change: &Change) {
        let save = self.save(&change.address);
        let delete = self.find(&change.address, Verb::Delete);
        if let (Some(save), Some(delete)) = (save, delete) {
            self.wait(save, delete);
        }
        for needed in &change.dependencies {
            if let (Some(save), Some(first)) = (save, self.find(needed, Verb::Create)) {
                self.wait(save, first);
            }
        }
        // What is used may be deleted after its user is deleted or has released it.
        let unneeded = released(change);
        for used in &change.used {
            let Some(later) = self.find(used, Verb::Delete) else { continue };
            let first = delete.or(save.filter(|_| unneeded.contains(used)));
            first.into_iter().for_each(|first| self.wait(later, first));
        }
    }

    /// Values that may be used once per product (`Kind::unique`) are taken only after the object that has
    /// them is deleted or changed: an environment frees its cluster for another (§4.3).
    fn order_slots(&mut self) {
        let mut held: HashMap<Slot<'a>, Number> = HashMap::new();
        for change in self.changing() {
            let Some(live) = change.before.as_deref() else { continue };
            let leaves = self.leave(&change.address);
            for slot in slots(&change.address, live) {
                leaves.iter().for_each(|number| _ = held.insert(slot.clone(), *number));
            }
        }
        for change in self.changing() {
            let (Some(after), Some(save)) = (&change.after, self.save(&change.address)) else { continue };
            for slot in slots(&change.address, after) {
                let Some(first) = held.get(&slot).copied() else { continue };
                let holder = self.key(first).clone();
                if holder.address != change.address {
                    self.wait(save, first);
                    if holder.verb == Verb::Delete {
                        let taker = self.key(save).clone();
                        self.order.replaced.push((holder, taker));
                    }
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
fn released(change: &Change) -> BTreeSet<&Address> {
    if change.used.is_empty() {
        return BTreeSet::new();
    }
    let needed: BTreeSet<&Address> = change.dependencies.iter().collect();
    change.used.iter().filter(|used| !needed.contains(used)).collect()
}

#[cfg(test)]
mod tests;
