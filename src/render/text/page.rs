//! A page of the manual on a terminal.

use std::io::{self, Write};

use crate::render::Style;
use crate::render::page::Block;

use super::painter::{BOLD, PLAIN, Painter};
use super::table;

/// Writes a page.
///
/// # Errors
/// If `out` can't be written.
pub fn page(blocks: &[Block], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut painter = Painter::new(out, style);
    let mut before: Option<&Block> = None;
    for block in blocks {
        let is_next_item = matches!((before, block), (Some(Block::Item(..)), Block::Item(..)));
        if before.is_some() && !is_next_item {
            painter.blank()?;
        }
        match block {
            Block::Heading(_, text) => painter.prose(0, BOLD, text)?,
            Block::Paragraph(text) => painter.prose(0, PLAIN, text)?,
            Block::Item(mark, text) => {
                let first = format!("{mark} ");
                painter.prefixed(&first, &" ".repeat(first.len()), PLAIN, text)?;
            }
            Block::Code(lines) => {
                lines.iter().try_for_each(|line| painter.spans(&[(PLAIN, &indented(line))]))?;
            }
            Block::Table(rows) => painter.table(PLAIN, &table::wrapped(rows, painter.width))?,
        }
        before = Some(block);
    }
    Ok(())
}

fn indented(line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("    {line}") }
}
