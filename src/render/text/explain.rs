//! Explanations of kinds and fields, laid out as `kubectl explain` lays them out, and of codes.

use std::io::{self, Write};

use crate::config::codes::{Entry, Example, Level};
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

/// Writes settings of `nautform.yaml`.
///
/// # Errors
/// If `out` can't be written.
pub fn settings(fields: &[Field], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut painter = Painter::new(out, style);
    painter.spans(&[(BOLD, "FILE:    "), (PLAIN, "nautform.yaml, in the root of the fleet")])?;
    section(&mut painter, "SETTINGS:", fields)
}

/// Writes all codes, a line each.
///
/// # Errors
/// If `out` can't be written.
pub fn codes(
    entries: impl Iterator<Item = &'static Entry>,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut painter = Painter::new(out, style);
    for Entry { code, level, title, .. } in entries {
        painter.spans(&[(BOLD, code), (DIM, "  "), (DIM, word(*level))])?;
        painter.prose(4, PLAIN, title)?;
    }
    Ok(())
}

/// Writes what is known of a code.
///
/// # Errors
/// If `out` can't be written.
pub fn code(entry: &Entry, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut painter = Painter::new(out, style);
    painter.spans(&[(BOLD, "CODE:    "), (PLAIN, entry.code)])?;
    painter.spans(&[(BOLD, "LEVEL:   "), (PLAIN, word(entry.level))])?;
    painter.blank()?;
    painter.prose(0, PLAIN, entry.title)?;
    painter.blank()?;
    painter.prose(0, PLAIN, entry.reason)?;
    let place = match entry.example {
        Example::Settings(..) => " (nautform.yaml)",
        Example::Manifests(_) | Example::Steps(..) => "",
    };
    for (title, text) in [("BEFORE", entry.example.before()), ("AFTER", entry.example.after())] {
        painter.blank()?;
        painter.spans(&[(BOLD, &format!("{title}{place}:"))])?;
        text.lines().try_for_each(|line| painter.spans(&[(PLAIN, &format!("    {line}"))]))?;
    }
    if entry.level == Level::Warning {
        let code = entry.code;
        painter.blank()?;
        painter.prose(
            0,
            PLAIN,
            &format!(
                "To allow it, write lint: {{{code}: allow}} into nautform.yaml, or the comment # nautform: allow \
                 {code} into a manifest. With lint: {{{code}: error}} it is an error."
            ),
        )?;
    }
    Ok(())
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Refusal => "refusal",
    }
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
