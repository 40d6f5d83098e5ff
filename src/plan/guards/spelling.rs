//! Addresses that differ in case only are one object for the server (nautes-api.md §7). Pure.
//!
//! Invariant: nothing is deleted that is declared, referred to or managed under another spelling as well, and
//! nothing is written under a new spelling.

use std::collections::{BTreeSet, HashMap};

use foldhash::fast::RandomState;

use crate::live::snapshot::Live;
use crate::model::hint::Hint;
use crate::resource::Address;

use crate::plan::{Change, PlanInput, Refusal, RefusalKind};

use super::users::deletes;

/// Refuses what would be written or deleted under one spelling and exists under another one.
pub(in crate::plan) fn check(input: &PlanInput<'_>, kept: &[Change], gone: &[Change]) -> Vec<Refusal> {
    let spellings = Spellings::new(input);
    if spellings.0.is_empty() {
        return Vec::new();
    }
    let mut refusals = Vec::new();
    let mut refused: BTreeSet<&Address> = BTreeSet::new();
    for change in deletes(gone) {
        let is_managed = input.is_recorded(&change.address);
        let known = |other: &&Other<'_>| other.is_named || other.is_managed || (other.is_live && !is_managed);
        let Some(other) = spellings.others(&change.address).find(known) else { continue };
        if !refused.contains(other.address) {
            refusals.push(refusal(input, &change.address, other.address, change));
        }
        refused.extend([&change.address, other.address]);
    }
    let owners: Vec<Option<Address>> = kept.iter().map(|change| change.address.owner()).collect();
    for (change, owner) in kept.iter().zip(&owners) {
        for address in owner.iter().chain([&change.address]) {
            let Some(other) = spellings.others(address).find(|other| other.is_managed || other.is_live)
            else {
                continue;
            };
            if !input.is_recorded(address) && !refused.contains(other.address) && refused.insert(address) {
                refusals.push(refusal(input, other.address, address, change));
            }
        }
    }
    refusals
}

fn refusal(input: &PlanInput<'_>, old: &Address, new: &Address, change: &Change) -> Refusal {
    let declared = input.configuration.resources.get(new).map(|resource| resource.span);
    let (differs, from) = match &change.address {
        own if own == old => ("differs".to_owned(), new),
        own if own == new => ("differs".to_owned(), old),
        _ => (format!("{new} differs"), old),
    };
    let message = format!("{differs} from {from} in case only: both are one object for the server");
    let help = format!(
        "keep one spelling in manifests and state; to change {old} into {new}, rename it to something else first \
         and apply"
    );
    let refusal = Refusal::new(RefusalKind::SameObject, message).about(&change.address);
    refusal.hint(help).hint(Hint::Forget).at(change.source.or(declared))
}

/// An address and where it is known from.
struct Other<'a> {
    address: &'a Address,
    /// A manifest declares it, is in it or refers to it.
    is_named: bool,
    /// The state has it, and it is not known to be gone.
    is_managed: bool,
    is_live: bool,
}

/// By the address in lower case, all that are known, if not all of them are in lower case.
struct Spellings<'a>(HashMap<Address, Vec<Other<'a>>, RandomState>);

impl<'a> Spellings<'a> {
    fn new(input: &PlanInput<'a>) -> Self {
        let configuration = input.configuration;
        let named = || {
            let outside = configuration.outside.iter().map(|outside| &outside.target);
            configuration.resources.keys().chain(outside)
        };
        let known = || {
            let managed = input.state.into_iter().flat_map(crate::state::State::named);
            let live = input.snapshot.objects().map(|observed| &observed.address);
            managed.chain(live).chain(input.snapshot.unreadable().map(|(address, _)| address))
        };
        if named().chain(known()).all(Address::is_lower_case) {
            return Self(HashMap::default());
        }
        let named: BTreeSet<&'a Address> = named().collect();
        let all: BTreeSet<&'a Address> = named.iter().copied().chain(known()).collect();
        let mut spellings: HashMap<Address, Vec<Other<'a>>, RandomState> = HashMap::default();
        for address in all {
            let live = input.snapshot.live(address);
            spellings.entry(address.to_lower_case()).or_default().push(Other {
                address,
                is_named: named.contains(address),
                is_managed: input.is_recorded(address) && live != Live::Absent,
                is_live: matches!(live, Live::Present(_) | Live::Unreadable(_)),
            });
        }
        Self(spellings)
    }

    fn others(&self, address: &Address) -> impl Iterator<Item = &Other<'a>> {
        let all = self.0.get(&address.to_lower_case()).into_iter().flatten();
        all.filter(move |other| other.address != address)
    }
}
