//! The end of an apply: root causes first, what they held up, what is unknown; then Terraform's sentence.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::apply::Outcomes;
use crate::apply::event::End;
use crate::plan::OperationKey;
use crate::render::{Style, wording};

use super::painter::{ALARM, BOLD, CARE, DIM, GOOD, Screen};
use super::table;

/// Writes how an apply (or, with `destroy`, a destroy) ended. The last line says what was written.
///
/// # Errors
/// If `out` can't be written.
pub fn outcomes(outcomes: &Outcomes, destroy: bool, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let screen = &mut Screen::new(out, style);
    warnings(screen, outcomes)?;
    failed(screen, outcomes)?;
    unknown(screen, outcomes)?;
    not_started(screen, outcomes)?;
    if let Some(error) = &outcomes.state_error {
        screen.words(&[(ALARM, "The state could not be saved:")])?;
        screen.prose(2, BOLD, error)?;
        screen.blank()?;
    }
    if !outcomes.is_complete() {
        tally(screen, outcomes)?;
    }
    sentence(screen, outcomes, destroy)
}

fn warnings(screen: &mut Screen<'_>, outcomes: &Outcomes) -> io::Result<()> {
    let mut any = false;
    for (operation, end) in &outcomes.ends {
        let End::Done { warning: Some(warning) } = end else { continue };
        any = true;
        screen.prefixed("Warning: ", "         ", CARE, &format!("{}: {warning}", operation.address))?;
    }
    if any { screen.blank() } else { Ok(()) }
}

fn failed(screen: &mut Screen<'_>, outcomes: &Outcomes) -> io::Result<()> {
    let skipped = skipped(outcomes);
    for (operation, end) in &outcomes.ends {
        let End::Failed { error } = end else { continue };
        screen.words(&[(ALARM, "Error: "), (BOLD, &failure(operation))])?;
        screen.prose(2, anstyle::Style::new(), error)?;
        held_up(screen, skipped.get(operation).map_or(&[], Vec::as_slice))?;
        screen.blank()?;
    }
    Ok(())
}

fn unknown(screen: &mut Screen<'_>, outcomes: &Outcomes) -> io::Result<()> {
    let skipped = skipped(outcomes);
    for (operation, end) in &outcomes.ends {
        let End::Unknown { error } = end else { continue };
        let words =
            format!("{} may or may not have been {}", operation.address, wording::past(operation.verb));
        screen.words(&[(CARE, "Unknown: "), (BOLD, &words)])?;
        screen.prose(2, anstyle::Style::new(), error)?;
        screen.prose(2, DIM, "The next run finds out and goes on from there.")?;
        held_up(screen, skipped.get(operation).map_or(&[], Vec::as_slice))?;
        screen.blank()?;
    }
    Ok(())
}

/// What was skipped, by what failed before it.
fn skipped(outcomes: &Outcomes) -> BTreeMap<&OperationKey, Vec<&OperationKey>> {
    let mut skipped: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (operation, end) in &outcomes.ends {
        if let End::Skipped { because } = end {
            skipped.entry(because).or_default().push(operation);
        }
    }
    skipped
}

fn held_up(screen: &mut Screen<'_>, skipped: &[&OperationKey]) -> io::Result<()> {
    if skipped.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = skipped.iter().map(|operation| operation.address.to_string()).collect();
    let words = format!("Skipped because of this ({}): {}", names.len(), names.join(", "));
    screen.prefixed("  ", "    ", DIM, &words)
}

fn not_started(screen: &mut Screen<'_>, outcomes: &Outcomes) -> io::Result<()> {
    let idle = outcomes.ends.iter().filter(|(_, end)| **end == End::NotStarted);
    let names: Vec<String> = idle.map(|(operation, _)| operation.address.to_string()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let words = format!("Not started ({}): {}", names.len(), names.join(", "));
    screen.prefixed("", "  ", DIM, &words)?;
    if let Some(why) = &outcomes.halted {
        screen.prose(2, DIM, &format!("Nothing new was started any more: {why}."))?;
    }
    screen.blank()
}

/// done / failed / skipped / unknown, by what was to be done.
fn tally(screen: &mut Screen<'_>, outcomes: &Outcomes) -> io::Result<()> {
    let mut counts = [[0_usize; 5]; 3];
    for (operation, end) in &outcomes.ends {
        let column = match end {
            End::Done { .. } => 0,
            End::Failed { .. } => 1,
            End::Skipped { .. } => 2,
            End::NotStarted => 3,
            End::Unknown { .. } => 4,
        };
        counts[operation.verb as usize][column] += 1;
    }
    let rows: Vec<Vec<String>> = ["create", "update", "destroy"]
        .iter()
        .zip(counts)
        .filter(|(_, row)| row.iter().any(|count| *count > 0))
        .map(|(name, row)| {
            std::iter::once((*name).to_owned()).chain(row.map(|count| count.to_string())).collect()
        })
        .collect();
    for line in table::render(&["", "done", "failed", "skipped", "not started", "unknown"], &rows, true) {
        screen.words(&[(DIM, "  "), (DIM, &line)])?;
    }
    screen.blank()
}

fn sentence(screen: &mut Screen<'_>, outcomes: &Outcomes, destroy: bool) -> io::Result<()> {
    let paint = if outcomes.is_complete() {
        GOOD
    } else if outcomes.interrupted {
        CARE
    } else {
        ALARM
    };
    screen.words(&[(paint, &wording::end_sentence(outcomes, destroy))])
}

fn failure(operation: &OperationKey) -> String {
    format!("{}: {} failed", operation.address, wording::noun(operation.verb))
}
