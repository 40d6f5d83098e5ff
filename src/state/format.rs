//! State and journal entries as JSON. Deterministic: the same state gives the same bytes.
//!
//! `serial` is at the top level, as GitLab requires it of every state document, and what else Terraform's have
//! stands there, too, since some servers accept nothing without.

mod document;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value as Json;

use crate::model::format_head::{Head, Mismatch};
use crate::resource::Record;

use super::{Entry, State};

use document::{Document, EntryDocument, FORMAT, RecordDocument};

pub use document::{FormatError, Stamp, VERSION};

/// The document of a state, indented, with a line break at its end.
pub fn write(state: &State) -> Vec<u8> {
    write_as(state, state.serial, Stamp::default())
}

/// The document of a state under another serial, and by a certain run: for stores that require a new serial
/// with every write.
pub fn write_as(state: &State, serial: u64, stamp: Stamp) -> Vec<u8> {
    let document = Document::of(state, serial, stamp);
    let mut bytes = serde_json::to_vec_pretty(&document).expect("a tree with text keys can be written");
    bytes.push(b'\n');
    bytes
}

/// Reads a document.
///
/// # Errors
/// If it is damaged, foreign or newer than this program.
pub fn read(bytes: &[u8]) -> Result<State, FormatError> {
    let document = match serde_json::from_slice::<Document>(bytes) {
        Ok(document) => document,
        // The head says more than the error, if it is another document's; a second look is only taken then.
        Err(error) => {
            if terraform_document(bytes).is_some() {
                return Err(FormatError::Terraform);
            }
            if let Ok(head) = serde_json::from_slice::<Head>(bytes) {
                check(&head)?;
            }
            return Err(FormatError::Damaged(error.to_string()));
        }
    };
    check(&Head { format: document.format.clone(), format_version: document.format_version })?;
    document.into_state()
}

fn check(head: &Head) -> Result<(), FormatError> {
    head.check(FORMAT, VERSION).map_err(|mismatch| match mismatch {
        Mismatch::Foreign => FormatError::Foreign,
        Mismatch::Newer(version) => FormatError::Newer(version),
    })
}

/// The hash of what the journal must name that continues a document.
pub fn journal_hash(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Stamped {
        journal: Option<String>,
    }
    serde_json::from_slice::<Stamped>(bytes).ok()?.journal
}

/// The serial of an empty Terraform state: what some servers answer before the first write. Only what is known
/// to hold nothing is empty, as it is overwritten: another version, or a member that this program does not
/// know, may hold objects.
pub fn empty_terraform_serial(bytes: &[u8]) -> Option<u64> {
    let document = terraform_document(bytes)?;
    let holds_nothing = |(name, value): (&String, &Json)| match name.as_str() {
        "version" => *value == EMPTY_VERSION,
        "serial" => value.is_u64(),
        "terraform_version" | "lineage" => value.is_string() || value.is_null(),
        // Some servers write `null` for what is empty.
        _ => is_empty(value),
    };
    let is_empty = document.iter().all(holds_nothing);
    is_empty.then(|| document.get("serial").and_then(Json::as_u64).unwrap_or_default())
}

/// The only version of Terraform's format that is known to be empty without resources and outputs.
const EMPTY_VERSION: u64 = 4;

/// The members of a Terraform state; `None` if it is another document. Ours has Terraform's fields, too.
fn terraform_document(bytes: &[u8]) -> Option<serde_json::Map<String, Json>> {
    let document: serde_json::Map<String, Json> = serde_json::from_slice(bytes).ok()?;
    let is_terraform = !document.contains_key("format") && document.get("version").is_some_and(Json::is_u64);
    is_terraform.then_some(document)
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null => true,
        Json::Array(values) => values.is_empty(),
        Json::Object(members) => members.is_empty(),
        Json::String(_) | Json::Number(_) | Json::Bool(_) => false,
    }
}

/// The addresses of a document's records as they stand there, unchecked: for suggestions. Nothing else is read,
/// which takes a fifth of the time. Empty if it is damaged.
pub(super) fn addresses(bytes: &[u8]) -> Vec<String> {
    #[derive(Deserialize)]
    struct Recorded {
        records: BTreeMap<String, IgnoredAny>,
    }
    serde_json::from_slice(bytes)
        .map_or_else(|_| Vec::new(), |Recorded { records }| records.into_keys().collect())
}

/// A record for people to look at, as JSON.
pub fn show_record(record: &Record) -> String {
    let document = RecordDocument::from(record);
    serde_json::to_string_pretty(&document).expect("a tree with text keys can be written")
}

/// One journal line, with its line break.
pub fn write_entry(entry: &Entry) -> Vec<u8> {
    let mut line =
        serde_json::to_vec(&EntryDocument::from(entry)).expect("a tree with text keys can be written");
    line.push(b'\n');
    line
}

/// Reads a journal line.
///
/// # Errors
/// If it is damaged.
pub fn read_entry(line: &[u8]) -> Result<Entry, FormatError> {
    let document = serde_json::from_slice::<EntryDocument>(line);
    document.map_err(|error| FormatError::Damaged(error.to_string()))?.into_entry()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::value::Value;
    use crate::model::value::{Map, Name, Secret};
    use crate::state::{Intent, Verb};

    fn state() -> State {
        let mut state = State::new("0b2c".into(), "5a17".into());
        state.serial = 3;
        state.fleet = Some("production".into());
        state.servers = vec!["https://nautes.example.com".into()];
        let applied: Map = [
            (Name::known(&"usage"), Value::text("host")),
            (Name::known(&"kubeconfig"), Value::Secret(Secret::new("canary".into()))),
        ]
        .into_iter()
        .collect();
        let record = Record {
            applied: Value::Map(applied).into(),
            hashes: [("kubeconfig".parse().unwrap(), state.hash(&Secret::new("canary".into())))]
                .into_iter()
                .collect(),
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
    fn document_names_its_format_and_holds_no_secret() {
        let text = String::from_utf8(write(&state())).unwrap();
        assert!(!text.contains("canary"));
        insta::assert_snapshot!(text, @r#"
        {
          "format": "nautform-state",
          "format_version": 1,
          "version": 4,
          "terraform_version": "1.9.0",
          "outputs": {},
          "resources": [],
          "lineage": "0b2c",
          "serial": 3,
          "fleet": "production",
          "servers": [
            "https://nautes.example.com"
          ],
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
    fn documents_are_read_as_written() {
        let mut expected = state();
        for record in expected.records.values_mut() {
            record.applied = record.applied.without_secrets().into();
        }
        assert_eq!(read(&write(&state())).unwrap(), expected);
        let stamp = Stamp { epoch: Some(2), journal: Some("hash".into()) };
        assert_eq!(read(&write_as(&state(), 9, stamp)).unwrap(), State { serial: 9, ..expected });
    }

    #[test]
    fn terraform_states_are_told_apart() {
        let empty: &[&str] = &[
            r#"{"version": 4}"#,
            r#"{"version": 4, "serial": 0, "lineage": "", "outputs": {}, "resources": [], "check_results": null}"#,
            r#"{"version": 4, "terraform_version": "1.9.0", "outputs": null, "resources": null}"#,
        ];
        for text in empty {
            assert_eq!(empty_terraform_serial(text.as_bytes()), Some(0), "{text}");
            assert!(matches!(read(text.as_bytes()), Err(FormatError::Terraform)), "{text}");
        }
        assert_eq!(empty_terraform_serial(br#"{"version": 4, "serial": 7, "resources": []}"#), Some(7));
        let used: &[&str] = &[
            r#"{"version": 4, "serial": 7, "resources": [{"mode": "managed"}]}"#,
            r#"{"version": 4, "outputs": {"a": {"value": 1, "type": "number"}}, "resources": []}"#,
            r#"{"version": 4, "resources": [], "check_results": [{"object_kind": "check"}]}"#,
            r#"{"version": 4, "resources": null, "deployment": {"resources": [{"type": "a"}]}}"#,
            r#"{"version": 3, "serial": 7, "modules": [{"path": ["root"], "resources": {"a": {}}}]}"#,
            r#"{"version": 3}"#,
            r#"{"version": 5, "resources": [], "outputs": {}}"#,
            r#"{"version": 3, "deployment": {"resources": []}}"#,
            r#"{"version": 4, "resources": {"a": 1}, "outputs": []}"#,
        ];
        for text in used {
            assert_eq!(empty_terraform_serial(text.as_bytes()), None, "{text}");
            assert!(matches!(read(text.as_bytes()), Err(FormatError::Terraform)), "{text}");
        }
        assert_eq!(empty_terraform_serial(&write(&state())), None);
        assert!(matches!(read(b"{}"), Err(FormatError::Foreign)));
        let foreign = br#"{"version": "4", "resources": []}"#;
        assert_eq!(empty_terraform_serial(foreign), None);
        assert!(matches!(read(foreign), Err(FormatError::Foreign)));
    }

    #[test]
    fn documents_without_terraforms_fields_are_read() {
        let mut document: serde_json::Value = serde_json::from_slice(&write(&state())).unwrap();
        for field in ["version", "terraform_version", "outputs", "resources"] {
            assert!(document.as_object_mut().unwrap().remove(field).is_some(), "{field}");
        }
        assert_eq!(read(document.to_string().as_bytes()).unwrap(), read(&write(&state())).unwrap());
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
