//! The state itself: records of managed objects, and the writes that were begun. A pure value that entries
//! are folded into.

use std::collections::BTreeMap;
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::model::encoding::hex;
use crate::model::value::Secret;
use crate::resource::{Address, ByAddress, Record, Resource};

use super::Rules;

/// What the hash of a content begins with; that of a text is hex only.
const OF_CONTENT: &str = "content:";

/// The state of one directory. Small and rebuildable: losing it loses no object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Identifies the directory's state; never changes.
    pub lineage: String,
    /// Grows by one with every save.
    pub serial: u64,
    /// The fleet that it is for, by the name in its settings; `None` if it was not named when the state was
    /// written.
    pub fleet: Option<String>,
    /// The environment of the fleet that it is for; `None` if the fleet had none when it was written.
    pub environment: Option<String>,
    /// The servers that it is for, all the same one under different addresses; empty if an older version of
    /// nautform wrote it.
    pub servers: Vec<String>,
    /// The key of the hashes of secrets, hex. Random for each lineage, so that equal secrets of two fleets
    /// have different hashes.
    pub salt: String,
    /// The managed objects.
    pub records: ByAddress<Record>,
    /// The saved plans that were applied last: none is applied twice.
    pub applied_plans: Vec<String>,
    /// Writes that were begun and whose end is unknown: a killed run left them behind.
    pub intents: BTreeMap<Address, Intent>,
    /// What the settings let pass at the last apply; `None` if it is not known.
    pub rules: Option<Rules>,
    /// Writes that were not answered with success and may have happened in part.
    pub incomplete: BTreeMap<Address, Incomplete>,
    /// Deletions that the server has accepted and that may go on.
    pub deletions: BTreeMap<Address, Deletion>,
    /// The commit of the manifests at the last apply in CI that was complete.
    pub commit: Option<String>,
}

/// What is done to an object with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// POST of an object that does not exist.
    Create,
    /// POST of an object that exists.
    Update,
    /// DELETE.
    Delete,
}

impl std::fmt::Display for Verb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        })
    }
}

/// A write that was begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// What was to be done.
    pub verb: Verb,
    /// When, RFC 3339.
    pub since: String,
    /// Whether its manifest protects the object: it may exist already, and no record says so yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub prevent_destroy: bool,
    /// Whether the object is to be released rather than deleted once its manifest is gone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub orphan: bool,
    /// Whether it was sent without the server's checks.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unchecked: bool,
    /// Whether a run was only going to begin it, when it saved its first steps: a store that bundles steps may
    /// have lost what followed. It makes nothing ours.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub planned: bool,
}

impl Intent {
    /// A write of an object whose manifest has no annotations.
    pub fn plain(verb: Verb, since: impl Into<String>) -> Self {
        Self {
            verb,
            since: since.into(),
            prevent_destroy: false,
            orphan: false,
            unchecked: false,
            planned: false,
        }
    }
}

/// A write that was never answered with success, although its configuration is there or may be: keys, secrets
/// or grants may be missing, and no read shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incomplete {
    /// What was to be done, since when; of the first try, if there were several.
    #[serde(flatten)]
    pub intent: Intent,
    /// The server's last answer, or what is known instead.
    pub reason: String,
}

/// A deletion that the server has accepted and the platform has not finished: the object may still be shown.
/// Nothing may be written into it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// When it was accepted, RFC 3339.
    pub since: String,
    /// The day for which it is scheduled, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled: Option<jiff::civil::Date>,
}

/// One change of the state; a journal is a list of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A write begins.
    Begun(Address, Intent),
    /// The object is as recorded; ends its intent.
    Recorded(Address, Box<Record>),
    /// The object is gone or no longer ours; ends its intent.
    Forgotten(Address),
    /// The write came to nothing; the record stays as it was.
    Abandoned(Address),
    /// The write may have happened in part; ends its intent, and the record stays as it was.
    Incomplete(Address, Incomplete),
    /// The object is no longer ours and will be gone some time; ends its intent.
    Deleting(Address, Deletion),
}

impl State {
    /// An empty state of its own lineage.
    pub fn new(lineage: String, salt: String) -> Self {
        Self {
            lineage,
            serial: 0,
            fleet: None,
            environment: None,
            servers: Vec::new(),
            salt,
            records: ByAddress::new(),
            applied_plans: Vec::new(),
            intents: BTreeMap::new(),
            rules: None,
            incomplete: BTreeMap::new(),
            deletions: BTreeMap::new(),
            commit: None,
        }
    }

    /// The keyed hash of a secret: equal for equal secrets within this lineage, and good for nothing else. Of
    /// a secret whose form does not count it is that of its content, and says so.
    pub fn hash(&self, secret: &Secret) -> String {
        let of_content = |content: &str| format!("{OF_CONTENT}{}", self.keyed(content));
        secret.hash_of_content(&self.salt, of_content).unwrap_or_else(|| self.keyed(secret.expose()))
    }

    /// Whether a hash is that of this secret, made of its content or, as earlier versions did, of its text.
    pub fn recognizes(&self, secret: &Secret, hash: &str) -> bool {
        let of_content = hash.starts_with(OF_CONTENT);
        hash == if of_content { self.hash(secret) } else { self.keyed(secret.expose()) }
    }

    fn keyed(&self, text: &str) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.salt.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(text.as_bytes());
        hex(&mac.finalize().into_bytes())
    }

    /// Lets the records of objects that are declared as they were applied have their manifests' values and
    /// addresses: a large fleet is in memory once less.
    pub(crate) fn share(&mut self, declared: &ByAddress<Resource>) {
        for (address, resource) in declared {
            let Some(record) = self.records.get_mut(address) else { continue };
            if record.applied == resource.spec {
                record.applied = Arc::clone(&resource.spec);
            }
            for reference in &mut record.references {
                declared.known(reference).into_iter().for_each(|known| reference.clone_from(known));
            }
        }
        self.records.share_addresses(declared);
    }

    /// Records that a saved plan has been applied.
    pub fn note_plan(&mut self, id: String) {
        // A plan that is older than twenty applies is stale by what it was made from.
        const KEPT: usize = 20;
        self.applied_plans.push(id);
        let surplus = self.applied_plans.len().saturating_sub(KEPT);
        self.applied_plans.drain(..surplus);
    }

    /// Folds one step in.
    pub fn fold(&mut self, entry: Entry) {
        match entry {
            // What a stopped run has begun is more than what this one plans.
            Entry::Begun(address, intent) if intent.planned => {
                self.intents.entry(address).or_insert(intent);
            }
            Entry::Begun(address, intent) => self.begin(address, intent),
            Entry::Recorded(address, record) => {
                self.clear(&address);
                self.records.insert(address, *record);
            }
            Entry::Forgotten(address) => {
                self.clear(&address);
                self.records.remove(&address);
            }
            Entry::Abandoned(address) => {
                self.intents.remove(&address);
            }
            Entry::Incomplete(address, incomplete) => self.note_incomplete(address, incomplete),
            Entry::Deleting(address, deletion) => {
                self.clear(&address);
                self.records.remove(&address);
                self.deletions.insert(address, deletion);
            }
        }
    }

    /// Nothing is open about an object any more.
    fn clear(&mut self, address: &Address) {
        self.intents.remove(address);
        self.incomplete.remove(address);
        self.deletions.remove(address);
    }

    /// Whether it names no object.
    pub fn is_empty(&self) -> bool {
        self.named().next().is_none()
    }

    /// The fleet that may use it; `None` if any may.
    pub fn bound_fleet(&self) -> Option<&String> {
        self.fleet.as_ref().filter(|_| !self.is_empty())
    }

    /// The servers that it may be used with; empty if any.
    pub fn bound_servers(&self) -> &[String] {
        if self.is_empty() { &[] } else { &self.servers }
    }

    /// What was begun with an object and has not ended well.
    fn open(&self, address: &Address) -> impl Iterator<Item = &Intent> {
        let incomplete = self.incomplete.get(address).map(|incomplete| &incomplete.intent);
        self.intents.get(address).filter(|intent| !intent.planned).into_iter().chain(incomplete)
    }

    /// Every object that it names as ours: recorded ones, and those that an earlier run has begun to change.
    pub fn named(&self) -> impl Iterator<Item = &Address> {
        let begun = self.intents.iter().filter(|(_, intent)| !intent.planned).map(|(address, _)| address);
        self.records.keys().chain(begun).chain(self.incomplete.keys())
    }

    /// Whether an object is recorded, or was begun by an earlier run.
    pub fn names(&self, address: &Address) -> bool {
        self.records.contains_key(address) || self.open(address).next().is_some()
    }

    /// Whether the object is managed: recorded, or begun by an earlier run that did not record it.
    pub fn manages(&self, address: &Address) -> bool {
        self.records.contains_key(address) || self.open(address).any(|intent| intent.verb == Verb::Create)
    }

    /// Whether an object was protected from being destroyed when it was last written, or when a killed run
    /// began to.
    pub fn protects(&self, address: &Address) -> bool {
        self.records.get(address).is_some_and(|record| record.prevent_destroy)
            || self.open(address).any(|intent| intent.prevent_destroy)
    }

    /// Whether an object is to be released rather than deleted: by what was written last, or begun and never
    /// recorded.
    pub fn lets_go_of(&self, address: &Address) -> bool {
        match self.records.get(address) {
            Some(record) => record.orphan,
            None => self.open(address).any(|intent| intent.orphan),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same content in another form.
    fn secret(text: &str) -> Secret {
        Secret::of(text.to_owned(), Some(|text| Some(text.trim().to_owned().into())))
    }

    #[test]
    fn hash_is_compared_as_it_was_made() {
        let state = State::new("lineage".into(), "salt".into());
        // An older version made it of the text.
        let of_text = state.hash(&Secret::new("a".into()));
        assert!(state.recognizes(&secret("a"), &of_text) && !state.recognizes(&secret("a\n"), &of_text));
        let of_content = state.hash(&secret("a"));
        assert!(of_content.starts_with(OF_CONTENT) && of_content != of_text);
        assert!(
            state.recognizes(&secret("a\n"), &of_content) && !state.recognizes(&secret("b"), &of_content)
        );
    }
}
