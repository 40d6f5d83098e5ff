//! What the world changed since the last apply: live objects against the state, manifests left aside.

use crate::diff::{self, AttributeChange, LiveSide, Sides};
use crate::refresh::Live;

use super::{Drift, DriftKind, PlanInput};

/// Every managed object that is not as it was applied.
pub(super) fn find(input: &PlanInput<'_>) -> Vec<Drift> {
    let Some(state) = input.state else { return Vec::new() };
    let mut all = Vec::new();
    for (address, record) in state.records.iter().filter(|(address, _)| input.includes(address)) {
        match input.snapshot.live(address) {
            Live::Absent => {
                all.push(Drift {
                    address: address.clone(),
                    kind: DriftKind::Missing,
                    attributes: Vec::new(),
                });
            }
            Live::Present(observed) => {
                let ignore = input.configuration.resources.get(address);
                let ignore =
                    ignore.map(|resource| resource.annotations.ignore_fields.as_slice()).unwrap_or_default();
                let found = diff::compare(&Sides {
                    kind: address.kind(),
                    name: address.name(),
                    wished: &record.applied,
                    live: LiveSide::Present(&observed.spec),
                    record: None,
                    hash: &|_| String::new(),
                    ignore,
                });
                if !found.changes.is_empty() {
                    let attributes = found.changes.into_iter().map(turned).collect();
                    all.push(Drift { address: address.clone(), kind: DriftKind::Changed, attributes });
                }
            }
            Live::Unreadable(_) | Live::Unknown(_) => {}
        }
    }
    all
}

/// From "live -> applied" to "applied -> live".
fn turned(change: AttributeChange) -> AttributeChange {
    AttributeChange {
        before: change.after,
        after: change.before,
        forces_replacement: false,
        fixed_while_used: false,
        ..change
    }
}
