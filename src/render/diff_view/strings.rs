//! Two texts compared: words of one line, or lines of many. Cost is bounded: large texts are compared less
//! finely.

use similar::{Algorithm, ChangeTag, DiffOp, TextDiff};

use super::line::{Line, Part, Role, Sheet, Sign, columns, put_hidden};
use super::value::{cut, quoted, tabs};

/// Lines of context around a change.
const CONTEXT: usize = 2;
/// Texts with more lines than this are not compared line by line.
const MOST_LINES: usize = 4_000;
/// Texts with more bytes than this are not compared word by word.
const MOST_BYTES: usize = 8_000;
/// Lines that have less than this in common are different lines, not changed ones.
const ALIKE: f32 = 0.5;

/// Both texts in quotes on a line each, the words that differ marked; common ends are left out where a line
/// would get too long.
pub(super) fn words(old: &str, new: &str, width: usize) -> (Vec<Part>, Vec<Part>) {
    let old = quoted(old);
    let new = quoted(new);
    let plain = |old: &str, new: &str| {
        (vec![Part::new(Role::Old, cut(old, width))], vec![Part::new(Role::New, cut(new, width))])
    };
    let (old, new) =
        if columns(&old).max(columns(&new)) > width { without_ends(&old, &new) } else { (old, new) };
    if old.len().max(new.len()) > MOST_BYTES {
        return plain(&old, &new);
    }
    let diff = TextDiff::from_words(old.as_str(), new.as_str());
    if diff.ratio() < ALIKE {
        return plain(&old, &new);
    }
    let mut before = Vec::new();
    let mut after = Vec::new();
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Equal => {
                join(&mut before, Role::Old, change.value());
                join(&mut after, Role::New, change.value());
            }
            ChangeTag::Delete => join(&mut before, Role::OldWord, change.value()),
            ChangeTag::Insert => join(&mut after, Role::NewWord, change.value()),
        }
    }
    (before, after)
}

/// Appends to the last part if it has the same role.
fn join(parts: &mut Vec<Part>, role: Role, text: &str) {
    match parts.last_mut() {
        Some(last) if last.role == role => last.text.push_str(text),
        _ => parts.push(Part::new(role, text)),
    }
}

/// Both texts without what they begin and end with alike, apart from a few characters.
fn without_ends(old: &str, new: &str) -> (String, String) {
    const KEPT: usize = 20;
    let head: usize =
        old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let old_rest = &old[head..];
    let new_rest = &new[head..];
    let tail: usize = old_rest
        .chars()
        .rev()
        .zip(new_rest.chars().rev())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len_utf8())
        .sum();
    let start = old[..head].char_indices().rev().nth(KEPT).map_or(0, |(index, _)| index);
    let end = |text: &str| {
        let from = text.len() - tail;
        text[from..].char_indices().nth(KEPT).map_or(text.len(), |(index, _)| from + index)
    };
    let shown = |text: &str| {
        let end = end(text);
        let before = if start > 0 { "…" } else { "" };
        let after = if end < text.len() { "…" } else { "" };
        format!("{before}{}{after}", &text[start..end])
    };
    (shown(old), shown(new))
}

/// The lines that differ, with some context, one line of the layout for each.
pub(super) fn lines(old: &str, new: &str, depth: usize, sheet: &mut Sheet) {
    let before = old.lines().count();
    let after = new.lines().count();
    if before + after > MOST_LINES {
        let remark = format!("# ({before} lines become {after})");
        return sheet.lines.push(Line::new(Sign::Same, depth).with(Role::Note, remark));
    }
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(old, new);
    let mut shown = 0;
    for group in diff.grouped_ops(CONTEXT) {
        let start = group.first().map_or(0, |op| op.old_range().start);
        put_hidden(start.saturating_sub(shown), "line", depth, sheet);
        group.iter().for_each(|op| changed(&diff, op, depth, sheet));
        shown = group.last().map_or(shown, |op| op.old_range().end);
    }
    put_hidden(before.saturating_sub(shown), "line", depth, sheet);
}

fn changed(diff: &TextDiff<'_, '_, str>, op: &DiffOp, depth: usize, sheet: &mut Sheet) {
    // Without a deadline the result depends on the texts only; the length of the text bounds the cost
    // instead.
    if diff.iter_changes(op).map(|change| change.value().len()).sum::<usize>() > MOST_BYTES {
        for change in diff.iter_changes(op) {
            let (sign, role, _) = look(change.tag());
            let text = cut(tabs(change.value().trim_end_matches('\n')), sheet.width);
            sheet.lines.push(Line::new(sign, depth).with(role, text));
        }
        return;
    }
    for change in diff.iter_inline_changes_deadline(op, None) {
        let (sign, role, word) = look(change.tag());
        let mut line = Line::new(sign, depth);
        for (emphasised, text) in change.values() {
            let text = tabs(text.trim_end_matches(['\n', '\r']));
            if !text.is_empty() {
                line.push(if *emphasised { word } else { role }, text);
            }
        }
        if change.missing_newline() && sign != Sign::Same {
            line.push(Role::Note, " # no line break at the end");
        }
        sheet.lines.push(line);
    }
}

const fn look(tag: ChangeTag) -> (Sign, Role, Role) {
    match tag {
        ChangeTag::Equal => (Sign::Same, Role::Plain, Role::Plain),
        ChangeTag::Delete => (Sign::Remove, Role::Old, Role::OldWord),
        ChangeTag::Insert => (Sign::Add, Role::New, Role::NewWord),
    }
}
