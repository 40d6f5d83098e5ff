//! Which part of the directory a plan is about: `--target`, `--exclude`, and what `--prune` brings in. Pure.
//!
//! Invariant: nothing is written without what it needs, and nothing is deleted before what uses it: what a target needs comes along,
//! and what needs an excluded object is left out with it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::config::resolve::Configuration;
use crate::resource::{Address, Pattern};
use crate::state::State;

use crate::plan::Mode;

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Only these objects, and what they need. `None`: all.
    pub targets: Option<Vec<Pattern>>,
    /// Not these, nor what needs them.
    pub exclude: Vec<Pattern>,
    /// Live objects that no manifest and no state knows are deleted if one of these covers them.
    pub prune: Vec<Pattern>,
    /// The manifests are a part of the fleet: what they do not declare is declared elsewhere.
    pub declared_only: bool,
}

/// A target or an exclusion means nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{flag} {pattern} matches no object of the manifests or the state")]
pub struct NothingMatches {
    /// The flag's name.
    pub flag: &'static str,
    /// What was asked for.
    pub pattern: String,
}

impl Selection {
    /// Whether an object that nobody manages is to be deleted.
    pub fn prunes(&self, address: &Address) -> bool {
        let covered = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.covers(address));
        covered(&self.prune) && !covered(&self.exclude) && self.targets.as_deref().is_none_or(covered)
    }

    /// The declared and managed objects that the plan is not about.
    ///
    /// # Errors
    /// If a target or an exclusion matches nothing: it is misspelt.
    pub fn left_out(
        &self,
        configuration: &Configuration,
        state: Option<&State>,
        mode: Mode,
    ) -> Result<BTreeSet<Address>, NothingMatches> {
        let managed = state.into_iter().flat_map(State::named);
        let elsewhere = managed.filter(|address| !configuration.resources.contains_key(address));
        let mut left_out: BTreeSet<Address> =
            if self.declared_only { elsewhere.cloned().collect() } else { BTreeSet::new() };
        if self.targets.is_none() && self.exclude.is_empty() {
            return Ok(left_out);
        }
        let state = state.filter(|_| !self.declared_only);
        let objects = Objects::new(configuration, state, mode);
        let flags = [("--target", self.targets.as_deref().unwrap_or_default()), ("--exclude", &self.exclude)];
        // What is excluded may be one of the objects that nobody knows and --prune would find.
        let misspelt = |flag: &str| flag == "--target" || self.prune.is_empty();
        for (flag, patterns) in flags.into_iter().filter(|(flag, _)| misspelt(flag)) {
            for pattern in patterns {
                if !objects.all.iter().any(|address| pattern.covers(address)) {
                    return Err(NothingMatches { flag, pattern: pattern.to_string() });
                }
            }
        }
        let covered = |patterns: &[Pattern]| -> BTreeSet<&Address> {
            let matching = |address: &&&Address| patterns.iter().any(|pattern| pattern.covers(address));
            objects.all.iter().filter(matching).copied().collect()
        };
        let excluded = objects.closure(covered(&self.exclude), &objects.held_up_by);
        let chosen = self.targets.as_deref().map(|targets| {
            let targets = covered(targets).difference(&excluded).copied().collect();
            objects.closure(targets, &objects.needs)
        });
        let is_left_out = |address: &&Address| {
            excluded.contains(*address) || chosen.as_ref().is_some_and(|chosen| !chosen.contains(*address))
        };
        left_out.extend(objects.all.iter().copied().filter(|address| is_left_out(address)).cloned());
        Ok(left_out)
    }
}

/// For each object, others.
type Links<'a> = BTreeMap<&'a Address, Vec<&'a Address>>;

/// Everything a plan could be about, and what cannot go without what.
struct Objects<'a> {
    all: BTreeSet<&'a Address>,
    /// What must come along: for writes what they depend on, for deletes what uses the object.
    needs: Links<'a>,
    /// The same, the other way round.
    held_up_by: Links<'a>,
}

impl<'a> Objects<'a> {
    fn new(configuration: &'a Configuration, state: Option<&'a State>, mode: Mode) -> Self {
        let managed = state.into_iter().flat_map(State::named);
        let all = configuration.resources.keys().chain(managed).collect();
        let mut objects = Self { all, needs: Links::new(), held_up_by: Links::new() };
        let stays = |address: &Address| mode == Mode::Apply && configuration.resources.contains_key(address);
        for address in configuration.resources.keys() {
            for dependency in configuration.graph.dependencies(address) {
                match mode {
                    Mode::Apply => objects.link(address, dependency),
                    Mode::Destroy => objects.link(dependency, address),
                }
            }
        }
        let records = state.into_iter().flat_map(|state| &state.records);
        for (address, record) in records.filter(|(address, _)| !stays(address)) {
            for used in record.references.iter().filter(|used| !stays(used)) {
                objects.link(used, address);
            }
        }
        objects.link_products(|address| !stays(address));
        objects
    }

    /// A product goes after what lives in it.
    fn link_products(&mut self, goes: impl Fn(&Address) -> bool) {
        let going: Vec<&'a Address> = self.all.iter().copied().filter(|address| goes(address)).collect();
        for address in going {
            let Some(product) = address.owner() else { continue };
            if let Some(product) = self.all.get(&product).copied().filter(|product| goes(product)) {
                self.link(product, address);
            }
        }
    }

    fn link(&mut self, address: &'a Address, needed: &'a Address) {
        self.needs.entry(address).or_default().push(needed);
        self.held_up_by.entry(needed).or_default().push(address);
    }

    fn closure(&self, start: BTreeSet<&'a Address>, links: &Links<'a>) -> BTreeSet<&'a Address> {
        let mut found = start.clone();
        let mut open: Vec<&Address> = start.into_iter().collect();
        while let Some(address) = open.pop() {
            for next in links.get(address).into_iter().flatten() {
                if self.all.contains(next) && found.insert(next) {
                    open.push(next);
                }
            }
        }
        found
    }
}
