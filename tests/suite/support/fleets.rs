//! Random valid fleets: what walks go between.

use std::collections::BTreeSet;
use std::fmt::Write as _;

pub(crate) use super::random::Rng;
use super::{HEAD, KUBECONFIG};

impl Rng {
    pub(crate) fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() { None } else { from.get(self.below(from.len())) }
    }
}

/// How many random scenarios are played: `SCENARIOS=2000 cargo test --test suite ownership walks export`
/// looks further than every run does.
pub(crate) fn scenarios(usual: u64) -> u64 {
    std::env::var("SCENARIOS").ok().and_then(|number| number.parse().ok()).unwrap_or(usual)
}

/// The seeds of those scenarios; `SEED=4711 SCENARIOS=1` plays one of them, in the tests that can repeat it.
pub(crate) fn seeds(usual: u64) -> std::ops::Range<u64> {
    let first = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    first..first + scenarios(usual)
}

/// What there may be, in the order in which it is decided.
pub(crate) const NAMES: [&str; 20] = [
    "a", "b", "c", "e0", "e1", "e2", "e3", "r0", "r1", "r2", "b0", "b1", "b2", "d0", "d1", "d2", "d3", "p0",
    "p1", "p2",
];

/// A fleet: one seed for each thing that there may be. What a seed leads to depends on what is there already,
/// so every fleet is valid.
#[derive(Clone)]
pub(crate) struct Fleet {
    seeds: [u64; NAMES.len()],
    /// Names of objects that must not be destroyed.
    pub(crate) protected: BTreeSet<&'static str>,
    /// Which clusters there are, besides those that are used.
    clusters: [bool; 4],
}

impl Fleet {
    pub(crate) fn new(rng: &mut Rng) -> Self {
        Self { seeds: std::array::from_fn(|_| rng.roll()), protected: BTreeSet::new(), clusters: [true; 4] }
    }

    /// Decides anew about some things.
    pub(crate) fn change(&mut self, rng: &mut Rng, count: usize) {
        for _ in 0..count {
            self.seeds[rng.below(NAMES.len())] = rng.roll();
        }
    }

    /// Removes an object that no other needs.
    pub(crate) fn leave_out(&mut self, name: &str) {
        let place = NAMES.iter().position(|known| *known == name);
        let absent = (0..).find(|seed| Rng(*seed).one_in(5));
        if let (Some(place), Some(seed)) = (place, absent) {
            self.seeds[place] = seed;
        }
    }

    /// Removes a cluster that nothing uses, or adds it again.
    pub(crate) fn toggle_cluster(&mut self, rng: &mut Rng) {
        let number = rng.below(4);
        self.clusters[number] = !self.clusters[number];
    }

    pub(crate) fn manifests(&self) -> String {
        let mut writer = Writer { protected: self.protected.clone(), ..Writer::default() };
        writer.object("Product", "name: p, git: {gitlab: {visibility: private}}");
        for (name, seed) in NAMES.into_iter().zip(self.seeds) {
            let mut rng = Rng(seed);
            if !rng.one_in(5) {
                writer.thing(name, &mut rng);
            }
        }
        for number in 0..4 {
            let used = writer.environments.iter().any(|name| name.ends_with(char::from(b'0' + number)));
            if used || self.clusters[usize::from(number)] {
                writer.cluster(number);
            }
        }
        writer.text
    }
}

/// Writes manifests down and keeps in mind what is there.
#[derive(Default)]
pub(crate) struct Writer {
    pub(crate) text: String,
    projects: Vec<&'static str>,
    environments: Vec<&'static str>,
    /// Name and owner.
    repositories: Vec<(&'static str, Option<&'static str>)>,
    protected: BTreeSet<&'static str>,
    /// Repository and borrower.
    lent: Vec<(&'static str, &'static str)>,
}

impl Writer {
    pub(crate) fn object(&mut self, kind: &str, spec: &str) {
        let name = spec.strip_prefix("name: ").and_then(|rest| rest.split(',').next()).unwrap_or_default();
        let protection = "metadata: {annotations: {nautform.dev/prevent-destroy: 'true'}}\n";
        let metadata = if self.protected.contains(name) { protection } else { "" };
        let _ = write!(self.text, "---\n{HEAD}kind: {kind}\n{metadata}spec: {{{spec}}}\n");
    }

    /// Two for deployments, two for pipelines.
    pub(crate) fn clusters(&mut self) {
        (0..4).for_each(|number| self.cluster(number));
    }

    fn cluster(&mut self, number: u8) {
        let kubeconfig = format!("{KUBECONFIG:?}");
        let worker = if number < 2 { "deployment" } else { "pipeline" };
        self.object(
            "Cluster",
            &format!(
                "name: c{number}, apiServer: 'https://10.0.0.1:6443', clusterKind: kubernetes, \
                 clusterType: physical, usage: worker, workerType: {worker}, kubeconfig: {kubeconfig}"
            ),
        );
    }

    fn thing(&mut self, name: &'static str, rng: &mut Rng) {
        match name.as_bytes() {
            [_] => self.project(name, rng),
            [b'e', number] => {
                self.environments.push(name);
                let cluster = char::from(*number);
                self.object(
                    "Environment",
                    &format!("name: {name}, product: p, cluster: c{cluster}, envType: dev"),
                );
            }
            [b'r', _] => self.repository(name, rng),
            [b'b', _] => self.binding(name, rng),
            _ => self.runtime(name, rng),
        }
    }

    fn project(&mut self, name: &'static str, rng: &mut Rng) {
        self.projects.push(name);
        let language = ["go", "rust"][rng.below(2)];
        self.object("Project", &format!("name: {name}, product: p, language: {language}"));
    }

    fn repository(&mut self, name: &'static str, rng: &mut Rng) {
        let owner = rng.pick(&self.projects).copied().filter(|_| !rng.one_in(3));
        let project = owner.map(|owner| format!("project: {owner}, ")).unwrap_or_default();
        self.object(
            "CodeRepo",
            &format!("name: {name}, product: p, {project}git: {{gitlab: {{visibility: private}}}}"),
        );
        self.repositories.push((name, owner));
    }

    fn binding(&mut self, name: &'static str, rng: &mut Rng) {
        let repository = format!("r{}", &name[1..]);
        let Some(repository) =
            self.repositories.iter().map(|known| known.0).find(|known| *known == repository)
        else {
            return;
        };
        let to: Vec<&str> = self.projects.iter().copied().filter(|_| rng.one_in(2)).collect();
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

    fn runtime(&mut self, name: &'static str, rng: &mut Rng) {
        let deploys = name.starts_with('d');
        let places: &[&str] = if deploys { &["e0", "e1"] } else { &["e2", "e3"] };
        let places: Vec<&str> =
            self.environments.iter().copied().filter(|place| places.contains(place)).collect();
        let project = ["a", "b", "c", "a"][usize::from(name.as_bytes()[1] - b'0')];
        let project = self.projects.iter().copied().find(|known| *known == project);
        let (Some(project), Some(place)) = (project, rng.pick(&places)) else { return };
        let Some(repository) = rng.pick(&self.usable(project)).copied() else { return };
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
