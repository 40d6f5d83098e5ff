//! The line of a note that says what of a plan was reviewed: written by a rendering, read where a note is
//! fetched. Its format is in docs/pipelines.md.
//!
//! Invariant: only the second line of a note is read, which nautform writes itself: no value of a manifest
//! can be there.

use serde::{Deserialize, Serialize};

/// The beginning of the line, with the version of what follows.
const HEAD: &str = "<!-- nautform-fingerprint:1 ";
const END: &str = " -->";
/// The word before the hashes of the operations.
const OPERATIONS: &str = " operations=";
/// The marker of a plan's note, on the first line.
const MARKER: &str = "<!-- nautform:plan:";

/// What of a plan can be agreed on, as keyed hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Of all operations together, without what secrets contain.
    pub whole: String,
    /// Of each write, and of each field that an update changes.
    pub operations: Vec<String>,
    /// The secrets that the job could not read: what apply will send is not in the hashes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_at_apply: Vec<String>,
}

impl Fingerprint {
    /// The line, at most `limit` bytes long: longer ones name no single operation.
    pub fn line(&self, limit: usize) -> String {
        let all = self.operations.join(",");
        let whole = &self.whole;
        let operations = if self.fits(limit) { format!("{OPERATIONS}{all}") } else { String::new() };
        format!("{HEAD}{whole}{operations}{END}")
    }

    /// Whether such a line names each operation.
    pub fn fits(&self, limit: usize) -> bool {
        self.operations.iter().map(|hash| hash.len() + 1).sum::<usize>() <= limit
    }

    /// What the note of a plan says; `None` for other notes, and for those of another version.
    pub fn find(note: &str) -> Option<Self> {
        let mut lines = note.trim_start().lines();
        lines.next().filter(|marker| marker.starts_with(MARKER))?;
        let line = lines.next()?.trim_end().strip_prefix(HEAD)?.strip_suffix(END)?;
        let (whole, operations) = line.split_once(OPERATIONS).unwrap_or((line, ""));
        let operations = operations.split(',').filter(|hash| !hash.is_empty()).map(str::to_owned).collect();
        Some(Self { whole: whole.to_owned(), operations, known_at_apply: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint() -> Fingerprint {
        let operations = vec!["01".to_owned(), "02".to_owned()];
        Fingerprint { whole: "00ff".to_owned(), operations, ..Fingerprint::default() }
    }

    #[test]
    fn line_is_read_as_written() {
        let note = |line: String| format!("<!-- nautform:plan:fleet -->\r\n{line}\r\n### nautform plan\n");
        let line = fingerprint().line(100);
        assert_eq!(line, "<!-- nautform-fingerprint:1 00ff operations=01,02 -->");
        assert_eq!(Fingerprint::find(&note(line)), Some(fingerprint()));
        let short = Fingerprint::find(&note(fingerprint().line(4))).unwrap();
        assert_eq!((short.whole.as_str(), short.operations.len()), ("00ff", 0));
        let none = Fingerprint { operations: Vec::new(), ..fingerprint() };
        assert_eq!(Fingerprint::find(&note(none.line(100))), Some(none));
    }

    #[test]
    fn line_counts_only_where_nautform_writes_it() {
        let line = fingerprint().line(100);
        for note in [
            line.clone(),
            format!("<!-- nautform:drift:fleet -->\n{line}"),
            format!("<!-- nautform:plan:fleet -->\n### nautform plan\n{line}"),
            format!("see\n<!-- nautform:plan:fleet -->\n{line}"),
            format!("<!-- nautform:plan:fleet -->\n{}", line.replace(":1 ", ":2 ")),
        ] {
            assert_eq!(Fingerprint::find(&note), None, "{note}");
        }
    }
}
