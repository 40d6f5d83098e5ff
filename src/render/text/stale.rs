//! What others changed since a plan was made: for each field the value planned from, the one found and the
//! one wanted.

use std::io::{self, Write};

use crate::model::value::Value;
use crate::plan::Stale;

/// Writes what is wrong with a saved plan, one block for each object.
///
/// # Errors
/// If `out` can't be written.
pub fn stale(stale: &[Stale], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "The saved plan is stale: {} changed since it was made.", objects(stale))?;
    stale.iter().try_for_each(|object| block(object, out))?;
    writeln!(out, "\nNothing was written. Make a new plan and have it approved.")
}

/// Writes what others changed while a plan waited for its approval.
///
/// # Errors
/// If `out` can't be written.
pub fn changed_meanwhile(stale: &[Stale], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nThe plan was made anew: {} changed since it was shown.", objects(stale))?;
    stale.iter().try_for_each(|object| block(object, out))?;
    writeln!(out)
}

const fn objects(stale: &[Stale]) -> &'static str {
    if stale.len() == 1 { "1 object has" } else { "some objects have" }
}

fn block(object: &Stale, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n  {}", object.address)?;
    lines(object).iter().try_for_each(|line| writeln!(out, "    {line}"))
}

/// What is wrong with one object.
pub(super) fn lines(object: &Stale) -> Vec<String> {
    let mut lines: Vec<String> = object.message.iter().cloned().collect();
    for field in &object.fields {
        lines.push(field.path.to_string());
        lines.push(format!("  planned from  {}", shown(field.planned_from.as_ref())));
        lines.push(format!("  found         {}", shown(field.found.as_ref())));
        lines.push(format!("  wanted        {}", shown(field.wanted.as_ref())));
    }
    lines
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "(nothing)".to_owned(), |value| value.to_json().to_string())
}
