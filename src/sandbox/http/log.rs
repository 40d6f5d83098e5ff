//! What was asked and answered: for tests that count requests, and for the sandbox command's own output.

use std::collections::{BTreeMap, VecDeque};

use crate::sandbox::api::Now;
use crate::sandbox::http::faults::Fault;

/// One request as it was answered. Holds no bodies and no tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number, from 1.
    pub number: u64,
    /// When it came.
    pub at: Now,
    /// Its method.
    pub method: String,
    /// Path and query as sent.
    pub path: String,
    /// The status of the answer, even if a fault kept it from being delivered; `None` if there was none.
    pub status: Option<u16>,
    /// The fault that hit it.
    pub fault: Option<Fault>,
}

/// The newest requests and the counts of all.
#[derive(Clone, Debug, Default)]
pub struct RequestLog {
    entries: VecDeque<Entry>,
    counts: BTreeMap<String, u64>,
}

const KEPT: usize = 200_000;

impl RequestLog {
    /// The newest requests, oldest first; at most 200,000.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// How many requests came in.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    /// How many requests had this method.
    pub fn count(&self, method: &str) -> u64 {
        self.counts.get(method).copied().unwrap_or(0)
    }

    /// How many requests asked for a change.
    pub fn writes(&self) -> u64 {
        self.count("POST") + self.count("DELETE")
    }

    /// `METHOD path status` of each kept request: what tests pin.
    pub fn lines(&self) -> Vec<String> {
        let line = |entry: &Entry| {
            let status = entry.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
            format!("{} {} {status}", entry.method, entry.path)
        };
        self.entries.iter().map(line).collect()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = RequestLog::default();
    }

    pub(crate) fn record(&mut self, entry: Entry) {
        *self.counts.entry(entry.method.clone()).or_default() += 1;
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }
}
