//! `comment`: one note on a merge request that every run updates.

use crate::http::WriteError;
use crate::notify::merge_request::note::{Decision, Identity, Step, decide};
use crate::notify::merge_request::{NoteError, NotesClient, Text};

/// How often the notes are read again when it is unclear whether one was written.
const ROUNDS: usize = 3;

/// The result for the note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commented {
    /// What was done.
    pub outcome: Outcome,
    /// Our other notes with the same marker, which were not changed.
    pub duplicates: Vec<u64>,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// There was no note: it was created.
    Created,
    /// Its text was replaced.
    Updated,
    /// It had the same text already.
    Unchanged,
}

/// Creates the note, updates it, or does nothing. Where it is unclear whether it was written, the notes are
/// read again, so that it is never created twice.
///
/// # Errors
/// If the host refuses, or can't be reached.
pub async fn comment(client: &NotesClient, text: &Text) -> Result<Commented, NoteError> {
    let mut unclear = None;
    let mut rounds = 0;
    loop {
        rounds += 1;
        let Decision { step, duplicates } = decision(client, text).await?;
        let (written, outcome) = match step {
            // Written by an earlier round whose answer was lost.
            Step::Keep(_) => (Ok(()), unclear.unwrap_or(Outcome::Unchanged)),
            Step::Update(id) => (client.update(id, text.body()).await, Outcome::Updated),
            Step::Create => (client.create(text.body()).await, Outcome::Created),
        };
        match written {
            Ok(()) => return Ok(Commented { outcome, duplicates }),
            Err(WriteError::Refused(error)) => return Err(error),
            Err(WriteError::Unclear(error)) if rounds == ROUNDS => return Err(error),
            Err(WriteError::Unclear(_)) => client.pause().await,
        }
        unclear = Some(outcome);
    }
}

/// Our identity matters only if there is a note that may be ours.
async fn decision(client: &NotesClient, text: &Text) -> Result<Decision, NoteError> {
    let notes = client.notes().await?;
    let me = if notes.iter().any(|note| text.marks(note)) { client.me().await? } else { Identity::App };
    Ok(decide(text, &notes, me))
}
