//! From any fleet to any other: random walks over valid manifests against a server that checks the whole product at every write
//! (nautes-api.md §4.0). The order of operations has to be one that it accepts at every step.

use std::fmt::Write as _;

use nautform::plan::Mode;

use crate::support::{HEAD, KUBECONFIG, Run, block_on};

/// A small generator of numbers, the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.roll()).unwrap() % limit
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { from.get(self.below(from.len())) }
    }
}

/// What there may be, in the order in which it is decided.
const NAMES: [&str; 20] = [
    "a", "b", "c", "e0", "e1", "e2", "e3", "r0", "r1", "r2", "b0", "b1", "b2", "d0", "d1", "d2", "d3", "p0",
    "p1", "p2",
];

/// A fleet: one seed for each thing that there may be. What a seed leads to depends on what is there already, so every fleet is
/// valid.
struct Fleet([u64; NAMES.len()]);

impl Fleet {
    fn new(dice: &mut Dice) -> Self {
        Self(std::array::from_fn(|_| dice.roll()))
    }

    /// Decides anew about some things.
    fn change(&mut self, dice: &mut Dice, count: usize) {
        for _ in 0..count {
            self.0[dice.below(NAMES.len())] = dice.roll();
        }
    }

    fn manifests(&self) -> String {
        let mut writer = Writer::default();
        writer.clusters();
        writer.object("Product", "name: p, git: {gitlab: {visibility: private}}");
        for (name, seed) in NAMES.into_iter().zip(self.0) {
            let mut dice = Dice(seed);
            if !dice.one_in(5) {
                writer.thing(name, &mut dice);
            }
        }
        writer.text
    }
}

/// Writes manifests down and keeps in mind what is there.
#[derive(Default)]
struct Writer {
    text: String,
    projects: Vec<&'static str>,
    environments: Vec<&'static str>,
    /// Name and owner.
    repositories: Vec<(&'static str, Option<&'static str>)>,
    /// Repository and borrower.
    lent: Vec<(&'static str, &'static str)>,
}

impl Writer {
    fn object(&mut self, kind: &str, spec: &str) {
        let _ = write!(self.text, "---\n{HEAD}kind: {kind}\nspec: {{{spec}}}\n");
    }

    /// Two for deployments, two for pipelines.
    fn clusters(&mut self) {
        let kubeconfig = format!("{KUBECONFIG:?}");
        for number in 0..4 {
            let worker = if number < 2 { "deployment" } else { "pipeline" };
            self.object(
                "Cluster",
                &format!(
                    "name: c{number}, apiServer: 'https://10.0.0.1:6443', clusterKind: kubernetes, \
                     clusterType: physical, usage: worker, workerType: {worker}, kubeconfig: {kubeconfig}"
                ),
            );
        }
    }

    fn thing(&mut self, name: &'static str, dice: &mut Dice) {
        match name.as_bytes() {
            [_] => self.project(name, dice),
            [b'e', number] => {
                self.environments.push(name);
                let cluster = char::from(*number);
                self.object(
                    "Environment",
                    &format!("name: {name}, product: p, cluster: c{cluster}, envType: dev"),
                );
            }
            [b'r', _] => self.repository(name, dice),
            [b'b', _] => self.binding(name, dice),
            _ => self.runtime(name, dice),
        }
    }

    fn project(&mut self, name: &'static str, dice: &mut Dice) {
        self.projects.push(name);
        let language = ["go", "rust"][dice.below(2)];
        self.object("Project", &format!("name: {name}, product: p, language: {language}"));
    }

    fn repository(&mut self, name: &'static str, dice: &mut Dice) {
        let owner = dice.pick(&self.projects).copied().filter(|_| !dice.one_in(3));
        let project = owner.map(|owner| format!("project: {owner}, ")).unwrap_or_default();
        self.object(
            "CodeRepo",
            &format!("name: {name}, product: p, {project}git: {{gitlab: {{visibility: private}}}}"),
        );
        self.repositories.push((name, owner));
    }

    fn binding(&mut self, name: &'static str, dice: &mut Dice) {
        let repository = format!("r{}", &name[1..]);
        let Some(repository) =
            self.repositories.iter().map(|known| known.0).find(|known| *known == repository)
        else {
            return;
        };
        let to: Vec<&str> = self.projects.iter().copied().filter(|_| dice.one_in(2)).collect();
        self.object(
            "CodeRepoBinding",
            &format!(
                "name: {name}, productName: p, coderepo: {repository}, permissions: readonly, projects: [{}]",
                to.join(", ")
            ),
        );
        let to = if to.is_empty() { self.projects.clone() } else { to };
        self.lent.extend(to.into_iter().map(|to| (repository, to)));
    }

    fn usable(&self, project: &str) -> Vec<&'static str> {
        let own = |(name, owner): &(&'static str, Option<&str>)| (*owner == Some(project)).then_some(*name);
        let borrowed = |(name, to): &(&'static str, &str)| (*to == project).then_some(*name);
        self.repositories.iter().filter_map(own).chain(self.lent.iter().filter_map(borrowed)).collect()
    }

    fn runtime(&mut self, name: &'static str, dice: &mut Dice) {
        let deploys = name.starts_with('d');
        let places: &[&str] = if deploys { &["e0", "e1"] } else { &["e2", "e3"] };
        let places: Vec<&str> =
            self.environments.iter().copied().filter(|place| places.contains(place)).collect();
        let project = ["a", "b", "c", "a"][usize::from(name.as_bytes()[1] - b'0')];
        let project = self.projects.iter().copied().find(|known| *known == project);
        let (Some(project), Some(place)) = (project, dice.pick(&places)) else { return };
        let Some(repository) = dice.pick(&self.usable(project)).copied() else { return };
        if deploys {
            self.object(
                "DeploymentRuntime",
                &format!(
                    "name: {name}, product: p, projectsRef: [{project}], destination: {{environment: {place}}}, \
                     manifestSource: {{codeRepo: {repository}, path: {name}, targetRevision: main}}"
                ),
            );
        } else {
            self.object(
                "ProjectPipelineRuntime",
                &format!(
                    "name: {name}, product: p, project: {project}, pipelineSource: {repository}, \
                     destination: {{environment: {place}}}, isolation: shared, \
                     pipelines: [{{name: m, path: {name}.yaml}}], \
                     eventSources: [{{name: s, calendar: {{schedule: '0 1 * * *'}}}}], \
                     pipelineTriggers: [{{eventSource: s, pipeline: m}}]"
                ),
            );
        }
    }
}

/// Small steps: with large ones, what has to be lent and taken back can hang together in a way that no order of single writes
/// resolves (two bindings that exchange their borrowers); then the server refuses one of them, and says so.
#[test]
fn any_fleet_becomes_its_neighbour() {
    for seed in 0..60 {
        let mut dice = Dice(seed);
        let mut fleet = Fleet::new(&mut dice);
        let mut run = Run::of(&fleet.manifests());
        run.converge();
        for _ in 0..8 {
            fleet.change(&mut dice, 2);
            run.declare(&fleet.manifests());
            run.converge();
        }
        run.apply(Mode::Destroy);
        assert!(run.server.world().is_empty(), "seed {seed}");
    }
}

fn with(objects: &[(&str, &str)]) -> String {
    let mut writer = Writer::default();
    writer.clusters();
    writer.object("Product", "name: p, git: {gitlab: {visibility: private}}");
    objects.iter().for_each(|(kind, spec)| writer.object(kind, spec));
    writer.text
}

const REPOSITORY: &str = "product: p, git: {gitlab: {visibility: private}}";

/// §6: whoever loses the repository goes on using it without interruption, and back again.
#[test]
fn a_repository_changes_hands_while_its_former_owner_goes_on_using_it() {
    let objects = |owner: &str, lent: bool| {
        let repository = format!("name: r, project: {owner}, {REPOSITORY}");
        let mut objects = vec![
            ("Project", "name: a, product: p, language: go"),
            ("Project", "name: b, product: p, language: go"),
            ("Environment", "name: e, product: p, cluster: c0, envType: dev"),
            ("CodeRepo", repository.as_str()),
            (
                "DeploymentRuntime",
                "name: d, product: p, projectsRef: [a], destination: {environment: e}, manifestSource: {codeRepo: r, path: x, targetRevision: main}",
            ),
        ];
        let binding = "name: l, productName: p, coderepo: r, permissions: readonly, projects: [a]";
        objects.extend(lent.then_some(("CodeRepoBinding", binding)));
        with(&objects)
    };
    let mut run = Run::of(&objects("a", false));
    run.converge();
    run.declare(&objects("b", true));
    run.converge();
    run.declare(&objects("a", false));
    run.converge();
}

/// §4.6: the server can't show a runtime with inputs, so what it uses is known from the last apply.
#[test]
fn what_an_unreadable_runtime_used_goes_after_the_runtime_has_let_go_of_it() {
    let objects = |repository: &str| {
        let named = format!("name: {repository}, project: a, {REPOSITORY}");
        let runtime = format!(
            "name: t, product: p, project: a, pipelineSource: {repository}, destination: {{environment: e}}, \
             isolation: shared, pipelines: [{{name: m, path: m.yaml}}], \
             eventSources: [{{name: s, calendar: {{schedule: '0 1 * * *'}}}}], \
             pipelineTriggers: [{{eventSource: s, pipeline: m, inputs: [{{source: {{builtInVar: serviceAccount}}, \
             transmissionMethod: {{kustomization: {{path: x}}}}}}]}}]"
        );
        with(&[
            ("Project", "name: a, product: p, language: go"),
            ("Environment", "name: e, product: p, cluster: c2, envType: dev"),
            ("CodeRepo", &named),
            ("ProjectPipelineRuntime", &runtime),
        ])
    };
    let mut run = Run::of(&objects("zzz"));
    run.converge();
    run.declare(&objects("aaa"));
    run.converge();
}

#[test]
fn environments_that_swap_their_clusters_are_refused_by_the_plan() {
    let objects = |first: &str, second: &str| {
        let environment =
            |name, cluster| format!("name: {name}, product: p, cluster: {cluster}, envType: dev");
        with(&[("Environment", &environment("e", first)), ("Environment", &environment("f", second))])
    };
    let mut run = Run::of(&objects("c0", "c1"));
    run.converge();
    run.declare(&objects("c1", "c0"));
    let plan = block_on(run.plan(Mode::Apply)).plan;
    assert_eq!(plan.refusals.len(), 1, "{:#?}", plan.refusals);
    insta::assert_snapshot!(plan.refusals[0].message, @"each of these steps has to wait for the next one: update Environment/p/e -> update Environment/p/f");
    // By way of a third cluster.
    run.declare(&objects("c2", "c0"));
    run.converge();
    run.declare(&objects("c1", "c0"));
    run.converge();
}
