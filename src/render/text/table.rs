//! Small tables without rules.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::model::text::printable;

/// A table of texts, all columns on the left.
pub(super) fn texts(head: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    render_aligned(head, rows, CellAlignment::Left)
}

/// A table of numbers; wide characters count two columns. Lines have no trailing spaces.
pub(super) fn render(head: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    render_aligned(head, rows, CellAlignment::Right)
}

/// Lays a table out; `alignment` is that of all columns but the first.
fn render_aligned(head: &[&str], rows: &[Vec<String>], alignment: CellAlignment) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(head.iter().copied());
    rows.iter().for_each(|row| {
        table.add_row(row.iter().map(|cell| printable(cell).into_owned()));
    });
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        if index > 0 {
            column.set_cell_alignment(alignment);
        }
    }
    table.to_string().lines().map(|line| line.trim_end().to_owned()).collect()
}
