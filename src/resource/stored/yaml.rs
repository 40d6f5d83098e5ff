//! The text of a stored manifest as a tree. Only what the server itself writes: one document of mappings,
//! sequences and scalars.

use std::borrow::Cow;

use serde_yaml::granit_parser::{Event, Parser, ScalarStyle, options};

use super::layout::Problem;

/// The deepest nesting of a manifest: a pipeline's inputs are eight deep.
const MAX_DEPTH: usize = 32;

/// A value of a stored manifest.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Yaml<'t> {
    /// A text, as it was unescaped. Only `plain` ones can be something other than text.
    Scalar { text: Cow<'t, str>, plain: bool },
    /// A sequence.
    Sequence(Vec<Yaml<'t>>),
    /// A mapping; keys are unique.
    Mapping(Vec<(Cow<'t, str>, Yaml<'t>)>),
}

impl Yaml<'_> {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Mapping(entries) = self else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Whether a key is one of these names in another spelling: the server does not tell upper from lower case.
    pub(super) fn has_other_spelling(&self, names: impl Iterator<Item = &'static str>) -> bool {
        let Self::Mapping(entries) = self else { return false };
        let mut names = names;
        names.any(|name| entries.iter().any(|(key, _)| key != name && is_same_but_for_case(key, name)))
    }

    /// Whether it is null.
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Scalar { text, plain: true } if is_null(text))
    }

    /// The text, if the value is certainly one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar { text, plain } if !plain || is_text(text) => Some(text),
            _ => None,
        }
    }

    /// All scalars that a path leads to, through the items of sequences. Numbers are as they were written.
    pub(super) fn scalars(&self, path: &[&str]) -> Vec<&str> {
        match (self, path) {
            (Self::Scalar { text, .. }, []) => vec![text],
            (Self::Sequence(items), path) => items.iter().flat_map(|item| item.scalars(path)).collect(),
            (Self::Mapping(_), [first, rest @ ..]) => {
                self.get(first).map_or_else(Vec::new, |inner| inner.scalars(rest))
            }
            _ => Vec::new(),
        }
    }

    /// The truth value, if the value is certainly one.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Scalar { text, plain: true } => text.parse().ok(),
            _ => None,
        }
    }
}

fn is_same_but_for_case(one: &str, other: &str) -> bool {
    if one.is_ascii() && other.is_ascii() {
        return one.eq_ignore_ascii_case(other);
    }
    let folded = |text: &str| text.to_uppercase().to_lowercase();
    folded(one) == folded(other)
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Whether the server's YAML library (Go, YAML 1.1) takes a plain scalar as text. When in doubt, it is not.
fn is_text(plain: &str) -> bool {
    const WORDS: [&str; 12] =
        ["y", "yes", "n", "no", "true", "false", "on", "off", ".nan", ".inf", "+.inf", "-.inf"];
    if is_null(plain) || plain == "<<" || WORDS.iter().any(|word| word.eq_ignore_ascii_case(plain)) {
        return false;
    }
    // No number and no date begins with a letter.
    if plain.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return true;
    }
    let lower = plain.to_ascii_lowercase();
    !is_number(&lower) && !is_date(&lower)
}

/// Whether it could be a number: in any base, with underscores, with a fraction or an exponent.
fn is_number(lower: &str) -> bool {
    let digits = lower.replace('_', "");
    let digits = digits.strip_prefix(['+', '-']).unwrap_or(&digits);
    let in_base = |prefix: &str, base: u32| {
        let rest = digits.strip_prefix(prefix);
        rest.is_some_and(|rest| !rest.is_empty() && rest.chars().all(|digit| digit.is_digit(base)))
    };
    let starts = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    in_base("0x", 16) || in_base("0o", 8) || in_base("0b", 2) || starts && digits.parse::<f64>().is_ok()
}

/// Whether it begins like a date: `2027-01-01`.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let mut is = |lengths: std::ops::RangeInclusive<usize>| {
        parts.next().is_some_and(|part| {
            let digits = part.chars().take_while(char::is_ascii_digit).count();
            lengths.contains(&digits)
        })
    };
    is(4..=4) && is(1..=2) && is(1..=2)
}

/// A collection that is still open.
enum Open<'t> {
    Sequence(Vec<Yaml<'t>>),
    Mapping { entries: Vec<(Cow<'t, str>, Yaml<'t>)>, key: Option<Cow<'t, str>> },
}

/// Reads the one document of a text.
pub(super) fn read(text: &str) -> Result<Yaml<'_>, Problem> {
    // What GitLab shows of bytes that are not UTF-8.
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Problem::Yaml);
    }
    let options = options! {
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    while let Some(event) = parser.next_event() {
        let (event, place) = event.map_err(|_| Problem::Yaml)?;
        let value = match event {
            Event::StreamEnd => break,
            Event::Scalar(text, style, 0, None) => {
                let plain = style == ScalarStyle::Plain;
                // The parser says "~" where nothing is written.
                let is_written = place.byte_range().is_none_or(|range| !range.is_empty());
                let text = if plain && !is_written { Cow::Borrowed("") } else { text };
                Yaml::Scalar { text, plain }
            }
            Event::SequenceStart(_, 0, None) => {
                open.push(Open::Sequence(Vec::new()));
                continue;
            }
            Event::MappingStart(_, 0, None) => {
                open.push(Open::Mapping { entries: Vec::new(), key: None });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::Sequence(items)) => Yaml::Sequence(items),
                Some(Open::Mapping { entries, key: None }) => Yaml::Mapping(entries),
                _ => return Err(Problem::Yaml),
            },
            Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd => continue,
            _ => return Err(Problem::Yaml),
        };
        put(value, &mut open, &mut root)?;
    }
    root.ok_or(Problem::Yaml)
}

/// Puts a finished value where it belongs.
fn put<'t>(value: Yaml<'t>, open: &mut [Open<'t>], root: &mut Option<Yaml<'t>>) -> Result<(), Problem> {
    match open.last_mut() {
        Some(Open::Sequence(items)) => items.push(value),
        Some(Open::Mapping { entries, key }) => match (key.take(), value) {
            (Some(name), value) => entries.push((name, value)),
            (None, Yaml::Scalar { text, plain }) if !plain || is_text(&text) => {
                if entries.iter().any(|(name, _)| *name == text) {
                    return Err(Problem::Yaml);
                }
                *key = Some(text);
            }
            (None, _) => return Err(Problem::Yaml),
        },
        // A second document.
        None if root.is_some() => return Err(Problem::Yaml),
        None => *root = Some(value),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_are_text_only_without_doubt() {
        for text in ["main", "10.20.0.10", "v1.2", "0 2 * * *", "1.2.3", "nightly", "https://a:1", "e5", "-"]
        {
            assert!(is_text(text), "{text}");
        }
        for other in [
            "yes",
            "N",
            "On",
            "1",
            "1.10",
            "0o17",
            "0x1F",
            "1_000",
            "1e5",
            "~",
            "",
            "2027-01-01",
            ".inf",
            "-.5",
        ] {
            assert!(!is_text(other), "{other}");
        }
    }

    #[test]
    fn keys_in_another_spelling_are_found() {
        let spec = ["spec"];
        let has = |key: &str| read(&format!("{key}: a\n")).unwrap().has_other_spelling(spec.into_iter());
        assert!(has("Spec") && has("sPEC") && has("\u{17f}pec"));
        assert!(!has("spec") && !has("specs") && !has("sp\u{e9}c"));
    }

    #[test]
    fn quoted_scalars_are_text() {
        let read = read("a: \"1\"\nb: 'yes'\nc: yes\nd:\n- x\n").unwrap();
        assert_eq!(read.get("a").unwrap().text(), Some("1"));
        assert_eq!(read.get("b").unwrap().text(), Some("yes"));
        assert_eq!(read.get("c").unwrap().text(), None);
        assert_eq!(
            read.get("d"),
            Some(&Yaml::Sequence(vec![Yaml::Scalar { text: "x".into(), plain: true }]))
        );
    }

    #[test]
    fn yaml_that_the_server_does_not_write_is_refused() {
        for text in [
            "",
            "a: &x 1\nb: *x\n",
            "a: 1\na: 2\n",
            "a: !!str 1\n",
            "a: 1\n---\nb: 2\n",
            "a: [",
            "? [x]\n: y\n",
        ] {
            assert_eq!(read(text), Err(Problem::Yaml), "{text:?}");
        }
    }
}
