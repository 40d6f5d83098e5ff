//! Pages of the manual: the part of Markdown that `docs/` uses, as blocks that a terminal and a man page lay
//! out. Pure. A test reads every page.

/// A part of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// `## Text`, with its level.
    Heading(usize, String),
    /// Lines that belong together.
    Paragraph(String),
    /// An item of a list, with its mark: `-` or `1.`.
    Item(String, String),
    /// Lines as they are.
    Code(Vec<String>),
    /// Rows of cells; the first row is the head.
    Table(Vec<Vec<String>>),
}

/// Reads a page. The texts have no marks of links, anchors and bold type any more.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim().is_empty() {
            continue;
        }
        if let Some(code) = line.strip_prefix("    ") {
            let mut text = vec![code.to_owned()];
            while let Some(line) = lines.next_if(|line| line.is_empty() || line.starts_with("    ")) {
                text.push(line.get(4..).unwrap_or_default().to_owned());
            }
            text.truncate(text.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1));
            blocks.push(Block::Code(text));
        } else if is_row(line) {
            let mut rows = vec![cells(line)];
            while let Some(row) = lines.next_if(|line| is_row(line)) {
                rows.push(cells(row));
            }
            rows.retain(|row| {
                !row.iter().all(|cell| !cell.is_empty() && cell.chars().all(|c| "-:".contains(c)))
            });
            blocks.push(Block::Table(rows));
        } else if let Some((level, title)) = heading(line) {
            blocks.push(Block::Heading(level, plain(title)));
        } else {
            let (mark, first) = item(line).unwrap_or(("", line));
            let mut text = first.to_owned();
            while let Some(more) = lines.next_if(|next| is_continued(next)) {
                text.push(' ');
                text.push_str(more.trim());
            }
            let text = plain(&text);
            blocks.push(if mark.is_empty() {
                Block::Paragraph(text)
            } else {
                Block::Item(mark.to_owned(), text)
            });
        }
    }
    blocks
}

/// Whether a line is one of a table, which may belong to an item.
fn is_row(line: &str) -> bool {
    line.trim_start().starts_with('|')
}

/// Whether a line goes on with the text above it. Code inside an item is not used.
fn is_continued(line: &str) -> bool {
    let text = line.trim();
    !text.is_empty() && !is_row(line) && heading(line).is_none() && item(line).is_none()
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let title = line.trim_start_matches('#');
    let level = line.len() - title.len();
    (level > 0).then_some(level).zip(title.strip_prefix(' '))
}

fn item(line: &str) -> Option<(&str, &str)> {
    let (mark, text) = line.split_once(' ')?;
    let digits = mark.strip_suffix('.').unwrap_or_default();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (mark == "-" || is_number).then_some((mark, text))
}

/// The cells of a row; `\|` is not the end of one.
fn cells(row: &str) -> Vec<String> {
    let inner = row.trim().trim_start_matches('|');
    let inner = inner.strip_suffix('|').unwrap_or(inner).replace("\\|", "\0");
    inner.split('|').map(|cell| plain(cell.trim()).replace('\0', "|")).collect()
}

/// `[text](target)` is its text, `<a id="x"></a>` nothing, `**text**` its text. What is in backticks stays.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['`', '[', '<', '*']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (kept, after) = mark(rest);
        out.push_str(&kept);
        rest = after;
    }
    out + rest
}

/// What a mark at the beginning of a text leaves, and what comes after it.
fn mark(text: &str) -> (String, &str) {
    let first = text.chars().next().map_or(0, char::len_utf8);
    let itself = (text[..first].to_owned(), &text[first..]);
    match text.as_bytes().first() {
        Some(b'`') => {
            text[1..].find('`').map_or(itself, |end| (text[..end + 2].to_owned(), &text[end + 2..]))
        }
        Some(b'[') => {
            let parts = text[1..].split_once("](").and_then(|(name, rest)| {
                let (_, after) = rest.split_once(')')?;
                (!name.contains('[')).then(|| (plain(name), after))
            });
            parts.unwrap_or(itself)
        }
        Some(b'<') if text.starts_with("<a id=") => {
            text.split_once("</a>").map_or(itself, |(_, after)| (String::new(), after))
        }
        Some(b'*') if text.starts_with("**") => (String::new(), &text[2..]),
        _ => itself,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
# A page

Two lines with a [link](b.md#c),
`a | [b](c)` and **bold** text.

- first
  goes on
1. second

    $ command

    its output

| a | b |
|---|--:|
| <a id=\"x\"></a>`1 \\| 2` | 3 * 4 |
";

    #[test]
    fn page_is_read_as_blocks() {
        insta::assert_debug_snapshot!(blocks(PAGE), @r#"
        [
            Heading(
                1,
                "A page",
            ),
            Paragraph(
                "Two lines with a link, `a | [b](c)` and bold text.",
            ),
            Item(
                "-",
                "first goes on",
            ),
            Item(
                "1.",
                "second",
            ),
            Code(
                [
                    "$ command",
                    "",
                    "its output",
                ],
            ),
            Table(
                [
                    [
                        "a",
                        "b",
                    ],
                    [
                        "`1 | 2`",
                        "3 * 4",
                    ],
                ],
            ),
        ]
        "#);
    }
}
