//! The end of an apply: failures and what they blocked, what is unknown; then Terraform's sentence.

use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::CellAlignment;

use crate::apply::Outcomes;
use crate::apply::event::End;
use crate::model::hint::HintText;
use crate::plan::OperationKey;
use crate::render::{Style, wording};

use super::painter::{BOLD, DIM, ERROR, OK, PLAIN, Painter, WARN};
use super::{stale, table};

/// Writes how an apply (or, with `destroy`, a destroy) ended. The last line says what was written.
///
/// # Errors
/// If `out` can't be written.
pub fn outcomes(outcomes: &Outcomes, destroy: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let painter = &mut Painter::new(out, style);
    warnings(painter, outcomes)?;
    deleting(painter, outcomes)?;
    let skipped = skipped(outcomes);
    failed(painter, outcomes, &skipped, style.hints)?;
    changed(painter, outcomes, &skipped)?;
    incomplete(painter, outcomes, &skipped)?;
    unknown(painter, outcomes, &skipped)?;
    not_started(painter, outcomes)?;
    if outcomes.short_waits > 0 {
        let times = outcomes.short_waits;
        let tries = if times == 1 { "1 try".to_owned() } else { format!("{times} tries") };
        painter.prose(0, DIM, &format!("{tries} failed and had another one within two seconds."))?;
        painter.blank()?;
    }
    if let Some(error) = &outcomes.state_error {
        painter.spans(&[(ERROR, "The state could not be saved:")])?;
        painter.prose(2, BOLD, error)?;
        painter.blank()?;
    }
    if !outcomes.is_complete() {
        tally(painter, outcomes)?;
    }
    sentence(painter, outcomes, destroy)
}

fn warnings(painter: &mut Painter<'_>, outcomes: &Outcomes) -> io::Result<()> {
    let mut any = false;
    for (operation, end) in &outcomes.ends {
        let End::Done { warning: Some(warning) } = end else { continue };
        any = true;
        painter.prefixed("Warning: ", "         ", WARN, &format!("{}: {warning}", operation.address))?;
    }
    if any { painter.blank() } else { Ok(()) }
}

fn failed(
    painter: &mut Painter<'_>,
    outcomes: &Outcomes,
    skipped: &Skipped<'_>,
    hints: HintText,
) -> io::Result<()> {
    for (operation, end) in &outcomes.ends {
        let End::Failed { error } = end else { continue };
        let text = format!("{}: {} failed", operation.address, wording::noun(operation.verb));
        painter.spans(&[(ERROR, "Error: "), (BOLD, &text)])?;
        painter.prose(2, PLAIN, error)?;
        if let Some(hint) = outcomes.hints.get(operation) {
            painter.prose(2, DIM, &format!("{}.", hints(hint)))?;
        }
        blocked(painter, skipped.get(operation))?;
    }
    Ok(())
}

/// What others changed, so that it was not written.
fn changed(painter: &mut Painter<'_>, outcomes: &Outcomes, skipped: &Skipped<'_>) -> io::Result<()> {
    for (operation, end) in &outcomes.ends {
        let End::Changed { stale } = end else { continue };
        let text = format!("{}: {}", operation.address, wording::not_sent(operation.verb));
        painter.spans(&[(ERROR, "Changed since it was planned: "), (BOLD, &text)])?;
        for line in stale::lines(stale) {
            painter.spans(&[(PLAIN, &format!("  {line}"))])?;
        }
        painter.prose(2, DIM, "Make a new plan to see what an apply would do now.")?;
        blocked(painter, skipped.get(operation))?;
    }
    Ok(())
}

/// What was accepted and will be gone later.
fn deleting(painter: &mut Painter<'_>, outcomes: &Outcomes) -> io::Result<()> {
    for (operation, end) in &outcomes.ends {
        let End::Deleting { message, is_accepted, .. } = end else { continue };
        painter.spans(&[(WARN, "Deletion pending: "), (BOLD, &operation.address.to_string())])?;
        painter.prose(2, PLAIN, &format!("{message}."))?;
        if *is_accepted {
            painter.prose(2, DIM, "Until it is gone, nothing is written into it.")?;
        }
        painter.blank()?;
    }
    Ok(())
}

/// What the server has not answered with success: keys, secrets or grants may be missing.
fn incomplete(painter: &mut Painter<'_>, outcomes: &Outcomes, skipped: &Skipped<'_>) -> io::Result<()> {
    for (operation, end) in &outcomes.ends {
        let End::Incomplete { error } = end else { continue };
        let text = format!("{}: {} is incomplete", operation.address, wording::noun(operation.verb));
        painter.spans(&[(ERROR, "Incomplete: "), (BOLD, &text)])?;
        painter.prose(2, PLAIN, error)?;
        painter.prose(2, DIM, "It is remembered: the next apply sends it again.")?;
        blocked(painter, skipped.get(operation))?;
    }
    Ok(())
}

fn unknown(painter: &mut Painter<'_>, outcomes: &Outcomes, skipped: &Skipped<'_>) -> io::Result<()> {
    for (operation, end) in &outcomes.ends {
        let End::Unknown { error } = end else { continue };
        let text =
            format!("{} may or may not have been {}", operation.address, wording::past_tense(operation.verb));
        painter.spans(&[(WARN, "Unknown: "), (BOLD, &text)])?;
        painter.prose(2, PLAIN, error)?;
        painter.prose(2, DIM, "The next run reads it and continues from there.")?;
        blocked(painter, skipped.get(operation))?;
    }
    Ok(())
}

/// What was skipped, by what failed before it.
type Skipped<'a> = BTreeMap<&'a OperationKey, Vec<&'a OperationKey>>;

fn skipped(outcomes: &Outcomes) -> Skipped<'_> {
    let mut skipped = Skipped::new();
    for (operation, end) in &outcomes.ends {
        if let End::Skipped { because } = end {
            skipped.entry(because).or_default().push(operation);
        }
    }
    skipped
}

/// The end of what is said of an operation.
fn blocked(painter: &mut Painter<'_>, skipped: Option<&Vec<&OperationKey>>) -> io::Result<()> {
    if let Some(skipped) = skipped {
        let names = objects(skipped.iter().copied());
        let text = format!("Skipped because of this ({}): {}", names.len(), names.join(", "));
        painter.prefixed("  ", "    ", DIM, &text)?;
    }
    painter.blank()
}

/// The objects of some operations; a replacement has two and is one object.
fn objects<'a>(operations: impl Iterator<Item = &'a OperationKey>) -> Vec<String> {
    let mut names: Vec<String> = operations.map(|operation| operation.address.to_string()).collect();
    names.dedup();
    names
}

fn not_started(painter: &mut Painter<'_>, outcomes: &Outcomes) -> io::Result<()> {
    let idle = outcomes.ends.iter().filter(|(_, end)| **end == End::NotStarted);
    let names = objects(idle.map(|(operation, _)| operation));
    if names.is_empty() {
        return Ok(());
    }
    let text = format!("Not started ({}): {}", names.len(), names.join(", "));
    painter.prefixed("", "  ", DIM, &text)?;
    if let Some(why) = &outcomes.halted {
        painter.prose(2, DIM, &format!("No new operations were started: {why}."))?;
    }
    painter.blank()
}

/// done / failed / skipped / unknown, by what was to be done.
fn tally(painter: &mut Painter<'_>, outcomes: &Outcomes) -> io::Result<()> {
    let mut counts = [[0_usize; 7]; 3];
    for (operation, end) in &outcomes.ends {
        let column = match end {
            End::Done { .. } | End::Deleting { .. } => 0,
            End::Failed { .. } => 1,
            End::Skipped { .. } => 2,
            End::NotStarted => 3,
            End::Unknown { .. } => 4,
            End::Incomplete { .. } => 5,
            End::Changed { .. } => 6,
        };
        counts[operation.verb as usize][column] += 1;
    }
    // Most runs have none of the last two: their table stays narrow.
    let is_shown = |column: &usize| *column < 5 || counts.iter().any(|row| row[*column] > 0);
    let columns: Vec<usize> = (0..7).filter(is_shown).collect();
    let rows: Vec<Vec<String>> = ["create", "update", "destroy"]
        .iter()
        .zip(counts)
        .filter(|(_, row)| row.iter().any(|count| *count > 0))
        .map(|(name, row)| {
            let numbers = columns.iter().map(|column| row[*column].to_string());
            std::iter::once((*name).to_owned()).chain(numbers).collect()
        })
        .collect();
    let names = ["done", "failed", "skipped", "not started", "unknown", "incomplete", "changed"];
    let head: Vec<&str> = std::iter::once("").chain(columns.iter().map(|column| names[*column])).collect();
    for line in table::aligned(&head, &rows, CellAlignment::Right) {
        painter.spans(&[(DIM, "  "), (DIM, &line)])?;
    }
    painter.blank()
}

fn sentence(painter: &mut Painter<'_>, outcomes: &Outcomes, destroy: bool) -> io::Result<()> {
    let paint = if outcomes.is_complete() {
        OK
    } else if outcomes.interrupted {
        WARN
    } else {
        ERROR
    };
    painter.spans(&[(paint, &wording::end_sentence(outcomes, destroy))])
}
