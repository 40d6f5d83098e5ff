//! The counts of a drift check, as plans and webhooks have them.

use serde::Serialize;

use crate::plan::drift::Findings;

/// The counts of a drift check.
#[derive(Serialize)]
pub(in crate::render) struct DriftCounts {
    changed: usize,
    missing: usize,
    incomplete: usize,
    pending: usize,
    unmanaged: usize,
    unknown: usize,
    blocked: usize,
    broken: usize,
    suppressed: usize,
    in_sync: usize,
}

impl From<&Findings<'_>> for DriftCounts {
    fn from(findings: &Findings<'_>) -> Self {
        Self {
            changed: findings.drifted.len(),
            missing: findings.missing.len(),
            incomplete: findings.incomplete.len(),
            pending: findings.pending.len(),
            unmanaged: findings.unmanaged.len(),
            unknown: findings.unknown.len(),
            blocked: findings.blocked.len(),
            broken: findings.broken.len(),
            suppressed: findings.suppressed,
            in_sync: findings.in_sync,
        }
    }
}
