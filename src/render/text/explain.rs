//! Explanations of kinds and fields, laid out as `kubectl explain` lays them out.

use std::io::{self, Write};

use crate::config::describe::{Explanation, Field};
use crate::model::hint::Hint;
use crate::render::Style;

use super::painter::{BOLD, DIM, PLAIN, Painter};

/// Writes an explanation.
///
/// # Errors
/// If `out` can't be written.
pub fn explanation(explanation: &Explanation, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut painter = Painter::new(out, style);
    for (name, value) in explanation.head.iter().filter(|(_, value)| !value.is_empty()) {
        painter.spans(&[(BOLD, &format!("{:9}", format!("{name}:"))), (PLAIN, value)])?;
    }
    if !explanation.doc.is_empty() {
        painter.blank()?;
        painter.prose(0, PLAIN, &explanation.doc)?;
    }
    if !explanation.facts.is_empty() {
        painter.blank()?;
        explanation.facts.iter().try_for_each(|fact| painter.prefixed("- ", "  ", PLAIN, fact))?;
    }
    section(&mut painter, "FIELDS (under spec):", &explanation.fields)?;
    section(&mut painter, "ANNOTATIONS (under metadata.annotations):", &explanation.annotations)
}

/// Writes the kinds there are.
///
/// # Errors
/// If `out` can't be written.
pub fn kinds(kinds: &[Field], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut painter = Painter::new(out, style);
    for kind in kinds {
        painter.spans(&[(BOLD, &kind.name), (DIM, "  "), (DIM, &kind.ty)])?;
        painter.prose(4, PLAIN, &kind.doc)?;
    }
    painter.blank()?;
    painter.prose(0, DIM, &format!("{}.", (style.hints)(&Hint::Explain)))
}

fn section(painter: &mut Painter<'_>, title: &str, fields: &[Field]) -> io::Result<()> {
    if fields.is_empty() {
        return Ok(());
    }
    painter.blank()?;
    painter.spans(&[(BOLD, title)])?;
    for field in fields {
        painter.spans(&[(BOLD, &format!("  {}", field.name)), (DIM, "  "), (DIM, &field.ty)])?;
        painter.prose(6, PLAIN, &field.doc)?;
    }
    Ok(())
}
