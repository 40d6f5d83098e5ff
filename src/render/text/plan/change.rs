//! One change of a plan: with its reasons and fields, or on one line.

use std::io;

use crate::plan::{Action, Change, Reason};
use crate::render::text::object;
use crate::render::text::painter::{BOLD, DIM, ERROR, Painter};
use crate::render::text::view::View;
use crate::render::{diff_view, wording};

/// Everything about it.
pub(super) fn full(painter: &mut Painter<'_>, change: &Change, view: &View<'_>) -> io::Result<()> {
    headline(painter, change, view)?;
    remarks(painter, change)?;
    let lines = diff_view::fields(change, painter.width);
    object::body(painter, wording::symbol(change.action), &change.address, &lines)
}

fn headline(painter: &mut Painter<'_>, change: &Change, view: &View<'_>) -> io::Result<()> {
    let place = match (view.sources, change.source) {
        (Some(sources), Some(span)) => {
            let location = sources.location(span);
            format!("  ({}:{})", location.path.display(), location.line)
        }
        _ => String::new(),
    };
    painter.spans(&[
        (BOLD, &format!("  # {}", change.address)),
        (paint(change), " "),
        (paint(change), wording::outcome(change)),
        (DIM, &place),
    ])
}

/// Why it happens, what it permanently destroys, what is destroyed with it.
fn remarks(painter: &mut Painter<'_>, change: &Change) -> io::Result<()> {
    let is_lost = change.irreversible.is_some();
    for reason in change.reasons.iter().filter_map(wording::reason) {
        painter.prefixed("  # ", "  # ", if is_lost { ERROR } else { DIM }, &format!("({reason})"))?;
    }
    if let Some(loss) = wording::destroyed(change) {
        painter.prefixed("  # ", "  # ", ERROR, &loss)?;
    }
    if let Some(words) = contents(change) {
        painter.prefixed("  # ", "  #   ", if is_lost { ERROR } else { BOLD }, &words)?;
    }
    Ok(())
}

/// One line, and what it destroys.
pub(super) fn short(painter: &mut Painter<'_>, change: &Change) -> io::Result<()> {
    painter.aligned_sign(wording::symbol(change.action), 5)?;
    let fields: Vec<String> = match change.action {
        Action::Update | Action::Replace => {
            change.attributes.iter().map(|field| field.path.to_string()).collect()
        }
        _ => Vec::new(),
    };
    let fields = if fields.is_empty() { String::new() } else { format!("  ({})", fields.join(", ")) };
    let address = change.address.to_string();
    painter.spans(&[(paint(change), " "), (paint(change), &address), (DIM, &fields)])?;
    let not_managed = |reason: &&Reason| matches!(reason, Reason::TakenOver | Reason::NotManaged);
    for reason in change.reasons.iter().filter(not_managed).filter_map(wording::reason) {
        painter.prose(8, BOLD, &format!("({reason})"))?;
    }
    if let Some(loss) = wording::destroyed(change) {
        painter.prose(8, ERROR, &loss)?;
    }
    if let Some(words) = contents(change) {
        painter.prose(8, ERROR, &words)?;
    }
    Ok(())
}

fn paint(change: &Change) -> anstyle::Style {
    if change.action == Action::Delete { ERROR } else { BOLD }
}

fn contents(change: &Change) -> Option<String> {
    let names: Vec<String> = change.takes_along.iter().map(ToString::to_string).collect();
    (!names.is_empty()).then(|| format!("Destroyed with it ({}): {}", names.len(), names.join(", ")))
}
