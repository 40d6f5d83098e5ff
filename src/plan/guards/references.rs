//! References to objects outside the directory, and permissions that no manifest grants: the live state
//! decides.

use std::collections::BTreeSet;

use crate::live::snapshot::{Collection, Live};
use crate::model::suggestion::{did_you_mean, nearest};
use crate::resource::Address;
use crate::resource::kinds;

use crate::plan::input::product_index::ProductIndex;
use crate::plan::{Change, Gap, Mode, PlanInput, Refusal, RefusalKind};

use super::users::deletes;

/// What a check found.
#[derive(Default)]
pub(in crate::plan) struct Checked {
    /// What can't be decided, since something could not be read.
    pub(in crate::plan) gaps: Vec<Gap>,
    /// What refers to nothing.
    pub(in crate::plan) refusals: Vec<Refusal>,
}

/// Refuses references to what does not exist, and to what this plan deletes.
pub(in crate::plan) fn check(input: &PlanInput<'_>, products: &ProductIndex<'_>, gone: &[Change]) -> Checked {
    let mut checked = Checked::default();
    if input.mode == Mode::Destroy {
        return checked;
    }
    let deleted: BTreeSet<&Address> = deletes(gone).map(|change| &change.address).collect();
    checked.outside(input, &deleted);
    checked.permissions(input, products, &deleted);
    checked
}

impl Checked {
    fn outside(&mut self, input: &PlanInput<'_>, deleted: &BTreeSet<&Address>) {
        for outside in input.configuration.outside.iter().filter(|outside| input.includes(&outside.from)) {
            let from = &outside.from;
            let target = &outside.target;
            let problem = match input.snapshot.live(target) {
                _ if deleted.contains(target) => "which this plan deletes",
                Live::Present(_) | Live::Unreadable(_) => continue,
                Live::Absent => "which is neither in the manifests nor on the server",
                Live::Unknown(why) => {
                    self.gaps
                        .push(Gap { address: from.clone(), why: format!("it refers to {target}: {why}") });
                    continue;
                }
            };
            let help = if input.coverage.selection.declared_only {
                format!(
                    "{}apply what declares {target} first, or the whole fleet; or correct the name",
                    near(input, target)
                )
            } else {
                format!("{}add a manifest for {target}, or correct the name", near(input, target))
            };
            let refusal = missing(from, format!("refers to {target}, {problem}"), help);
            self.refusals.push(refusal.at(Some(outside.span)));
        }
    }

    /// Refuses what is permitted neither in the manifests nor on the server. Where the server can't list what
    /// would permit it, that is unknown.
    fn permissions(
        &mut self,
        input: &PlanInput<'_>,
        products: &ProductIndex<'_>,
        deleted: &BTreeSet<&Address>,
    ) {
        for unmet in &input.configuration.unmet {
            let (Some(resource), Some(rule)) = (input.declared(&unmet.from), unmet.from.kind().requirements)
            else {
                continue;
            };
            let mut needs = rule(&resource.spec, &products.of(&unmet.from, deleted)).into_iter();
            let Some(need) = needs.find(|need| need.path == unmet.path && !need.satisfied) else { continue };
            if let Some(why) = unlisted(input, &unmet.from, need.grants) {
                let why = format!("{}, as far as its product could be read: {why}", unmet.message);
                self.gaps.push(Gap { address: unmet.from.clone(), why });
                continue;
            }
            let refusal = missing(&unmet.from, unmet.message.clone(), unmet.help.clone());
            self.refusals.push(refusal.at(Some(unmet.span)));
        }
    }
}

fn missing(from: &Address, message: String, help: String) -> Refusal {
    Refusal::new(RefusalKind::MissingReference, message).about(from).hint(help)
}

/// The question whether another object of the kind is meant, whose name is near.
fn near(input: &PlanInput<'_>, target: &Address) -> String {
    let declared = input.configuration.resources.keys();
    let live = input.snapshot.objects().map(|object| &object.address);
    let alike = |other: &&Address| other.kind() == target.kind() && other.product() == target.product();
    let names = declared.chain(live).filter(alike).map(Address::name);
    nearest(target.name(), names).map(|name| format!("{} otherwise ", did_you_mean(name))).unwrap_or_default()
}

/// Why it is unknown which objects of `kind` the product of an object has.
fn unlisted<'a>(input: &PlanInput<'a>, of: &Address, kind: &str) -> Option<&'a str> {
    input.snapshot.why_unread(&Collection::new(kinds::find(kind)?, of.product()))
}
