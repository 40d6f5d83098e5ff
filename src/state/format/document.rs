//! The JSON of a state and of journal entries as types, and what they are converted from and to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::model::value::{Path, Value};
use crate::resource::{Address, Interner, ParseAddressError, Record};

use super::super::{Deletion, Entry, Incomplete, Intent, Rules, State};

/// The version of the document. Readers refuse newer ones.
pub const VERSION: u32 = 1;
/// What the document says it is.
pub(super) const FORMAT: &str = "nautform-state";

/// A document that can't be understood.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// Not JSON of this shape.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// Another program's document.
    #[error("it is not a nautform state")]
    Foreign,
    /// Terraform's document.
    #[error("it is a Terraform state, not a nautform state")]
    Terraform,
    /// Written by a newer nautform.
    #[error("it was written by a newer nautform (format {0}, this one knows {VERSION})")]
    Newer(u32),
    /// It has objects of a kind that came later.
    #[error("it holds {0}, of a kind that this nautform does not know; use a newer one")]
    UnknownKind(String),
}

/// What Terraform's documents have and servers for them may require; nautform reads none of it.
#[derive(Serialize)]
struct TerraformFields {
    version: u32,
    terraform_version: &'static str,
    outputs: BTreeMap<String, ()>,
    resources: [(); 0],
}

impl Default for TerraformFields {
    fn default() -> Self {
        Self { version: 4, terraform_version: "1.9.0", outputs: BTreeMap::new(), resources: [] }
    }
}

/// Which run wrote a document.
#[derive(Clone, Debug, Default)]
pub struct Stamp {
    /// The lease that it held, where locks are leases.
    pub epoch: Option<u64>,
    /// The hash of what its journal names.
    pub journal: Option<String>,
}

/// A state.
#[derive(Serialize, Deserialize)]
pub(super) struct Document {
    pub(super) format: String,
    pub(super) format_version: u32,
    #[serde(flatten, skip_deserializing)]
    terraform: TerraformFields,
    lineage: String,
    serial: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fleet: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    servers: Vec<String>,
    /// Which lease wrote it, where locks are leases: it makes the first write of a new holder differ from any
    /// of the old one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    epoch: Option<u64>,
    /// The hash of what the journal of the run that wrote it must name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    journal: Option<String>,
    salt: String,
    records: BTreeMap<String, RecordDocument>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    applied_plans: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    intents: BTreeMap<String, Intent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rules: Option<Rules>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    incomplete: BTreeMap<String, Incomplete>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    deletions: BTreeMap<String, Deletion>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
}

/// A record.
#[derive(Serialize, Deserialize)]
pub(super) struct RecordDocument {
    #[serde(serialize_with = "without_secrets")]
    applied: Value,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    hashes: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    unsent: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    adopted: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    returned: BTreeMap<String, serde_json::Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    references: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    prevent_destroy: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    orphan: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

/// The step of a journal.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "step")]
pub(super) enum EntryDocument {
    Begun {
        address: String,
        #[serde(flatten)]
        intent: Intent,
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
    Incomplete {
        address: String,
        #[serde(flatten)]
        incomplete: Incomplete,
    },
    Deleting {
        address: String,
        #[serde(flatten)]
        deletion: Deletion,
    },
}

impl Document {
    pub(super) fn of(state: &State, serial: u64, stamp: Stamp) -> Self {
        let Stamp { epoch, journal } = stamp;
        let records = state.records.iter();
        Self {
            format: FORMAT.to_owned(),
            format_version: VERSION,
            terraform: TerraformFields::default(),
            lineage: state.lineage.clone(),
            serial,
            fleet: state.fleet.clone(),
            environment: state.environment.clone(),
            servers: state.servers.clone(),
            epoch,
            journal,
            salt: state.salt.clone(),
            records: records.map(|(address, record)| (address.to_string(), record.into())).collect(),
            applied_plans: state.applied_plans.clone(),
            intents: texts(&state.intents),
            incomplete: texts(&state.incomplete),
            deletions: texts(&state.deletions),
            rules: state.rules.clone(),
            commit: state.commit.clone(),
        }
    }

    pub(super) fn into_state(self) -> Result<State, FormatError> {
        let mut state = State::new(self.lineage, self.salt);
        state.serial = self.serial;
        state.fleet = self.fleet;
        state.environment = self.environment;
        state.servers = self.servers;
        state.applied_plans = self.applied_plans;
        state.rules = self.rules;
        state.commit = self.commit;
        let mut known = Interner::default();
        let mut records = Vec::with_capacity(self.records.len());
        for (text, record) in self.records {
            records.push((known.intern(address(&text)?), record.into_record(&mut known)?));
        }
        state.records = records.into_iter().collect();
        state.records.sort();
        state.intents = addresses(self.intents)?;
        state.incomplete = addresses(self.incomplete)?;
        state.deletions = addresses(self.deletions)?;
        Ok(state)
    }
}

impl From<&Record> for RecordDocument {
    fn from(record: &Record) -> Self {
        Self {
            applied: Value::clone(&record.applied),
            hashes: texts(&record.hashes),
            unsent: texts(&record.unsent),
            adopted: record.adopted,
            returned: record
                .returned
                .iter()
                .map(|(path, value)| (path.to_string(), value.to_json()))
                .collect(),
            references: record.references.iter().map(ToString::to_string).collect(),
            prevent_destroy: record.prevent_destroy,
            orphan: record.orphan,
            source: record.source.as_ref().map(ToString::to_string),
        }
    }
}

impl RecordDocument {
    fn into_record(self, known: &mut Interner) -> Result<Record, FormatError> {
        let mut references = Vec::with_capacity(self.references.len());
        for text in &self.references {
            references.push(known.intern(address(text)?));
        }
        Ok(Record {
            applied: self.applied.into(),
            hashes: paths(self.hashes)?.into(),
            unsent: paths(self.unsent)?.into(),
            adopted: self.adopted,
            returned: paths(self.returned)?
                .into_iter()
                .map(|(path, value)| (path, Value::from_json(value)))
                .collect(),
            references,
            prevent_destroy: self.prevent_destroy,
            orphan: self.orphan,
            source: self.source.map(SmolStr::from),
        })
    }
}

fn paths<T>(fields: BTreeMap<String, T>) -> Result<BTreeMap<Path, T>, FormatError> {
    let path = |text: &str| text.parse::<Path>().map_err(|error| FormatError::Damaged(error.to_string()));
    fields.into_iter().map(|(text, value)| Ok((path(&text)?, value))).collect()
}

impl From<&Entry> for EntryDocument {
    fn from(entry: &Entry) -> Self {
        let address = |address: &Address| address.to_string();
        match entry {
            Entry::Begun(of, intent) => Self::Begun { address: address(of), intent: intent.clone() },
            Entry::Recorded(of, record) => {
                Self::Recorded { address: address(of), record: (&**record).into() }
            }
            Entry::Forgotten(of) => Self::Forgotten { address: address(of) },
            Entry::Abandoned(of) => Self::Abandoned { address: address(of) },
            Entry::Incomplete(of, incomplete) => {
                Self::Incomplete { address: address(of), incomplete: incomplete.clone() }
            }
            Entry::Deleting(of, deletion) => {
                Self::Deleting { address: address(of), deletion: deletion.clone() }
            }
        }
    }
}

impl EntryDocument {
    pub(super) fn into_entry(self) -> Result<Entry, FormatError> {
        Ok(match self {
            Self::Begun { address: of, intent } => Entry::Begun(address(&of)?, intent),
            Self::Recorded { address: of, record } => {
                Entry::Recorded(address(&of)?, Box::new(record.into_record(&mut Interner::default())?))
            }
            Self::Forgotten { address: of } => Entry::Forgotten(address(&of)?),
            Self::Abandoned { address: of } => Entry::Abandoned(address(&of)?),
            Self::Incomplete { address: of, incomplete } => Entry::Incomplete(address(&of)?, incomplete),
            Self::Deleting { address: of, deletion } => Entry::Deleting(address(&of)?, deletion),
        })
    }
}

fn texts<K: ToString, T: Clone>(of: &BTreeMap<K, T>) -> BTreeMap<String, T> {
    of.iter().map(|(key, value)| (key.to_string(), value.clone())).collect()
}

fn addresses<T>(of: BTreeMap<String, T>) -> Result<BTreeMap<Address, T>, FormatError> {
    of.into_iter().map(|(text, value)| Ok((address(&text)?, value))).collect()
}

fn address(text: &str) -> Result<Address, FormatError> {
    text.parse().map_err(|error| match error {
        ParseAddressError::UnknownKind(address) => FormatError::UnknownKind(address),
        ParseAddressError::WrongForm { .. } => FormatError::Damaged(error.to_string()),
    })
}

/// `Value` has no `Serialize`, on purpose; its JSON form leaves secrets out.
fn without_secrets<S: serde::Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    value.to_json().serialize(serializer)
}
