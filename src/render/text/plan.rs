//! A plan, as Terraform's users know it: drift that matters, the legend, changes, deletes last, then what
//! prevents an apply.

mod change;
mod overview;
mod remarks;

use std::io::{self, Write};

use crate::model::hint::spell;
use crate::plan::{Drift, Plan, Refusal};
use crate::render::section::{Sections, relevant_drift};
use crate::render::{notes, ways, wording};

use super::object;
use super::painter::{BOLD, DIM, ERROR, OK, Painter, WARN};
use super::view::View;

/// Writes a plan. The last line is Terraform's summary sentence.
///
/// # Errors
/// If `out` can't be written.
pub fn plan(plan: &Plan, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let painter = &mut Painter::new(out, view.style);
    object::environment(painter, plan)?;
    drift(painter, plan, view)?;
    let sections = Sections::of(plan);
    if sections.all().next().is_some() {
        overview::legend(painter, plan)?;
        overview::tables(painter, plan, view.destroy)?;
        changes(painter, &sections, view)?;
    }
    object::gaps(painter, &plan.gaps.iter().collect::<Vec<_>>())?;
    object::broken(painter, plan.broken())?;
    remarks::protections(painter, plan)?;
    object::blocked(painter, wording::blocked(plan), view.style.hints)?;
    remarks::unmanaged(painter, plan, view)?;
    painter.notes(&notes::of(plan, view.style.hints))?;
    refusals(painter, plan, view)?;
    ways_out(painter, plan, view)?;
    summary(painter, plan, view)
}

fn drift(painter: &mut Painter<'_>, plan: &Plan, view: &View<'_>) -> io::Result<()> {
    let drift: Vec<&Drift> = if view.drift { plan.drift.iter().collect() } else { relevant_drift(plan) };
    if drift.is_empty() {
        return Ok(());
    }
    painter.spans(&[(WARN, "Note: "), (BOLD, "Objects have changed outside of nautform")])?;
    painter.blank()?;
    let text = if view.drift {
        "These changes were made on the server since the last apply:"
    } else {
        "These changes were made on the server since the last apply, and the plan below reverts or keeps \
         them:"
    };
    painter.prose(0, DIM, text)?;
    painter.blank()?;
    drift.into_iter().try_for_each(|item| object::drift(painter, item))
}

/// The changes, what is destroyed at the end.
fn changes(painter: &mut Painter<'_>, sections: &Sections<'_>, view: &View<'_>) -> io::Result<()> {
    let objects = |number| wording::count(number, "object");
    let destroyed = format!("{} will be DESTROYED:", objects(sections.deletes.len()));
    let lost = format!("!!! {} will be PERMANENTLY DESTROYED:", objects(sections.irreversible.len()));
    let all = [
        (BOLD, "nautform will perform the following actions:", &sections.ordinary),
        (ERROR, destroyed.as_str(), &sections.deletes),
        (ERROR, lost.as_str(), &sections.irreversible),
    ];
    for (paint, title, changes) in all.into_iter().filter(|(.., changes)| !changes.is_empty()) {
        painter.heading(paint, title)?;
        for change in changes {
            if view.compact { change::short(painter, change) } else { change::full(painter, change, view) }?;
        }
        // Full changes end with an empty line of their own.
        if view.compact {
            painter.blank()?;
        }
    }
    Ok(())
}

fn refusals(painter: &mut Painter<'_>, plan: &Plan, view: &View<'_>) -> io::Result<()> {
    if plan.refusals.is_empty() {
        return Ok(());
    }
    painter.heading(ERROR, "This plan can't be applied as it is:")?;
    let mut refusals: Vec<&Refusal> = plan.refusals.iter().collect();
    refusals.sort_by_key(|refusal| (refusal.kind, refusal.address.clone()));
    for refusal in refusals {
        let about = refusal.address.as_ref().map(|address| format!("{address}: ")).unwrap_or_default();
        let text = format!("{about}{} [{}]", refusal.message, wording::refusal(refusal.kind));
        painter.prefixed("  ! ", "    ", BOLD, &text)?;
        if let (Some(sources), Some(span)) = (view.sources, refusal.span) {
            painter.spans(&[(DIM, &format!("    --> {}", sources.location(span)))])?;
        }
        if let Some(help) = spell(&refusal.hints, view.style.hints) {
            painter.prefixed("    help: ", "          ", DIM, &help)?;
        }
    }
    painter.blank()
}

fn ways_out(painter: &mut Painter<'_>, plan: &Plan, view: &View<'_>) -> io::Result<()> {
    let Some(found) = &plan.ways_out else { return Ok(()) };
    if !found.ways.is_empty() {
        painter.heading(BOLD, &format!("{}:", ways::TITLE))?;
        object::ways_out(painter, 2, &found.ways.iter().collect::<Vec<_>>(), view.style.hints)?;
        painter.blank()?;
    }
    if let Some(remark) = ways::remark(found) {
        painter.prose(0, DIM, &remark)?;
        painter.blank()?;
    }
    Ok(())
}

fn summary(painter: &mut Painter<'_>, plan: &Plan, view: &View<'_>) -> io::Result<()> {
    let summary = plan.summary();
    if !summary.is_empty() {
        return painter.spans(&[(BOLD, &wording::plan_sentence(&summary))]);
    }
    let (sentence, base) = wording::nothing_to_do(plan, view.destroy);
    painter.heading(if plan.gaps.is_empty() { OK } else { WARN }, sentence)?;
    painter.prose(0, DIM, &base)
}
