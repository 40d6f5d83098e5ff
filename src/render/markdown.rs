//! A plan or a drift check as a note on a merge request or an issue: what matters outside the fold, the
//! details inside.
//!
//! A hidden marker lets the next run find the note and replace it. Invariants: the note is cut to its limit
//! without leaving out that objects are destroyed, and foreign text is code only, so that it can
//! neither mention people nor make markup.

mod details;
mod escape;
mod losses;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::sync::LazyLock;

use crate::model::diagnostic::SourceMap;
use crate::model::hint::{HintText, plain, spell};
use crate::model::way_out::WayOut;
use crate::plan::drift::Findings;
use crate::plan::{Blocked, Broken, Gap, Origin, Plan, Refusal, Suppressed};
use crate::resource::Address;

use super::section::Sections;
use super::{notes, ways, wording};

use details::Detail;
use escape::code;
pub(super) use escape::is_link;

/// Which share of a note its hashes may have.
const HASHES: usize = 3;
/// How many secrets a note names.
const SECRETS: usize = 20;

/// How a note is written.
#[derive(Clone, Copy, Debug)]
pub struct Note<'a> {
    /// Where and when what it is about was made. Its label distinguishes notes of several fleets.
    pub origin: &'a Origin,
    /// Where the manifests' places are known.
    pub sources: Option<&'a SourceMap>,
    /// How hints are worded.
    pub hints: HintText,
    /// How many bytes the note may have. GitLab takes 1,000,000, GitHub 65,536.
    pub limit: usize,
}

/// What is not said.
static UNKNOWN: LazyLock<Origin> = LazyLock::new(Origin::default);

impl Default for Note<'_> {
    fn default() -> Self {
        Self { origin: &UNKNOWN, sources: None, hints: plain, limit: 1_000_000 }
    }
}

impl Note<'_> {
    fn label(&self) -> &str {
        let label = self.origin.label.as_str();
        if label.is_empty() { "default" } else { label }
    }

    /// What the note begins with, to find it again: `<!-- nautform:plan:LABEL -->`. Different labels have
    /// different markers, and none can end the comment.
    pub fn marker(&self, of: &str) -> String {
        let mut label = String::new();
        for byte in self.label().bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_') {
                label.push(char::from(byte));
            } else {
                label.push_str(&format!("%{byte:02X}"));
            }
        }
        format!("<!-- nautform:{of}:{label} -->")
    }

    fn head(&self, of: &str) -> String {
        let fingerprint = self.origin.fingerprint.as_ref();
        let line = fingerprint.map(|fingerprint| format!("{}\n", fingerprint.line(self.limit / HASHES)));
        let line = line.unwrap_or_default();
        format!("{}\n{line}### nautform {of}: {}\n\n", self.marker(of), code(self.label()))
    }

    /// The secrets that this job could not read, and what apply will be asked for.
    fn known_at_apply(&self, top: &mut String) {
        let Some(fingerprint) = &self.origin.fingerprint else { return };
        let shown = fingerprint.known_at_apply.iter().take(SECRETS).map(|secret| code(secret));
        let more = fingerprint.known_at_apply.len().saturating_sub(SECRETS);
        let more = (more > 0).then(|| format!("and {more} more"));
        list(":key: **Known at apply, and not compared here:**", shown.chain(more), top);
        if !fingerprint.fits(self.limit / HASHES) {
            let text =
                "This plan has too many operations to name each of them here: it is agreed on as a whole.";
            top.push_str(&format!("\n{text}\n"));
        }
    }

    /// Of a note that a job writes: for which commit, when, and where its log is.
    fn foot(&self) -> String {
        let Origin { created, commit, job, .. } = self.origin;
        let commit = commit.as_ref().map(|commit| format!("Commit {}", code(commit)));
        let time = Some(created).filter(|time| !time.is_empty() && (commit.is_some() || job.is_some()));
        let made: Vec<String> = commit.into_iter().chain(time.map(|time| code(time))).collect();
        let mut foot = if made.is_empty() { String::new() } else { format!("\n{}\n", made.join(", ")) };
        if let Some(link) = job.as_deref().filter(|link| is_link(link)) {
            foot.push_str(&format!("\n[The whole log]({link})\n"));
        }
        foot
    }
}

/// Writes a plan.
///
/// # Errors
/// If `out` can't be written.
pub fn plan(plan: &Plan, note: &Note<'_>, out: &mut dyn Write) -> io::Result<()> {
    let sections = Sections::of(plan);
    let mut top = note.head("plan");
    let summary = plan.summary();
    if summary.is_empty() {
        let (sentence, base) = wording::nothing_to_do(plan, false);
        top.push_str(&format!("**{sentence}** {base}\n"));
    } else {
        top.push_str(&format!("**{}**\n", wording::plan_sentence(&summary)));
    }
    top.push_str(&losses::list(&sections, note.limit));
    protections(plan, &mut top);
    refusals(plan, note.hints, &mut top);
    if let Some(found) = &plan.ways_out {
        ways_out(found.ways.iter(), note.hints, &mut top);
        top.extend(ways::remark(found).map(|remark| format!("\n{remark}\n")));
    }
    gaps(plan.gaps.iter(), &mut top);
    broken(plan.broken(), &mut top);
    note.known_at_apply(&mut top);
    notes(plan, note.hints, &mut top);
    blocked(wording::blocked(plan), note.hints, &mut top);
    let details: Vec<Detail> = sections.all().map(|change| Detail::of_change(change, note.sources)).collect();
    finish(&top, "Show the changes", &details, note, out)
}

/// Writes what a drift check found.
///
/// # Errors
/// If `out` can't be written.
pub fn drift(plan: &Plan, note: &Note<'_>, out: &mut dyn Write) -> io::Result<()> {
    let findings = Findings::of(plan);
    let mut top = note.head("drift");
    top.push_str(&format!("**{}**\n", wording::drift_sentence(&findings)));
    let name = |address: &Address| code(&address.to_string());
    let missing = findings.missing.iter().map(|drift| name(&drift.address));
    list("**Deleted outside of nautform:**", missing, &mut top);
    let drifted = findings.drifted.iter().map(|drift| name(&drift.address));
    list("**Changed outside of nautform:**", drifted, &mut top);
    let incomplete = findings.incomplete.iter().map(|change| name(&change.address));
    list("**Not finished by the server, to be sent again:**", incomplete, &mut top);
    broken(findings.broken.iter().copied(), &mut top);
    gaps(findings.unknown.iter().copied(), &mut top);
    blocked(findings.blocked.iter().copied(), note.hints, &mut top);
    suppressed(plan, &mut top);
    let drifted = findings.missing.iter().chain(&findings.drifted).map(|drift| Detail::of_drift(drift));
    let pending = findings
        .incomplete
        .iter()
        .chain(&findings.pending)
        .map(|change| Detail::of_change(change, note.sources));
    let details: Vec<Detail> = drifted.chain(pending).collect();
    finish(&top, "Show the differences", &details, note, out)
}

/// Writes that there is no plan or no result of a check (`of`), and why: the note of an earlier run would say
/// what is not so any more.
///
/// # Errors
/// If `out` can't be written.
pub fn failure(of: &str, why: &str, help: &str, note: &Note<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut top = note.head(of);
    top.push_str(&format!(":x: **It failed:** {}\n", code(why)));
    if !help.is_empty() {
        top.push_str(&format!("\nHelp: {}\n", code(help)));
    }
    out.write_all(top.as_bytes())?;
    out.write_all(note.foot().as_bytes())
}

/// A list below its title, unless it is empty.
fn list(title: &str, items: impl Iterator<Item = String>, top: &mut String) {
    for (index, item) in items.enumerate() {
        if index == 0 {
            top.push_str(&format!("\n{title}\n\n"));
        }
        top.push_str(&format!("- {item}\n"));
    }
}

fn protections(plan: &Plan, top: &mut String) {
    let all = plan.protections.iter().map(|change| code(&wording::protection(change)));
    list(&format!(":unlock: **{}**", wording::PROTECTIONS), all, top);
}

fn notes(plan: &Plan, hints: HintText, top: &mut String) {
    for (index, note) in notes::of(plan, hints).iter().enumerate() {
        top.push_str(&format!("{}- {}\n", if index == 0 { "\n" } else { "" }, code(note)));
    }
}

fn blocked<'a>(all: impl Iterator<Item = &'a Blocked>, hints: HintText, top: &mut String) {
    for found in all {
        top.push_str(&format!("\n:warning: {}\n", about(&found.address, &found.sentence())));
        ways_out(ways::among(&found.ways_out).into_iter(), hints, top);
    }
}

/// Numbered, each with lines to copy.
fn ways_out<'a>(all: impl Iterator<Item = &'a WayOut>, hints: HintText, top: &mut String) {
    for (way, number) in all.zip(1..) {
        if number == 1 {
            top.push_str(&format!("\n**{}:**\n\n", ways::TITLE));
        }
        top.push_str(&format!("{number}. {}\n", code(&way.to_string())));
        for line in ways::lines(way, hints) {
            top.push_str(&format!("   - {}\n", code(&line)));
        }
    }
}

fn broken<'a>(all: impl Iterator<Item = &'a Broken>, top: &mut String) {
    let all = all.map(|found| about(&found.address, &found.why));
    list(&format!(":warning: **Objects {}:**", wording::BROKEN), all, top);
}

/// An object and what is said of it.
fn about(address: &Address, text: &str) -> String {
    format!("{}: {}", code(&address.to_string()), code(text))
}

fn refusals(plan: &Plan, hints: HintText, top: &mut String) {
    let item = |refusal: &Refusal| {
        let help = spell(&refusal.hints, hints).map(|help| format!("  \n  Help: {}", code(&help)));
        let said = match &refusal.address {
            Some(address) => about(address, &refusal.message),
            None => code(&refusal.message),
        };
        said + &help.unwrap_or_default()
    };
    list(":no_entry: **This plan can't be applied as it is:**", plan.refusals.iter().map(item), top);
}

fn gaps<'a>(gaps: impl ExactSizeIterator<Item = &'a Gap>, top: &mut String) {
    let number = wording::count(gaps.len(), "object");
    let all = gaps.map(|gap| about(&gap.address, &gap.why));
    list(&format!(":grey_question: **{number} could not be read:**"), all, top);
}

fn suppressed(plan: &Plan, top: &mut String) {
    let item = |rule: &Suppressed| code(&format!("{}: {}", rule.address, wording::suppressed(rule)));
    list("**Suppressed:**", plan.suppressed.iter().map(item), top);
}

/// Puts the parts together; the details get what is left of the limit.
fn finish(
    top: &str,
    title: &str,
    details: &[Detail],
    note: &Note<'_>,
    out: &mut dyn Write,
) -> io::Result<()> {
    out.write_all(top.as_bytes())?;
    details::write(details, title, note.limit.saturating_sub(top.len()), out)?;
    out.write_all(note.foot().as_bytes())
}
