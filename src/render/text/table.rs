//! Small tables without rules: the left column is text, the others are numbers.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::model::text::printable;

/// Lays a table out; wide characters count two columns. Lines have no trailing spaces.
pub(super) fn render(head: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(head.iter().copied());
    rows.iter().for_each(|row| {
        table.add_row(row.iter().map(|cell| printable(cell).into_owned()));
    });
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if index > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string().lines().map(|line| line.trim_end().to_owned()).collect()
}
