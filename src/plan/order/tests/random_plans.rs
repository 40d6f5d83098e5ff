//! Random plans: carried out in any order that the operations allow, with random failures.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::model::graph::Schedule;

/// What a random plan does to the object number n: what it uses, what it needs, and the action.
#[derive(Clone, Debug)]
struct Planned {
    action: Action,
    used: BTreeSet<usize>,
    needs: BTreeSet<usize>,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        2 => Just(Action::NoOp),
        3 => Just(Action::Create),
        3 => Just(Action::Update),
        1 => Just(Action::Replace),
        3 => Just(Action::Delete),
        1 => Just(Action::Forget),
    ]
}

/// Plans that the planner could make: nothing uses or needs what does not exist, and nothing is deleted that
/// is still used.
fn random_plans() -> impl Strategy<Value = Vec<Planned>> {
    let object = (action(), any::<u16>(), any::<u16>());
    prop::collection::vec(object, 1..14).prop_map(|seeds| {
        let actions: Vec<Action> = seeds.iter().map(|seed| seed.0).collect();
        let lives = |n: usize| actions[n] != Action::Create;
        let stays = |n: usize| !matches!(actions[n], Action::Delete | Action::Forget);
        let bits = |mask: u16, n: usize| (0..n).filter(move |other| mask & (1 << other) != 0);
        let mut objects: Vec<Planned> = Vec::new();
        for (n, (action, live, needed)) in seeds.into_iter().enumerate() {
            let used: BTreeSet<usize> = bits(live, n)
                .filter(|other| lives(n) && lives(*other))
                // An unchanged object can't release what it uses.
                .filter(|other| {
                    !matches!(action, Action::NoOp | Action::Forget)
                        || matches!(actions[*other], Action::NoOp | Action::Update | Action::Forget)
                })
                .collect();
            let needs: BTreeSet<usize> = bits(needed, n)
                .filter(|other| stays(n) && stays(*other))
                .filter(|other| {
                    // An object whose user is not replaced is not replaced.
                    actions[*other] != Action::Replace || action != Action::Update || !used.contains(other)
                })
                .filter(|other| {
                    action != Action::NoOp || (used.contains(other) && actions[*other] != Action::Create)
                })
                .collect();
            objects.push(Planned { action, used, needs });
        }
        objects
    })
}

fn plan_for(objects: &[Planned]) -> Plan {
    let name = |n: &usize| format!("Cluster/c{n:02}");
    let names = |set: &BTreeSet<usize>| set.iter().map(name).collect::<Vec<_>>();
    let changes = objects.iter().enumerate().map(|(n, object)| {
        let needs = names(&object.needs);
        let used = names(&object.used);
        let borrow = |names: &[String]| names.iter().map(|name| address(name)).collect();
        let mut change = change(&name(&n), object.action, &[], &[]);
        change.dependencies = borrow(&needs);
        change.used = borrow(&used).into();
        change
    });
    Plan { changes: changes.collect(), ..Plan::default() }
}

/// A server that refuses what breaks a user.
#[derive(Default)]
struct Server(BTreeMap<Address, BTreeSet<Address>>);

impl Server {
    fn carry_out(&mut self, key: &OperationKey, change: &Change) -> Result<(), String> {
        match key.verb {
            Verb::Delete => {
                let mut users = self.0.iter().filter(|(_, used)| used.contains(&key.address));
                if let Some((user, _)) = users.next() {
                    return Err(format!("{key}: {user} uses it"));
                }
                self.0.remove(&key.address).map(drop).ok_or_else(|| format!("{key}: there is none"))
            }
            Verb::Create | Verb::Update => {
                if let Some(missing) = change.dependencies.iter().find(|needed| !self.0.contains_key(*needed))
                {
                    return Err(format!("{key}: {missing} is missing"));
                }
                let old = self.0.insert(key.address.clone(), change.dependencies.iter().cloned().collect());
                let as_expected = old.is_some() == (key.verb == Verb::Update);
                if as_expected { Ok(()) } else { Err(format!("{key}: it was not the time")) }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_order_of_random_plans_is_accepted_by_a_strict_server(
        objects in random_plans(), picks in prop::collection::vec(0_usize..8, 40),
    ) {
        let plan = plan_for(&objects);
        let operations = plan.operations();
        if operations.cycle().is_some() {
            prop_assert!(objects.iter().any(|object| object.action == Action::Replace), "only replacements may make a cycle");
            return Ok(());
        }
        let mut server = Server::default();
        for change in plan.changes.iter().filter(|change| change.action != Action::Create) {
            server.0.insert(change.address.clone(), change.used.iter().cloned().collect());
        }
        let mut schedule = Schedule::new(operations.graph(), |_| None::<()>);
        let mut running = Vec::new();
        let mut picks = picks.into_iter().cycle();
        loop {
            while let Some(key) = schedule.start() {
                running.push(key);
            }
            if running.is_empty() {
                break;
            }
            let key = running.swap_remove(picks.next().unwrap_or_default() % running.len());
            let result = server.carry_out(&key, operations.change(&key));
            prop_assert!(result.is_ok(), "{:?}", result);
            schedule.finish(&key);
        }
        prop_assert!(schedule.is_done());
        for (n, object) in objects.iter().enumerate() {
            let there = server.0.contains_key(&address(&format!("Cluster/c{n:02}")));
            prop_assert_eq!(there, object.action != Action::Delete);
        }
    }
}

/// What is done and what is not, while a plan with failures is carried out.
struct Progress<'a> {
    operations: Operations<'a>,
    pairs: Vec<(OperationKey, OperationKey)>,
    /// Edges, and from each delete to what replaces the object.
    joined: Graph<OperationKey, ()>,
    started: BTreeSet<OperationKey>,
    done: BTreeSet<OperationKey>,
    not_done: BTreeSet<OperationKey>,
    busy: BTreeSet<usize>,
}

fn lane_of(key: &OperationKey) -> usize {
    key.address.name().len() + key.address.name().ends_with(['0', '2', '4', '6', '8']) as usize
}

impl<'a> Progress<'a> {
    fn new(operations: Operations<'a>, changes: &[Change]) -> Self {
        let key = |address: &Address, verb| OperationKey { address: address.clone(), verb };
        let pair = |change: &Change| {
            let to = if change.action == Action::Replace { &change.address } else { change.successor()? };
            let written =
                [Verb::Create, Verb::Update].into_iter().find(|verb| operations.contains(to, *verb))?;
            Some((key(&change.address, Verb::Delete), key(to, written)))
        };
        let pairs: Vec<_> = changes.iter().filter_map(pair).collect();
        let mut joined = operations.graph().clone();
        pairs.iter().for_each(|(delete, create)| joined.depend(delete.clone(), create.clone(), ()));
        Self {
            operations,
            pairs,
            joined,
            started: BTreeSet::new(),
            done: BTreeSet::new(),
            not_done: BTreeSet::new(),
            busy: BTreeSet::new(),
        }
    }

    fn is_last(&self, key: &OperationKey) -> bool {
        key.verb == Verb::Delete && self.operations.change(key).irreversible.is_some()
    }

    fn is_ready(&self, key: &OperationKey) -> bool {
        let open = !self.started.contains(key) && !self.not_done.contains(key);
        let needs = |needed| self.done.contains(needed);
        open && !self.busy.contains(&lane_of(key)) && self.operations.graph().dependencies(key).all(needs)
    }

    fn start(&mut self, key: &OperationKey) -> Result<(), String> {
        if self.is_last(key)
            && let Some(other) =
                self.operations.keys().find(|other| !self.is_last(other) && self.is_ready(other))
        {
            return Err(format!("{key} begins, and {other} is ready"));
        }
        for (_, create) in self.pairs.iter().filter(|(delete, _)| delete == key) {
            if self.not_done.contains(create) {
                return Err(format!("{key} begins, and {create} is skipped"));
            }
            let between = self.joined.transitive_dependents(key);
            let needed = self.operations.keys().filter(|other| {
                self.operations.graph().transitive_dependents(other).contains(&create)
                    && !between.contains(other)
            });
            if let Some(open) = needed.into_iter().find(|needed| !self.done.contains(*needed)) {
                return Err(format!("{key} begins before {open}, which {create} needs"));
            }
        }
        self.started.insert(key.clone());
        self.busy.insert(lane_of(key));
        Ok(())
    }

    /// Nothing is skipped because of what it has nothing to do with.
    fn skip(&mut self, all: Vec<OperationKey>) -> Result<(), String> {
        self.not_done.extend(all.iter().cloned());
        for key in all {
            let needs =
                self.operations.graph().dependencies(&key).any(|needed| self.not_done.contains(needed));
            let mut creates =
                self.pairs.iter().filter(|(delete, _)| *delete == key).map(|(_, create)| create);
            if !needs && !creates.any(|create| self.not_done.contains(create)) {
                return Err(format!("{key} is skipped because of an unrelated failure"));
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn destroys_of_random_plans_with_failures_keep_what_is_not_replaced(
        objects in random_plans(),
        picks in prop::collection::vec(0_usize..8, 40),
        failures in prop::collection::vec(prop::bool::weighted(0.2), 40),
        last in prop::collection::vec(any::<bool>(), 14),
        successors in prop::collection::vec(0_usize..14, 14),
    ) {
        let mut plan = plan_for(&objects);
        let written = |change: &&Change| {
            matches!(change.action, Action::Create | Action::Update | Action::Replace)
        };
        let written: Vec<Address> =
            plan.changes.iter().filter(written).map(|change| change.address.clone()).collect();
        for (n, change) in plan.changes.iter_mut().enumerate() {
            let destroys = matches!(change.action, Action::Delete | Action::Replace);
            change.irreversible = Some("all of it").filter(|_| destroys && last[n]);
            if let Some(to) = written.get(successors[n]) && change.action == Action::Delete {
                change.reasons = vec![crate::plan::Reason::Renamed(to.clone())].into();
            }
        }
        let operations = plan.operations();
        if operations.cycle().is_some() {
            return Ok(());
        }
        let mut progress = Progress::new(operations, &plan.changes);
        let mut schedule = operations.schedule(|key| Some(lane_of(key)));
        let mut running = Vec::new();
        let mut choices = picks.into_iter().zip(failures).cycle();
        loop {
            while let Some(key) = schedule.start() {
                let result = progress.start(&key);
                prop_assert!(result.is_ok(), "{:?}", result);
                running.push(key);
            }
            if running.is_empty() {
                break;
            }
            let (pick, fails) = choices.next().unwrap_or_default();
            let key = running.swap_remove(pick % running.len());
            progress.busy.remove(&lane_of(&key));
            if fails {
                progress.not_done.insert(key.clone());
                let result = progress.skip(schedule.fail(&key));
                prop_assert!(result.is_ok(), "{:?}", result);
            } else {
                progress.done.insert(key.clone());
                schedule.finish(&key);
            }
        }
        prop_assert!(schedule.is_done());
        prop_assert_eq!(progress.done.len() + progress.not_done.len(), operations.len());
    }
}
