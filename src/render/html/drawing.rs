//! The graph as SVG: a box for each change, arrows from what comes first to what comes after.

use std::io::{self, Write};

use maud::{Markup, PreEscaped, html};

use crate::model::text::printable;
use crate::plan::Change;
use crate::render::diff_view::{clip, columns};
use crate::render::wording;

use super::graph_layout::{Arrangement, Place, arrange};

/// Sizes in pixels.
const BOX: (usize, usize) = (210, 34);
const STEP: (usize, usize) = (290, 44);
const MARGIN: usize = 16;
/// How many columns of text a box takes.
const LABEL: usize = 28;
/// Larger graphs can't be read and make the page slow.
const MOST: usize = 2_000;

/// Writes the graph, unless there is nothing to draw or too much.
///
/// # Errors
/// If `out` can't be written.
pub(super) fn write(changes: &[&Change], out: &mut dyn Write) -> io::Result<()> {
    let mut put = |piece: Markup| out.write_all(piece.into_string().as_bytes());
    if changes.len() < 2 {
        return Ok(());
    }
    if changes.len() > MOST {
        let message = format!("The graph is left out: it would have {} boxes.", changes.len());
        return put(html! { section #graph { h2 { "Order" } p { (message) } } });
    }
    let drawn = arrange(changes);
    let width = 2 * MARGIN + drawn.columns * STEP.0;
    let height = 2 * MARGIN + drawn.rows * STEP.1;
    let label =
        format!("Order of {}: from left to right, what comes first", wording::count(changes.len(), "change"));
    put(html! {
        (PreEscaped("<section id=\"graph\">"))
        h2 { "Order" }
        p {
            "From left to right: what is on the left is written first, and destroyed last. "
            "Boxes lead to their change; their arrows light up."
        }
        div.buttons { button #fit type="button" aria-pressed="false" hidden { "Fit to width" } }
        (PreEscaped(format!(
            "<div class=\"canvas\" tabindex=\"0\" role=\"group\" aria-label=\"Graph, scrolls\">\
             <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"group\" aria-label=\"{label}\">"
        )))
    })?;
    put(html! { @for band in &drawn.bands {
        text.band x=(MARGIN) y=(MARGIN + band.row * STEP.1 + STEP.1 - 16) {
            @match band.product {
                Some(product) => { "Product " (printable(product)) }
                None => { "Tenant" }
            }
        }
    } })?;
    for (index, _) in drawn.edges.iter().enumerate() {
        put(edge(&drawn, index))?;
    }
    for (index, change) in changes.iter().enumerate() {
        put(node(change, index, drawn.places[index]))?;
    }
    put(PreEscaped("</svg></div></section>".to_owned()))
}

const fn corner(place: Place) -> (usize, usize) {
    (MARGIN + place.column * STEP.0, MARGIN + place.row * STEP.1)
}

/// From the right side of what comes first to the left side of what comes after.
fn edge(drawn: &Arrangement<'_>, index: usize) -> Markup {
    let (from, to) = drawn.edges[index];
    let start = corner(drawn.places[to]);
    let end = corner(drawn.places[from]);
    let x1 = start.0 + BOX.0;
    let y1 = start.1 + BOX.1 / 2;
    let x2 = end.0;
    let y2 = end.1 + BOX.1 / 2;
    let bend = (STEP.0 - BOX.0) / 2;
    let path = format!("M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}", x1 + bend, x2 - bend);
    html! { path.edge.far[drawn.far[index]] data-from=(from) data-to=(to) d=(path) fill="none" stroke="gray" {} }
}

fn node(change: &Change, index: usize, place: Place) -> Markup {
    let (x, y) = corner(place);
    let name = printable(change.address.name());
    let name =
        if columns(&name) > LABEL { format!("{}…", clip(&name, LABEL - 1)) } else { name.into_owned() };
    let sign = wording::symbol(change.action).symbol();
    let title = format!("{} {}", printable(&change.address.to_string()), wording::outcome(change));
    html! {
        a.node.(wording::word(change.action)) href=(format!("#{}", change.address)) data-node=(index)
            aria-label=(format!("{sign} {} {name}: {title}", change.address.kind().name)) {
            title { (title) }
            rect x=(x) y=(y) width=(BOX.0) height=(BOX.1) rx="5" fill="none" stroke="gray" {}
            text.kind x=(x + 10) y=(y + 13) { (sign) " " (change.address.kind().name) }
            text.name x=(x + 10) y=(y + 27) { (name) }
        }
    }
}
