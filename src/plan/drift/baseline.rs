//! What the last check found, so that the next one reports only what is new.
//!
//! It records which objects had which findings, and a digest of what differed: no value of any field. It names
//! the fleet and the server that were checked.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::model::encoding::hex;
use crate::model::format_head::{Head, Mismatch};
use crate::plan::Action;
use crate::resource::Address;

use super::{Class, Finding, Findings};

/// What the file begins with; the loader does not read such a file as a manifest.
const FORMAT: &str = "nautform-drift-baseline";
/// 2 names server and fleet; files of version 1 name neither.
pub(crate) const VERSION: u32 = 2;

/// The findings of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    format: String,
    format_version: u32,
    /// When the check was made, RFC 3339.
    pub checked: String,
    /// The fleet's name, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fleet: Option<String>,
    /// The environment, of a fleet that has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The server that was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    findings: BTreeSet<Known>,
}

/// A finding as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The object.
    pub address: Address,
    /// What kind of finding.
    pub class: Class,
    /// SHA-256 of the differences, hex.
    digest: String,
}

/// What two checks found differently.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaselineDiff {
    /// What the later one found, and the earlier one had not found, or not like this.
    pub new: Vec<Known>,
    /// What the earlier one had found and the later one no longer.
    pub resolved: Vec<Known>,
}

impl BaselineDiff {
    /// Whether both found the same.
    pub const fn is_empty(&self) -> bool {
        self.new.is_empty() && self.resolved.is_empty()
    }
}

/// The file holds something else.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is not one of ours.
    #[error("it is not a nautform drift baseline: {0}")]
    Foreign(String),
    /// A newer nautform wrote it.
    #[error("it has format version {0}, which a newer nautform wrote")]
    Newer(u32),
}

impl Baseline {
    /// What a check found.
    pub fn of(findings: &Findings<'_>, checked: String) -> Self {
        let findings = findings.all().map(|finding| known(&finding)).collect();
        Self {
            format: FORMAT.to_owned(),
            format_version: VERSION,
            checked,
            fleet: None,
            environment: None,
            server: None,
            findings,
        }
    }

    /// How many findings there were.
    pub fn len(&self) -> usize {
        self.findings.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// What this check found differently from an earlier one; everything is new after none.
    pub fn since(&self, earlier: Option<&Self>) -> BaselineDiff {
        let none = BTreeSet::new();
        let before = earlier.map_or(&none, |earlier| &earlier.findings);
        let still = |known: &&Known| {
            self.findings.iter().any(|now| (&now.address, now.class) == (&known.address, known.class))
        };
        BaselineDiff {
            new: self.findings.difference(before).cloned().collect(),
            resolved: before.iter().filter(|known| !still(known)).cloned().collect(),
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// If it is something else.
    pub fn read(bytes: &[u8]) -> Result<Self, BaselineError> {
        let foreign = |error: serde_json::Error| BaselineError::Foreign(error.to_string());
        let head: Head = serde_json::from_slice(bytes).map_err(foreign)?;
        head.check(FORMAT, VERSION).map_err(|mismatch| match mismatch {
            Mismatch::Foreign => BaselineError::Foreign(format!("its format is '{}'", head.format)),
            Mismatch::Newer(version) => BaselineError::Newer(version),
        })?;
        serde_json::from_slice(bytes).map_err(foreign)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// If `out` can't be written.
    pub fn write(&self, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        out.write_all(b"\n")
    }
}

fn known(finding: &Finding<'_>) -> Known {
    let mut hasher = Sha256::new();
    // Each piece with its length, so that no two differences feed the same bytes.
    let mut feed = |piece: &str| {
        hasher.update((piece.len() as u64).to_le_bytes());
        hasher.update(piece.as_bytes());
    };
    feed(action(finding.action));
    for attribute in finding.attributes {
        feed(&attribute.path.to_string());
        // The live value is not part of what the manifest declares.
        let before = attribute.before.as_ref().filter(|_| finding.class != Class::Pending);
        for value in [before, attribute.after.as_ref()] {
            feed(&value.map(|value| value.to_json().to_string()).unwrap_or_default());
        }
    }
    Known { address: finding.address.clone(), class: finding.class, digest: hex(&hasher.finalize()) }
}

/// An action as it is digested. Another text would make all findings of older files new.
const fn action(action: Option<Action>) -> &'static str {
    match action {
        None => "None",
        Some(Action::NoOp) => "Some(NoOp)",
        Some(Action::Create) => "Some(Create)",
        Some(Action::Update) => "Some(Update)",
        Some(Action::Replace) => "Some(Replace)",
        Some(Action::Delete) => "Some(Delete)",
        Some(Action::Forget) => "Some(Forget)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Gap, Plan, Unmanaged};

    fn check(unmanaged: &[&str], unknown: &[&str]) -> Baseline {
        let address = |text: &&str| text.parse().unwrap();
        let plan = Plan {
            unmanaged: unmanaged.iter().map(|text| Unmanaged { address: address(text) }).collect(),
            gaps: unknown.iter().map(|text| Gap { address: address(text), why: "502".into() }).collect(),
            ..Plan::default()
        };
        Baseline::of(&Findings::of(&plan), "2026-11-24T12:00:00Z".to_owned())
    }

    fn named(all: &[Known]) -> Vec<String> {
        all.iter().map(|known| format!("{} {:?}", known.address, known.class)).collect()
    }

    #[test]
    fn baseline_reports_new_and_resolved_findings() {
        let first = check(&["Cluster/a", "Cluster/b"], &[]);
        assert!(first.since(Some(&check(&["Cluster/b", "Cluster/a"], &[]))).is_empty());
        assert_eq!(first.since(None).new.len(), 2);
        let since_baseline = check(&["Cluster/b"], &["Cluster/a"]).since(Some(&first));
        assert_eq!(named(&since_baseline.new), ["Cluster/a Unknown"]);
        assert_eq!(named(&since_baseline.resolved), ["Cluster/a Unmanaged"]);
    }

    #[test]
    fn baseline_files_are_read_and_others_refused() {
        let check = check(&["Cluster/a"], &[]);
        let mut file = Vec::new();
        check.write(&mut file).unwrap();
        assert_eq!(Baseline::read(&file).unwrap(), check);
        assert!(Baseline::read(b"{}").is_err());
        let newer =
            String::from_utf8(file).unwrap().replace("\"format_version\": 2", "\"format_version\": 9");
        assert!(matches!(Baseline::read(newer.as_bytes()), Err(BaselineError::Newer(9))));
    }
}
