//! Edits that move a field of a spec to another place in it, with its comments.

use std::ops::Range;

use crate::model::diagnostic::Edit;
use crate::resource::schema::{Attribute, Entry, FieldPath, Kind, Node, NodeValue, Successor, Type};

use super::words::{key_like, one_line};
use super::{bytes, indent, insert, line_break, remove, value_bytes};

/// Where what is moved goes: into this mapping, below names that are not written yet.
struct Target<'n> {
    mapping: &'n Node,
    missing: &'static [&'static str],
}

/// Why a field is not moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotMoved {
    /// The other place says something else.
    Differs,
    /// The text has a form that is not edited.
    Form,
}

/// The edits that move an entry of a spec to `to`; the fields of a mapping join those that are there.
pub(crate) fn relocate(
    text: &str,
    kind: &Kind,
    spec: &Node,
    entry: &Entry,
    to: FieldPath,
) -> Result<Vec<Edit>, NotMoved> {
    let is_mapping = !entry.value.entries().is_empty();
    let (last, above) = to.split_last().ok_or(NotMoved::Form)?;
    let target = target(kind, spec, if is_mapping { to } else { above }).ok_or(NotMoved::Form)?;
    let members: Vec<(&str, &Node)> = if is_mapping {
        entry.value.entries().iter().map(|entry| (&*entry.key, &entry.value)).collect()
    } else {
        vec![(last, &entry.value)]
    };
    let own = owned(text, spec, entry).ok_or(NotMoved::Form)?;
    let mut new = Vec::with_capacity(members.len());
    for (name, value) in &members {
        // What is at both places must be the same.
        match target.mapping.get(name).filter(|_| target.missing.is_empty()) {
            Some(there) if there.text().is_some() && there.text() == value.text() => {}
            Some(_) => return Err(NotMoved::Differs),
            None => new.push((*name, *value)),
        }
    }
    let is_whole = new.len() == members.len();
    let moved = Moved { text, entry, own, members: new, is_mapping, is_whole };
    moved.to(spec, &target).ok_or(NotMoved::Form)
}

/// The bytes of an entry, if it is written here and shares nothing.
fn owned(text: &str, mapping: &Node, entry: &Entry) -> Option<Range<usize>> {
    let start = entry.key_span.start as usize;
    let value = value_bytes(text, &entry.value);
    let is_inside = bytes(mapping).contains(&start) && start < value.start;
    let own = start..value.end.max(start);
    let is_shared = [" &", " *"].iter().any(|mark| text[own.clone()].contains(mark));
    (is_inside && !is_shared).then_some(own)
}

/// The innermost mapping on the way to `path` that is written.
fn target<'n>(kind: &Kind, spec: &'n Node, path: FieldPath) -> Option<Target<'n>> {
    let mut mapping = spec;
    let mut fields: &[Attribute] = kind.attributes;
    for (depth, name) in path.iter().enumerate() {
        let attribute = fields.iter().find(|attribute| attribute.name == *name);
        let is_former = |key: &str| {
            kind.removed.iter().any(|removed| {
                matches!(removed.successor, Successor::Renamed(new) if new == *name)
                    && removed
                        .path
                        .split_last()
                        .is_some_and(|(last, above)| above == &path[..depth] && removed.is_called(last, key))
            })
        };
        let is_meant = |entry: &&Entry| {
            let answers = |attribute: &Attribute| attribute.answers_to(&entry.key);
            attribute.map_or(*entry.key == **name, answers) || is_former(&entry.key)
        };
        let Some(entry) = mapping.entries().iter().find(is_meant) else {
            return Some(Target { mapping, missing: &path[depth..] });
        };
        mapping = Some(&entry.value).filter(|value| matches!(value.value, NodeValue::Mapping(_)))?;
        fields = match attribute.map(|attribute| attribute.ty) {
            Some(Type::Object(fields)) => fields,
            _ => &[],
        };
    }
    Some(Target { mapping, missing: &[] })
}

/// What is moved, as it is written.
struct Moved<'t> {
    text: &'t str,
    entry: &'t Entry,
    own: Range<usize>,
    /// What the other place does not have.
    members: Vec<(&'t str, &'t Node)>,
    is_mapping: bool,
    /// Whether that is all of it.
    is_whole: bool,
}

impl Moved<'_> {
    fn to(self, spec: &Node, target: &Target<'_>) -> Option<Vec<Edit>> {
        let Self { text, entry, .. } = self;
        let removed = || remove(text, spec, entry).ok();
        if self.members.is_empty() {
            return Some(vec![removed()?]);
        }
        let is_here = std::ptr::eq(target.mapping, spec);
        if text[bytes(target.mapping)].starts_with('{') {
            let new = self.flow(target.missing)?;
            return Some(match is_here {
                true => vec![Edit { range: self.own, text: new }],
                false => vec![removed()?, insert(text, target.mapping, &new).ok()?],
            });
        }
        let first = target.mapping.entries().first()?.key_span.start as usize;
        let indent = indent(text, first).filter(|_| bytes(target.mapping).contains(&first))?;
        let lines = self.block(target.missing, indent, is_here)?;
        let newline = line_break(text);
        if is_here {
            let new = lines.join(newline).trim_start().to_owned();
            return Some(vec![Edit { range: self.own, text: new }]);
        }
        let end = line_end(text, value_bytes(text, target.mapping).end);
        let new = lines.iter().map(|line| format!("{newline}{line}")).collect();
        Some(vec![removed()?, Edit { range: end..end, text: new }])
    }

    /// `gateway: {additions: {a: b}}`; nothing if a comment would be lost.
    fn flow(&self, above: &[&str]) -> Option<String> {
        if self.text[self.own.clone()].contains(" #") {
            return None;
        }
        let key = |name: &str| key_like(self.text, self.entry, name);
        let member =
            |(name, value): &(&str, &Node)| Some(format!("{}: {}", key(name), one_line(self.text, value)?));
        let members: Vec<String> = self.members.iter().map(member).collect::<Option<_>>()?;
        Some(above.iter().rev().fold(members.join(", "), |inner, name| format!("{}: {{{inner}}}", key(name))))
    }

    /// Lines with this indentation, comments included.
    fn block(&self, above: &[&str], indent: &str, is_here: bool) -> Option<Vec<String>> {
        let deep = |depth: usize| format!("{indent}{}", "  ".repeat(depth));
        let head = above.iter().enumerate().map(|(depth, name)| format!("{}{name}:", deep(depth)));
        let mut lines: Vec<String> = head.collect();
        let inner = deep(above.len());
        let value = value_bytes(self.text, &self.entry.value);
        let is_block = self.is_mapping && !self.text[value.clone()].starts_with('{');
        // What follows on the last line stays there if the place stays.
        let end = if is_here { value.end } else { line_end(self.text, value.end) };
        if !is_block {
            let comment = self.text[value.end..end].trim_end();
            if self.text[value].contains('\n') {
                return None;
            }
            let line = |(name, value): &(&str, &Node)| {
                Some(format!("{inner}{name}: {}", one_line(self.text, value)?))
            };
            lines.extend(self.members.iter().map(line).collect::<Option<Vec<_>>>()?);
            lines.last_mut()?.push_str(comment);
            return Some(lines);
        }
        let key_end = self.entry.key_span.end as usize;
        let body = line_end(self.text, key_end);
        let comment = self.text[key_end..body].trim_start_matches([':', ' ']).trim_end();
        if !self.is_whole || !comment.is_empty() && lines.is_empty() {
            return None;
        }
        if !comment.is_empty() {
            lines.last_mut()?.push_str(&format!(" {comment}"));
        }
        let written = self.indent_of_members()?;
        for line in self.text[body..end].lines().skip(1) {
            let blanks = line.len() - line.trim_start_matches(' ').len();
            let rest = line[blanks.min(written)..].trim_end();
            lines.push(if rest.is_empty() { String::new() } else { format!("{inner}{rest}") });
        }
        Some(lines)
    }

    fn indent_of_members(&self) -> Option<usize> {
        let first = self.entry.value.entries().first()?.key_span.start as usize;
        Some(indent(self.text, first)?.len())
    }
}

/// The end of the line that holds a byte, without its line break.
fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    if text[at..end].ends_with('\r') { end - 1 } else { end }
}
