//! What changed since a plan was saved: for each field the value planned from, the one found and the one
//! wanted.

use std::io::{self, Write};

use crate::model::value::Value;
use crate::plan::saved::Stale;

/// Writes one block for each object.
///
/// # Errors
/// If `out` can't be written.
pub fn stale(stale: &[Stale], out: &mut dyn Write) -> io::Result<()> {
    let objects = if stale.len() == 1 { "1 object has" } else { "some objects have" };
    writeln!(out, "The saved plan is stale: {objects} changed since it was made.")?;
    for object in stale {
        writeln!(out, "\n  {}", object.address)?;
        if let Some(message) = &object.message {
            writeln!(out, "    {message}")?;
        }
        for field in &object.fields {
            writeln!(out, "    {}", field.path)?;
            writeln!(out, "      planned from  {}", shown(field.planned_from.as_ref()))?;
            writeln!(out, "      found         {}", shown(field.found.as_ref()))?;
            writeln!(out, "      wanted        {}", shown(field.wanted.as_ref()))?;
        }
    }
    writeln!(out, "\nNothing was written. Make a new plan and have it approved.")
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "(nothing)".to_owned(), |value| value.to_json().to_string())
}
