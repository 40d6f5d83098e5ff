//! Writes lines for a terminal: colours, indentation, wrapping. The only place that knows escape sequences
//! (through anstyle).

use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Paint};

use crate::model::text::printable;
use crate::render::Style;
use crate::render::diff_view::{Line, Part, Role, Sign, columns};

/// Ordinary text.
pub(super) const PLAIN: Paint = Paint::new();
/// Headlines.
pub(super) const BOLD: Paint = Paint::new().bold();
/// Remarks.
pub(super) const DIM: Paint = Paint::new().dimmed();
/// Errors and losses.
pub(super) const ERROR: Paint = AnsiColor::Red.on_default().bold();
/// Success.
pub(super) const OK: Paint = AnsiColor::Green.on_default().bold();
/// Warnings.
pub(super) const WARN: Paint = AnsiColor::Yellow.on_default().bold();
const GREEN: Paint = AnsiColor::Green.on_default();
const RED: Paint = AnsiColor::Red.on_default();
const YELLOW: Paint = AnsiColor::Yellow.on_default();

/// The narrowest terminal that lines are laid out for.
const NARROWEST: usize = 40;

/// An output with a width and maybe colours.
pub(super) struct Painter<'a> {
    out: &'a mut dyn Write,
    color: bool,
    /// The width to lay out for.
    pub(super) width: usize,
}

impl<'a> Painter<'a> {
    pub(super) fn new(out: &'a mut dyn Write, style: Style) -> Self {
        Self { out, color: style.color, width: style.width.max(NARROWEST) }
    }

    /// An empty line.
    pub(super) fn blank(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    /// A line of texts, each with its colours.
    pub(super) fn spans(&mut self, spans: &[(Paint, &str)]) -> io::Result<()> {
        for (paint, text) in spans {
            self.put(*paint, &printable(text))?;
        }
        self.blank()
    }

    /// A line that begins a part, and an empty one below it.
    pub(super) fn heading(&mut self, paint: Paint, text: &str) -> io::Result<()> {
        self.spans(&[(paint, text)])?;
        self.blank()
    }

    /// Lines, the first of which is the head of a table.
    pub(super) fn table(&mut self, paint: Paint, lines: &[String]) -> io::Result<()> {
        for (index, line) in lines.iter().enumerate() {
            self.spans(&[(if index == 0 { BOLD } else { paint }, line)])?;
        }
        Ok(())
    }

    /// Notes, and an empty line below them.
    pub(super) fn notes(&mut self, notes: &[String]) -> io::Result<()> {
        notes.iter().try_for_each(|note| self.prefixed("Note: ", "      ", DIM, note))?;
        if notes.is_empty() { Ok(()) } else { self.blank() }
    }

    /// A sentence, wrapped at the width of the terminal, all lines indented alike.
    pub(super) fn prose(&mut self, indent: usize, paint: Paint, text: &str) -> io::Result<()> {
        self.prefixed(&" ".repeat(indent), &" ".repeat(indent), paint, text)
    }

    /// A sentence whose first line begins with `first` and whose other lines begin with `rest`.
    pub(super) fn prefixed(&mut self, first: &str, rest: &str, paint: Paint, text: &str) -> io::Result<()> {
        let mut prefix = first;
        for paragraph in text.lines() {
            for line in wrap(paragraph, self.width.saturating_sub(columns(rest))) {
                write!(self.out, "{prefix}")?;
                self.put(paint, &printable(&line))?;
                self.blank()?;
                prefix = rest;
            }
        }
        Ok(())
    }

    /// A line of the layout.
    pub(super) fn line(&mut self, line: &Line) -> io::Result<()> {
        if line.sign == Sign::Same && line.parts.is_empty() {
            return self.blank();
        }
        if line.sign == Sign::Same {
            self.spaces(line.indent() + 2)?;
        } else {
            self.spaces(line.indent())?;
            self.sign(line.sign)?;
            self.spaces(1)?;
        }
        line.parts.iter().try_for_each(|part| self.part(part))?;
        self.blank()
    }

    /// A sign in its colours, right-aligned in `width` columns.
    pub(super) fn aligned_sign(&mut self, sign: Sign, width: usize) -> io::Result<()> {
        self.spaces(width - sign.symbol().len())?;
        self.sign(sign)
    }

    /// In one piece: the formatter would write them one by one.
    fn spaces(&mut self, mut count: usize) -> io::Result<()> {
        const SPACES: &[u8] = &[b' '; 32];
        while count > 0 {
            let piece = count.min(SPACES.len());
            self.out.write_all(&SPACES[..piece])?;
            count -= piece;
        }
        Ok(())
    }

    /// A sign in its colours.
    fn sign(&mut self, sign: Sign) -> io::Result<()> {
        match sign {
            Sign::Replace => {
                self.put(RED, "-")?;
                self.put(PLAIN, "/")?;
                self.put(GREEN, "+")
            }
            sign => self.put(paint_of(sign), sign.symbol()),
        }
    }

    fn part(&mut self, part: &Part) -> io::Result<()> {
        let paint = match part.role {
            Role::Plain => PLAIN,
            Role::Old => RED,
            Role::New => GREEN,
            Role::OldWord => RED.bold().underline(),
            Role::NewWord => GREEN.bold().underline(),
            Role::Note => DIM,
            Role::Alarm => RED,
        };
        self.put(paint, &part.text)
    }

    fn put(&mut self, paint: Paint, text: &str) -> io::Result<()> {
        if self.color && paint != PLAIN && !text.is_empty() {
            write!(self.out, "{paint}{text}{paint:#}")
        } else {
            self.out.write_all(text.as_bytes())
        }
    }
}

const fn paint_of(sign: Sign) -> Paint {
    match sign {
        Sign::Add => GREEN,
        Sign::Remove => RED,
        Sign::Change | Sign::Replace => YELLOW,
        Sign::Forget => DIM,
        Sign::Same => PLAIN,
    }
}

/// Breaks a sentence at spaces so that each line takes at most `width` columns; longer words stay whole.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let wide = columns(word);
        if !line.is_empty() && used + 1 + wide > width {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if !line.is_empty() {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += wide;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrap_counts_columns() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("支付 系统 a", 6), ["支付", "系统 a"]);
        assert_eq!(wrap("unbreakable", 4), ["unbreakable"]);
    }

    #[test]
    fn colours_are_written_only_if_enabled() {
        let line = Line::new(Sign::Add, 1).with(Role::New, "x");
        let render = |color| {
            let mut out = Vec::new();
            Painter::new(&mut out, Style { color, width: 80, ..Style::default() }).line(&line).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(render(false), "      + x\n");
        assert_eq!(render(true), "      \u{1b}[32m+\u{1b}[0m \u{1b}[32mx\u{1b}[0m\n");
    }
}
