//! Random histories: unmanaged and protected objects are never deleted, no product is broken (nautes-api.md
//! §4.3), and each history ends in an empty plan.

use std::collections::BTreeSet;

use nautform::internals::config::settings::Move;
use nautform::internals::plan::{Selection, moves};
use nautform::internals::state::edit;
use nautform::sandbox::Method;
use nautform::{Action, Address, Mode, Plan, RefusalKind, State};
use serde_json::json;

use crate::support::fleets::{Fleet, NAMES, Rng, scenarios};
use crate::support::{HEAD, KUBECONFIG, PlanRequest, Run, WriteFault, block_on, permissive, product};

/// `Kind/p/name`.
type Name = String;

/// Whether a pattern covers an object, decided without the pattern's code.
type Covers = fn(&str) -> bool;

/// What happened, for the figures and to see that the test tests something.
#[derive(Debug, Default)]
struct Tally {
    applied: usize,
    refused: usize,
    killed: usize,
    pruned: usize,
    drifted: usize,
    deleted: usize,
    replaced: usize,
    moved: usize,
    lost: usize,
    unprotected: usize,
    deadlocked: usize,
}

struct Scenario {
    run: Run,
    rng: Rng,
    fleet: Fleet,
    /// The last fleet that was applied completely.
    settled: Fleet,
    /// Unmanaged objects.
    unmanaged: BTreeSet<Name>,
    /// What the last complete run's manifests protected, whatever the state says.
    guarded: BTreeSet<Name>,
    /// A renaming that has been done on the server.
    announced: Option<Move>,
    tally: Tally,
}

impl Scenario {
    fn new(seed: u64) -> Self {
        let mut rng = Rng(seed);
        let mut fleet = Fleet::new(&mut rng);
        let mut run = Run::of(&fleet.manifests());
        run.converge();
        fleet.protected = (0..3).filter_map(|_| rng.pick(&NAMES).copied()).collect();
        let settled = fleet.clone();
        Self {
            run,
            rng,
            fleet,
            settled,
            unmanaged: BTreeSet::new(),
            guarded: BTreeSet::new(),
            announced: None,
            tally: Tally::default(),
        }
    }

    fn live(&self) -> BTreeSet<Name> {
        let name = |object: nautform::sandbox::Object| match object.product {
            Some(product) => format!("{}/{product}/{}", object.kind, object.name),
            None => format!("{}/{}", object.kind, object.name),
        };
        self.run.server.world().objects().into_iter().map(name).collect()
    }

    /// What no run may delete: unmanaged objects, and what was protected when it was last applied or begun.
    fn untouchable(&self) -> BTreeSet<Name> {
        let live = self.live();
        let state = &self.run.state;
        let records = state.records.iter().filter(|(_, record)| record.prevent_destroy);
        let intents = state.intents.iter().filter(|(_, intent)| intent.prevent_destroy);
        let protected = records.map(|(address, _)| address).chain(intents.map(|(address, _)| address));
        let all =
            self.unmanaged.iter().chain(&self.guarded).cloned().chain(protected.map(Address::to_string));
        all.filter(|name| live.contains(name)).collect()
    }

    fn step(&mut self) {
        match self.rng.below(20) {
            0..8 => self.fleet.change(&mut self.rng, 2),
            8 | 9 => self.fleet.toggle_cluster(&mut self.rng),
            10 | 11 => self.drift(),
            12 | 13 => self.unmanaged_object(),
            14 => self.forget(),
            15..18 => self.prune(),
            18 if self.rng.one_in(2) => self.lose_everything(),
            19 => self.rename(),
            _ => {}
        }
        self.run.declare(&self.fleet.manifests());
        let untouchable = self.untouchable();
        let unprotected = self.attempt(Selection::default());
        self.check(&untouchable, unprotected.as_ref());
    }

    /// Plans, and applies the plan if it is not refused, often with faults. Returns the object whose
    /// protection was lifted, if one was.
    fn attempt(&mut self, selection: Selection) -> Option<Name> {
        let moves = self.moves();
        let mut request = PlanRequest { selection, moves, ..PlanRequest::default() };
        request.permissions.replace = self.rng.one_in(2);
        let protected: Vec<Address> = {
            let records = self.run.state.records.iter();
            records.filter(|(_, record)| record.prevent_destroy).map(|(address, _)| address.clone()).collect()
        };
        let lifted = self.rng.pick(&protected).cloned().filter(|_| self.rng.one_in(6));
        request.permissions.unprotected.extend(lifted.clone());
        let planned = block_on(self.run.plan_requested(Mode::Apply, request))?;
        let plan = planned.plan;
        if plan.approve(&permissive()).is_err() {
            self.tally.refused += 1;
            // After a refusal the change is reverted.
            self.fleet = self.settled.clone();
            return None;
        }
        moves::apply(&mut self.run.state, &plan.moved);
        self.tally.moved += plan.moved.len();
        self.tally.deleted += plan.summary().destroy;
        self.tally.replaced += plan.changes.iter().filter(|change| change.action == Action::Replace).count();
        self.adopt(&plan);
        let complete = self.carry_out(&plan);
        if complete {
            self.tally.applied += 1;
            self.settled = self.fleet.clone();
            let resources = self.run.configuration.resources.values();
            let guarded = resources.filter(|resource| resource.annotations.prevent_destroy);
            self.guarded = guarded.map(|resource| resource.address.to_string()).collect();
        }
        self.tally.unprotected += usize::from(lifted.is_some());
        lifted.map(|address| address.to_string())
    }

    /// What manifests declare is managed after a run.
    fn adopt(&mut self, plan: &Plan) {
        for change in plan.changes.iter().filter(|change| change.record.is_some()) {
            self.unmanaged.remove(&change.address.to_string());
        }
    }

    /// A runtime gets the name of another one, which was unmanaged so far, with a `moved:` entry.
    fn rename(&mut self) {
        let is_runtime = |address: &&Address| address.kind().name.ends_with("Runtime");
        let known: Vec<Address> = self.run.state.records.keys().filter(is_runtime).cloned().collect();
        let Some(from) = self.rng.pick(&known).cloned() else { return };
        let alike: Vec<&Address> =
            known.iter().filter(|to| to.kind() == from.kind() && **to != from).collect();
        let Some(to) = self.rng.pick(&alike).copied().cloned() else { return };
        self.fleet.leave_out(from.name());
        edit::remove(&mut self.run.state, &to).unwrap();
        self.guarded.remove(&to.to_string());
        let path = format!("/api/v1/products/p/{}/{}", from.kind().names.collection, from.name());
        self.run.server.world().out_of_band(Method::Delete, &path, None);
        self.announced = Some(Move { from, to });
    }

    /// A `moved:` entry from an object without a manifest to one with a manifest.
    fn moves(&mut self) -> Vec<Move> {
        if let Some(announced) = self.announced.take() {
            return vec![announced];
        }
        let known: Vec<Address> = self.run.state.records.keys().cloned().collect();
        let resources = &self.run.configuration.resources;
        let gone: Vec<&Address> = known.iter().filter(|address| !resources.contains_key(address)).collect();
        let Some(from) = self.rng.pick(&gone) else { return Vec::new() };
        let alike: Vec<&Address> = resources.keys().filter(|to| to.kind() == from.kind()).collect();
        let to = self.rng.pick(&alike).filter(|_| self.rng.one_in(2));
        to.map(|to| Move { from: (*from).clone(), to: (*to).clone() }).into_iter().collect()
    }

    fn carry_out(&mut self, plan: &Plan) -> bool {
        let seed = self.rng.roll();
        let calm = self.rng.one_in(2);
        let fault = move |write: usize| {
            let mut rng = Rng(seed ^ (write as u64) << 7);
            match rng.below(14) {
                _ if calm => None,
                0 => Some(WriteFault::LostBefore),
                1 => Some(WriteFault::LostAfter),
                2 => Some(WriteFault::Twice),
                3 => Some(WriteFault::KilledBefore),
                4 => Some(WriteFault::KilledAfter),
                _ => None,
            }
        };
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        match runtime.block_on(self.run.carry_out_despite(plan, fault)) {
            Some(outcomes) => outcomes.is_complete(),
            None => {
                self.tally.killed += 1;
                false
            }
        }
    }

    fn check(&self, untouchable: &BTreeSet<Name>, unprotected: Option<&Name>) {
        let live = self.live();
        for name in untouchable.iter().filter(|name| Some(*name) != unprotected) {
            assert!(live.contains(name), "{name} is gone: {:#?}", self.tally);
        }
        self.check_health();
    }

    /// No environment of any product is on a cluster that is gone: every later write to the product would
    /// fail.
    fn check_health(&self) {
        let live = self.live();
        for product in ["p", "q"] {
            let path = format!("/api/v1/products/{product}/environments");
            let reply = self.run.server.world().out_of_band(Method::Get, &path, None).json();
            for environment in reply["items"].as_array().into_iter().flatten() {
                let cluster = format!("Cluster/{}", environment["cluster"].as_str().unwrap());
                assert!(live.contains(&cluster), "the cluster of {environment} of {product} is gone");
            }
        }
    }

    /// A managed object is changed outside of nautform.
    fn drift(&mut self) {
        let names: Vec<Name> = self.live().into_iter().collect();
        let Some(name) = self.rng.pick(&names).cloned() else { return };
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

    /// An unmanaged object is created: in the product, on one of its clusters, or in another product.
    fn unmanaged_object(&mut self) {
        let number = self.rng.below(3);
        let group = json!({"git": {"gitlab": {"name": "q", "path": "q", "visibility": "private"}}});
        let environment = json!({"cluster": format!("c{}", self.rng.below(4)), "env_type": "dev"});
        let cluster = json!({
            "api_server": "https://10.0.0.9:6443", "cluster_kind": "kubernetes", "cluster_type": "physical",
            "usage": "worker", "worker_type": "deployment", "kubeconfig": KUBECONFIG,
        });
        let project = json!({"language": "go"});
        let made: Vec<(String, String, serde_json::Value)> = match self.rng.below(5) {
            0 => vec![(format!("Project/p/x{number}"), format!("products/p/projects/x{number}"), project)],
            1 => vec![(
                format!("Environment/p/x{number}"),
                format!("products/p/environments/x{number}"),
                environment,
            )],
            2 => vec![(format!("Cluster/x{number}"), format!("clusters/x{number}"), cluster)],
            3 => vec![
                ("Product/q".to_owned(), "products/q".to_owned(), group),
                (format!("Project/q/x{number}"), format!("products/q/projects/x{number}"), project),
            ],
            _ => vec![
                ("Product/q".to_owned(), "products/q".to_owned(), group),
                (
                    format!("Environment/q/x{number}"),
                    format!("products/q/environments/x{number}"),
                    environment,
                ),
            ],
        };
        for (name, path, body) in made {
            // The server's own checks may refuse it: two environments on a cluster, one on none.
            let mut world = self.run.server.world();
            let request = nautform::sandbox::Request::post(format!("/api/v1/{path}"), body.to_string());
            let done = nautform::sandbox::handle(&mut world, &request, 0).status == 200;
            world.settle(0);
            drop(world);
            if done && !self.run.state.records.keys().any(|address| address.to_string() == name) {
                self.unmanaged.insert(name);
            }
        }
    }

    /// An object is removed from the state and the manifests.
    fn forget(&mut self) {
        let known: Vec<_> = self.run.state.records.keys().cloned().collect();
        let Some(address) = self.rng.pick(&known) else { return };
        edit::remove(&mut self.run.state, address).unwrap();
        self.guarded.remove(&address.to_string());
    }

    /// The state is lost: what no manifest declares is unmanaged from now on.
    fn lose_everything(&mut self) {
        self.run.state = State::new("another".into(), "salt".into());
        self.guarded.clear();
        self.unmanaged.extend(self.live());
        self.tally.lost += 1;
    }

    /// Unmanaged objects are pruned.
    fn prune(&mut self) {
        self.run.declare(&self.fleet.manifests());
        let scopes: [(&str, Covers); 4] = [
            ("Project/p/x*", |name| name.starts_with("Project/p/x")),
            ("Product/q", |name| name == "Product/q" || name.contains("/q/")),
            ("Environment/*/x0", |name| name.starts_with("Environment/") && name.ends_with("/x0")),
            ("Cluster/x*", |name| name.starts_with("Cluster/x")),
        ];
        let (scope, covers) = scopes[self.rng.below(scopes.len())];
        let untouchable = self.untouchable();
        let untouchable = untouchable.into_iter().filter(|name| !covers(name)).collect();
        let before: BTreeSet<Name> = self.unmanaged.clone();
        let prune = vec![scope.parse().unwrap()];
        let unprotected = self.attempt(Selection { prune, ..Selection::default() });
        self.check(&untouchable, unprotected.as_ref());
        let live = self.live();
        self.unmanaged.retain(|name| live.contains(name));
        self.tally.pruned += before.iter().filter(|name| !live.contains(*name)).count();
    }

    /// In the end the live state is as the last complete fleet declares.
    fn end(&mut self) {
        for _ in 0..4 {
            self.run.declare(&self.settled.manifests());
            let mut request = PlanRequest::default();
            request.permissions.replace = true;
            // Objects of an incomplete change are unprotected by name; what was protected before is declared,
            // and stays.
            let declared = |address: &Address| self.run.configuration.resources.contains_key(address);
            let begun = self.run.state.records.keys().chain(self.run.state.intents.keys());
            let begun =
                begun.filter(|address| !declared(address) && !self.guarded.contains(&address.to_string()));
            request.permissions.unprotected.extend(begun.cloned());
            let planned = block_on(self.run.plan_requested(Mode::Apply, request)).unwrap();
            let refusals = &planned.plan.refusals;
            if !refusals.is_empty() && refusals.iter().all(|refusal| refusal.kind == RefusalKind::Rehearsal) {
                // Half of a change of several permissions is done, and there is no order of single writes
                // that completes it.
                self.tally.deadlocked += 1;
                return;
            }
            assert!(planned.plan.approve(&permissive()).is_ok(), "{refusals:#?}");
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
fn random_histories_keep_unmanaged_and_protected_objects() {
    let mut total = Tally::default();
    let scenarios = scenarios(60);
    for seed in 0..scenarios {
        let mut scenario = Scenario::new(seed);
        for _ in 0..15 {
            scenario.step();
        }
        scenario.end();
        total.applied += scenario.tally.applied;
        total.refused += scenario.tally.refused;
        total.killed += scenario.tally.killed;
        total.pruned += scenario.tally.pruned;
        total.drifted += scenario.tally.drifted;
        total.deleted += scenario.tally.deleted;
        total.replaced += scenario.tally.replaced;
        total.moved += scenario.tally.moved;
        total.lost += scenario.tally.lost;
        total.unprotected += scenario.tally.unprotected;
        total.deadlocked += scenario.tally.deadlocked;
    }
    // A test that never deletes, refuses, kills or prunes says nothing.
    let Tally {
        applied, refused, killed, pruned, drifted, deleted, replaced, moved, lost, unprotected, ..
    } = total;
    let all = [applied, refused, killed, pruned, drifted, deleted, replaced, moved, lost, unprotected];
    assert!(total.deadlocked <= 1 + usize::try_from(scenarios).unwrap() / 100, "{total:#?}");
    assert!(all.into_iter().all(|count| count > 10), "{total:#?}");
}

/// A product with a project that is created, or changed, in a run that is killed; the manifest is gone
/// afterwards.
fn after_a_kill(annotations: &str, mut run: Run, fault: WriteFault) -> Run {
    let product = product("p");
    run.declare(&product);
    run.converge();
    let project = format!(
        "---\n{HEAD}kind: Project\nmetadata: {{annotations: {{{annotations}}}}}\nspec: {{name: a, product: p, language: rust}}\n"
    );
    run.declare(&(product.clone() + &project));
    let plan = block_on(run.plan(Mode::Apply)).plan;
    assert!(block_on(run.carry_out_despite(&plan, move |_| Some(fault))).is_none());
    run.declare(&product);
    run
}

#[test]
fn object_that_a_killed_run_began_to_change_is_not_deleted() {
    let run = Run::of(&product("p"));
    for path in ["products/p", "products/p/projects/a"] {
        let body = json!({"git": {"gitlab": {"path": "p", "visibility": "private"}}, "language": "go"});
        run.server.world().out_of_band(Method::Post, &format!("/api/v1/{path}"), Some(&body));
    }
    let run = after_a_kill("", run, WriteFault::KilledBefore);
    insta::assert_snapshot!(run.shown(Mode::Apply), @r#"
    Actions are indicated with the following symbols:
        . forget, without destroying

    nautform will perform the following actions:

      # Project/p/a will no longer be managed by nautform, and stays on the server
      # (because an earlier run was interrupted while it wrote it)
      . Project "a" (product "p")

    At least 1 object on the server is in no manifest and is left alone (they can be listed).

    Plan: 0 to add, 0 to change, 0 to destroy, 1 to forget.
    "#);
}

#[test]
fn object_that_a_killed_run_created_keeps_its_protection() {
    let run =
        after_a_kill("nautform.dev/prevent-destroy: 'true'", Run::of(&product("p")), WriteFault::KilledAfter);
    let plan = block_on(run.plan(Mode::Apply)).plan;
    assert_eq!(plan.refusals[0].kind, RefusalKind::Protected);
    let run =
        after_a_kill("nautform.dev/deletion-policy: orphan", Run::of(&product("p")), WriteFault::KilledAfter);
    assert_eq!(block_on(run.plan(Mode::Apply)).plan.summary().forget, 1);
    let run = after_a_kill("", Run::of(&product("p")), WriteFault::KilledAfter);
    assert_eq!(block_on(run.plan(Mode::Apply)).plan.summary().destroy, 1, "it is ours all the same");
}
