//! References that lead out of the directory, and permissions that no manifest grants: the live state decides.

use std::collections::BTreeSet;

use crate::live::snapshot::{Collection, Live};
use crate::resource::Address;
use crate::resource::kinds;

use crate::plan::input::product_index::Neighbours;
use crate::plan::{Action, Change, Gap, Plan, PlanInput, Refusal, RefusalKind};

/// Refuses what points at nothing, and at what this plan deletes.
pub(in crate::plan) fn check(
    input: &PlanInput<'_>,
    neighbours: &Neighbours<'_>,
    gone: &[Change],
    plan: &mut Plan,
) {
    let leaving: BTreeSet<&Address> =
        gone.iter().filter(|change| change.action == Action::Delete).map(|change| &change.address).collect();
    if input.mode == crate::plan::Mode::Destroy {
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
            message: format!("refers to {target}, {problem}"),
            help: if input.selection.declared_only {
                format!("apply what declares {target} first, or the whole fleet; or correct the name")
            } else {
                format!("add a manifest for {target}, or correct the name")
            },
            span: Some(outside.span),
        });
    }
    permissions(input, neighbours, &leaving, plan);
}

/// Refuses what nobody permits, whether in the manifests or on the server. Where the server can't list what would permit it, nobody
/// can tell.
fn permissions(
    input: &PlanInput<'_>,
    neighbours: &Neighbours<'_>,
    leaving: &BTreeSet<&Address>,
    plan: &mut Plan,
) {
    for unmet in &input.configuration.unmet {
        let (Some(resource), Some(rule)) = (input.declared(&unmet.from), unmet.from.kind().requirements)
        else {
            continue;
        };
        let mut needs =
            rule(unmet.from.name(), &resource.spec, &neighbours.of(&unmet.from, leaving)).into_iter();
        let Some(need) = needs.find(|need| need.path == unmet.path && !need.satisfied) else { continue };
        if let Some(why) = unlisted(input, &unmet.from, need.grants) {
            let why = format!("{}, as far as its product could be read: {why}", unmet.message);
            plan.gaps.push(Gap { address: unmet.from.clone(), why });
            continue;
        }
        plan.refusals.push(Refusal {
            kind: RefusalKind::MissingReference,
            address: Some(unmet.from.clone()),
            message: unmet.message.clone(),
            help: unmet.help.clone(),
            span: Some(unmet.span),
        });
    }
}

/// Why nobody can tell which objects of `kind` are beside an object.
fn unlisted<'a>(input: &PlanInput<'a>, beside: &Address, kind: &str) -> Option<&'a str> {
    input.snapshot.why_unread(&Collection::new(kinds::find(kind)?, beside.product()))
}
