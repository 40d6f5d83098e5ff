//! The fold: every object with its differences, as many as there is room for.

use std::io::{self, Write};

use crate::model::diagnostic::SourceMap;
use crate::model::text::printable;
use crate::plan::{Action, Change, Drift};
use crate::render::diff_view::{self, Line, Sign};
use crate::render::wording;

use super::escape::fence;

/// The width to lay differences out for.
const WIDTH: usize = 110;
/// Room for what is around the details, in bytes.
const FRAME: usize = 400;

/// One object: everything, and one line for when there is no room.
pub(super) struct Detail {
    full: String,
    short: String,
    /// Gets its room before the others.
    first: bool,
}

impl Detail {
    /// A change.
    pub(super) fn of_change(change: &Change, sources: Option<&SourceMap>) -> Self {
        let mut full = format!("@@ {} {} @@\n", change.address, wording::outcome(change));
        if let (Some(sources), Some(span)) = (sources, change.source) {
            let place = sources.location(span);
            full.push_str(&format!("# {}:{}\n", printable(&place.path.display().to_string()), place.line));
        }
        for reason in change.reasons.iter().filter_map(wording::reason) {
            full.push_str(&format!("# ({})\n", printable(&reason)));
        }
        put(&diff_view::fields(change, WIDTH), &mut full);
        let short = format!("{} {}\n", mark(wording::symbol(change.action)), change.address);
        Self { full, short, first: matches!(change.action, Action::Delete | Action::Replace) }
    }

    /// A change outside of nautform.
    pub(super) fn of_drift(drift: &Drift) -> Self {
        let mut full = format!("@@ {} {} @@\n", drift.address, wording::happened(drift.kind));
        put(&diff_view::drift(drift, WIDTH), &mut full);
        Self { full, short: format!("! {}\n", drift.address), first: true }
    }
}

fn put(lines: &[Line], into: &mut String) {
    for line in lines {
        into.push_str(mark(line.sign));
        into.push_str(&" ".repeat(4 * line.depth - 3));
        line.parts.iter().for_each(|part| into.push_str(&part.text));
        into.push('\n');
    }
}

/// The sign in the first column, by which diffs are coloured.
const fn mark(sign: Sign) -> &'static str {
    match sign {
        Sign::Add => "+",
        Sign::Remove => "-",
        Sign::Change | Sign::Replace => "!",
        Sign::Forget | Sign::Same => " ",
    }
}

/// Writes the details that fit into `room` bytes, and how many do not.
pub(super) fn write(details: &[Detail], title: &str, room: usize, out: &mut dyn Write) -> io::Result<()> {
    if details.is_empty() {
        return Ok(());
    }
    let (body, left_out) = fit(details, room.saturating_sub(FRAME));
    let fence = fence(&body);
    let number = wording::count(details.len(), "object");
    writeln!(out, "\n<details><summary>{title} ({number})</summary>\n")?;
    writeln!(out, "{fence}diff\n{}\n{fence}\n", body.trim_end())?;
    if left_out > 0 {
        writeln!(out, "{} more did not fit in here.\n", wording::count(left_out, "object"))?;
    }
    writeln!(out, "</details>")
}

/// As many details as the room takes: full ones, then short ones. Returns how many did not fit at all.
fn fit(details: &[Detail], room: usize) -> (String, usize) {
    let mut left = room;
    let mut chosen: Vec<Option<&str>> = vec![None; details.len()];
    let order = |first| details.iter().enumerate().filter(move |(_, detail)| detail.first == first);
    // Every short line that fits comes first, so that a long change can't leave out the names of others.
    for (index, detail) in order(true).chain(order(false)) {
        if detail.short.len() < left {
            left -= detail.short.len() + 1;
            chosen[index] = Some(&detail.short);
        }
    }
    for (index, detail) in order(true).chain(order(false)) {
        let more = detail.full.len().saturating_sub(detail.short.len());
        if chosen[index].is_some() && more < left {
            left -= more;
            chosen[index] = Some(&detail.full);
        }
    }
    let body: Vec<&str> = chosen.iter().flatten().copied().collect();
    (body.join("\n"), details.len() - body.len())
}
