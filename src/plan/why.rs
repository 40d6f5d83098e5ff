//! What depends on what, seen from one declared object: what it needs, what needs it, whether it may go, and
//! what a change of each field does. Pure; offline.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::resolve::Configuration;
use crate::model::diagnostic::Span;
use crate::resource::schema::{Attribute, Fixed, Type};
use crate::resource::{Address, Resource};
use crate::state::State;

/// Everything there is to say about an object.
#[derive(Debug)]
pub struct Why {
    /// The object.
    pub address: Address,
    /// Its manifest.
    pub span: Span,
    /// What it needs, what that needs, and so on.
    pub needs: Vec<Relation>,
    /// What needs it, what needs that, and so on.
    pub needed_by: Vec<Relation>,
    /// How many of the objects that need it are in each product.
    pub products: BTreeMap<String, usize>,
    /// Whether it may go.
    pub removal: Removal,
    /// What a change does, by field.
    pub fields: Vec<(String, Effect)>,
}

/// One object that is needed or needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// It.
    pub address: Address,
    /// How far away: 0 for what is needed directly.
    pub depth: usize,
    /// By which fields, or how else.
    pub by: Vec<String>,
    /// Whether no manifest declares it.
    pub is_outside: bool,
}

/// Whether an object may go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// What needs it directly, and has to go as well or change.
    pub users: Vec<Address>,
    /// Whether it is protected.
    pub is_protected: bool,
    /// Whether it stays on the server when its manifest goes.
    pub is_orphaned: bool,
    /// What would be permanently destroyed with it.
    pub destroys: Option<&'static str>,
    /// Whether the state is known, and does not have it: nothing is deleted then.
    pub is_unmanaged: bool,
}

/// What a change of a field does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It is made in place.
    InPlace,
    /// It is made in place as long as nothing uses the object, which is so.
    InPlaceWhileUnused,
    /// The same; only a change of the manifest is noticed, since the server never returns the field.
    Unseen,
    /// It is not made: the field is ignored.
    Ignored,
    /// The object is deleted and created again.
    Replaces,
    /// The object, and what uses it, are deleted and created again.
    ReplacesWithUsers,
}

/// What there is to say about a declared object; `None` if no manifest declares it.
pub(crate) fn why(configuration: &Configuration, state: Option<&State>, address: &Address) -> Option<Why> {
    let resource = configuration.resources.get(address)?;
    let needs = needs(configuration, address);
    let needed_by = needed_by(configuration, address);
    let users: Vec<Address> =
        needed_by.iter().filter(|user| user.depth == 0).map(|user| user.address.clone()).collect();
    let mut products = BTreeMap::new();
    for product in needed_by.iter().filter_map(|user| user.address.product_or_own()) {
        *products.entry(product.to_owned()).or_default() += 1;
    }
    Some(Why {
        address: address.clone(),
        span: resource.name_span,
        fields: fields(resource, address.kind().attributes, "", !users.is_empty()),
        removal: Removal {
            users,
            is_protected: resource.annotations.prevent_destroy
                || state.is_some_and(|state| state.protects(address)),
            is_orphaned: resource.annotations.orphan,
            destroys: address.kind().deleting.irreversible,
            is_unmanaged: state.is_some_and(|state| !state.manages(address)),
        },
        needs,
        needed_by,
        products,
    })
}

/// Dependencies, depth first; each object is followed once.
fn needs(configuration: &Configuration, address: &Address) -> Vec<Relation> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let mut open = vec![(address.clone(), 0)];
    while let Some((from, depth)) = open.pop() {
        if depth > 0 {
            found.push(relation(configuration, &from, depth - 1));
        }
        let declared = configuration.graph.dependencies(&from).cloned();
        let outside = configuration.outside.iter().filter(|outside| outside.from == from);
        let mut next: Vec<Address> = declared.chain(outside.map(|outside| outside.target.clone())).collect();
        next.sort();
        next.dedup();
        next.retain(|target| seen.insert(target.clone()));
        open.extend(next.into_iter().rev().map(|target| (target, depth + 1)));
    }
    // By which field: that of the object above in the list.
    let mut above: Vec<Address> = vec![address.clone()];
    for relation in &mut found {
        above.truncate(relation.depth + 1);
        relation.by = reasons(configuration, &above[relation.depth], &relation.address);
        above.push(relation.address.clone());
    }
    found
}

/// Dependents, the nearest first.
fn needed_by(configuration: &Configuration, address: &Address) -> Vec<Relation> {
    let mut seen = BTreeSet::from([address.clone()]);
    let mut found = Vec::new();
    let mut round = vec![address.clone()];
    let mut depth = 0;
    while !round.is_empty() {
        let mut next = Vec::new();
        for target in &round {
            for user in configuration.graph.dependents(target) {
                if seen.insert(user.clone()) {
                    let by = reasons(configuration, user, target);
                    found.push(Relation { by, ..relation(configuration, user, depth) });
                    next.push(user.clone());
                }
            }
        }
        round = next;
        depth += 1;
    }
    found.sort_by(|a, b| (a.depth, &a.address).cmp(&(b.depth, &b.address)));
    found
}

fn relation(configuration: &Configuration, address: &Address, depth: usize) -> Relation {
    let is_outside = !configuration.resources.contains_key(address);
    Relation { address: address.clone(), depth, by: Vec::new(), is_outside }
}

/// How `user` needs `target`: by which fields, by living in it, or by what it grants.
fn reasons(configuration: &Configuration, user: &Address, target: &Address) -> Vec<String> {
    let Some(resource) = configuration.resources.get(user) else { return Vec::new() };
    let named = resource.references.iter().filter(|reference| reference.address == *target);
    let mut by: Vec<String> = named.map(|reference| reference.path.to_string()).collect();
    if user.owner().as_ref() == Some(target) {
        by.push("lives in it".to_owned());
    }
    if by.is_empty() {
        by.push("may use a repository by it".to_owned());
    }
    by
}

/// What a change of each field does; the path of `attributes` is `above`.
fn fields(
    resource: &Resource,
    attributes: &'static [Attribute],
    above: &str,
    is_used: bool,
) -> Vec<(String, Effect)> {
    let mut all = Vec::new();
    for attribute in attributes.iter().filter(|field| field.is_sent()) {
        let path = format!("{above}{}", attribute.name);
        let is_ignored = resource.annotations.ignore_fields.iter().any(|ignored| ignored.to_string() == path);
        let effect = match attribute.fixed {
            _ if is_ignored => Effect::Ignored,
            Fixed::Always if is_used => Effect::ReplacesWithUsers,
            Fixed::Always => Effect::Replaces,
            Fixed::WhileUsed if is_used => Effect::ReplacesWithUsers,
            Fixed::WhileUsed => Effect::InPlaceWhileUnused,
            Fixed::Never if attribute.is_hidden() => Effect::Unseen,
            Fixed::Never => Effect::InPlace,
        };
        match attribute.ty {
            Type::Object(inner) if effect == Effect::InPlace => {
                let below = fields(resource, inner, &format!("{path}."), is_used);
                if below.iter().all(|(_, effect)| *effect == Effect::InPlace) {
                    all.push((path, effect));
                } else {
                    all.extend(below);
                }
            }
            _ => all.push((path, effect)),
        }
    }
    all
}
