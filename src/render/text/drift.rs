//! What `nautform drift` found: changes of the server, changes of the manifests, unmanaged and unreadable
//! objects.

use std::io::{self, Write};

use crate::plan::drift::Findings;
use crate::plan::{Change, Plan};
use crate::render::{Style, diff_view, wording};

use super::object;
use super::painter::{BOLD, DIM, ERROR, OK, Painter, WARN};

/// Writes the findings in sections: missing, drifted, incomplete, broken, pending, unmanaged, unknown, suppressed; then one
/// sentence that counts them.
///
/// # Errors
/// If `out` can't be written.
pub fn drift(plan: &Plan, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let findings = Findings::of(plan);
    let painter = &mut Painter::new(out, style);
    object::environment(painter, plan)?;
    section(painter, "deleted outside of nautform", findings.missing.len(), ERROR)?;
    findings.missing.iter().try_for_each(|item| object::drift(painter, item))?;
    section(painter, "changed outside of nautform", findings.drifted.len(), ERROR)?;
    findings.drifted.iter().try_for_each(|item| object::drift(painter, item))?;
    section(painter, "not finished by the server and to be sent again", findings.incomplete.len(), ERROR)?;
    findings.incomplete.iter().try_for_each(|change| incomplete(painter, change))?;
    object::broken(painter, findings.broken.iter().copied())?;
    section(painter, "changed in the manifests and not applied yet", findings.pending.len(), WARN)?;
    findings.pending.iter().try_for_each(|change| pending(painter, change))?;
    section(painter, "on the server and in no manifest", findings.unmanaged.len(), BOLD)?;
    for object in &findings.unmanaged {
        painter.spans(&[(BOLD, &format!("  ? {}", object.address))])?;
    }
    if !findings.unmanaged.is_empty() {
        painter.blank()?;
    }
    object::gaps(painter, &findings.unknown)?;
    object::blocked(painter, findings.blocked.iter().copied(), style.hints)?;
    for rule in &plan.suppressed {
        painter.prefixed("  . ", "    ", DIM, &format!("{}: {}", rule.address, wording::suppressed(rule)))?;
    }
    if !plan.suppressed.is_empty() {
        painter.blank()?;
    }
    painter.notes(&plan.read_from.notes(&plan.changes))?;
    end(painter, plan, &findings)
}

fn section(painter: &mut Painter<'_>, what: &str, number: usize, paint: anstyle::Style) -> io::Result<()> {
    if number == 0 {
        return Ok(());
    }
    painter.heading(paint, &format!("{} {what}:", wording::count(number, "object")))
}

fn incomplete(painter: &mut Painter<'_>, change: &Change) -> io::Result<()> {
    pending(painter, change)?;
    let reasons = change.reasons.iter().filter_map(wording::reason);
    for reason in reasons {
        painter.prose(4, DIM, &format!("({reason})"))?;
    }
    painter.blank()
}

fn pending(painter: &mut Painter<'_>, change: &Change) -> io::Result<()> {
    let text = format!("  # {} {}", change.address, wording::outcome(change));
    painter.spans(&[(BOLD, &text)])?;
    let lines = diff_view::fields(change, painter.width);
    object::body(painter, wording::symbol(change.action), &change.address, &lines)
}

fn end(painter: &mut Painter<'_>, plan: &Plan, findings: &Findings<'_>) -> io::Result<()> {
    if findings.is_clean() {
        painter.heading(OK, &wording::drift_sentence(findings))?;
        let objects = wording::count(findings.in_sync, "object");
        let requests = wording::requests(plan);
        let text = format!("nautform has compared {objects} in {requests} and found no differences.");
        return painter.prose(0, DIM, &text);
    }
    let paint = if findings.has_drift() { ERROR } else { OK };
    painter.spans(&[(paint, &wording::drift_sentence(findings))])
}
