//! What is worth knowing and prevents nothing: protections, unmanaged objects, adoptions, moves, notes.

use std::io;

use crate::model::hint::Hint;
use crate::plan::Plan;
use crate::render::text::painter::{BOLD, DIM, Painter, WARN};
use crate::render::text::view::View;
use crate::render::{notes, wording};

/// What later plans may do that they could not, and the other way round.
pub(super) fn protections(painter: &mut Painter<'_>, plan: &Plan) -> io::Result<()> {
    if plan.protections.is_empty() {
        return Ok(());
    }
    painter.spans(&[(BOLD, wording::PROTECTIONS)])?;
    painter.blank()?;
    for change in &plan.protections {
        let paint = if change.permits_more { WARN } else { DIM };
        painter.prefixed("  ~ ", "    ", paint, &wording::protection(change))?;
    }
    painter.blank()
}

/// Objects that no manifest declares: how many, or which.
pub(super) fn unmanaged(painter: &mut Painter<'_>, plan: &Plan, view: &View<'_>) -> io::Result<()> {
    let number = plan.unmanaged.len();
    if number == 0 {
        return Ok(());
    }
    // Without a request for them, only what was read anyway is known.
    let least = if view.unmanaged { "" } else { "at least " };
    let objects = format!("{least}{}", wording::count(number, "object"));
    let objects = objects[..1].to_uppercase() + &objects[1..];
    let (verb, are) = if number == 1 { ("is", "is") } else { ("are", "are") };
    let hint = if view.unmanaged {
        String::new()
    } else {
        format!(" ({})", (view.style.hints)(&Hint::ShowUnmanaged))
    };
    let text = format!("{objects} on the server {verb} in no manifest and {are} left alone{hint}.");
    painter.prose(0, DIM, &text)?;
    if view.unmanaged {
        for object in &plan.unmanaged {
            painter.spans(&[(DIM, &format!("  {}", object.address))])?;
        }
    }
    painter.blank()
}

/// Notes, those of the plan among them.
pub(super) fn notes(painter: &mut Painter<'_>, plan: &Plan, view: &View<'_>) -> io::Result<()> {
    let notes = notes::of(plan, view.style.hints);
    for note in &notes {
        painter.prefixed("Note: ", "      ", DIM, note)?;
    }
    if notes.is_empty() { Ok(()) } else { painter.blank() }
}
