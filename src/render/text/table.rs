//! Small tables without rules.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::model::text::printable;

/// A table of sentences, whose cells are broken to fit the width. The first row is the head.
pub fn wrapped(rows: &[Vec<String>], width: usize) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    let width = u16::try_from(width).unwrap_or(u16::MAX);
    table.set_width(width);
    if let Some((head, rows)) = rows.split_first() {
        table.set_header(head);
        table.add_rows(rows);
    }
    table.column_iter_mut().for_each(|column| _ = column.set_padding((0, 2)));
    lines(&table)
}

/// Lines have no trailing spaces.
fn lines(table: &Table) -> Vec<String> {
    table.to_string().lines().map(|line| line.trim_end().to_owned()).collect()
}

/// A table in which wide characters count two columns; `alignment` is that of all columns but the first.
pub(super) fn aligned(head: &[&str], rows: &[Vec<String>], alignment: CellAlignment) -> Vec<String> {
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
    lines(&table)
}
