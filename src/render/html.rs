//! A plan as one page to read in a browser: what is destroyed first, a list to filter, every difference, the
//! graph.
//!
//! Self-contained: no network, no fonts, one style and one script inside, both named by their hash in the
//! page's own security policy, so that nothing else could ever run in it. Readable without the script.
//! Everything foreign is escaped (maud) or left out (secrets).

mod change;
mod drawing;
mod graph_layout;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io::{self, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::model::diagnostic::SourceMap;
use crate::model::hint::{HintText, spell};
use crate::model::text::printable;
use crate::plan::{Change, Origin, Plan, Refusal};
use crate::resource::Address;

use super::markdown::is_link;
use super::section::{Sections, relevant_drift};
use super::{notes, ways, wording};

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Plans with more changes than this are shown with closed details.
const OPEN: usize = 25;

/// Writes a plan as a page, whose title is the label of `origin`. Written piece by piece: memory does not grow
/// with the page.
///
/// # Errors
/// If `out` can't be written.
pub fn plan(
    plan: &Plan,
    origin: &Origin,
    sources: Option<&SourceMap>,
    hints: HintText,
    out: &mut dyn Write,
) -> io::Result<()> {
    let title = origin.label.as_str();
    let sections = Sections::of(plan);
    let number = plan.changing().count();
    let mut put = |piece: Markup| out.write_all(piece.into_string().as_bytes());
    put(html! {
        (DOCTYPE)
        (PreEscaped("<html lang=\"en\">"))
        (head(title))
        (PreEscaped("<body>"))
        a.skip href="#changes" { "Skip to the changes" }
        (top(plan, origin))
        (PreEscaped("<main>"))
        (refusals(plan, hints))
        (ways_out(plan, hints))
        (gaps(plan))
        (broken(plan))
        (protections(plan))
        (notes(plan, hints))
        @if number > 0 { (filters(plan)) }
        (PreEscaped("<section id=\"changes\" aria-label=\"Changes\">"))
    })?;
    let listed = [
        ("Permanently destroyed", "alarm", &sections.irreversible),
        ("Destroyed", "alarm", &sections.deletes),
        ("Created, changed, forgotten", "plain", &sections.ordinary),
    ];
    for (heading, class, changes) in listed.iter().filter(|(.., changes)| !changes.is_empty()) {
        put(html! {
            (PreEscaped("<section class=\"group\">"))
            h2 class=(class) data-heading=(heading) { (heading) " (" (changes.len()) ")" }
        })?;
        for change in *changes {
            put(change::article(change, number <= OPEN, sources))?;
        }
        put(PreEscaped("</section>".to_owned()))?;
    }
    put(html! {
        (PreEscaped("</section>"))
        p #nothing hidden { "No change matches the filter." }
    })?;
    let shown: Vec<&Change> = listed.iter().flat_map(|(.., changes)| *changes).copied().collect();
    drawing::write(&shown, out)?;
    out.write_all(bottom(plan).into_string().as_bytes())
}

fn head(title: &str) -> Markup {
    let policy = format!(
        "default-src 'none'; base-uri 'none'; form-action 'none'; style-src {}; script-src {}",
        hash(STYLE),
        hash(SCRIPT)
    );
    html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy);
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="generator" content=(concat!("nautform ", env!("CARGO_PKG_VERSION")));
            title { "nautform plan: " (printable(title)) }
            style { (PreEscaped(STYLE)) }
        }
    }
}

/// What a security policy calls an inline style or script.
fn hash(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

fn top(plan: &Plan, origin: &Origin) -> Markup {
    let summary = plan.summary();
    let (sentence, base) = if summary.is_empty() {
        let (sentence, base) = wording::nothing_to_do(plan, false);
        (sentence.to_owned(), Some(base))
    } else {
        (wording::plan_sentence(&summary), None)
    };
    let count = |action| plan.changing().filter(|change| change.action == action).count();
    html! {
        header {
            p.kicker { "nautform plan" }
            h1 { (printable(&origin.label)) }
            (made(origin))
            p.sentence { (sentence) }
            @if let Some(base) = base { p { (base) } }
            ul.chips {
                @for action in wording::used_actions(plan) {
                    li class=(wording::word(action)) {
                        span.sign aria-hidden="true" { (wording::symbol(action).symbol()) }
                        " " (count(action)) " to " (wording::word(action))
                    }
                }
                @if summary.unchanged > 0 { li.no-op { (summary.unchanged) " unchanged" } }
            }
            nav aria-label="Page" {
                @if !summary.is_empty() { a href="#changes" { "Changes" } }
                @if plan.changing().count() > 1 { a href="#graph" { "Order" } }
                @if !relevant_drift(plan).is_empty() { a href="#drift" { "Drift" } }
                @if !plan.unmanaged.is_empty() { a href="#unmanaged" { "Unmanaged" } }
            }
        }
    }
}

/// When and of what it was made, and where its log is.
fn made(origin: &Origin) -> Markup {
    let Origin { created, server, commit, job, .. } = origin;
    html! {
        p.made {
            @if !created.is_empty() { time datetime=(created) { (printable(created)) } }
            @if let Some(commit) = commit { " · commit " code { (printable(commit)) } }
            @if let Some(server) = server { " · " (printable(server)) }
            @if let Some(job) = job.as_deref().filter(|job| is_link(job)) { " · " a href=(job) { "job" } }
        }
    }
}

/// A list in a box, unless it is empty.
fn boxed(class: &str, label: &str, title: &str, items: impl Iterator<Item = Markup>) -> Markup {
    let mut items = items.peekable();
    html! {
        @if items.peek().is_some() {
            section.box.(class) aria-label=(label) { h2 { (title) } ul { @for item in items { li { (item) } } } }
        }
    }
}

/// An object and what is said of it.
fn about(address: &Address, text: &str) -> Markup {
    html! { code { (address) } " " (printable(text)) }
}

/// What prevents an apply.
fn refusals(plan: &Plan, hints: HintText) -> Markup {
    let all = plan.refusals.iter().map(|refusal| self::refusal(refusal, hints));
    boxed("alarm", "What prevents an apply", "This plan can't be applied as it is", all)
}

fn refusal(refusal: &Refusal, hints: HintText) -> Markup {
    html! {
        @if let Some(address) = &refusal.address { code { (address) } " " }
        span.tag { (wording::refusal(refusal.kind)) }
        br; (printable(&refusal.message))
        @if let Some(help) = spell(&refusal.hints, hints) { br; span.help { "Help: " (printable(&help)) } }
    }
}

/// With which extra steps it could be applied.
fn ways_out(plan: &Plan, hints: HintText) -> Markup {
    html! {
        @if let Some(found) = &plan.ways_out {
            @if !found.ways.is_empty() {
                section.box aria-label="Ways out" {
                    h2 { (ways::TITLE) }
                    ol { @for way in &found.ways { li {
                        (printable(&way.to_string()))
                        @for line in ways::lines(way, hints) { br; code { (printable(&line)) } }
                    } } }
                }
            }
            @if let Some(remark) = ways::remark(found) { p { (remark) } }
        }
    }
}

/// What could not be read.
fn gaps(plan: &Plan) -> Markup {
    let title = format!("{} could not be read", wording::count(plan.gaps.len(), "object"));
    boxed("care", "What could not be read", &title, plan.gaps.iter().map(|gap| about(&gap.address, &gap.why)))
}

fn broken(plan: &Plan) -> Markup {
    let all = plan.broken().map(|found| about(&found.address, &found.why));
    boxed("alarm", "What is broken", &format!("Objects {}", wording::BROKEN), all)
}

/// What later plans may do that they could not, and the other way round.
fn protections(plan: &Plan) -> Markup {
    let all = plan.protections.iter().map(|change| html! { (printable(&wording::protection(change))) });
    boxed("care", "Protections", wording::PROTECTIONS, all)
}

fn notes(plan: &Plan, hints: HintText) -> Markup {
    html! {
        @let notes = notes::of(plan, hints);
        @if !notes.is_empty() {
            section.box aria-label="Notes" { ul { @for note in &notes { li { (printable(note)) } } } }
        }
    }
}

/// Hidden until the script is there to make them work.
fn filters(plan: &Plan) -> Markup {
    let kinds: BTreeSet<&str> = plan.changing().map(|change| change.address.kind().name).collect();
    let products: BTreeSet<&str> =
        plan.changing().filter_map(|change| change.address.product_or_own()).collect();
    let used = wording::used_actions(plan);
    html! {
        form #filters role="search" aria-label="Filter the changes" hidden {
            label {
                span { "Search" }
                input #search type="search" placeholder="name, field, value …" autocomplete="off";
            }
            label {
                span { "Kind" }
                select #kind { option value="" { "all" } @for kind in kinds { option { (kind) } } }
            }
            @if !products.is_empty() {
                label {
                    span { "Product" }
                    select #product {
                        option value="" { "all" }
                        @for product in products { option { (product) } }
                    }
                }
            }
            fieldset {
                legend { "Actions" }
                @for action in used {
                    label.check {
                        input type="checkbox" name="action" value=(wording::word(action)) checked;
                        span class=(wording::word(action)) { (wording::word(action)) }
                    }
                }
            }
            div.buttons {
                button #open type="button" { "Open all" }
                button #close type="button" { "Close all" }
            }
            p #count role="status" aria-live="polite" {}
        }
    }
}

fn bottom(plan: &Plan) -> Markup {
    let drift = relevant_drift(plan);
    html! {
        @if !drift.is_empty() {
            section #drift {
                h2 { "Changed outside of nautform since the last apply" }
                @for item in &drift { (change::drift(item)) }
            }
        }
        @if !plan.unmanaged.is_empty() {
            section #unmanaged {
                h2 { "On the server and in no manifest (" (plan.unmanaged.len()) ")" }
                ul { @for object in &plan.unmanaged { li { code { (object.address) } } } }
            }
        }
        (PreEscaped("</main>"))
        footer {
            p {
                "nautform " (env!("CARGO_PKG_VERSION")) ", " (wording::requests(plan)) "."
            }
        }
        script { (PreEscaped(SCRIPT)) }
        (PreEscaped("</body></html>\n"))
    }
}
