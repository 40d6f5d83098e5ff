//! The counts of a drift check, as plans, webhooks and metrics have them.

use crate::plan::drift::Findings;

/// The counts of a drift check, by their names.
pub(in crate::render) fn drift_counts(findings: &Findings<'_>) -> [(&'static str, usize); 10] {
    [
        ("changed", findings.drifted.len()),
        ("missing", findings.missing.len()),
        ("incomplete", findings.incomplete.len()),
        ("pending", findings.pending.len()),
        ("unmanaged", findings.unmanaged.len()),
        ("unknown", findings.unknown.len()),
        ("blocked", findings.blocked.len()),
        ("broken", findings.broken.len()),
        ("suppressed", findings.suppressed),
        ("in_sync", findings.in_sync),
    ]
}

/// The same as JSON.
pub(in crate::render) fn drift_summary(
    findings: &Findings<'_>,
) -> serde_json::Map<String, serde_json::Value> {
    drift_counts(findings).into_iter().map(|(name, count)| (name.to_owned(), count.into())).collect()
}
