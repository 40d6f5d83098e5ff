//! Whatever happens, in whatever order: nobody else's object is deleted, nothing protected is, no product is poisoned (nautes-api.md
//! §4.3), and it ends in an empty plan.

use std::collections::BTreeSet;

use nautform::ops::apply::{Leave, leave};
use nautform::plan::selection::Selection;
use nautform::plan::{Mode, Plan, RefusalKind};
use nautform::sandbox::Method;
use nautform::state::edit;
use serde_json::json;

use crate::support::fleets::{Dice, Fleet, NAMES};
use crate::support::{Mishap, Run, block_on};

/// `Kind/p/name`.
type Name = String;

/// What happened, for the figures and to see that the test tests something.
#[derive(Debug, Default)]
struct Tally {
    applied: usize,
    refused: usize,
    killed: usize,
    pruned: usize,
    drifted: usize,
    deleted: usize,
    tangled: usize,
}

struct Story {
    run: Run,
    dice: Dice,
    fleet: Fleet,
    /// The last fleet that was applied without objection.
    settled: Fleet,
    /// Other people's objects.
    strangers: BTreeSet<Name>,
    tally: Tally,
}

impl Story {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut fleet = Fleet::new(&mut dice);
        let mut run = Run::of(&fleet.manifests());
        run.converge();
        fleet.protected = (0..3).filter_map(|_| dice.pick(&NAMES).copied()).collect();
        let settled = fleet.clone();
        Self { run, dice, fleet, settled, strangers: BTreeSet::new(), tally: Tally::default() }
    }

    fn live(&self) -> BTreeSet<Name> {
        let name = |object: nautform::sandbox::Object| match object.product {
            Some(product) => format!("{}/{product}/{}", object.kind, object.name),
            None => format!("{}/{}", object.kind, object.name),
        };
        self.run.server.world().objects().into_iter().map(name).collect()
    }

    /// What no run may delete: what strangers have made, and what was protected when it was last applied.
    fn untouchable(&self) -> BTreeSet<Name> {
        let live = self.live();
        let records = self.run.state.records.iter().filter(|(_, record)| record.prevent_destroy);
        let protected = records.map(|(address, _)| address.to_string());
        self.strangers.iter().cloned().chain(protected).filter(|name| live.contains(name)).collect()
    }

    fn step(&mut self) {
        match self.dice.below(8) {
            0 | 1 | 7 => self.fleet.change(&mut self.dice, 2),
            2 => self.fleet.toggle_cluster(&mut self.dice),
            3 => self.drift(),
            4 => self.stranger(),
            5 => self.forget(),
            6 => self.prune(),
            _ => {}
        }
        self.run.declare(&self.fleet.manifests());
        let untouchable = self.untouchable();
        self.attempt(Selection::default());
        self.check(&untouchable);
    }

    /// Plans, and carries the plan out if nothing stands in the way; often something goes wrong then.
    fn attempt(&mut self, selection: Selection) {
        let Some(planned) = block_on(self.run.plan_selected(Mode::Apply, selection)) else { return };
        let plan = planned.plan;
        if leave(&plan) != Leave::Granted {
            self.tally.refused += 1;
            // Whoever reads the refusal takes the change back.
            self.fleet = self.settled.clone();
            return;
        }
        self.tally.deleted += plan.summary().destroy;
        let complete = self.carry_out(&plan);
        if complete {
            self.tally.applied += 1;
            self.settled = self.fleet.clone();
        }
    }

    fn carry_out(&mut self, plan: &Plan) -> bool {
        let seed = self.dice.roll();
        let calm = self.dice.one_in(2);
        let mishap = move |write: usize| {
            let mut dice = Dice(seed ^ (write as u64) << 7);
            match dice.below(14) {
                _ if calm => None,
                0 => Some(Mishap::LostBefore),
                1 => Some(Mishap::LostAfter),
                2 => Some(Mishap::Twice),
                3 => Some(Mishap::KilledBefore),
                4 => Some(Mishap::KilledAfter),
                _ => None,
            }
        };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        match runtime.block_on(self.run.carry_out_despite(plan, mishap)) {
            Some(outcomes) => outcomes.is_complete(),
            None => {
                self.tally.killed += 1;
                false
            }
        }
    }

    fn check(&self, untouchable: &BTreeSet<Name>) {
        let live = self.live();
        for name in untouchable {
            assert!(live.contains(name), "{name} is gone: {:#?}", self.tally);
        }
        self.check_health();
    }

    /// No environment of the product stands on a cluster that is gone: every later write to it would fail.
    fn check_health(&self) {
        let reply =
            self.run.server.world().out_of_band(Method::Get, "/api/v1/products/p/environments", None).json();
        let live = self.live();
        for environment in reply["items"].as_array().into_iter().flatten() {
            let cluster = format!("Cluster/{}", environment["cluster"].as_str().unwrap());
            assert!(live.contains(&cluster), "{environment} stands on nothing");
        }
    }

    /// Somebody changes what is managed.
    fn drift(&mut self) {
        let names: Vec<Name> = self.live().into_iter().collect();
        let Some(name) = self.dice.pick(&names).cloned() else { return };
        let (kind, name) = name.split_once("/p/").unwrap_or_default();
        let (method, path, body) = match kind {
            "Project" => (Method::Post, format!("projects/{name}"), Some(json!({"language": "cobol"}))),
            "DeploymentRuntime" => (Method::Delete, format!("deploymentruntimes/{name}"), None),
            "ProjectPipelineRuntime" => (Method::Delete, format!("projectpipelineruntimes/{name}"), None),
            _ => return,
        };
        let path = format!("/api/v1/products/p/{path}");
        self.run.server.world().out_of_band(method, &path, body.as_ref());
        self.tally.drifted += 1;
    }

    /// Somebody makes something of their own: in the product, on one of its clusters, or beside it.
    fn stranger(&mut self) {
        let number = self.dice.below(3);
        let (name, path, body) = match self.dice.below(3) {
            0 => (
                format!("Project/p/x{number}"),
                format!("products/p/projects/x{number}"),
                json!({"language": "go"}),
            ),
            1 => {
                let cluster = format!("c{}", self.dice.below(4));
                let body = json!({"cluster": cluster, "env_type": "dev"});
                (format!("Environment/p/x{number}"), format!("products/p/environments/x{number}"), body)
            }
            _ => {
                let body = json!({"git": {"gitlab": {"name": "q", "path": "q", "visibility": "private"}}});
                ("Product/q".to_owned(), "products/q".to_owned(), body)
            }
        };
        // What the server's own checks refuse does not come about: two environments on a cluster, one on none.
        let mut world = self.run.server.world();
        let request = nautform::sandbox::Request::post(format!("/api/v1/{path}"), body.to_string());
        let made = nautform::sandbox::handle(&mut world, &request, 0).status == 200;
        drop(world);
        if made && !self.run.state.records.keys().any(|address| address.to_string() == name) {
            self.strangers.insert(name);
        }
    }

    /// Somebody lets go of an object, manifest and all.
    fn forget(&mut self) {
        let known: Vec<_> = self.run.state.records.keys().cloned().collect();
        let Some(address) = self.dice.pick(&known) else { return };
        edit::remove(&mut self.run.state, address).unwrap();
    }

    /// Somebody asks for other people's projects to go.
    fn prune(&mut self) {
        self.run.declare(&self.fleet.manifests());
        let prunable: BTreeSet<Name> =
            self.strangers.iter().filter(|name| name.starts_with("Project/p/")).cloned().collect();
        let untouchable: BTreeSet<Name> = self.untouchable().difference(&prunable).cloned().collect();
        let prune = vec!["Project/p/x*".parse().unwrap()];
        self.attempt(Selection { prune, ..Selection::default() });
        self.check(&untouchable);
        let live = self.live();
        let before = self.strangers.len();
        self.strangers.retain(|name| live.contains(name));
        self.tally.pruned += before - self.strangers.len();
    }

    /// In the end things are as the last good fleet says.
    fn end(&mut self) {
        for _ in 0..4 {
            self.run.declare(&self.settled.manifests());
            let planned = block_on(self.run.plan(Mode::Apply));
            let refusals = &planned.plan.refusals;
            if !refusals.is_empty() && refusals.iter().all(|refusal| refusal.kind == RefusalKind::Rehearsal) {
                // Half of a change of several permissions has been done, and no order of single writes leads on from there.
                self.tally.tangled += 1;
                return;
            }
            assert_eq!(leave(&planned.plan), Leave::Granted, "{refusals:#?}");
            let outcomes = block_on(self.run.carry_out(&planned.plan));
            if outcomes.is_complete() {
                break;
            }
        }
        let planned = block_on(self.run.plan(Mode::Apply));
        assert!(planned.plan.summary().is_empty(), "{}", self.run.shown(Mode::Apply));
    }
}

#[test]
fn any_history_spares_what_is_not_ours_and_ends_in_an_empty_plan() {
    let mut total = Tally::default();
    for seed in 0..60 {
        let mut story = Story::new(seed);
        for _ in 0..15 {
            story.step();
        }
        story.end();
        total.applied += story.tally.applied;
        total.refused += story.tally.refused;
        total.killed += story.tally.killed;
        total.pruned += story.tally.pruned;
        total.drifted += story.tally.drifted;
        total.deleted += story.tally.deleted;
        total.tangled += story.tally.tangled;
    }
    // A test that never deletes, refuses, kills or prunes says nothing.
    let all = [total.applied, total.refused, total.killed, total.pruned, total.drifted, total.deleted];
    assert!(total.tangled <= 1, "{total:#?}");
    assert!(all.into_iter().all(|count| count > 10), "{total:#?}");
}
