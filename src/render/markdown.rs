//! A plan or a drift check as a note on a merge request or an issue: what matters outside the fold, the details inside.
//!
//! A hidden marker lets the next run find the note and replace it. Invariants: the note is cut to its limit without ever leaving
//! out an object that is destroyed, and foreign text stands in code only, so that it can neither mention people nor make markup.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::model::text::printable;
use crate::plan::drift::Findings;
use crate::plan::{Action, Change, Drift, Gap, Plan};
use crate::resource::Address;

use super::diff_view::{self, Line, Sign};
use super::section::Sections;
use super::wording;

/// The width to lay details out for.
const WIDTH: usize = 110;
/// Room for the words around the details.
const FRAME: usize = 400;

/// How a note is written.
#[derive(Clone, Copy, Debug)]
pub struct Note<'a> {
    /// Tells notes of several directories apart; part of the hidden marker.
    pub label: &'a str,
    /// Where the whole log is.
    pub link: Option<&'a str>,
    /// How many bytes the note may have. GitLab takes 1,000,000, GitHub 65,536.
    pub limit: usize,
}

impl Default for Note<'_> {
    fn default() -> Self {
        Self { label: "default", link: None, limit: 1_000_000 }
    }
}

impl Note<'_> {
    /// What the note begins with, to find it again: `<!-- nautform:plan:LABEL -->`.
    pub fn marker(&self, of: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_') { c } else { '_' };
        format!("<!-- nautform:{of}:{} -->", self.label.chars().map(plain).collect::<String>())
    }
}

/// Writes a plan.
///
/// # Errors
/// If `out` can't be written.
pub fn plan(plan: &Plan, note: &Note<'_>, out: &mut dyn Write) -> io::Result<()> {
    let sections = Sections::of(plan);
    let mut top = format!("{}\n### nautform plan: {}\n\n", note.marker("plan"), code(note.label));
    let summary = plan.summary();
    if summary.is_empty() {
        let (sentence, base) = wording::nothing_to_do(plan, false);
        top.push_str(&format!("**{sentence}** {base}\n"));
    } else {
        top.push_str(&format!("**{}**\n", wording::plan_sentence(&summary)));
    }
    losses(&sections, note.limit, &mut top);
    refusals(plan, &mut top);
    gaps(plan.gaps.iter(), &mut top);
    let details: Vec<Detail> = sections.all().map(Detail::of_change).collect();
    finish(&top, "Show the changes", &details, note, out)
}

/// Writes what a drift check found.
///
/// # Errors
/// If `out` can't be written.
pub fn drift(plan: &Plan, note: &Note<'_>, out: &mut dyn Write) -> io::Result<()> {
    let findings = Findings::of(plan);
    let mut top = format!("{}\n### nautform drift: {}\n\n", note.marker("drift"), code(note.label));
    top.push_str(&format!("**{}**\n", wording::drift_sentence(&findings)));
    let named = |title: &str, addresses: Vec<&Address>| list(title, &addresses);
    top.push_str(&named(
        "Deleted outside of nautform",
        findings.missing.iter().map(|d| &d.address).collect(),
    ));
    top.push_str(&named(
        "Changed outside of nautform",
        findings.drifted.iter().map(|d| &d.address).collect(),
    ));
    gaps(findings.unknown.iter().copied(), &mut top);
    if !plan.suppressed.is_empty() {
        top.push_str("\n**Suppressed:**\n\n");
    }
    for rule in &plan.suppressed {
        let words = format!("{}: {}", rule.address, wording::suppressed(rule));
        top.push_str(&format!("- {}\n", code(&words)));
    }
    let moved = findings.missing.iter().chain(&findings.drifted).map(|drift| Detail::of_drift(drift));
    let pending = findings.pending.iter().map(|change| Detail::of_change(change));
    let details: Vec<Detail> = moved.chain(pending).collect();
    finish(&top, "Show the differences", &details, note, out)
}

/// What is destroyed: all of it, outside the fold, however long that gets; in fewer words where it would fill the note.
fn losses(sections: &Sections<'_>, limit: usize, top: &mut String) {
    let replaced = |change: &&&Change| change.action == Action::Replace;
    let going = sections.deletes.iter().chain(sections.ordinary.iter().filter(replaced));
    let groups: [(&str, &str, Vec<&Change>); 2] = [
        (":rotating_light:", "DESTROYED FOR GOOD", sections.irreversible.clone()),
        (":warning:", "destroyed or replaced", going.copied().collect()),
    ];
    let told = |tell: fn(&[&Change], &mut String)| {
        let mut text = String::new();
        for (sign, fate, changes) in groups.iter().filter(|(_, _, changes)| !changes.is_empty()) {
            let number = wording::count(changes.len(), "object");
            text.push_str(&format!("\n{sign} **{number} will be {fate}:**\n\n"));
            tell(changes, &mut text);
        }
        text
    };
    let one_by_one = told(|changes, text| changes.iter().for_each(|change| loss(change, text)));
    if one_by_one.len() <= limit / 2 { top.push_str(&one_by_one) } else { top.push_str(&told(names)) }
}

fn loss(change: &Change, top: &mut String) {
    let again = if change.action == Action::Replace { " (replaced)" } else { "" };
    let what = change.irreversible.map(|what| format!(": {what}")).unwrap_or_default();
    top.push_str(&format!("- {}{again}{what}\n", code(&change.address.to_string())));
    for gone in &change.takes_along {
        top.push_str(&format!("  - and with it {}\n", code(&gone.to_string())));
    }
}

/// Every object that goes by its name alone, a line for each kind of each product.
fn names(changes: &[&Change], text: &mut String) {
    let mut groups: BTreeMap<(&str, Option<&str>), Vec<&str>> = BTreeMap::new();
    for address in
        changes.iter().flat_map(|change| std::iter::once(&change.address).chain(&change.takes_along))
    {
        groups.entry((address.kind().name, address.product())).or_default().push(address.name());
    }
    for ((kind, product), names) in groups {
        let of = product.map(|product| format!(" of {}", code(product))).unwrap_or_default();
        text.push_str(&format!("- {kind}{of}: {}\n", code(&names.join(", "))));
    }
}

fn refusals(plan: &Plan, top: &mut String) {
    if !plan.refusals.is_empty() {
        top.push_str("\n:no_entry: **This plan can't be applied as it is:**\n\n");
    }
    for refusal in &plan.refusals {
        let about = refusal.address.as_ref().map(|address| format!("{}: ", code(&address.to_string())));
        top.push_str(&format!("- {}{}", about.unwrap_or_default(), code(&refusal.message)));
        if !refusal.help.is_empty() {
            top.push_str(&format!("  \n  Help: {}", code(&refusal.help)));
        }
        top.push('\n');
    }
}

fn gaps<'a>(gaps: impl ExactSizeIterator<Item = &'a Gap>, top: &mut String) {
    if gaps.len() > 0 {
        let number = wording::count(gaps.len(), "object");
        top.push_str(&format!("\n:grey_question: **{number} could not be read:**\n\n"));
    }
    for gap in gaps {
        top.push_str(&format!("- {}: {}\n", code(&gap.address.to_string()), code(&gap.why)));
    }
}

fn list(title: &str, addresses: &[&Address]) -> String {
    if addresses.is_empty() {
        return String::new();
    }
    let mut text = format!("\n**{title}:**\n\n");
    addresses.iter().for_each(|address| text.push_str(&format!("- {}\n", code(&address.to_string()))));
    text
}

/// One object in the fold: everything, and one line for when there is no room.
struct Detail {
    full: String,
    short: String,
    /// Gets its room before the others.
    first: bool,
}

impl Detail {
    fn of_change(change: &Change) -> Self {
        let mut full = format!("@@ {} {} @@\n", change.address, wording::outcome(change));
        let reasons = change.reasons.iter().filter_map(wording::reason);
        reasons.for_each(|reason| full.push_str(&format!("# ({})\n", printable(&reason))));
        put(&diff_view::fields(change, WIDTH), &mut full);
        let short = format!("{} {}\n", mark(wording::symbol(change.action)), change.address);
        Self { full, short, first: matches!(change.action, Action::Delete | Action::Replace) }
    }

    fn of_drift(drift: &Drift) -> Self {
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

/// The sign in the first column, as the colouring of diffs wants it.
const fn mark(sign: Sign) -> &'static str {
    match sign {
        Sign::Add => "+",
        Sign::Remove => "-",
        Sign::Change | Sign::Replace => "!",
        Sign::Forget | Sign::Same => " ",
    }
}

/// Puts the parts together and cuts the details to what is left of the limit.
fn finish(
    top: &str,
    title: &str,
    details: &[Detail],
    note: &Note<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(top.as_bytes())?;
    if !details.is_empty() {
        let (body, left_out) = fit(details, note.limit.saturating_sub(top.len() + FRAME));
        let fence = fence(&body);
        let number = wording::count(details.len(), "object");
        writeln!(out, "\n<details><summary>{title} ({number})</summary>\n")?;
        writeln!(out, "{fence}diff\n{}\n{fence}\n", body.trim_end())?;
        if left_out > 0 {
            writeln!(out, "{} more did not fit in here.\n", wording::count(left_out, "object"))?;
        }
        writeln!(out, "</details>")?;
    }
    if let Some(link) = note.link.filter(|link| is_link(link)) {
        writeln!(out, "\n[The whole log]({link})")?;
    }
    Ok(())
}

/// As many details as the room takes: full ones, then short ones. Returns how many did not fit at all.
fn fit(details: &[Detail], room: usize) -> (String, usize) {
    let mut left = room;
    let mut chosen: Vec<Option<&str>> = vec![None; details.len()];
    // Every short line that fits first, so that a long change can't push the names of others out.
    for first in [true, false] {
        for (index, detail) in details.iter().enumerate().filter(|(_, detail)| detail.first == first) {
            if detail.short.len() < left {
                left -= detail.short.len() + 1;
                chosen[index] = Some(&detail.short);
            }
        }
    }
    for first in [true, false] {
        for (index, detail) in details.iter().enumerate().filter(|(_, detail)| detail.first == first) {
            let more = detail.full.len().saturating_sub(detail.short.len());
            if chosen[index].is_some() && more < left {
                left -= more;
                chosen[index] = Some(&detail.full);
            }
        }
    }
    let body: Vec<&str> = chosen.iter().flatten().copied().collect();
    (body.join("\n"), details.len() - body.len())
}

/// Longer than every run of backticks inside.
fn fence(body: &str) -> String {
    "`".repeat(longest_run(body).max(2) + 1)
}

/// Foreign text as inline code.
fn code(text: &str) -> String {
    let text = printable(text).replace("\\n", " ");
    let ticks = "`".repeat(longest_run(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or_default()
}

/// Whether it can stand in a text as a link and as nothing else.
pub(super) fn is_link(link: &str) -> bool {
    let plain = link.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '(' | ')' | '<' | '>'));
    plain && (link.starts_with("https://") || link.starts_with("http://"))
}

#[cfg(test)]
mod tests;
