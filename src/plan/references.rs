//! References that lead out of the directory, and permissions that no manifest grants: the live state decides.

use std::collections::BTreeSet;

use crate::kinds;
use crate::refresh::{Collection, Live};
use crate::resource::Address;
use crate::schema::Siblings;
use crate::value::Value;

use super::{Action, Change, Gap, Plan, PlanInput, Refusal, RefusalKind};

/// Refuses what points at nothing, and at what this plan deletes.
pub(super) fn check(input: &PlanInput<'_>, gone: &[Change], plan: &mut Plan) {
    let leaving: BTreeSet<&Address> =
        gone.iter().filter(|change| change.action == Action::Delete).map(|change| &change.address).collect();
    if input.mode == super::Mode::Destroy {
        return;
    }
    for outside in input.configuration.outside.iter().filter(|outside| input.includes(&outside.from)) {
        let (from, target) = (&outside.from, &outside.target);
        let problem = match input.snapshot.live(target) {
            _ if leaving.contains(target) => "which this plan deletes",
            Live::Present(_) | Live::Unreadable(_) => continue,
            Live::Absent => "which is neither in the manifests nor on the server",
            Live::Unknown(why) => {
                plan.gaps.push(Gap { address: from.clone(), why: format!("it refers to {target}: {why}") });
                continue;
            }
        };
        plan.refusals.push(Refusal {
            kind: RefusalKind::MissingReference,
            address: Some(from.clone()),
            message: format!("{from} refers to {target}, {problem}"),
            help: format!("add a manifest for {target}, or correct the name"),
            span: Some(outside.span),
        });
    }
    permissions(input, &leaving, plan);
}

/// Refuses what nobody permits, whether in the manifests or on the server. Where the server can't list what would permit it, nobody
/// can tell.
fn permissions(input: &PlanInput<'_>, leaving: &BTreeSet<&Address>, plan: &mut Plan) {
    for unmet in &input.configuration.unmet {
        let siblings = Both { input, leaving, of: &unmet.from };
        let (Some(resource), Some(rule)) = (input.declared(&unmet.from), unmet.from.kind().requirements)
        else {
            continue;
        };
        let mut needs = rule(unmet.from.name(), &resource.spec, &siblings).into_iter();
        let Some(need) = needs.find(|need| need.path == unmet.path && !need.satisfied) else { continue };
        if let Some(why) = unlisted(input, &unmet.from, need.grants) {
            let why = format!("{}, as far as its product could be read: {why}", unmet.message);
            plan.gaps.push(Gap { address: unmet.from.clone(), why });
            continue;
        }
        plan.refusals.push(Refusal {
            kind: RefusalKind::MissingReference,
            address: Some(unmet.from.clone()),
            message: format!("{}: {}", unmet.from, unmet.message),
            help: unmet.help.clone(),
            span: Some(unmet.span),
        });
    }
}

/// Why nobody can tell which objects of `kind` are beside an object.
fn unlisted<'a>(input: &PlanInput<'a>, beside: &Address, kind: &str) -> Option<&'a str> {
    let collection = Collection::new(kinds::find(kind)?, beside.product());
    input.snapshot.failures().find(|(failed, _)| **failed == collection).map(|(_, why)| why)
}

/// What grants a live object that nobody remembers what it needs: the bindings that must not go before it.
pub(super) fn live_grants(input: &PlanInput<'_>, address: &Address) -> Vec<Address> {
    let (Live::Present(observed), Some(rule)) = (input.snapshot.live(address), address.kind().requirements)
    else {
        return Vec::new();
    };
    let siblings = Both { input, leaving: &BTreeSet::new(), of: address };
    let needs = rule(address.name(), &observed.spec, &siblings);
    let grants = needs.into_iter().flat_map(|need| need.granted_by);
    grants.filter_map(|grant| Address::beside(address, kinds::find(grant.kind)?, grant.name)).collect()
}

/// The objects of a product as they will be: declared ones, and live ones that stay.
struct Both<'a> {
    input: &'a PlanInput<'a>,
    leaving: &'a BTreeSet<&'a Address>,
    of: &'a Address,
}

impl Both<'_> {
    fn spec_of(&self, address: &Address) -> Option<&Value> {
        let declared = self.input.declared(address).map(|resource| &resource.spec);
        declared.or_else(|| match self.input.snapshot.live(address) {
            Live::Present(observed) if !self.leaving.contains(address) => Some(&observed.spec),
            _ => None,
        })
    }
}

impl Siblings for Both<'_> {
    fn spec(&self, kind: &str, name: &str) -> Option<&Value> {
        self.spec_of(&Address::beside(self.of, kinds::find(kind)?, name)?)
    }

    fn having(&self, kind: &str, attribute: &str, value: &str) -> Vec<&str> {
        let declared = self.input.configuration.resources.keys();
        let live = self.input.snapshot.objects().map(|observed| &observed.address);
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for address in declared.chain(live) {
            let same = address.kind().name == kind && address.product() == self.of.product();
            if same && self.spec_of(address).and_then(|spec| spec.text_at(&[attribute])) == Some(value) {
                names.insert(address.name());
            }
        }
        names.into_iter().collect()
    }
}
