//! A plan, as Terraform's users know it: drift that matters, the legend, changes, deletes last, then what stands in the way.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::model::diagnostic::SourceMap;
use crate::plan::{Action, Change, Drift, Plan, Refusal};
use crate::render::section::{Sections, relevant_drift};
use crate::render::{Style, diff_view, wording};

use super::painter::{ALARM, BOLD, CARE, DIM, GOOD, Screen};
use super::table;

/// Plans with more changes than this begin with a table.
const LONG: usize = 20;

/// How a plan is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct View<'a> {
    /// Colours and width.
    pub style: Style,
    /// Where the manifests' places are known; a saved plan is shown without.
    pub sources: Option<&'a SourceMap>,
    /// The plan is that of `destroy`.
    pub destroy: bool,
    /// One line for each change, without its fields.
    pub compact: bool,
    /// Shows all drift, not only what changes the plan.
    pub drift: bool,
    /// Names the unmanaged objects instead of counting them.
    pub unmanaged: bool,
}

/// Writes a plan. The last line is Terraform's summary sentence.
///
/// # Errors
/// If `out` can't be written.
pub fn plan(plan: &Plan, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { screen: Screen::new(out, view.style), view, plan };
    page.all()
}

struct Page<'a> {
    screen: Screen<'a>,
    view: &'a View<'a>,
    plan: &'a Plan,
}

impl Page<'_> {
    fn all(&mut self) -> io::Result<()> {
        let drift =
            if self.view.drift { self.plan.drift.iter().collect() } else { relevant_drift(self.plan) };
        self.drift(&drift)?;
        let sections = Sections::of(self.plan);
        if sections.all().next().is_some() {
            self.legend()?;
            self.overview()?;
            self.ordinary(&sections)?;
            self.deletes(&sections)?;
        }
        self.gaps()?;
        self.unmanaged()?;
        self.remarks()?;
        self.refusals()?;
        self.summary()
    }

    fn drift(&mut self, drift: &[&Drift]) -> io::Result<()> {
        if drift.is_empty() {
            return Ok(());
        }
        self.screen.words(&[(CARE, "Note: "), (BOLD, "Objects have changed outside of nautform")])?;
        self.screen.blank()?;
        let words = if self.view.drift {
            "These changes were made on the server since the last apply:"
        } else {
            "These changes were made on the server since the last apply, and the plan below undoes or meets them:"
        };
        self.screen.prose(0, DIM, words)?;
        self.screen.blank()?;
        for item in drift {
            put_drift(&mut self.screen, item)?;
        }
        Ok(())
    }

    fn legend(&mut self) -> io::Result<()> {
        self.screen.words(&[(DIM, "Actions are indicated with the following symbols:")])?;
        let used: Vec<Action> = wording::ACTIONS
            .into_iter()
            .filter(|action| self.plan.changing().any(|change| change.action == *action))
            .collect();
        for action in used {
            let sign = wording::sign(action);
            self.screen.text(DIM, &" ".repeat(5 - sign.symbol().len()))?;
            self.screen.sign(sign)?;
            self.screen.words(&[(DIM, " "), (DIM, wording::legend(action))])?;
        }
        self.screen.blank()
    }

    /// The table on top of a long plan: by kind, and by product where there are several.
    fn overview(&mut self) -> io::Result<()> {
        if self.plan.changing().count() <= LONG {
            return Ok(());
        }
        let by_kind = |change: &Change| change.address.kind().name.to_owned();
        self.counts("kind", by_kind)?;
        let by_product = |change: &Change| change.address.product().unwrap_or("(tenant)").to_owned();
        let products: std::collections::BTreeSet<_> =
            self.plan.changing().map(|change| change.address.product()).collect();
        if products.len() > 1 {
            self.counts("product", by_product)?;
        }
        Ok(())
    }

    fn counts(&mut self, of: &str, group: impl Fn(&Change) -> String) -> io::Result<()> {
        let mut counts: BTreeMap<String, BTreeMap<Action, usize>> = BTreeMap::new();
        for change in self.plan.changing() {
            *counts.entry(group(change)).or_default().entry(change.action).or_default() += 1;
        }
        let used: Vec<Action> = wording::ACTIONS
            .into_iter()
            .filter(|action| counts.values().any(|row| row.contains_key(action)))
            .collect();
        let head: Vec<&str> =
            std::iter::once(of).chain(used.iter().map(|action| wording::word(*action))).collect();
        let rows: Vec<Vec<String>> = counts
            .into_iter()
            .map(|(name, row)| {
                let number = |action: &Action| row.get(action).map_or("-".to_owned(), ToString::to_string);
                std::iter::once(name).chain(used.iter().map(number)).collect()
            })
            .collect();
        for (index, line) in table::render(&head, &rows, true).iter().enumerate() {
            self.screen.words(&[(if index == 0 { BOLD } else { DIM }, &format!("  {line}"))])?;
        }
        self.screen.blank()
    }

    fn ordinary(&mut self, sections: &Sections<'_>) -> io::Result<()> {
        if sections.ordinary.is_empty() {
            return Ok(());
        }
        self.screen.words(&[(BOLD, "nautform will perform the following actions:")])?;
        self.screen.blank()?;
        sections.ordinary.iter().try_for_each(|change| self.change(change))?;
        self.close()
    }

    fn deletes(&mut self, sections: &Sections<'_>) -> io::Result<()> {
        if !sections.deletes.is_empty() {
            let objects = wording::count(sections.deletes.len(), "object");
            self.screen.words(&[(ALARM, &format!("{objects} will be DESTROYED:"))])?;
            self.screen.blank()?;
            sections.deletes.iter().try_for_each(|change| self.change(change))?;
            self.close()?;
        }
        if !sections.irreversible.is_empty() {
            let objects = wording::count(sections.irreversible.len(), "object");
            let words = format!("!!! {objects} will be DESTROYED FOR GOOD:");
            self.screen.words(&[(ALARM, &words)])?;
            self.screen.blank()?;
            sections.irreversible.iter().try_for_each(|change| self.change(change))?;
            self.close()?;
        }
        Ok(())
    }

    /// Behind a list of changes: full ones end with an empty line of their own.
    fn close(&mut self) -> io::Result<()> {
        if self.view.compact { self.screen.blank() } else { Ok(()) }
    }

    fn change(&mut self, change: &Change) -> io::Result<()> {
        if self.view.compact {
            return self.compact(change);
        }
        let paint = if change.action == Action::Delete { ALARM } else { BOLD };
        let place = self.place(change);
        let address = format!("  # {}", change.address);
        self.screen.words(&[
            (BOLD, &address),
            (paint, " "),
            (paint, wording::fate(change)),
            (DIM, &place),
        ])?;
        for reason in change.reasons.iter().filter_map(wording::reason) {
            let paint = if change.irreversible.is_some() { ALARM } else { DIM };
            self.screen.prefixed("  # ", "  # ", paint, &format!("({reason})"))?;
        }
        if let Some(loss) = wording::loss(change) {
            self.screen.prefixed("  # ", "  # ", ALARM, &loss)?;
        }
        if !change.takes_along.is_empty() {
            let names: Vec<String> = change.takes_along.iter().map(ToString::to_string).collect();
            let paint = if change.irreversible.is_some() { ALARM } else { BOLD };
            let words = format!("Goes with it ({}): {}", names.len(), names.join(", "));
            self.screen.prefixed("  # ", "  #   ", paint, &words)?;
        }
        let sign = wording::sign(change.action);
        self.screen.text(DIM, &" ".repeat(3 - sign.symbol().len()))?;
        self.screen.sign(sign)?;
        self.screen.words(&[(BOLD, " "), (BOLD, &wording::title(&change.address))])?;
        for line in diff_view::fields(change, self.screen.width) {
            self.screen.line(&line)?;
        }
        self.screen.blank()
    }

    fn compact(&mut self, change: &Change) -> io::Result<()> {
        let sign = wording::sign(change.action);
        self.screen.text(DIM, &" ".repeat(5 - sign.symbol().len()))?;
        self.screen.sign(sign)?;
        let paint = if change.action == Action::Delete { ALARM } else { BOLD };
        let fields: Vec<String> = match change.action {
            Action::Update | Action::Replace => {
                change.attributes.iter().map(|field| field.path.to_string()).collect()
            }
            _ => Vec::new(),
        };
        let fields = if fields.is_empty() { String::new() } else { format!("  ({})", fields.join(", ")) };
        self.screen.words(&[(paint, " "), (paint, &change.address.to_string()), (DIM, &fields)])?;
        if let Some(loss) = wording::loss(change) {
            self.screen.prose(8, ALARM, &loss)?;
        }
        if !change.takes_along.is_empty() {
            let names: Vec<String> = change.takes_along.iter().map(ToString::to_string).collect();
            self.screen.prose(8, ALARM, &format!("Goes with it ({}): {}", names.len(), names.join(", ")))?;
        }
        Ok(())
    }

    fn place(&self, change: &Change) -> String {
        match (self.view.sources, change.source) {
            (Some(sources), Some(span)) => {
                let location = sources.location(span);
                format!("  ({}:{})", location.path.display(), location.line)
            }
            _ => String::new(),
        }
    }

    fn gaps(&mut self) -> io::Result<()> {
        if self.plan.gaps.is_empty() {
            return Ok(());
        }
        put_gaps(&mut self.screen, &self.plan.gaps.iter().collect::<Vec<_>>())
    }

    fn unmanaged(&mut self) -> io::Result<()> {
        let number = self.plan.unmanaged.len();
        if number == 0 {
            return Ok(());
        }
        let (verb, them) = if number == 1 { ("is", "it") } else { ("are", "them") };
        let hint =
            if self.view.unmanaged { String::new() } else { format!(" (--show-unmanaged names {them})") };
        let words = format!(
            "{} on the server {verb} in no manifest and left alone{hint}.",
            wording::count(number, "object")
        );
        self.screen.prose(0, DIM, &words)?;
        if self.view.unmanaged {
            for object in &self.plan.unmanaged {
                self.screen.words(&[(DIM, &format!("  {}", object.address))])?;
            }
        }
        self.screen.blank()
    }

    fn remarks(&mut self) -> io::Result<()> {
        let adopted = self.plan.changes.iter().filter(|change| {
            change.action == Action::NoOp && change.reasons.contains(&crate::plan::Reason::Adopted)
        });
        let mut notes: Vec<String> = Vec::new();
        let adopted = adopted.count();
        if adopted > 0 {
            let (match_, are) = if adopted == 1 { ("matches", "is") } else { ("match", "are") };
            let objects = wording::count(adopted, "object");
            notes.push(format!(
                "{objects} on the server {match_} a manifest already and {are} taken into the state."
            ));
        }
        let moved = |moved: &crate::plan::moves::Move| {
            format!("{} is now called {}; the state follows.", moved.from, moved.to)
        };
        notes.extend(self.plan.moved.iter().map(moved));
        notes.extend(self.plan.notes.iter().cloned());
        if !self.plan.left_out.is_empty() {
            let objects = wording::count(self.plan.left_out.len(), "object");
            let were = if self.plan.left_out.len() == 1 { "was" } else { "were" };
            notes.push(format!("This plan is partial: {objects} {were} left out on request."));
        }
        for note in &notes {
            self.screen.prefixed("Note: ", "      ", DIM, note)?;
        }
        if notes.is_empty() { Ok(()) } else { self.screen.blank() }
    }

    fn refusals(&mut self) -> io::Result<()> {
        if self.plan.refusals.is_empty() {
            return Ok(());
        }
        self.screen.words(&[(ALARM, "This plan can't be applied as it is:")])?;
        self.screen.blank()?;
        let mut refusals: Vec<&Refusal> = self.plan.refusals.iter().collect();
        refusals.sort_by_key(|refusal| (refusal.kind, refusal.address.clone()));
        for refusal in refusals {
            let about = match &refusal.address {
                Some(address) if !refusal.message.contains(&address.to_string()) => format!("{address}: "),
                _ => String::new(),
            };
            let words = format!("{about}{} [{}]", refusal.message, wording::objection(refusal.kind));
            self.screen.prefixed("  ! ", "    ", BOLD, &words)?;
            if let (Some(sources), Some(span)) = (self.view.sources, refusal.span) {
                self.screen.words(&[(DIM, &format!("    --> {}", sources.location(span)))])?;
            }
            if !refusal.help.is_empty() {
                self.screen.prefixed("    help: ", "          ", DIM, &refusal.help)?;
            }
        }
        self.screen.blank()
    }

    fn summary(&mut self) -> io::Result<()> {
        let summary = self.plan.summary();
        if !summary.is_empty() {
            return self.screen.words(&[(BOLD, &wording::plan_sentence(&summary))]);
        }
        let (sentence, base) = wording::nothing_to_do(self.plan, self.view.destroy);
        self.screen.words(&[(if self.plan.gaps.is_empty() { GOOD } else { CARE }, sentence)])?;
        self.screen.blank()?;
        self.screen.prose(0, DIM, &base)
    }
}

/// What the world did to one object.
pub(super) fn put_drift(screen: &mut Screen<'_>, drift: &Drift) -> io::Result<()> {
    use crate::plan::DriftKind::{Changed, Missing};
    let sign = match drift.kind {
        Changed => diff_view::Sign::Change,
        Missing => diff_view::Sign::Remove,
    };
    screen.words(&[(BOLD, &format!("  # {} {}", drift.address, wording::happened(drift.kind)))])?;
    screen.text(DIM, "  ")?;
    screen.sign(sign)?;
    screen.words(&[(BOLD, " "), (BOLD, &wording::title(&drift.address))])?;
    for line in diff_view::drift(drift, screen.width) {
        screen.line(&line)?;
    }
    screen.blank()
}

/// What could not be found out.
pub(super) fn put_gaps(screen: &mut Screen<'_>, gaps: &[&crate::plan::Gap]) -> io::Result<()> {
    let objects = wording::count(gaps.len(), "object");
    let them = if gaps.len() == 1 { "it" } else { "them" };
    let words = format!("{objects} could not be read; nothing that depends on {them} will be written:");
    screen.words(&[(CARE, &words)])?;
    screen.blank()?;
    for gap in gaps {
        screen.prefixed("  ? ", "    ", BOLD, &format!("{}: {}", gap.address, gap.why))?;
    }
    screen.blank()
}
