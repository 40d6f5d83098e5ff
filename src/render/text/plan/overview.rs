//! What is above the changes: the legend, and tables where there are many changes.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use comfy_table::CellAlignment;

use crate::plan::{Action, Change, Plan};
use crate::render::text::painter::{DIM, Painter};
use crate::render::text::table;
use crate::render::wording;

/// Plans with more changes than this begin with tables.
const LONG: usize = 20;

/// The symbols that are used.
pub(super) fn legend(painter: &mut Painter<'_>, plan: &Plan) -> io::Result<()> {
    painter.spans(&[(DIM, "Actions are indicated with the following symbols:")])?;
    for action in wording::used_actions(plan) {
        painter.aligned_sign(wording::symbol(action), 5)?;
        painter.spans(&[(DIM, " "), (DIM, wording::legend(action))])?;
    }
    painter.blank()
}

/// How many changes there are of each kind, and of each product where there are several. What destroys
/// everything always begins with them.
pub(super) fn tables(painter: &mut Painter<'_>, plan: &Plan, destroy: bool) -> io::Result<()> {
    if plan.changing().count() <= if destroy { 1 } else { LONG } {
        return Ok(());
    }
    table(painter, plan, "kind", |change| change.address.kind().name)?;
    let products: BTreeSet<_> = plan.changing().map(|change| change.address.product()).collect();
    if products.len() > 1 {
        table(painter, plan, "product", |change| change.address.product().unwrap_or("(tenant)"))?;
    }
    Ok(())
}

fn table(
    painter: &mut Painter<'_>,
    plan: &Plan,
    title: &str,
    group: impl Fn(&Change) -> &str,
) -> io::Result<()> {
    let mut counts: BTreeMap<&str, BTreeMap<Action, usize>> = BTreeMap::new();
    for change in plan.changing() {
        *counts.entry(group(change)).or_default().entry(change.action).or_default() += 1;
    }
    let used = wording::used_actions(plan);
    let head: Vec<&str> =
        std::iter::once(title).chain(used.iter().map(|action| wording::word(*action))).collect();
    let row = |(name, row): (&&str, &BTreeMap<Action, usize>)| {
        let number = |action: &Action| row.get(action).map_or("-".to_owned(), ToString::to_string);
        std::iter::once((*name).to_owned()).chain(used.iter().map(number)).collect()
    };
    let rows: Vec<Vec<String>> = counts.iter().map(row).collect();
    let lines = table::aligned(&head, &rows, CellAlignment::Right);
    painter.table(DIM, &lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>())?;
    painter.blank()
}
