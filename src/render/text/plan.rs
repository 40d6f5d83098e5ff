//! A plan, as Terraform's users know it: drift that matters, the legend, changes, deletes last, then what stands in the way.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::model::diagnostic::SourceMap;
use crate::plan::{Action, Change, Drift, Plan, Refusal};
use crate::render::section::{Sections, relevant_drift};
use crate::render::{Style, diff_view, wording};

use super::painter::{BOLD, DIM, ERROR, OK, Painter, WARN};
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
    let mut page = Page { painter: Painter::new(out, view.style), view, plan };
    page.all()
}

struct Page<'a> {
    painter: Painter<'a>,
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
        self.painter.words(&[(WARN, "Note: "), (BOLD, "Objects have changed outside of nautform")])?;
        self.painter.blank()?;
        let words = if self.view.drift {
            "These changes were made on the server since the last apply:"
        } else {
            "These changes were made on the server since the last apply, and the plan below undoes or meets them:"
        };
        self.painter.prose(0, DIM, words)?;
        self.painter.blank()?;
        for item in drift {
            put_drift(&mut self.painter, item)?;
        }
        Ok(())
    }

    fn legend(&mut self) -> io::Result<()> {
        self.painter.words(&[(DIM, "Actions are indicated with the following symbols:")])?;
        let used: Vec<Action> = wording::ACTIONS
            .into_iter()
            .filter(|action| self.plan.changing().any(|change| change.action == *action))
            .collect();
        for action in used {
            let sign = wording::symbol(action);
            self.painter.text(DIM, &" ".repeat(5 - sign.symbol().len()))?;
            self.painter.sign(sign)?;
            self.painter.words(&[(DIM, " "), (DIM, wording::legend(action))])?;
        }
        self.painter.blank()
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
        for (index, line) in table::render(&head, &rows).iter().enumerate() {
            self.painter.words(&[(if index == 0 { BOLD } else { DIM }, &format!("  {line}"))])?;
        }
        self.painter.blank()
    }

    fn ordinary(&mut self, sections: &Sections<'_>) -> io::Result<()> {
        if sections.ordinary.is_empty() {
            return Ok(());
        }
        self.painter.words(&[(BOLD, "nautform will perform the following actions:")])?;
        self.painter.blank()?;
        sections.ordinary.iter().try_for_each(|change| self.change(change))?;
        self.close()
    }

    fn deletes(&mut self, sections: &Sections<'_>) -> io::Result<()> {
        if !sections.deletes.is_empty() {
            let objects = wording::count(sections.deletes.len(), "object");
            self.painter.words(&[(ERROR, &format!("{objects} will be DESTROYED:"))])?;
            self.painter.blank()?;
            sections.deletes.iter().try_for_each(|change| self.change(change))?;
            self.close()?;
        }
        if !sections.irreversible.is_empty() {
            let objects = wording::count(sections.irreversible.len(), "object");
            let words = format!("!!! {objects} will be DESTROYED FOR GOOD:");
            self.painter.words(&[(ERROR, &words)])?;
            self.painter.blank()?;
            sections.irreversible.iter().try_for_each(|change| self.change(change))?;
            self.close()?;
        }
        Ok(())
    }

    /// Behind a list of changes: full ones end with an empty line of their own.
    fn close(&mut self) -> io::Result<()> {
        if self.view.compact { self.painter.blank() } else { Ok(()) }
    }

    fn change(&mut self, change: &Change) -> io::Result<()> {
        if self.view.compact {
            return self.compact(change);
        }
        let paint = if change.action == Action::Delete { ERROR } else { BOLD };
        let place = self.place(change);
        let address = format!("  # {}", change.address);
        self.painter.words(&[
            (BOLD, &address),
            (paint, " "),
            (paint, wording::outcome(change)),
            (DIM, &place),
        ])?;
        for reason in change.reasons.iter().filter_map(wording::reason) {
            let paint = if change.irreversible.is_some() { ERROR } else { DIM };
            self.painter.prefixed("  # ", "  # ", paint, &format!("({reason})"))?;
        }
        if let Some(loss) = wording::destroyed(change) {
            self.painter.prefixed("  # ", "  # ", ERROR, &loss)?;
        }
        if !change.takes_along.is_empty() {
            let names: Vec<String> = change.takes_along.iter().map(ToString::to_string).collect();
            let paint = if change.irreversible.is_some() { ERROR } else { BOLD };
            let words = format!("Goes with it ({}): {}", names.len(), names.join(", "));
            self.painter.prefixed("  # ", "  #   ", paint, &words)?;
        }
        let sign = wording::symbol(change.action);
        self.painter.text(DIM, &" ".repeat(3 - sign.symbol().len()))?;
        self.painter.sign(sign)?;
        self.painter.words(&[(BOLD, " "), (BOLD, &wording::title(&change.address))])?;
        for line in diff_view::fields(change, self.painter.width) {
            self.painter.line(&line)?;
        }
        self.painter.blank()
    }

    fn compact(&mut self, change: &Change) -> io::Result<()> {
        let sign = wording::symbol(change.action);
        self.painter.text(DIM, &" ".repeat(5 - sign.symbol().len()))?;
        self.painter.sign(sign)?;
        let paint = if change.action == Action::Delete { ERROR } else { BOLD };
        let fields: Vec<String> = match change.action {
            Action::Update | Action::Replace => {
                change.attributes.iter().map(|field| field.path.to_string()).collect()
            }
            _ => Vec::new(),
        };
        let fields = if fields.is_empty() { String::new() } else { format!("  ({})", fields.join(", ")) };
        self.painter.words(&[(paint, " "), (paint, &change.address.to_string()), (DIM, &fields)])?;
        if let Some(loss) = wording::destroyed(change) {
            self.painter.prose(8, ERROR, &loss)?;
        }
        if !change.takes_along.is_empty() {
            let names: Vec<String> = change.takes_along.iter().map(ToString::to_string).collect();
            self.painter.prose(8, ERROR, &format!("Goes with it ({}): {}", names.len(), names.join(", ")))?;
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
        put_gaps(&mut self.painter, &self.plan.gaps.iter().collect::<Vec<_>>())
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
        self.painter.prose(0, DIM, &words)?;
        if self.view.unmanaged {
            for object in &self.plan.unmanaged {
                self.painter.words(&[(DIM, &format!("  {}", object.address))])?;
            }
        }
        self.painter.blank()
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
            self.painter.prefixed("Note: ", "      ", DIM, note)?;
        }
        if notes.is_empty() { Ok(()) } else { self.painter.blank() }
    }

    fn refusals(&mut self) -> io::Result<()> {
        if self.plan.refusals.is_empty() {
            return Ok(());
        }
        self.painter.words(&[(ERROR, "This plan can't be applied as it is:")])?;
        self.painter.blank()?;
        let mut refusals: Vec<&Refusal> = self.plan.refusals.iter().collect();
        refusals.sort_by_key(|refusal| (refusal.kind, refusal.address.clone()));
        for refusal in refusals {
            let about = match &refusal.address {
                Some(address) if !refusal.message.contains(&address.to_string()) => format!("{address}: "),
                _ => String::new(),
            };
            let words = format!("{about}{} [{}]", refusal.message, wording::objection(refusal.kind));
            self.painter.prefixed("  ! ", "    ", BOLD, &words)?;
            if let (Some(sources), Some(span)) = (self.view.sources, refusal.span) {
                self.painter.words(&[(DIM, &format!("    --> {}", sources.location(span)))])?;
            }
            if !refusal.help.is_empty() {
                self.painter.prefixed("    help: ", "          ", DIM, &refusal.help)?;
            }
        }
        self.painter.blank()
    }

    fn summary(&mut self) -> io::Result<()> {
        let summary = self.plan.summary();
        if !summary.is_empty() {
            return self.painter.words(&[(BOLD, &wording::plan_sentence(&summary))]);
        }
        let (sentence, base) = wording::nothing_to_do(self.plan, self.view.destroy);
        self.painter.words(&[(if self.plan.gaps.is_empty() { OK } else { WARN }, sentence)])?;
        self.painter.blank()?;
        self.painter.prose(0, DIM, &base)
    }
}

/// What the world did to one object.
pub(super) fn put_drift(painter: &mut Painter<'_>, drift: &Drift) -> io::Result<()> {
    use crate::plan::DriftKind::{Changed, Missing};
    let sign = match drift.kind {
        Changed => diff_view::Sign::Change,
        Missing => diff_view::Sign::Remove,
    };
    painter.words(&[(BOLD, &format!("  # {} {}", drift.address, wording::happened(drift.kind)))])?;
    painter.text(DIM, "  ")?;
    painter.sign(sign)?;
    painter.words(&[(BOLD, " "), (BOLD, &wording::title(&drift.address))])?;
    for line in diff_view::drift(drift, painter.width) {
        painter.line(&line)?;
    }
    painter.blank()
}

/// What could not be found out.
pub(super) fn put_gaps(painter: &mut Painter<'_>, gaps: &[&crate::plan::Gap]) -> io::Result<()> {
    let objects = wording::count(gaps.len(), "object");
    let them = if gaps.len() == 1 { "it" } else { "them" };
    let words = format!("{objects} could not be read; nothing that depends on {them} will be written:");
    painter.words(&[(WARN, &words)])?;
    painter.blank()?;
    for gap in gaps {
        painter.prefixed("  ? ", "    ", BOLD, &format!("{}: {}", gap.address, gap.why))?;
    }
    painter.blank()
}
