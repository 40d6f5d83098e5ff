//! One change, or one object that changed outside of nautform, as HTML.

use maud::{Markup, html};

use crate::model::diagnostic::SourceMap;
use crate::model::text::printable;
use crate::plan::{Action, Change, Drift};
use crate::render::diff_view::{self, Line, Role, Sign};
use crate::render::wording;

/// The width to lay differences out for; the page scrolls sideways where it is narrower.
const WIDTH: usize = 100;

/// A change: its headline is always visible, the rest can be folded. Changes that destroy are always open.
pub(super) fn article(change: &Change, open: bool, sources: Option<&SourceMap>) -> Markup {
    let word = wording::word(change.action);
    let lines = diff_view::fields(change, WIDTH);
    let open = open || matches!(change.action, Action::Delete | Action::Replace);
    html! {
        article #(change.address) class=(word) data-kind=(change.address.kind().name)
            data-product=(change.address.product_or_own().unwrap_or_default()) data-action=(word) {
            details open[open] {
                summary {
                    span.sign aria-hidden="true" { (wording::symbol(change.action).symbol()) }
                    " " strong { (printable(&change.address.to_string())) }
                    " " span.fate { (wording::outcome(change)) }
                }
                div.body {
                    @for reason in change.reasons.iter().filter_map(wording::reason) {
                        p.reason { (printable(&reason)) }
                    }
                    @if let Some(loss) = wording::destroyed(change) { p.loss { (loss) } }
                    @if !change.takes_along.is_empty() {
                        p.loss { "Destroyed with it (" (change.takes_along.len()) "):" }
                        ul.loss {
                            @for address in &change.takes_along { li { (printable(&address.to_string())) } }
                        }
                    }
                    @if !lines.is_empty() { (differences(&lines)) }
                    @if let (Some(sources), Some(span)) = (sources, change.source) {
                        p.place { (printable(&sources.location(span).to_string())) }
                    }
                }
            }
        }
    }
}

/// How an object changed outside of nautform.
pub(super) fn drift(drift: &Drift) -> Markup {
    let lines = diff_view::drift(drift, WIDTH);
    html! {
        article.drift {
            p { strong { (printable(&drift.address.to_string())) } " " (wording::happened(drift.kind)) }
            @if !lines.is_empty() { (differences(&lines)) }
        }
    }
}

/// The lines; each has its sign for those who can't see colours.
fn differences(lines: &[Line]) -> Markup {
    html! {
        pre tabindex="0" role="group" aria-label="Differences" {
            @for line in lines {
                span class=(class_of(line.sign)) {
                    (" ".repeat(line.indent().saturating_sub(6))) (line.sign.symbol()) " "
                    @for part in &line.parts { (piece(part.role, &part.text)) }
                    "\n"
                }
            }
        }
    }
}

fn piece(role: Role, text: &str) -> Markup {
    match role {
        Role::Plain => html! { (text) },
        Role::Old => html! { span.old { (text) } },
        Role::New => html! { span.new { (text) } },
        Role::OldWord => html! { del { (text) } },
        Role::NewWord => html! { ins { (text) } },
        Role::Note => html! { span.note { (text) } },
        Role::Alarm => html! { span.alarm { (text) } },
    }
}

const fn class_of(sign: Sign) -> &'static str {
    match sign {
        Sign::Add => "line add",
        Sign::Remove => "line remove",
        Sign::Change | Sign::Replace => "line change",
        Sign::Forget | Sign::Same => "line",
    }
}
