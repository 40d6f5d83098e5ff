//! Fills a copy with the live snapshot, one product after the other. Products that refuse every write, whatever
//! is written, are found on the way. Pure.
//!
//! A copy of everything takes as much memory as the snapshot. So what a plan does not write into is taken in,
//! looked at and given back. What its checks say may depend on products that come later: those that share
//! namespaces are looked at again in the end.

use std::collections::{BTreeMap, BTreeSet};

use crate::live::snapshot::Snapshot;
use crate::plan::Blocked;
use crate::resource::schema::wire;
use crate::resource::{Address, DisplayNames, Observed};
use crate::sandbox::{ObjectReply, Options, Place, Replies, RepliesError};

use super::copy::Copy;

/// A copy of the products that are blocked and of those in `kept`, or of all; and the blocked ones. Only those
/// that `is_open` says were read without gaps are looked at.
pub(super) fn fill(
    snapshot: &Snapshot,
    is_open: impl Fn(&str) -> bool,
    kept: Option<&BTreeSet<&str>>,
    options: Options,
) -> Result<(Copy, Vec<Blocked>), RepliesError> {
    let source = Source::of(snapshot, is_open);
    let mut filling =
        Filling { source: &source, kept, copy: Copy::new(snapshot, options), products: Vec::new() };
    filling.copy.world.take_in_tenant(&source.of_tenant())?;
    source.products.keys().try_for_each(|product| filling.take_in(product))?;
    filling.look_again()?;
    filling.hold_all()?;
    let blocked = filling.products.into_iter().filter_map(|product| blocked(product.causes));
    Ok((filling.copy, blocked.collect()))
}

/// The product of these, if there are any.
pub(super) fn blocked(mut causes: Vec<(Address, String)>) -> Option<Blocked> {
    // One object may be refused for several reasons; the first will do.
    causes.dedup_by(|a, b| a.0 == b.0);
    let address = causes.first()?.0.owner()?;
    Some(Blocked { address, causes, ways_out: Vec::new() })
}

/// A copy in the making.
struct Filling<'s, 'k> {
    source: &'s Source<'s>,
    /// What is not given back, if not everything.
    kept: Option<&'k BTreeSet<&'k str>>,
    copy: Copy,
    /// In the order of their numbers.
    products: Vec<TakenIn<'s>>,
}

/// A product that was taken in.
struct TakenIn<'s> {
    name: &'s str,
    place: Place,
    /// What its checks refuse.
    causes: Vec<(Address, String)>,
}

impl<'s> Filling<'s, '_> {
    fn take_in(&mut self, name: &'s str) -> Result<(), RepliesError> {
        let place = self.copy.world.take_in(name, &self.source.of_product(name))?;
        let causes = if self.source.has_owner(name) { self.copy.violations(name) } else { Vec::new() };
        self.give_back(name, &place, &causes);
        self.products.push(TakenIn { name, place, causes });
        Ok(())
    }

    fn give_back(&mut self, name: &str, place: &Place, causes: &[(Address, String)]) {
        if causes.is_empty() && self.kept.is_some_and(|kept| !kept.contains(name)) {
            self.copy.world.give_back(place);
        }
    }

    /// Looks again at products of which others may change what the checks say.
    fn look_again(&mut self) -> Result<(), RepliesError> {
        for index in 0..self.products.len() {
            let TakenIn { name, place, .. } = self.products[index];
            let world = &self.copy.world;
            let depends = world.depends_on_others(&place) || world.group_of(name) != Some(place.group);
            if depends && self.source.has_owner(name) {
                let held = self.hold(name)?;
                let causes = self.copy.found(name);
                held.iter().for_each(|place| self.give_back(name, place, &causes));
                self.products[index].causes = causes;
            }
        }
        Ok(())
    }

    /// Holds what is asked for in the end.
    fn hold_all(&mut self) -> Result<(), RepliesError> {
        let blocked = self.products.iter().filter(|product| !product.causes.is_empty());
        let blocked: Vec<&str> = blocked.map(|product| product.name).collect();
        let kept = self.kept.into_iter().flatten().copied();
        kept.chain(blocked).try_for_each(|name| self.hold(name).map(|_| ()))
    }

    /// Takes the group in again that answers to a name, if it was given back.
    fn hold(&mut self, name: &str) -> Result<Option<Place>, RepliesError> {
        let world = &mut self.copy.world;
        let group = world.group_of(name).filter(|group| !world.has_group(*group));
        let found = group.map(|group| self.products.binary_search_by_key(&group, |found| found.place.group));
        let Some(Ok(index)) = found else { return Ok(None) };
        let TakenIn { name, place, .. } = self.products[index];
        world.take_in_again(name, &self.source.of_product(name), &place)?;
        Ok(Some(place))
    }
}

/// What was read, by product.
pub(super) struct Source<'s> {
    snapshot: &'s Snapshot,
    tenant: Vec<&'s Observed>,
    pub(super) products: BTreeMap<&'s str, Vec<&'s Observed>>,
    names: DisplayNames,
}

impl<'s> Source<'s> {
    pub(super) fn of(snapshot: &'s Snapshot, has: impl Fn(&str) -> bool) -> Self {
        let mut tenant = Vec::new();
        let mut products: BTreeMap<&str, Vec<&Observed>> = BTreeMap::new();
        for observed in snapshot.objects() {
            match observed.address.product_or_own() {
                None => tenant.push(observed),
                Some(product) if has(product) => products.entry(product).or_default().push(observed),
                Some(_) => {}
            }
        }
        let names = DisplayNames::reversed(snapshot.objects().map(|found| (&found.address, &*found.spec)));
        Self { snapshot, tenant, products, names }
    }

    pub(super) fn of_tenant(&self) -> Replies<'_> {
        let gone = self.gone(self.products.values().flatten().copied());
        Replies { objects: self.objects(&self.tenant), gone }
    }

    pub(super) fn of_product(&self, product: &str) -> Replies<'_> {
        let objects = self.products.get(product).map_or(&[][..], Vec::as_slice);
        Replies { objects: self.objects(objects), gone: self.gone(objects.iter().copied()) }
    }

    /// Whether the product itself was read.
    fn has_owner(&self, product: &str) -> bool {
        self.products[product].iter().any(|observed| observed.address.kind().is_owner)
    }

    /// Objects as the server shows them.
    fn objects<'a>(&'a self, all: &'a [&Observed]) -> Vec<ObjectReply<'a>> {
        let reply = |observed: &&'a Observed| {
            let address = &observed.address;
            let translated = self.names.translate(address, &observed.spec);
            ObjectReply {
                collection: address.kind().names.collection,
                name: address.name(),
                body: wire::body(
                    address.kind(),
                    address.name(),
                    translated.as_ref().unwrap_or(&observed.spec),
                ),
            }
        };
        all.iter().map(reply).collect()
    }

    /// The server's own names of the repositories that objects refer to and that are gone.
    fn gone(&self, objects: impl Iterator<Item = &'s Observed>) -> Vec<String> {
        let dangling = objects.filter_map(|observed| self.snapshot.ways.dangling(&observed.address));
        dangling.flat_map(|found| &found.projects).map(|project| format!("repo-{project}")).collect()
    }
}
