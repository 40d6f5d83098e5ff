//! Fields that are above what the owner allows (`Kind::bound`), among live objects and what the plan makes of
//! them. What manifests alone show was refused before.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::RandomState;

use crate::model::text::first_few;
use crate::model::value::Value;
use crate::plan::model::refusal::NAMES_SHOWN;
use crate::plan::{Action, Change, PlanInput, Refusal, RefusalKind};
use crate::resource::Address;
use crate::resource::kinds;

use super::users::deletes;

/// Refuses owners that would sink below what stays in them, and objects that would rise above their owner.
pub(in crate::plan) fn check(input: &PlanInput<'_>, kept: &[Change], gone: &[Change]) -> Vec<Refusal> {
    let written: HashMap<&Address, &Change, RandomState> =
        kept.iter().filter(|change| change.after.is_some()).map(|change| (&change.address, change)).collect();
    let sinking: BTreeSet<&Address> =
        kept.iter().filter(|change| sinks(change)).map(|change| &change.address).collect();
    let gone: BTreeSet<&Address> = deletes(gone).map(|change| &change.address).collect();
    let live = input.snapshot.objects().map(|found| &found.address).filter(|address| {
        let stays = !written.contains_key(address) && !gone.contains(address);
        !sinking.is_empty() && stays && address.owner().is_some_and(|owner| sinking.contains(&owner))
    });
    let result = |address: &Address| -> Option<&Value> {
        let planned = written.get(address).and_then(|change| change.after.as_deref());
        planned.or_else(|| Some(&*input.snapshot.observed(address)?.spec))
    };
    let exceeds = |address: &&Address| {
        let (Some(bound), Some(owner)) = (address.kind().bound, address.owner()) else { return false };
        let (Some(spec), Some(limit)) = (result(address), result(&owner)) else { return false };
        bound.is_exceeded(spec, limit)
    };
    let mut above: Vec<&Address> = written.keys().copied().filter(exceeds).collect();
    above.sort_unstable();
    above.extend(live.filter(exceeds));
    let mut refusals = Vec::new();
    let mut below: BTreeMap<Address, Vec<&Address>> = BTreeMap::new();
    for address in above {
        let (Some(bound), Some(owner)) = (address.kind().bound, address.owner()) else { continue };
        if sinking.contains(&owner) {
            below.entry(owner).or_default().push(address);
            continue;
        }
        let value = result(&owner).and_then(|limit| limit.text_at(bound.field)).unwrap_or_default();
        let message = format!("{} would be above that of {owner}, '{value}'", bound.field());
        let help = format!("{}: change {owner} as well", bound.why);
        refusals.push(refusal(written.get(address).copied(), address, message, help));
    }
    for (owner, above) in below {
        let Some(bound) = above.first().and_then(|address| address.kind().bound) else { continue };
        let value = result(&owner).and_then(|limit| limit.text_at(bound.field)).unwrap_or_default();
        let names = first_few(&above, NAMES_SHOWN);
        let message = format!("{} can't be '{value}': it is higher in {names}", bound.field());
        let is_declared = above.iter().all(|address| input.declared(address).is_some());
        let help =
            if is_declared { "lower these as well" } else { "declare these and lower them, or prune them" };
        refusals.push(refusal(
            written.get(&owner).copied(),
            &owner,
            message,
            format!("{}: {help}", bound.why),
        ));
    }
    refusals
}

/// Whether an owner is changed so that objects in it may be above it.
pub(in crate::plan) fn sinks(change: &Change) -> bool {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return false };
    change.address.kind().is_owner
        && change.action == Action::Update
        && kinds::bound_by_owner().is_some_and(|bound| bound.is_exceeded(before, after))
}

fn refusal(change: Option<&Change>, address: &Address, message: String, help: String) -> Refusal {
    let span = change.and_then(|change| change.source);
    Refusal::new(RefusalKind::AboveOwner, message).about(address).hint(help).at(span)
}
