//! How live objects changed since the last apply: compared with the state, not with the manifests.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::live::snapshot::{Live, Snapshot};
use crate::model::value::{Path, Secret, Value};
use crate::plan::diff::{self, AttributeChange, LiveSide, Sides};
use crate::resource::{Address, Observed, Record};
use crate::state::State;

use crate::plan::changes::unread;
use crate::plan::{Action, Change, Drift, DriftKind, PlanInput};

/// The recorded objects that are live and not as they were applied.
pub(crate) fn changed_since_apply<'s>(
    state: &'s State,
    snapshot: &Snapshot,
) -> HashSet<&'s Address, RandomState> {
    let is_changed = |record: &Record, address: &Address| match snapshot.live(address) {
        Live::Present(observed) => !compare(state, address, record, observed, &[]).is_empty(),
        Live::Absent | Live::Unreadable(_) | Live::Unknown(_) => false,
    };
    let changed = state.records.iter().filter(|(address, record)| is_changed(record, address));
    changed.map(|(address, _)| address).collect()
}

/// Every managed object that is not as it was applied. `changes` are what the plan does.
pub(in crate::plan) fn find(input: &PlanInput<'_>, changes: &[Change]) -> Vec<Drift> {
    let Some(state) = input.state else { return Vec::new() };
    // The manifest says what was applied last, and the live object agrees: it is compared already.
    let is_settled = |change: &&Change| change.action == Action::NoOp && change.record.is_none();
    let settled: HashSet<&Address, RandomState> =
        changes.iter().filter(is_settled).map(|change| &change.address).collect();
    let open = |address: &Address| input.includes(address) && !settled.contains(address);
    let records = state.records.iter().filter(|(address, _)| open(address));
    records.filter_map(|(address, record)| drift(input, state, address, record)).collect()
}

/// How one managed object is not as it was applied.
fn drift(input: &PlanInput<'_>, state: &State, address: &Address, record: &Record) -> Option<Drift> {
    let known = |live| unread::Sides { live, record: Some(record), declared: None, changes: &[] };
    match input.snapshot.live(address) {
        Live::Absent => Some(Drift {
            address: address.clone(),
            kind: DriftKind::Missing,
            attributes: Vec::new(),
            object: Value::clone(&record.applied),
            unread: unread::of(address, &known(Some(&record.applied))),
        }),
        Live::Present(observed) => {
            let resource = input.configuration.resources.get(address);
            let ignore = resource.map(|resource| resource.annotations.ignore_fields.as_slice());
            let found = compare(state, address, record, observed, ignore.unwrap_or_default());
            (!found.is_empty()).then(|| Drift {
                address: address.clone(),
                kind: DriftKind::Changed,
                attributes: found.into_iter().map(turned).collect(),
                object: observed.spec.as_ref().clone(),
                unread: unread::of(address, &known(Some(&observed.spec))),
            })
        }
        Live::Unreadable(_) | Live::Unknown(_) => None,
    }
}

/// The fields that are not as they were applied.
fn compare(
    state: &State,
    address: &Address,
    record: &Record,
    live: &Observed,
    ignore: &[Path],
) -> Vec<AttributeChange> {
    let recognizes = |secret: &Secret, hash: &str| state.recognizes(secret, hash);
    let known = |hash: &str| live.spec.secrets().into_iter().find(|secret| recognizes(secret, hash));
    let applied = diff::applied(address.kind(), record, &known);
    let values = Sides::of_values(address, &applied, LiveSide::of(live));
    let returned = Some(&*record.returned);
    diff::compare(&Sides { recognizes: &recognizes, returned, ignore, ..values }).changes
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
