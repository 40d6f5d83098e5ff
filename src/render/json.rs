//! Plans for machines, in the shape of `terraform show -json`, so that what reads Terraform's plans reads
//! ours: policies in conftest, GitLab's recipe for its widget, cost and audit tools. What Terraform does not
//! have has keys of its own.
//!
//! Written in one pass without a tree in memory. Invariant: no secret is in it; where one is, a text stands for
//! it, and a mark says so.

mod change;
mod counts;
mod diagnostic;
mod listing;
mod named;
mod shown;
mod sides;
#[cfg(test)]
mod tests;
mod values;
pub(super) mod write;

use std::io::{self, Write};

use serde::Serialize;

use crate::model::diagnostic::{Place, SourceMap};
use crate::model::hint::{HintText, spell};
use crate::model::way_out::{self, WayOut};
use crate::plan::drift::Findings;
use crate::plan::{Blocked, Drift, Origin, Plan, ProtectionChange, ReadFrom, Refusal, Summary, Suppressed};
use crate::resource::Address;

use super::{ways, wording};

pub(super) use change::reason_code;
use change::{Changes, Each, Resource};
pub(super) use counts::{drift_counts, drift_summary};
pub use diagnostic::diagnostic;
pub use listing::listing;
use named::Named;
use values::{Configuration, PriorState, TERRAFORM_VERSION, Values};

/// The version of Terraform's plan format that is followed.
pub(super) const FORMAT_VERSION: &str = "1.2";

/// Writes a plan (or what a drift check found) as one line of JSON. `sources` gives the manifests' places,
/// where they are known.
///
/// # Errors
/// If `out` can't be written.
pub fn plan(
    plan: &Plan,
    origin: &Origin,
    sources: Option<&SourceMap>,
    hints: HintText,
    out: &mut dyn Write,
) -> io::Result<()> {
    write::compact(&Document::of(plan, origin, sources, hints), out)
}

/// Writes that there is no plan, and why.
///
/// # Errors
/// If `out` can't be written.
pub fn failure(origin: &Origin, why: &str, help: &str, out: &mut dyn Write) -> io::Result<()> {
    let nothing = Plan::default();
    let problem = serde_json::json!({"severity": "error", "summary": why, "detail": help});
    let document = Document {
        errored: true,
        complete: false,
        diagnostics: vec![problem],
        ..Document::of(&nothing, origin, None, crate::model::hint::plain)
    };
    write::compact(&document, out)
}

#[derive(Serialize)]
struct Document<'a> {
    format_version: &'static str,
    terraform_version: &'static str,
    nautform_version: &'static str,
    timestamp: &'a str,
    /// Of a fleet that has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    /// Whether the plan lacks something, or no permission could make apply carry it out.
    errored: bool,
    /// Whether apply would go ahead and do something.
    applyable: bool,
    /// Whether it covers everything.
    complete: bool,
    summary: Summary,
    /// What `apply --agreed=` is given to carry out exactly this.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<&'a str>,
    resource_changes: Changes<'a>,
    resource_drift: Each<'a, Drift, Resource<'a>>,
    planned_values: Values<'a>,
    prior_state: PriorState<'a>,
    configuration: Configuration<'a>,
    output_changes: Empty,
    variables: Empty,
    relevant_attributes: [(); 0],
    drift_summary: serde_json::Map<String, serde_json::Value>,
    irreversible: Vec<String>,
    unmanaged: Vec<Named<'a>>,
    gaps: Vec<Gap<'a>>,
    blocked: Vec<Obstruction<'a>>,
    suppressed: Vec<Suppression<'a>>,
    refusals: Vec<Refused<'a>>,
    /// With which extra steps a refused plan could be applied; left out if none were looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    ways_out: Option<WaysOut<'a>>,
    left_out: Vec<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    protections: &'a [ProtectionChange],
    moved: &'a [crate::config::settings::Move],
    notes: &'a [String],
    requests: usize,
    #[serde(skip_serializing_if = "ReadFrom::is_empty")]
    read_from: &'a ReadFrom,
    /// Why there is no plan.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    diagnostics: Vec<serde_json::Value>,
}

impl<'a> Document<'a> {
    fn of(plan: &'a Plan, origin: &'a Origin, sources: Option<&'a SourceMap>, hints: HintText) -> Self {
        let summary = plan.summary();
        let findings = Findings::of(plan);
        Self {
            format_version: FORMAT_VERSION,
            terraform_version: TERRAFORM_VERSION,
            nautform_version: env!("CARGO_PKG_VERSION"),
            timestamp: &origin.created,
            environment: origin.environment.as_deref(),
            errored: plan.has_errors(),
            applyable: !summary.is_empty() && plan.refusals.is_empty(),
            complete: plan.gaps.is_empty() && plan.left_out.is_empty(),
            summary,
            fingerprint: origin.fingerprint.as_ref().map(|found| found.whole.as_str()),
            resource_changes: Changes { changes: &plan.changes, sources },
            resource_drift: Each { all: &plan.drift, of: Resource::of_drift },
            planned_values: Values::planned(&plan.changes),
            prior_state: PriorState::of(&plan.changes),
            configuration: Configuration::of(&plan.changes),
            output_changes: Empty {},
            variables: Empty {},
            relevant_attributes: [],
            drift_summary: drift_summary(&findings),
            irreversible: plan
                .changes
                .iter()
                .filter(|change| change.irreversible.is_some())
                .map(|change| change.address.to_string())
                .collect(),
            unmanaged: plan.unmanaged.iter().map(|object| Named::of(&object.address)).collect(),
            gaps: plan
                .gaps
                .iter()
                .map(|gap| Gap { object: Named::of(&gap.address), why: &gap.why })
                .collect(),
            blocked: plan.blocked.iter().map(|found| Obstruction::of(found, hints)).collect(),
            suppressed: plan.suppressed.iter().map(Suppression::of).collect(),
            refusals: plan.refusals.iter().map(|refusal| Refused::of(refusal, sources, hints)).collect(),
            ways_out: plan.ways_out.as_ref().map(|found| WaysOut::of(found, hints)),
            left_out: plan.left_out.iter().map(ToString::to_string).collect(),
            protections: &plan.protections,
            moved: &plan.moved,
            notes: &plan.notes,
            requests: plan.requests,
            read_from: &plan.read_from,
            diagnostics: Vec::new(),
        }
    }
}

/// `{}`.
#[derive(Serialize)]
struct Empty {}

/// A product that refuses every write.
#[derive(Serialize)]
struct Obstruction<'a> {
    #[serde(flatten)]
    object: Named<'a>,
    causes: Vec<Cause<'a>>,
    help: String,
    ways_out: Vec<Way<'a>>,
}

/// An object that the server's checks refuse.
#[derive(Serialize)]
struct Cause<'a> {
    address: String,
    why: &'a str,
}

impl<'a> Obstruction<'a> {
    fn of(found: &'a Blocked, hints: HintText) -> Self {
        let cause = |(address, why): &'a (Address, String)| Cause { address: address.to_string(), why };
        let ways = ways::among(&found.ways_out);
        Self {
            object: Named::of(&found.address),
            causes: found.causes.iter().map(cause).collect(),
            help: ways.iter().map(ToString::to_string).collect::<Vec<_>>().join("; or "),
            ways_out: ways.into_iter().map(|way| Way::of(way, hints)).collect(),
        }
    }
}

/// The ways out of a refused plan.
#[derive(Serialize)]
struct WaysOut<'a> {
    found: Vec<Way<'a>>,
    tried: usize,
    complete: bool,
}

impl<'a> WaysOut<'a> {
    fn of(all: &'a way_out::WaysOut, hints: HintText) -> Self {
        let found = all.ways.iter().map(|way| Way::of(way, hints)).collect();
        Self { found, tried: all.tried, complete: all.is_complete }
    }
}

/// One of them: the steps, what it does in words, and lines to copy.
#[derive(Serialize)]
struct Way<'a> {
    #[serde(flatten)]
    way: &'a WayOut,
    summary: String,
    lines: Vec<String>,
}

impl<'a> Way<'a> {
    fn of(way: &'a WayOut, hints: HintText) -> Self {
        Self { way, summary: way.to_string(), lines: ways::lines(way, hints) }
    }
}

/// Findings that the settings suppress.
#[derive(Serialize)]
struct Suppression<'a> {
    #[serde(flatten)]
    object: Named<'a>,
    fields: &'a [crate::model::value::Path],
    reason: Option<&'a str>,
    until: Option<String>,
}

impl<'a> Suppression<'a> {
    fn of(rule: &'a Suppressed) -> Self {
        let Suppressed { address, fields, reason, until } = rule;
        let until = until.map(|until| until.to_string());
        Self { object: Named::of(address), fields, reason: reason.as_deref(), until }
    }
}

#[derive(Serialize)]
struct Gap<'a> {
    #[serde(flatten)]
    object: Named<'a>,
    why: &'a str,
}

#[derive(Serialize)]
struct Refused<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    message: &'a str,
    help: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Place>,
}

impl<'a> Refused<'a> {
    fn of(refusal: &'a Refusal, sources: Option<&SourceMap>, hints: HintText) -> Self {
        Self {
            kind: wording::refusal(refusal.kind),
            address: refusal.address.as_ref().map(ToString::to_string),
            message: &refusal.message,
            help: spell(&refusal.hints, hints).unwrap_or_default(),
            source: sources.and_then(|sources| sources.place(refusal.span)),
        }
    }
}
