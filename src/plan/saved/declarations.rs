//! What the objects of a plan were declared to be, and whether they still are. Pure.

use std::collections::BTreeMap;

use crate::config::resolve::Configuration;
use crate::plan::Plan;
use crate::resource::Address;

use super::Stale;
use super::digest::{declaration, digest, keyed};

/// Digests of declarations, without what they declare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declarations {
    /// One for each object that the plan touches and a manifest declares.
    Each(BTreeMap<Address, String>),
    /// One for all manifests: that of version 1.
    All(String),
}

impl Declarations {
    /// Those of the objects that a plan touches.
    pub fn of(plan: &Plan, configuration: &Configuration, salt: &str) -> Self {
        let salted = keyed(salt);
        let digest = |address: &Address| {
            let resource = configuration.resources.get(address)?;
            Some((address.clone(), declaration(resource, &salted)))
        };
        Self::Each(plan.changing().filter_map(|change| digest(&change.address)).collect())
    }

    /// The digest of all manifests, in version 1.
    pub(super) const fn all(&self) -> Option<&String> {
        match self {
            Self::All(all) => Some(all),
            Self::Each(_) => None,
        }
    }

    /// Those of single objects.
    pub(super) fn each(&self) -> &BTreeMap<Address, String> {
        static NONE: BTreeMap<Address, String> = BTreeMap::new();
        match self {
            Self::Each(each) => each,
            Self::All(_) => &NONE,
        }
    }
}

/// What of a plan's declarations has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Nothing.
    Nothing,
    /// Something in the manifests; version 1 does not say what.
    Something,
    /// The declarations of these objects.
    Objects(Vec<Stale>),
}

/// Compares the declarations of what a plan touches with those of a configuration.
pub fn changed(plan: &Plan, was: &Declarations, salt: &str, configuration: &Configuration) -> Changed {
    let was = match was {
        Declarations::All(all) if *all == digest(configuration, salt) => return Changed::Nothing,
        Declarations::All(_) => return Changed::Something,
        Declarations::Each(each) => each,
    };
    let salted = keyed(salt);
    let found: Vec<Stale> = plan
        .changing()
        .filter_map(|change| {
            let address = &change.address;
            let now = configuration.resources.get(address).map(|resource| declaration(resource, &salted));
            let message = match (was.get(address), now) {
                (None, None) => return None,
                (Some(was), Some(now)) if *was == now => return None,
                (Some(_), Some(_)) => "its manifest, or a secret that it names, has changed",
                (None, Some(_)) => "no manifest declared it, and one does now",
                (Some(_), None) => "no manifest declares it any more",
            };
            Some(Stale::because(address, message))
        })
        .collect();
    if found.is_empty() { Changed::Nothing } else { Changed::Objects(found) }
}
