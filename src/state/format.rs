//! State and journal entries as JSON. Deterministic: the same state gives the same bytes.
//!
//! `serial` stands at the top level, as GitLab wants it of every state document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::value::{Path, Value};
use crate::resource::{Address, ParseAddressError, Record};

use super::{Entry, Intent, State, Verb};

/// The version of the document. Readers refuse newer ones.
pub const VERSION: u32 = 1;
/// What the document says it is.
const FORMAT: &str = "nautform-state";

/// A document that can't be understood.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// No JSON of this shape.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// Another program's document.
    #[error("it is no nautform state")]
    Foreign,
    /// Written by a newer nautform.
    #[error("it was written by a newer nautform (format {0}, this one knows {VERSION})")]
    Newer(u32),
    /// It remembers objects of a kind that came later.
    #[error("it holds {0}, of a kind that this nautform does not know; use a newer one")]
    UnknownKind(String),
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    format_version: u32,
    lineage: String,
    serial: u64,
    /// Which lease wrote it, where locks are leases: it makes the first write of a new holder differ from any of the old one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    epoch: Option<u64>,
    salt: String,
    records: BTreeMap<String, RecordDocument>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    applied_plans: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    intents: BTreeMap<String, IntentDocument>,
}

#[derive(Serialize, Deserialize)]
struct RecordDocument {
    #[serde(serialize_with = "without_secrets")]
    applied: Value,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    hashes: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    references: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    prevent_destroy: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    orphan: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct IntentDocument {
    verb: VerbDocument,
    since: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    prevent_destroy: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    orphan: bool,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum VerbDocument {
    Create,
    Update,
    Delete,
}

/// The step of a journal.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "step")]
enum EntryDocument {
    Begun {
        address: String,
        #[serde(flatten)]
        intent: IntentDocument,
    },
    Recorded {
        address: String,
        record: RecordDocument,
    },
    Forgotten {
        address: String,
    },
    Abandoned {
        address: String,
    },
}

/// The document of a state, indented, with a line break at its end.
pub fn write(state: &State) -> Vec<u8> {
    write_as(state, state.serial, None)
}

/// The document of a state under another serial, and as of a lease's epoch: for stores that want a new serial with every write.
pub fn write_as(state: &State, serial: u64, epoch: Option<u64>) -> Vec<u8> {
    let document = Document {
        format: FORMAT.to_owned(),
        format_version: VERSION,
        lineage: state.lineage.clone(),
        serial,
        epoch,
        salt: state.salt.clone(),
        records: state
            .records
            .iter()
            .map(|(address, record)| (address.to_string(), record_document(record)))
            .collect(),
        applied_plans: state.applied_plans.clone(),
        intents: state
            .intents
            .iter()
            .map(|(address, intent)| (address.to_string(), intent_document(intent)))
            .collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&document).expect("a tree with text keys can be written");
    bytes.push(b'\n');
    bytes
}

/// Reads a document.
///
/// # Errors
/// If it is damaged, foreign or newer than this program.
pub fn read(bytes: &[u8]) -> Result<State, FormatError> {
    #[derive(Deserialize)]
    struct Head {
        #[serde(default)]
        format: String,
        #[serde(default)]
        format_version: u32,
    }
    let damaged = |error: &serde_json::Error| FormatError::Damaged(error.to_string());
    let document: Document = match serde_json::from_slice(bytes) {
        Ok(document) => document,
        // Why it is not ours is worth a second look only if it is not.
        Err(error) => match serde_json::from_slice::<Head>(bytes) {
            Ok(head) if head.format != FORMAT => return Err(FormatError::Foreign),
            Ok(head) if head.format_version > VERSION => return Err(FormatError::Newer(head.format_version)),
            _ => return Err(damaged(&error)),
        },
    };
    if document.format != FORMAT {
        return Err(FormatError::Foreign);
    }
    if document.format_version > VERSION {
        return Err(FormatError::Newer(document.format_version));
    }
    let mut state = State::new(document.lineage, document.salt);
    state.serial = document.serial;
    state.applied_plans = document.applied_plans;
    for (text, record) in document.records {
        state.records.insert(address(&text)?, read_record(record)?);
    }
    state.records.sort();
    for (text, intent) in document.intents {
        state.intents.insert(address(&text)?, read_intent(intent));
    }
    Ok(state)
}

/// A record for people to look at, as JSON.
pub fn show_record(record: &Record) -> String {
    serde_json::to_string_pretty(&record_document(record)).expect("a tree with text keys can be written")
}

/// One journal line, with its line break.
pub fn write_entry(entry: &Entry) -> Vec<u8> {
    let document = match entry {
        Entry::Begun(address, intent) => {
            EntryDocument::Begun { address: address.to_string(), intent: intent_document(intent) }
        }
        Entry::Recorded(address, record) => {
            EntryDocument::Recorded { address: address.to_string(), record: record_document(record) }
        }
        Entry::Forgotten(address) => EntryDocument::Forgotten { address: address.to_string() },
        Entry::Abandoned(address) => EntryDocument::Abandoned { address: address.to_string() },
    };
    let mut line = serde_json::to_vec(&document).expect("a tree with text keys can be written");
    line.push(b'\n');
    line
}

/// Reads a journal line.
///
/// # Errors
/// If it is damaged.
pub fn read_entry(line: &[u8]) -> Result<Entry, FormatError> {
    let document = serde_json::from_slice(line).map_err(|error| FormatError::Damaged(error.to_string()))?;
    Ok(match document {
        EntryDocument::Begun { address: text, intent } => Entry::Begun(address(&text)?, read_intent(intent)),
        EntryDocument::Recorded { address: text, record } => {
            Entry::Recorded(address(&text)?, Box::new(read_record(record)?))
        }
        EntryDocument::Forgotten { address: text } => Entry::Forgotten(address(&text)?),
        EntryDocument::Abandoned { address: text } => Entry::Abandoned(address(&text)?),
    })
}

fn address(text: &str) -> Result<Address, FormatError> {
    text.parse().map_err(|error| match error {
        ParseAddressError::UnknownKind(address) => FormatError::UnknownKind(address),
        ParseAddressError::WrongForm { .. } => FormatError::Damaged(error.to_string()),
    })
}

fn record_document(record: &Record) -> RecordDocument {
    RecordDocument {
        applied: record.applied.clone(),
        hashes: record.hashes.iter().map(|(path, hash)| (path.to_string(), hash.clone())).collect(),
        references: record.references.iter().map(ToString::to_string).collect(),
        prevent_destroy: record.prevent_destroy,
        orphan: record.orphan,
        source: record.source.clone(),
    }
}

fn read_record(document: RecordDocument) -> Result<Record, FormatError> {
    let path = |text: &str| text.parse::<Path>().map_err(|error| FormatError::Damaged(error.to_string()));
    let hashes =
        document.hashes.into_iter().map(|(text, hash)| Ok((path(&text)?, hash))).collect::<Result<_, _>>()?;
    Ok(Record {
        applied: document.applied,
        hashes,
        references: document.references.iter().map(|text| address(text)).collect::<Result<_, _>>()?,
        prevent_destroy: document.prevent_destroy,
        orphan: document.orphan,
        source: document.source,
    })
}

fn read_intent(document: IntentDocument) -> Intent {
    let IntentDocument { verb, since, prevent_destroy, orphan } = document;
    Intent { verb: verb.into(), since, prevent_destroy, orphan }
}

fn intent_document(intent: &Intent) -> IntentDocument {
    let verb = match intent.verb {
        Verb::Create => VerbDocument::Create,
        Verb::Update => VerbDocument::Update,
        Verb::Delete => VerbDocument::Delete,
    };
    IntentDocument {
        verb,
        since: intent.since.clone(),
        prevent_destroy: intent.prevent_destroy,
        orphan: intent.orphan,
    }
}

impl From<VerbDocument> for Verb {
    fn from(verb: VerbDocument) -> Self {
        match verb {
            VerbDocument::Create => Self::Create,
            VerbDocument::Update => Self::Update,
            VerbDocument::Delete => Self::Delete,
        }
    }
}

/// `Value` has no `Serialize`, on purpose; its JSON form leaves secrets out.
fn without_secrets<S: serde::Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    value.to_json().serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::{Map, Name, Secret};

    fn state() -> State {
        let mut state = State::new("0b2c".into(), "5a17".into());
        state.serial = 3;
        let applied: Map = [
            (Name::Borrowed("usage"), Value::text("host")),
            (Name::Borrowed("kubeconfig"), Value::Secret(Secret::new("canary".into()))),
        ]
        .into_iter()
        .collect();
        let record = Record {
            applied: Value::Map(applied),
            hashes: [("kubeconfig".parse().unwrap(), state.hash(&Secret::new("canary".into())))].into(),
            references: vec!["Product/shop".parse().unwrap()],
            prevent_destroy: true,
            source: Some("clusters.yaml".into()),
            ..Record::default()
        };
        state.records.insert("Cluster/host".parse().unwrap(), record);
        let intent = Intent::plain(Verb::Create, "2026-11-24T12:00:00Z");
        state.intents.insert("Environment/shop/dev".parse().unwrap(), intent);
        state
    }

    #[test]
    fn a_document_says_what_it_is_and_holds_no_secret() {
        let text = String::from_utf8(write(&state())).unwrap();
        assert!(!text.contains("canary"));
        insta::assert_snapshot!(text, @r#"
        {
          "format": "nautform-state",
          "format_version": 1,
          "lineage": "0b2c",
          "serial": 3,
          "salt": "5a17",
          "records": {
            "Cluster/host": {
              "applied": {
                "usage": "host"
              },
              "hashes": {
                "kubeconfig": "892d21015628e84cecb09fa9c40f8df0ccc676b7c567aee41445db6e6a4a21c6"
              },
              "references": [
                "Product/shop"
              ],
              "prevent_destroy": true,
              "source": "clusters.yaml"
            }
          },
          "intents": {
            "Environment/shop/dev": {
              "verb": "create",
              "since": "2026-11-24T12:00:00Z"
            }
          }
        }
        "#);
    }

    #[test]
    fn what_was_written_is_read_again() {
        let mut expected = state();
        for record in expected.records.values_mut() {
            record.applied = record.applied.without_secrets();
        }
        assert_eq!(read(&write(&state())).unwrap(), expected);
        assert_eq!(read(&write_as(&state(), 9, Some(2))).unwrap(), State { serial: 9, ..expected });
    }

    #[test]
    fn hashes_are_keyed_by_the_salt() {
        let secret = Secret::new("canary".into());
        let other = State { salt: "other".into(), ..state() };
        assert_eq!(state().hash(&secret), state().hash(&Secret::new("canary".into())));
        assert_ne!(state().hash(&secret), other.hash(&secret));
        assert_ne!(state().hash(&secret), state().hash(&Secret::new("canary2".into())));
    }
}
