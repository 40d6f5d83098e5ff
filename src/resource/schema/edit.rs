//! Edits of a manifest's text that set a field and leave all else as it is: comments, order, layout. Pure.
//!
//! What the text alone does not decide is refused: fields that variables, anchors or merge keys give. The
//! caller loads the edited text and compares, since a YAML text can mean something unexpected.

mod moves;
mod words;

pub(crate) use moves::{NotMoved, relocate};
pub(crate) use words::{rename, replace_word, unquote, wrap};

use std::ops::Range;

use crate::model::diagnostic::Edit;
use crate::model::value::{Path, Segment, Value};
use crate::resource::schema::{Attribute, Entry, Node, NodeValue, Type};

/// Why a field can't be edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotEdit {
    /// A variable gives its value.
    #[error("a variable gives its value")]
    Variable,
    /// An anchor, an alias or a merge key gives its value, or others get theirs from it.
    #[error("an anchor shares its value")]
    Anchor,
    /// It is written in a form that is not edited.
    #[error("it is written in a form that can't be edited")]
    Form,
}

/// The edit that gives the field at `path` of a spec this value; `None` removes it. The path has no items of
/// lists.
pub(crate) fn set(
    text: &str,
    spec: &Node,
    attributes: &'static [Attribute],
    path: &Path,
    value: Option<&Value>,
) -> Result<Edit, CannotEdit> {
    let mut names = path.segments().iter().map(|segment| match segment {
        Segment::Name(name) => Ok(name.as_str()),
        Segment::Index(_) => Err(CannotEdit::Form),
    });
    let mut mapping = spec;
    let mut fields = attributes;
    while let Some(name) = names.next().transpose()? {
        let attribute = fields.iter().find(|attribute| attribute.name == name);
        let answers = |entry: &&Entry| {
            attribute.map_or(entry.key.as_ref() == name, |attribute| attribute.answers_to(&entry.key))
        };
        let rest: Vec<&str> = names.clone().collect::<Result<_, _>>()?;
        let Some(entry) = mapping.entries().iter().find(answers) else {
            let value = value.ok_or(CannotEdit::Form)?;
            let inner = rest.iter().rev().fold(flow(value), |inner, name| format!("{{{name}: {inner}}}"));
            return insert(text, mapping, &format!("{name}: {inner}"));
        };
        check(text, mapping, entry)?;
        if rest.is_empty() {
            return match value {
                Some(value) => replace(text, entry, value),
                None => remove(text, mapping, entry),
            };
        }
        mapping = &entry.value;
        fields = attribute.map_or(&[], |attribute| match attribute.ty {
            Type::Object(fields) => fields,
            _ => &[],
        });
    }
    Err(CannotEdit::Form)
}

fn bytes(node: &Node) -> Range<usize> {
    node.span.start as usize..node.span.end as usize
}

/// Whether the entry is written here, and for itself alone.
fn check(text: &str, mapping: &Node, entry: &Entry) -> Result<(), CannotEdit> {
    let key = entry.key_span.start as usize..entry.key_span.end as usize;
    let value = bytes(&entry.value);
    let is_inside = bytes(mapping).contains(&key.start) && key.end <= value.start;
    if !is_inside || text[key.end..value.start].contains(['&', '*']) {
        return Err(CannotEdit::Anchor);
    }
    let old = &text[value];
    if matches!(entry.value.value, NodeValue::Scalar { .. }) && old.contains('$') {
        return Err(CannotEdit::Variable);
    }
    if old.contains(['&', '*']) && !matches!(entry.value.value, NodeValue::Scalar { .. }) {
        return Err(CannotEdit::Anchor);
    }
    Ok(())
}

/// The bytes of a value without the blanks and comments behind it, which the places of lists and mappings
/// include.
fn value_bytes(text: &str, node: &Node) -> Range<usize> {
    let range = bytes(node);
    if text[range.clone()].starts_with(['{', '[']) {
        return range.start..range.start + text[range].trim_end().len();
    }
    let last = match &node.value {
        NodeValue::Mapping(entries) => entries.last().map(|entry| {
            let end = value_bytes(text, &entry.value).end.max(entry.key_span.end as usize);
            // The colon of a key without a value.
            end + usize::from(entry.value.span.start == entry.value.span.end && text[end..].starts_with(':'))
        }),
        NodeValue::Sequence(items) => items.last().map(|item| value_bytes(text, item).end),
        NodeValue::Scalar { .. } => None,
    };
    // What an alias stands for is elsewhere.
    let end = last.filter(|end| range.contains(end)).unwrap_or(range.end);
    range.start..range.start + text[range.start..end].trim_end().len()
}

fn replace(text: &str, entry: &Entry, value: &Value) -> Result<Edit, CannotEdit> {
    let range = value_bytes(text, &entry.value);
    if range.is_empty() {
        let colon = text[entry.key_span.end as usize..].find(':').ok_or(CannotEdit::Form)?;
        let at = entry.key_span.end as usize + colon + 1;
        return Ok(Edit { range: at..at, text: format!(" {}", flow(value)) });
    }
    let is_block_list = !entry.value.items().is_empty() && !text[range.start..].starts_with('[');
    let new = match (text.as_bytes()[range.start], value) {
        (b'\'', Value::String(new)) if !new.contains(['\n', '\'']) => format!("'{}'", escaped(new)),
        (b'"', Value::String(new)) => quoted(new),
        (_, Value::List(items)) if is_block_list && !items.is_empty() => {
            return block(text, &entry.value, items);
        }
        _ => flow(value),
    };
    Ok(Edit { range, text: new })
}

/// The items of a block list, each on a line as indented as the first one. Where items are only added at the
/// end, or some that follow each other are only removed, the others keep their lines.
fn block(text: &str, list: &Node, items: &[Value]) -> Result<Edit, CannotEdit> {
    // The place of a list that is as indented as its key begins behind the first dash.
    let first = list.items().first().map_or(list.span.start, |item| item.span.start) as usize;
    let dash = text[..first].rfind('-').ok_or(CannotEdit::Form)?;
    let range = dash..value_bytes(text, list).end;
    let indent = indent(text, range.start).ok_or(CannotEdit::Form)?;
    let newline = line_break(text);
    let line = |item: &Value| format!("{indent}- {}{newline}", flow(item));
    let old: Vec<&str> = list.items().iter().filter_map(Node::text).collect();
    let new: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
    let is_plain = old.len() == list.items().len() && new.len() == items.len();
    let same = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let left = old.len() - same;
    // Where the line of an item begins; behind the last one, where the next line does.
    let line_of = |index: usize| match list.items().get(index) {
        Some(item) => text[..item.span.start as usize].rfind('\n').map_or(0, |newline| newline + 1),
        None => {
            let end = list.items().last().map_or(range.end, |item| item.span.end as usize);
            text[end..].find('\n').map_or(text.len(), |newline| end + newline + 1)
        }
    };
    if is_plain && left == 0 && text[..line_of(old.len())].ends_with('\n') {
        let at = line_of(old.len());
        return Ok(Edit { range: at..at, text: items[same..].iter().map(line).collect() });
    }
    let gone = old.len().saturating_sub(new.len());
    if is_plain && gone > 0 && old[same + gone..] == new[same..] {
        return Ok(Edit { range: line_of(same)..line_of(same + gone), text: String::new() });
    }
    let lines: Vec<String> = items.iter().map(|item| format!("- {}", flow(item))).collect();
    Ok(Edit { range, text: lines.join(&format!("{newline}{indent}")) })
}

/// What is before a place on its line, if that is blank.
fn indent(text: &str, at: usize) -> Option<&str> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    Some(&text[start..at]).filter(|before| before.trim().is_empty())
}

fn line_break(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

fn insert(text: &str, mapping: &Node, entry: &str) -> Result<Edit, CannotEdit> {
    let range = bytes(mapping);
    if text[range.clone()].starts_with('{') {
        let at = range.start + 1;
        let comma = match text[at..].starts_with(['\r', '\n']) {
            _ if mapping.entries().is_empty() => "",
            true => ",",
            false => ", ",
        };
        return Ok(Edit { range: at..at, text: format!("{entry}{comma}") });
    }
    let first = mapping.entries().first().ok_or(CannotEdit::Form)?;
    let key = first.key_span.start as usize;
    if !range.contains(&key) {
        return Err(CannotEdit::Anchor);
    }
    let indent = indent(text, key).ok_or(CannotEdit::Form)?;
    let end = first.value.span.end as usize;
    let is_line = first.value.text().is_some() && key < end && !text[key..end].contains('\n');
    let newline = line_break(text);
    // Behind the first entry, which most often is the name, if that is a line.
    Ok(match text[end..].find(newline).filter(|_| is_line) {
        Some(after) => {
            let at = end + after;
            Edit { range: at..at, text: format!("{newline}{indent}{entry}") }
        }
        None => Edit { range: key..key, text: format!("{entry}{newline}{indent}") },
    })
}

/// The edit that removes an entry, with its line if it has one.
pub(crate) fn remove(text: &str, mapping: &Node, entry: &Entry) -> Result<Edit, CannotEdit> {
    let key = entry.key_span.start as usize;
    let end = value_bytes(text, &entry.value).end.max(entry.key_span.end as usize);
    if text[bytes(mapping)].starts_with('{') {
        let after = text[end..].len() - text[end..].trim_start().len();
        let comma = text[end + after..].starts_with(',');
        let before = text[..key].trim_end();
        let range = match (comma, before.strip_suffix(',')) {
            (true, _) => {
                let rest = text[end + after + 1..].trim_start_matches(' ');
                let next = text.len() - rest.len();
                // A line of its own goes as a whole.
                match (indent(text, key), rest.trim_start_matches('\r').starts_with('\n')) {
                    (Some(indent), true) => {
                        let line_break = text[next..].find('\n').map_or(0, |newline| newline + 1);
                        key - indent.len()..next + line_break
                    }
                    _ => key..next,
                }
            }
            (false, Some(before)) => before.len()..end,
            (false, None) => key..end,
        };
        return Ok(Edit { range, text: String::new() });
    }
    let indent = indent(text, key).ok_or(CannotEdit::Form)?;
    let line_end = text[end..].find('\n').map_or(text.len(), |newline| end + newline + 1);
    Ok(Edit { range: key - indent.len()..line_end, text: String::new() })
}

/// A value on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Map(map) => {
            let members = map.iter().map(|(key, value)| format!("{}: {}", text_of(key), flow(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => text_of(text),
        Value::Null | Value::Secret(_) => "\"\"".to_owned(),
    }
}

/// A text, with quotes unless no reader of YAML could take it for anything else.
fn text_of(text: &str) -> String {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_inner);
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    if is_plain && !words.contains(&text.to_ascii_lowercase().as_str()) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// Between double quotes, as JSON has it, which is YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::String(escaped(text)).to_string()
}

/// A plain `${` is not a variable.
fn escaped(text: &str) -> String {
    text.replace("${", "$${")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load::yaml;
    use crate::model::diagnostic::{Diagnostics, SourceMap, apply};
    use crate::resource::kinds;

    fn edited(spec: &str, path: &str, value: Option<&Value>) -> Result<String, CannotEdit> {
        let text = format!("spec:{spec}");
        let mut sources = SourceMap::new();
        let file = sources.add("a.yaml", text.as_str());
        let documents = yaml::parse(file, &text, &mut Diagnostics::new());
        let spec = documents[0].root.get("spec").unwrap();
        let attributes = kinds::find("CodeRepo").unwrap().attributes;
        let edit = set(&text, spec, attributes, &path.parse().unwrap(), value)?;
        Ok(apply(&text, vec![edit]).strip_prefix("spec:").unwrap().to_owned())
    }

    fn text(value: &str) -> Value {
        Value::text(value)
    }

    #[test]
    fn value_is_replaced_and_comments_stay() {
        let set = |spec, value| edited(spec, "project", Some(&text(value))).unwrap();
        assert_eq!(set("\n  name: a\n  project: b # why\n", "c"), "\n  name: a\n  project: c # why\n");
        assert_eq!(set(" {name: a, project: 'b'}", "c d"), " {name: a, project: 'c d'}");
        assert_eq!(set("\n  project: \"b\"\n", "true"), "\n  project: \"true\"\n");
        assert_eq!(set("\n  project: b\n", "1"), "\n  project: \"1\"\n");
        assert_eq!(set("\n  project:\n  name: a\n", "c"), "\n  project: c\n  name: a\n");
    }

    #[test]
    fn value_that_is_not_written_is_added() {
        let set = |spec, path| edited(spec, path, Some(&text("c"))).unwrap();
        assert_eq!(
            set("\n  name: a # first\n  product: p\n", "project"),
            "\n  name: a # first\n  project: c\n  product: p\n"
        );
        assert_eq!(set(" {name: a}", "project"), " {project: c, name: a}");
        assert_eq!(
            set("\n  name: a\n", "git.gitlab.description"),
            "\n  name: a\n  git: {gitlab: {description: c}}\n"
        );
        assert_eq!(
            set("\n  git:\n    gitlab:\n      visibility: private\n", "git.gitlab.description"),
            "\n  git:\n    gitlab:\n      visibility: private\n      description: c\n"
        );
    }

    #[test]
    fn value_is_removed_with_its_line() {
        let unset = |spec| edited(spec, "project", None).unwrap();
        assert_eq!(unset("\n  name: a\n  project: b # why\n  x: y\n"), "\n  name: a\n  x: y\n");
        assert_eq!(unset(" {name: a, project: b}"), " {name: a}");
        assert_eq!(unset(" {project: b, name: a}"), " {name: a}");
    }

    #[test]
    fn lists_keep_their_form() {
        let value = Value::List([text("a"), text("b c")].into());
        let set = |spec| edited(spec, "webhook.events", Some(&value)).unwrap();
        assert_eq!(set(" {webhook: {events: [x]}}"), " {webhook: {events: [a, \"b c\"]}}");
        assert_eq!(
            set("\n  webhook:\n    events:\n      - x\n      - y\n  name: a\n"),
            "\n  webhook:\n    events:\n      - a\n      - \"b c\"\n  name: a\n"
        );
    }

    #[test]
    fn items_that_stay_keep_their_lines() {
        let list = |items: &[&str]| Value::List(items.iter().map(|item| text(item)).collect());
        let set = |items: &[&str]| {
            let spec = "\n  webhook:\n    events:\n    - x # why\n    - y # because\n  name: a\n";
            edited(spec, "webhook.events", Some(&list(items))).unwrap()
        };
        let whole = |lines: &str| format!("\n  webhook:\n    events:\n{lines}  name: a\n");
        assert_eq!(set(&["x", "y", "z"]), whole("    - x # why\n    - y # because\n    - z\n"));
        assert_eq!(set(&["y"]), whole("    - y # because\n"));
        assert_eq!(set(&["x"]), whole("    - x # why\n"));
        let without = edited("\n  webhook:\n    events:\n    - x\n  name: a\n", "webhook", None).unwrap();
        assert_eq!(without, "\n  name: a\n");
    }

    #[test]
    fn shared_and_filled_in_values_are_refused() {
        let set = |spec| edited(spec, "project", Some(&text("c")));
        assert_eq!(set("\n  project: ${P}\n"), Err(CannotEdit::Variable));
        assert_eq!(set("\n  name: &a b\n  project: *a\n"), Err(CannotEdit::Anchor));
        assert_eq!(set("\n  project: &a b\n  name: *a\n"), Err(CannotEdit::Anchor));
    }
}
