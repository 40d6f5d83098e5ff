//! `apply --agreed`: a plan is carried out only if all of it was agreed on, in the notes of merged merge
//! requests or by hand.
//!
//! Invariants: only notes of the configured user count, and only those of merge requests that were merged into
//! the branch that is applied; what was agreed on permits nothing that needs a permission.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use tokio::sync::Mutex;

use crate::config::resolve::Configuration;
use crate::model::fingerprint::Fingerprint;
use crate::notify::merge_request::{NoteError, NotesClient, User};
use crate::plan::Plan;
use crate::plan::agreement::{self, Part};
use crate::resource::Address;
use crate::state::State;

/// What a plan has to be agreed on by.
#[derive(Debug)]
pub enum Agreement {
    /// The notes of merge requests.
    Reviews(Box<Reviews>),
    /// Its fingerprint, by hand.
    Fingerprint(String),
}

/// Where reviewed plans are.
pub struct Reviews {
    /// The project.
    client: Mutex<NotesClient>,
    /// Whose notes count.
    user: User,
    /// What is applied.
    commit: String,
    /// Where it has been merged into.
    branch: String,
}

impl Reviews {
    /// The notes that a user wrote on the merge requests by which a branch came to a commit.
    pub fn new(client: NotesClient, user: User, commit: String, branch: String) -> Self {
        Self { client: Mutex::new(client), user, commit, branch }
    }

    /// What the notes say.
    async fn read(&self, since: Option<&str>) -> Result<Read, NoteError> {
        let mut client = self.client.lock().await;
        let mut read = Read { user: Some(self.user.clone()), ..Read::default() };
        for number in client.merged(since, &self.commit, &self.branch).await? {
            client.turn_to(number);
            let notes = client.notes().await?;
            let own = notes.iter().filter(|note| self.user.wrote(note));
            let found: Vec<Fingerprint> = own.filter_map(|note| Fingerprint::find(&note.body)).collect();
            read.requests.insert(client.target().to_string(), !found.is_empty());
            for Fingerprint { whole, operations, .. } in found {
                read.wholes.insert(whole);
                read.operations.extend(operations);
            }
        }
        Ok(read)
    }
}

impl fmt::Debug for Reviews {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reviews({} at {} on {})", self.user, self.commit, self.branch)
    }
}

/// What was agreed on.
#[derive(Clone, Debug, Default)]
pub(super) struct Read {
    wholes: BTreeSet<String>,
    operations: BTreeSet<String>,
    /// The merge requests, and whether there is a note that counts.
    requests: BTreeMap<String, bool>,
    user: Option<User>,
}

/// A plan has parts that were not agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAgreed {
    /// These.
    pub operations: Vec<Unagreed>,
    /// What they and the rest of the plan could be agreed on by.
    pub fingerprint: String,
    /// The merge requests that were looked at, and whether each has a note that counts.
    pub requests: Vec<(String, bool)>,
    /// Whose notes count; `None` if the fingerprint was given by hand.
    pub user: Option<String>,
}

/// What was not agreed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unagreed {
    /// The object; `None` for a rule of the settings.
    pub address: Option<Address>,
    /// What is done to it: `create`, `update language`.
    pub what: Vec<String>,
    /// Its manifest.
    pub file: Option<String>,
    /// The commits that changed the manifest since the last complete apply, if they are known.
    pub commits: Vec<String>,
}

/// What was agreed on, where it is known at all.
pub(super) async fn read(agreement: &Agreement, state: &State) -> Result<Read, NoteError> {
    match agreement {
        Agreement::Reviews(reviews) => reviews.read(state.commit.as_deref()).await,
        Agreement::Fingerprint(whole) => {
            let wholes = [whole.to_ascii_lowercase()].into();
            Ok(Read { wholes, ..Read::default() })
        }
    }
}

/// Whether a plan does anything that has to be agreed on.
pub(super) fn needs_agreement(plan: &Plan, configuration: &Configuration) -> bool {
    !agreement::parts(plan, configuration, None).is_empty()
}

/// What of a plan is not among what was agreed on; `None` if all of it is.
pub(super) fn check(
    plan: &Plan,
    configuration: &Configuration,
    state: &State,
    read: &Read,
) -> Option<NotAgreed> {
    let by_key: Vec<(Vec<Part>, String)> = keys(state)
        .into_iter()
        .map(|key| {
            let parts = agreement::parts(plan, configuration, key);
            let whole = agreement::whole(&parts, key);
            (parts, whole)
        })
        .collect();
    if by_key.iter().any(|(_, whole)| read.wholes.contains(whole)) {
        return None;
    }
    // The parts are the same by every key, and in the same order.
    let is_open = |index: usize| {
        !by_key.iter().any(|(parts, _)| parts[index].is_among(|hash| read.operations.contains(hash)))
    };
    let (best, fingerprint) = by_key.first().expect("a plan without a state has the hashes without a key");
    let missing = best.iter().enumerate().filter(|(index, _)| is_open(*index)).map(|(_, part)| part);
    let operations = by_object(missing);
    (!operations.is_empty()).then(|| NotAgreed {
        operations,
        fingerprint: fingerprint.clone(),
        requests: read.requests.iter().map(|(request, found)| (request.clone(), *found)).collect(),
        user: read.user.as_ref().map(ToString::to_string),
    })
}

/// What the hashes may be keyed with, best first. What was planned before there was a state has no key; the
/// first complete apply ends that.
fn keys(state: &State) -> Vec<Option<&str>> {
    let own = (state.serial > 0).then_some(Some(state.salt.as_str()));
    own.into_iter().chain((own.is_none() || state.commit.is_none()).then_some(None)).collect()
}

/// The parts of each object together, in the order of the plan.
fn by_object<'p>(parts: impl Iterator<Item = &'p Part>) -> Vec<Unagreed> {
    let mut all: Vec<Unagreed> = Vec::new();
    for Part { address, what, file, .. } in parts {
        match all.last_mut().filter(|last| last.address == *address) {
            Some(last) => last.what.push(what.clone()),
            None => all.push(Unagreed {
                address: address.clone(),
                what: vec![what.clone()],
                file: file.clone(),
                commits: Vec::new(),
            }),
        }
    }
    all
}
