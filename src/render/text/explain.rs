//! Explanations of kinds and fields, laid out as `kubectl explain` lays them out.

use std::io::{self, Write};

use crate::config::describe::{Explanation, Field};
use crate::render::Style;

use super::painter::{BOLD, DIM, PLAIN, Screen};

/// Writes an explanation.
///
/// # Errors
/// If `out` can't be written.
pub fn explanation(explanation: &Explanation, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut screen = Screen::new(out, style);
    for (name, value) in explanation.head.iter().filter(|(_, value)| !value.is_empty()) {
        screen.words(&[(BOLD, &format!("{:9}", format!("{name}:"))), (PLAIN, value)])?;
    }
    if !explanation.doc.is_empty() {
        screen.blank()?;
        screen.prose(0, PLAIN, &explanation.doc)?;
    }
    if !explanation.facts.is_empty() {
        screen.blank()?;
        explanation.facts.iter().try_for_each(|fact| screen.prefixed("- ", "  ", PLAIN, fact))?;
    }
    section(&mut screen, "FIELDS (under spec):", &explanation.fields)?;
    section(&mut screen, "ANNOTATIONS (under metadata.annotations):", &explanation.annotations)
}

/// Writes the kinds there are.
///
/// # Errors
/// If `out` can't be written.
pub fn kinds(kinds: &[Field], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut screen = Screen::new(out, style);
    for kind in kinds {
        screen.words(&[(BOLD, &kind.name), (DIM, "  "), (DIM, &kind.ty)])?;
        screen.prose(4, PLAIN, &kind.doc)?;
    }
    screen.blank()?;
    screen.prose(0, DIM, "nautform explain KIND, or KIND.field, tells more.")
}

fn section(screen: &mut Screen<'_>, title: &str, fields: &[Field]) -> io::Result<()> {
    if fields.is_empty() {
        return Ok(());
    }
    screen.blank()?;
    screen.words(&[(BOLD, title)])?;
    for field in fields {
        screen.words(&[(BOLD, &format!("  {}", field.name)), (DIM, "  "), (DIM, &field.ty)])?;
        screen.prose(6, PLAIN, &field.doc)?;
    }
    Ok(())
}
