//! The note to write, and whether to create, update or keep one, given the notes that exist. Pure.
//!
//! A note is found again by the marker on its first line. Invariant: only notes of the token's own user are
//! ever changed, since any user may write a marker.

use crate::model::ci::CodeHost;

/// The beginning of every marker.
const MARKER: &str = "<!-- nautform:";

/// A note to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    marker: String,
    body: String,
}

/// A text that can't be a note.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It is empty.
    #[error("the text is empty: the command that should have written it has failed")]
    Empty,
    /// It has no marker to find it by.
    #[error(
        "the first line is not a marker such as <!-- nautform:plan:fleet -->: a note is a plan \
         or drift report as Markdown"
    )]
    Unmarked,
    /// It is longer than the host allows.
    #[error(
        "the note has {length} characters, and {host} allows {limit}: Markdown leaves out details in a job of \
         {host}, but never what is destroyed; plan parts of the fleet, each for a note of its own"
    )]
    TooLong {
        /// Whose limit.
        host: CodeHost,
        /// How long it is.
        length: usize,
        /// How long it may be.
        limit: usize,
    },
}

impl Text {
    /// A text that `--format markdown` has written.
    ///
    /// # Errors
    /// If it is empty, has no marker or is too long.
    pub fn new(body: String, host: CodeHost) -> Result<Self, TextError> {
        if body.trim().is_empty() {
            return Err(TextError::Empty);
        }
        let marker = marker(&body).ok_or(TextError::Unmarked)?.to_owned();
        let length = body.chars().count();
        let limit = host.note_limit();
        if length > limit {
            return Err(TextError::TooLong { host, length, limit });
        }
        Ok(Self { marker, body })
    }

    /// The whole text.
    pub fn body(&self) -> &str {
        &self.body
    }

    /// Whether a note has the same marker.
    pub fn marks(&self, note: &Note) -> bool {
        marker(&note.body) == Some(self.marker.as_str())
    }
}

/// The first line, if it is a marker.
fn marker(body: &str) -> Option<&str> {
    let first = body.trim_start().lines().next()?.trim_end();
    (first.starts_with(MARKER) && first.ends_with(" -->")).then_some(first)
}

/// A note that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its number.
    pub id: u64,
    /// Its text.
    pub body: String,
    /// Its author, unless that user is gone.
    pub author: Option<u64>,
    /// The author's name on the host.
    pub name: Option<String>,
    /// Whether the author is an app.
    pub by_app: bool,
}

/// A user of the host, as the owner of a pipeline names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User(String);

impl User {
    /// By name, or by number, which never becomes another user's.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('@');
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// Whether a note is this user's.
    pub fn wrote(&self, note: &Note) -> bool {
        match self.0.parse::<u64>() {
            Ok(id) => note.author == Some(id),
            Err(_) => note.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(&self.0)),
        }
    }
}

impl std::fmt::Display for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who the token writes as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A user with this number.
    User(u64),
    /// One of GitHub's apps, such as its Actions, which can't ask for their number.
    App,
}

impl Identity {
    fn wrote(self, note: &Note) -> bool {
        match self {
            Self::User(id) => note.author == Some(id),
            Self::App => note.by_app,
        }
    }
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Write a new note.
    Create,
    /// Replace the text of this note.
    Update(u64),
    /// This note has the same text.
    Keep(u64),
}

/// What to do, and what was noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What to do.
    pub step: Step,
    /// Our other notes with the same marker, which stay as they are.
    pub duplicates: Vec<u64>,
}

/// Decides about a text. Of several notes the oldest is chosen: all runs agree on it.
pub fn decide(text: &Text, notes: &[Note], me: Identity) -> Decision {
    let mut own: Vec<&Note> = notes.iter().filter(|note| text.marks(note) && me.wrote(note)).collect();
    own.sort_by_key(|note| note.id);
    let duplicates = own.iter().skip(1).map(|note| note.id).collect();
    let step = match own.first() {
        None => Step::Create,
        Some(note) if same(&note.body, text.body()) => Step::Keep(note.id),
        Some(note) => Step::Update(note.id),
    };
    Decision { step, duplicates }
}

/// Whether two texts are the same, after what hosts do to line ends and to the last line.
fn same(a: &str, b: &str) -> bool {
    let lines = |text: &str| text.trim().replace("\r\n", "\n");
    lines(a) == lines(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "<!-- nautform:plan:fleet -->\n### plan\n";

    fn text() -> Text {
        Text::new(PLAN.to_owned(), CodeHost::GitLab).unwrap()
    }

    fn note(id: u64, author: u64, body: &str) -> Note {
        Note {
            id,
            body: body.to_owned(),
            author: Some(author),
            name: Some(format!("user-{author}")),
            by_app: author > 100,
        }
    }

    fn step(notes: &[Note]) -> Step {
        decide(&text(), notes, Identity::User(1)).step
    }

    #[test]
    fn note_is_created_updated_or_kept() {
        assert_eq!(step(&[]), Step::Create);
        assert_eq!(step(&[note(5, 1, "<!-- nautform:plan:fleet -->\nold")]), Step::Update(5));
        assert_eq!(step(&[note(5, 1, "<!-- nautform:plan:fleet -->\r\n### plan")]), Step::Keep(5));
    }

    #[test]
    fn marker_of_another_directory_or_command_is_another_note() {
        assert_eq!(step(&[note(5, 1, "<!-- nautform:plan:fleet2 -->")]), Step::Create);
        assert_eq!(step(&[note(5, 1, "<!-- nautform:drift:fleet -->")]), Step::Create);
        assert_eq!(step(&[note(5, 1, &format!("see:\n{PLAN}"))]), Step::Create);
    }

    #[test]
    fn notes_of_other_authors_are_never_changed() {
        assert_eq!(step(&[note(5, 2, PLAN)]), Step::Create);
        let ghost = Note { author: None, ..note(5, 1, PLAN) };
        assert_eq!(step(&[ghost]), Step::Create);
        let notes = [note(5, 2, PLAN), note(6, 101, "<!-- nautform:plan:fleet -->\nold")];
        assert_eq!(decide(&text(), &notes, Identity::App).step, Step::Update(6));
    }

    #[test]
    fn author_is_compared_by_name_or_number() {
        let wrote = |user: &str| User::new(user).is_some_and(|user| user.wrote(&note(5, 7, PLAN)));
        assert!(wrote("user-7") && wrote("@User-7") && wrote("7"));
        assert!(!wrote("user-70") && !wrote("user") && !wrote("70") && !wrote(" "));
        let ghost = Note { author: None, name: None, ..note(5, 7, PLAN) };
        assert!(!User::new("7").unwrap().wrote(&ghost));
    }

    #[test]
    fn oldest_of_several_notes_is_chosen() {
        let notes = [note(9, 1, PLAN), note(5, 1, PLAN), note(7, 2, PLAN), note(8, 1, PLAN)];
        let decision = decide(&text(), &notes, Identity::User(1));
        assert_eq!(decision, Decision { step: Step::Keep(5), duplicates: vec![8, 9] });
    }

    #[test]
    fn invalid_texts_are_refused() {
        let refused = |body: String| Text::new(body, CodeHost::GitHub).unwrap_err().to_string();
        assert!(refused(" \n".into()).contains("empty"));
        assert!(refused("### plan".into()).contains("not a marker"));
        // Characters count, not bytes.
        let filled = |more: usize| format!("{PLAN}{}", "字".repeat(65_536 - PLAN.len() + more));
        assert!(Text::new(filled(0), CodeHost::GitHub).is_ok());
        assert!(Text::new(filled(1), CodeHost::GitLab).is_ok());
        insta::assert_snapshot!(refused(filled(1)), @"the note has 65537 characters, and GitHub allows 65536: Markdown leaves out details in a job of GitHub, but never what is destroyed; plan parts of the fleet, each for a note of its own");
    }
}
