//! The content of a lease's object: who holds it, and until when.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::super::{LockInfo, StoreError};
use super::super::object::{Found, Object};

/// What the server's clock may round off: `Date` and `Last-Modified` have whole seconds.
const ROUNDING: Duration = Duration::from_secs(2);

/// The longest term of a holder: that of a setting. Who can write the object could name a longer one, which
/// would overflow a clock.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A lease as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    /// The lock's ID; empty once released.
    pub(super) id: String,
    holder: String,
    operation: String,
    job: String,
    acquired: String,
    /// When it ends unless it is renewed; for people, since it is by the holder's clock.
    pub(super) expires: String,
    /// How long after a renewal it ends.
    term_seconds: u64,
    /// The number of this lease: each holder has the next one.
    pub(super) epoch: u64,
}

impl Record {
    pub(super) fn new(info: &LockInfo, epoch: u64, term: Duration) -> Self {
        Self {
            id: info.id.clone(),
            holder: info.who.clone(),
            operation: info.operation.clone(),
            job: info.info.clone(),
            acquired: info.created.clone(),
            expires: end(term),
            term_seconds: term.as_secs(),
            epoch,
        }
    }

    /// The same lease, renewed now.
    pub(super) fn renewed(&self, term: Duration) -> Self {
        Self { expires: end(term), ..self.clone() }
    }

    /// What is written in its place: a lease without a holder.
    pub(super) fn released(&self) -> Self {
        Self { epoch: self.epoch, ..Self::default() }
    }

    /// Reads the object.
    pub(super) fn read(object: &Object, found: &Found) -> Result<Self, StoreError> {
        serde_json::from_slice(&found.body).map_err(|error| {
            let place = object.place();
            object
                .unavailable("lock", format!("{place} is not a lease ({error}); remove it if no run uses it"))
        })
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a lease is plain text");
        bytes.push(b'\n');
        bytes
    }

    /// How long it may still be renewed; zero if its holder is gone.
    pub(super) fn left(&self, age: Option<Duration>) -> Duration {
        let term = Duration::from_secs(self.term_seconds).min(LONGEST) + ROUNDING;
        let left = match age {
            Some(age) => term.saturating_sub(age),
            // A server without a clock: the holder's has to do.
            None => self
                .expires
                .parse::<jiff::Timestamp>()
                .map(|end| Duration::try_from(end.duration_since(jiff::Timestamp::now())).unwrap_or_default())
                .unwrap_or_default(),
        };
        left.min(LONGEST)
    }

    /// The holder, as a waiting run shows it.
    pub(super) fn info(&self, object: &Object) -> LockInfo {
        let job = if self.job.is_empty() { String::new() } else { format!("{}, ", self.job) };
        LockInfo {
            id: self.id.clone(),
            who: self.holder.clone(),
            operation: self.operation.clone(),
            created: self.acquired.clone(),
            info: format!("{job}free after {} unless it is renewed, lock ID {}", self.expires, self.id),
            version: String::new(),
            path: object.place(),
        }
    }
}

/// The time after `term`, in whole seconds.
fn end(term: Duration) -> String {
    let now = jiff::Timestamp::now();
    let end = jiff::SignedDuration::try_from(term).ok().and_then(|term| now.checked_add(term).ok());
    let end = end.unwrap_or(now);
    end.round(jiff::Unit::Second).unwrap_or(end).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lease_without_end_ends_after_a_week() {
        let expires = "9999-12-30T22:00:00Z".to_owned();
        let record = Record { term_seconds: u64::MAX, expires, ..Record::default() };
        assert_eq!(record.left(Some(Duration::ZERO)), LONGEST);
        assert_eq!(record.left(None), LONGEST);
        assert_eq!(record.left(Some(LONGEST + ROUNDING)), Duration::ZERO);
    }
}
