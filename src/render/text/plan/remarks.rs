//! What is worth knowing and prevents nothing: protections, unmanaged objects.

use std::io;

use crate::model::hint::Hint;
use crate::plan::Plan;
use crate::render::text::painter::{BOLD, DIM, Painter, WARN};
use crate::render::text::view::View;
use crate::render::wording;

/// What later plans may do that they could not, and the other way round.
pub(super) fn protections(painter: &mut Painter<'_>, plan: &Plan) -> io::Result<()> {
    if plan.protections.is_empty() {
        return Ok(());
    }
    painter.heading(BOLD, wording::PROTECTIONS)?;
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
    let are = wording::are(number);
    let about = format!("{objects} on the server {are} in no manifest and {are} left alone");
    if view.unmanaged {
        painter.prose(0, DIM, &format!("{about}."))?;
        for object in &plan.unmanaged {
            painter.spans(&[(DIM, &format!("  {}", object.address))])?;
        }
    } else {
        painter.prose(0, DIM, &format!("{about} ({}).", (view.style.hints)(&Hint::ShowUnmanaged)))?;
    }
    painter.blank()
}
