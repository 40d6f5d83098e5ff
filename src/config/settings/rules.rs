//! The rules of `nautform.yaml`: renames, fields to ignore, findings to suppress, thresholds.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::model::diagnostic::Span;
use crate::model::value::Path;
use crate::resource::schema::{Kind, field_path};
use crate::resource::{Address, Pattern};

/// An object's old and new address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// The address in the state.
    pub from: Address,
    /// The address in the manifests.
    pub to: Address,
}

/// A rule of `moved:` and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveRule {
    /// The two addresses.
    pub addresses: Move,
    /// The old address in the file.
    pub from_span: Span,
}

/// A rule of `ignore:` or `suppress:`: some fields of some objects, until a day.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FieldRule {
    /// The objects.
    pub address: Pattern,
    /// The fields' paths, with `.` between names. Without any, a `suppress` rule is about whole objects.
    #[serde(default)]
    pub fields: Vec<String>,
    /// Why; for people.
    pub reason: Option<String>,
    /// The last day on which the rule holds.
    pub until: Option<Date>,
    /// Its place in the file, where it has one.
    #[serde(skip)]
    pub span: Option<Span>,
}

impl FieldRule {
    /// Whether its last day has passed.
    pub fn is_expired(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }

    /// The fields that objects of this kind have, under their canonical names.
    pub fn paths(&self, kind: &'static Kind) -> Vec<Path> {
        // A pattern over several kinds may name a field that only one of them has.
        self.fields.iter().filter_map(|field| field_path(field, kind).ok()).collect()
    }
}

/// How much may change at once.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Thresholds {
    /// Of deletes, replacements included.
    pub deletes: Threshold,
    /// Of updates.
    pub updates: Threshold,
    /// Plans with fewer existing objects are not guarded.
    pub minimum: usize,
}

/// What octoDNS found to work: 30 % of at least ten objects.
impl Default for Thresholds {
    fn default() -> Self {
        Self { deletes: Threshold::default(), updates: Threshold::default(), minimum: 10 }
    }
}

/// A share and a number; either stops.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Threshold {
    /// Of the existing objects in the plan.
    pub share: Share,
    /// In a plan.
    pub count: Option<usize>,
}

impl Default for Threshold {
    fn default() -> Self {
        Self { share: Share { percent: 30 }, count: None }
    }
}

/// Whole percents from 0 to 100: `30%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    percent: usize,
}

impl Share {
    /// Reads `30%`.
    pub fn parse(text: &str) -> Option<Self> {
        let percent = text.strip_suffix('%')?.trim().parse().ok()?;
        (percent <= 100).then_some(Self { percent })
    }

    /// The percents.
    pub const fn percent(self) -> usize {
        self.percent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_is_written_in_percent() {
        assert_eq!(Share::parse("30%"), Some(Share { percent: 30 }));
        assert_eq!(["0.3", "130%", "-1%", "x%"].map(Share::parse), [None; 4]);
    }
}
