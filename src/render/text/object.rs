//! One object in a list: its drift, its fields, why it could not be read.

use std::io;

use crate::model::hint::HintText;
use crate::model::way_out::WayOut;
use crate::plan::{Blocked, Broken, Drift, DriftKind, Gap, Plan};
use crate::render::diff_view::{self, Line, Sign};
use crate::render::{ways, wording};
use crate::resource::Address;

use super::painter::{BOLD, DIM, ERROR, Painter, WARN};

/// On top: the environment, of a fleet that has several.
pub(super) fn environment(painter: &mut Painter<'_>, plan: &Plan) -> io::Result<()> {
    let Some(environment) = &plan.environment else { return Ok(()) };
    painter.spans(&[(DIM, "Environment: "), (BOLD, environment)])?;
    painter.blank()
}

/// The sign, the object's title, and lines below it.
pub(super) fn body(
    painter: &mut Painter<'_>,
    sign: Sign,
    address: &Address,
    lines: &[Line],
) -> io::Result<()> {
    painter.aligned_sign(sign, 3)?;
    painter.spans(&[(BOLD, " "), (BOLD, &wording::title(address))])?;
    lines.iter().try_for_each(|line| painter.line(line))?;
    painter.blank()
}

/// How an object changed outside of nautform.
pub(super) fn drift(painter: &mut Painter<'_>, drift: &Drift) -> io::Result<()> {
    let sign = match drift.kind {
        DriftKind::Changed => Sign::Change,
        DriftKind::Missing => Sign::Remove,
    };
    painter.spans(&[(BOLD, &format!("  # {} {}", drift.address, wording::happened(drift.kind)))])?;
    let lines = diff_view::drift(drift, painter.width);
    body(painter, sign, &drift.address, &lines)
}

/// Products that refuse every write, and the ways out.
pub(super) fn blocked<'a>(
    painter: &mut Painter<'_>,
    all: impl Iterator<Item = &'a Blocked>,
    hints: HintText,
) -> io::Result<()> {
    for found in all {
        painter.prefixed("  ! ", "    ", ERROR, &format!("{}: {}", found.address, found.sentence()))?;
        ways_out(painter, 4, &ways::among(&found.ways_out), hints)?;
        painter.blank()?;
    }
    Ok(())
}

/// Numbered ways out. Lines to copy are not wrapped.
pub(super) fn ways_out(
    painter: &mut Painter<'_>,
    indent: usize,
    all: &[&WayOut],
    hints: HintText,
) -> io::Result<()> {
    for (way, number) in all.iter().zip(1..) {
        let first = format!("{:indent$}{number}. ", "");
        let rest = " ".repeat(first.len());
        painter.prefixed(&first, &rest, BOLD, &way.to_string())?;
        for line in ways::lines(way, hints) {
            painter.spans(&[(DIM, &format!("{rest}{line}"))])?;
        }
    }
    Ok(())
}

/// What is broken behind the API.
pub(super) fn broken<'a>(painter: &mut Painter<'_>, all: impl Iterator<Item = &'a Broken>) -> io::Result<()> {
    let all: Vec<&Broken> = all.collect();
    if all.is_empty() {
        return Ok(());
    }
    let objects = wording::count(all.len(), "object");
    painter.heading(ERROR, &format!("{objects} {}:", wording::BROKEN))?;
    for found in all {
        painter.prefixed("  ! ", "    ", BOLD, &format!("{}: {}", found.address, found.why))?;
    }
    painter.blank()
}

/// What could not be read.
pub(super) fn gaps(painter: &mut Painter<'_>, gaps: &[&Gap]) -> io::Result<()> {
    if gaps.is_empty() {
        return Ok(());
    }
    let objects = wording::count(gaps.len(), "object");
    let them = if gaps.len() == 1 { "it" } else { "them" };
    let text = format!("{objects} could not be read; nothing that depends on {them} will be written:");
    painter.heading(WARN, &text)?;
    for gap in gaps {
        painter.prefixed("  ? ", "    ", BOLD, &format!("{}: {}", gap.address, gap.why))?;
    }
    painter.blank()
}
