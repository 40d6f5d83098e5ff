//! What `nautform drift` found, told apart: the world moved, the manifests moved, nobody manages it, nobody can tell.

use std::io::{self, Write};

use crate::plan::drift::Findings;
use crate::plan::{Change, Plan};
use crate::render::{Style, diff_view, wording};

use super::painter::{ALARM, BOLD, CARE, DIM, GOOD, Screen};
use super::plan::{put_drift, put_gaps};

/// Writes the findings in sections: missing, drifted, pending, unmanaged, unknown, suppressed; then one sentence that counts them.
///
/// # Errors
/// If `out` can't be written.
pub fn drift(plan: &Plan, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let findings = Findings::of(plan);
    let screen = &mut Screen::new(out, style);
    section(screen, "deleted outside of nautform", findings.missing.len(), ALARM)?;
    findings.missing.iter().try_for_each(|item| put_drift(screen, item))?;
    section(screen, "changed outside of nautform", findings.drifted.len(), ALARM)?;
    findings.drifted.iter().try_for_each(|item| put_drift(screen, item))?;
    section(screen, "changed in the manifests and not applied yet", findings.pending.len(), CARE)?;
    findings.pending.iter().try_for_each(|change| pending(screen, change))?;
    section(screen, "on the server that no manifest knows", findings.unmanaged.len(), BOLD)?;
    for object in &findings.unmanaged {
        screen.words(&[(BOLD, &format!("  ? {}", object.address))])?;
    }
    if !findings.unmanaged.is_empty() {
        screen.blank()?;
    }
    if !findings.unknown.is_empty() {
        put_gaps(screen, &findings.unknown)?;
    }
    for rule in &plan.suppressed {
        screen.prefixed("  . ", "    ", DIM, &format!("{}: {}", rule.address, wording::suppressed(rule)))?;
    }
    if !plan.suppressed.is_empty() {
        screen.blank()?;
    }
    end(screen, &findings)
}

fn section(screen: &mut Screen<'_>, what: &str, number: usize, paint: anstyle::Style) -> io::Result<()> {
    if number == 0 {
        return Ok(());
    }
    screen.words(&[(paint, &format!("{} {what}:", wording::count(number, "object")))])?;
    screen.blank()
}

fn pending(screen: &mut Screen<'_>, change: &Change) -> io::Result<()> {
    let words = format!("  # {} {}", change.address, wording::fate(change));
    screen.words(&[(BOLD, &words)])?;
    let sign = wording::sign(change.action);
    screen.text(DIM, &" ".repeat(3 - sign.symbol().len()))?;
    screen.sign(sign)?;
    screen.words(&[(BOLD, " "), (BOLD, &wording::title(&change.address))])?;
    for line in diff_view::fields(change, screen.width) {
        screen.line(&line)?;
    }
    screen.blank()
}

fn end(screen: &mut Screen<'_>, findings: &Findings<'_>) -> io::Result<()> {
    if findings.is_clean() {
        screen.words(&[(GOOD, &wording::drift_sentence(findings))])?;
        screen.blank()?;
        let objects = wording::count(findings.in_sync, "object");
        return screen.prose(0, DIM, &format!("nautform has compared {objects} and found no differences."));
    }
    let paint = if findings.has_drift() { ALARM } else { GOOD };
    screen.words(&[(paint, &wording::drift_sentence(findings))])
}
