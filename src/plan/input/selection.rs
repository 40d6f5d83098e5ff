//! Which objects a plan of a selection is about. Pure.
//!
//! Invariant: nothing is written without what it needs, and nothing is deleted before what uses it: what a
//! target needs is selected with it, and what needs an excluded object is excluded with it.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::resolve::Configuration;
use crate::resource::{Address, Pattern};
use crate::state::State;

use super::{Coverage, Mode, Selection};

/// A target or an exclusion matches nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pattern} matches no object of the manifests or the state")]
pub struct NothingMatches {
    /// The pattern.
    pub pattern: String,
}

impl Selection {
    /// What the selection covers.
    ///
    /// # Errors
    /// If a target or an exclusion matches nothing: it is misspelt.
    pub fn coverage(
        &self,
        configuration: &Configuration,
        state: Option<&State>,
        mode: Mode,
    ) -> Result<Coverage, NothingMatches> {
        let managed = state.into_iter().flat_map(State::named);
        let elsewhere = managed.filter(|address| !configuration.resources.contains_key(address));
        let mut left_out: BTreeSet<Address> =
            if self.declared_only { elsewhere.cloned().collect() } else { BTreeSet::new() };
        if self.targets.is_none() && self.exclude.is_empty() {
            return Ok(Coverage { selection: self.clone(), left_out });
        }
        let state = state.filter(|_| !self.declared_only);
        let objects = Objects::new(configuration, state, mode);
        let targets = self.targets.as_deref().unwrap_or_default();
        objects.check(targets)?;
        // An exclusion may be about an unmanaged object that would be pruned.
        if self.prune.is_empty() {
            objects.check(&self.exclude)?;
        }
        let covered = |patterns: &[Pattern]| -> BTreeSet<&Address> {
            let matching = |address: &&&Address| patterns.iter().any(|pattern| pattern.covers(address));
            objects.all.iter().filter(matching).copied().collect()
        };
        let excluded = objects.closure(covered(&self.exclude), &objects.needed_by);
        let chosen = self.targets.as_deref().map(|targets| {
            let targets = covered(targets).difference(&excluded).copied().collect();
            objects.closure(targets, &objects.needs)
        });
        let is_left_out = |address: &&Address| {
            excluded.contains(*address) || chosen.as_ref().is_some_and(|chosen| !chosen.contains(*address))
        };
        left_out.extend(objects.all.iter().copied().filter(|address| is_left_out(address)).cloned());
        Ok(Coverage { selection: self.clone(), left_out })
    }
}

/// For each object, others.
type Links<'a> = BTreeMap<&'a Address, Vec<&'a Address>>;

/// Everything that a plan could be about, and which objects need which.
struct Objects<'a> {
    all: BTreeSet<&'a Address>,
    /// What must come along: for writes what they depend on, for deletes what uses the object.
    needs: Links<'a>,
    /// The same in the other direction.
    needed_by: Links<'a>,
}

impl<'a> Objects<'a> {
    fn new(configuration: &'a Configuration, state: Option<&'a State>, mode: Mode) -> Self {
        let managed = state.into_iter().flat_map(State::named);
        let all = configuration.resources.keys().chain(managed).collect();
        let mut objects = Self { all, needs: Links::new(), needed_by: Links::new() };
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

    /// Every pattern has to match something.
    fn check(&self, patterns: &[Pattern]) -> Result<(), NothingMatches> {
        let matches = |pattern: &&Pattern| self.all.iter().any(|address| pattern.covers(address));
        match patterns.iter().find(|pattern| !matches(pattern)) {
            Some(pattern) => Err(NothingMatches { pattern: pattern.to_string() }),
            None => Ok(()),
        }
    }

    /// A product is deleted after what is in it.
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
        self.needed_by.entry(needed).or_default().push(address);
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
