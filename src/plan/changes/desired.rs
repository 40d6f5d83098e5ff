//! What happens to the objects that manifests declare.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use rayon::prelude::*;

use crate::live::snapshot::Live;
use crate::model::rare::Rare;
use crate::model::value::{Path, Secret, Value};
use crate::plan::diff::{self, Comparison, LiveSide, Sending, Sides};
use crate::resource::{Address, Annotations, Record, Resource};
use crate::state::{State, Verb};

use crate::plan::{Action, Attributes, Change, Gap, PlanInput, Reason};

use super::unread;
use super::uses::uses;

/// How many objects are compared before their changes are put together: enough for all processors, and little
/// memory.
const AT_ONCE: usize = 4096;

/// One change for each declared object that could be read, dependencies first; the others become gaps. What
/// unchanged objects use is not looked up yet: see [`add_uses`].
pub(in crate::plan) fn changes(input: &PlanInput<'_>) -> (Vec<Change>, Vec<Gap>) {
    let mut all = Vec::with_capacity(input.configuration.resources.len());
    let mut gaps = Vec::new();
    let outside = outside_targets(input);
    let change = |(resource, dependencies): (&Resource, Vec<Address>)| {
        let elsewhere = outside.get(&resource.address).map(Vec::as_slice).unwrap_or_default();
        change_or_gap(input, resource, Needs { dependencies, elsewhere })
    };
    let mut declared =
        input.configuration.in_order().filter(|(resource, _)| input.includes(&resource.address));
    loop {
        let next: Vec<_> = declared.by_ref().take(AT_ONCE).collect();
        if next.is_empty() {
            return (all, gaps);
        }
        let compared: Vec<Result<Change, Gap>> = next.into_par_iter().map(change).collect();
        for result in compared {
            match result {
                Ok(change) => all.push(change),
                Err(gap) => gaps.push(gap),
            }
        }
    }
}

fn change_or_gap(input: &PlanInput<'_>, resource: &Resource, needs: Needs<'_>) -> Result<Change, Gap> {
    let address = &resource.address;
    let gap = |why: String| Gap { address: address.clone(), why };
    let live = input.snapshot.live(address);
    if let Live::Unknown(why) = live {
        return Err(gap(why.to_owned()));
    }
    if let Some((going, since)) = input.going(address) {
        return Err(gap(being_deleted(&going, since, input.scheduled(&going))));
    }
    Ok(change(input, resource, needs, live))
}

/// Why nothing is written into an object that is being deleted.
fn being_deleted(going: &Address, since: &str, scheduled: Option<Date>) -> String {
    let lost = "and the server still shows it: what is written into it would be lost";
    match scheduled {
        Some(day) => format!(
            "{going} is being deleted since {since} (scheduled for {day}), {lost}; restore it in GitLab, or wait \
             until it is gone"
        ),
        None => format!("{going} is being deleted since {since}, {lost}"),
    }
}

/// Adds what unchanged objects use: it matters as soon as others change.
pub(in crate::plan) fn add_uses(input: &PlanInput<'_>, kept: &mut [Change]) {
    for change in kept.iter_mut().filter(|change| change.action == Action::NoOp) {
        let address = &change.address;
        change.used = uses(address, input.snapshot.observed(address), input.record(address)).into();
    }
}

/// For a part of the fleet: what its objects refer to in other files.
fn outside_targets<'a>(input: &PlanInput<'a>) -> BTreeMap<&'a Address, Vec<&'a Address>> {
    let mut targets: BTreeMap<&Address, Vec<&Address>> = BTreeMap::new();
    for outside in input.configuration.outside.iter().filter(|_| input.coverage.selection.declared_only) {
        targets.entry(&outside.from).or_default().push(&outside.target);
    }
    targets
}

/// What a declared object needs.
struct Needs<'a> {
    /// Declared objects.
    dependencies: Vec<Address>,
    /// For a part of the fleet: what is declared in other files.
    elsewhere: &'a [&'a Address],
}

/// What the record of an object says it needs. A part of the fleet does not know all of it: what an earlier
/// run knew stays.
fn needed<'d>(input: &PlanInput<'_>, needs: &'d Needs<'_>, record: Option<&Record>) -> Cow<'d, [Address]> {
    let mut all = Cow::Borrowed(needs.dependencies.as_slice());
    if input.coverage.selection.declared_only {
        let all = all.to_mut();
        let known = record.into_iter().flat_map(|record| &record.references);
        let undeclared = known.filter(|known| !input.configuration.resources.contains_key(known));
        all.extend(needs.elsewhere.iter().copied().chain(undeclared).cloned());
        all.sort_unstable();
        all.dedup();
    }
    all
}

/// Compares a declared object with what is live and with what was applied. The changes of one that does not exist
/// are not listed: see [`Attributes::of_created`].
pub(in crate::plan) fn compare(
    resource: &Resource,
    state: Option<&State>,
    send: Sending,
    live: LiveSide<'_>,
) -> Comparison {
    let record = state.and_then(|state| state.records.get(&resource.address));
    let recognizes = |secret: &Secret, hash: &str| state.is_some_and(|state| state.recognizes(secret, hash));
    let compare = if matches!(live, LiveSide::Absent) { diff::compare_unlisted } else { diff::compare };
    compare(&Sides {
        kind: resource.address.kind(),
        name: resource.address.name(),
        desired: &resource.spec,
        live,
        record,
        recognizes: &recognizes,
        returned: record.map(|record| &*record.returned),
        send,
        ignore: &resource.annotations.ignore_fields,
    })
}

fn change(input: &PlanInput<'_>, resource: &Resource, needs: Needs<'_>, live: Live<'_>) -> Change {
    let address = &resource.address;
    let kind = address.kind();
    let record = input.record(address);
    let (side, observed) = match live {
        Live::Present(observed) => (LiveSide::of(observed), Some(observed)),
        Live::Unreadable(_) => (LiveSide::Unreadable, None),
        Live::Absent | Live::Unknown(_) => (LiveSide::Absent, None),
    };
    let comparison = compare(resource, input.state, input.coverage.selection.send.of(address), side);
    // A delete may have saved the object before, and that may be what is not finished.
    let saves = |verb: Verb| verb != Verb::Delete || kind.deleting.teardown.is_some();
    let unfinished = input.unfinished(address).filter(|(verb, _)| saves(*verb));
    let action = match side {
        LiveSide::Absent => Action::Create,
        // Its fields are unknown: it is saved, so that the next plan can compare them with the record.
        LiveSide::Unreadable if record.is_none() && input.state.is_some() => Action::Update,
        _ if comparison.changes.is_empty() && unfinished.is_some() => Action::Update,
        _ if comparison.changes.is_empty() => Action::NoOp,
        _ if comparison.changes.iter().any(|change| change.forces_replacement) => Action::Replace,
        _ => Action::Update,
    };
    let needed = needed(input, &needs, record).into_owned();
    let after = match (action, observed) {
        (Action::NoOp, _) => None,
        (Action::Update, Some(observed)) => Some(merged(resource, &observed.spec, record).into()),
        _ => Some(Arc::clone(&resource.spec)),
    };
    let unsent = if action == Action::NoOp { comparison.unsent } else { Vec::new() };
    let resets = match (action, observed) {
        (Action::Update, Some(observed)) if !observed.is_whole && record.is_none_or(may_be_reset) => {
            diff::resets(kind, address.name(), &resource.spec, &observed.spec)
        }
        _ => Vec::new(),
    };
    let mut reasons = reasons(action, live, record, input.state.is_some(), &comparison.changes);
    reasons.extend((!resets.is_empty()).then_some(Reason::Resets(resets)));
    reasons.extend((!unsent.is_empty()).then(|| Reason::NeverSent(unsent.clone())));
    if let Some((_, why)) = unfinished.filter(|_| action == Action::Update) {
        reasons.insert(0, Reason::Incomplete(why.to_owned()));
    }
    if action == Action::Update && !comparison.rewritten.is_empty() {
        reasons.push(Reason::WrittenBefore(comparison.rewritten));
    }
    let declared =
        Declared { resource, action, references: &needed, unsent: &unsent, returned: &comparison.returned };
    let known = unread::Sides {
        live: observed.map(|observed| observed.spec.as_ref()),
        // What was applied to an object that is gone says nothing of the one that is created.
        record: record.filter(|_| action != Action::Create),
        declared: Some(&resource.spec),
        changes: &comparison.changes,
    };
    let unread = unread::of(address, &known);
    let attributes = match side {
        LiveSide::Absent => {
            Attributes::of_created(address, &resource.spec, &resource.annotations.ignore_fields)
        }
        _ => comparison.changes.into(),
    };
    Change {
        reasons: reasons.into(),
        action,
        unread: unread.into(),
        before: observed.map(|observed| Arc::clone(&observed.spec)),
        after,
        attributes,
        irreversible: kind.deleting.irreversible.filter(|_| action == Action::Replace),
        takes_along: Rare::default(),
        source: Some(resource.span),
        used: match action {
            Action::Create | Action::NoOp => Rare::default(),
            _ => uses(address, observed, record).into(),
        },
        record: match (input.state, record) {
            (None, _) => None,
            (Some(state), Some(old))
                if action == Action::NoOp
                    && !state.intents.contains_key(address)
                    && declared.is_remembered(old, state) =>
            {
                None
            }
            (Some(state), old) => Some(Box::new(declared.record(old, state))),
        },
        dependencies: needs.dependencies,
        unchanged: comparison.unchanged,
        crowd: 0,
        address: address.clone(),
    }
}

/// Whether fields may be set on the server that nautform has never sent and does not know.
fn may_be_reset(record: &Record) -> bool {
    record.adopted || !record.unsent.is_empty()
}

/// The declared fields, and the undeclared ones as they are live.
pub(in crate::plan) fn merged(resource: &Resource, live: &Value, record: Option<&Record>) -> Value {
    let Resource { address, spec, annotations, .. } = resource;
    let applied = record.map(|record| diff::applied(address.kind(), record, &|_| None));
    let applied = applied.as_deref();
    diff::merge(address.kind(), address.name(), spec, live, applied, &annotations.ignore_fields)
}

/// What is sent for a declared object that is created again although no field changes: undeclared live fields
/// stay.
pub(in crate::plan) fn anew(input: &PlanInput<'_>, address: &Address) -> Option<Arc<Value>> {
    let resource = input.declared(address)?;
    Some(match input.snapshot.live(address) {
        Live::Present(observed) => merged(resource, &observed.spec, input.record(address)).into(),
        _ => Arc::clone(&resource.spec),
    })
}

fn reasons(
    action: Action,
    live: Live<'_>,
    record: Option<&Record>,
    is_recorded: bool,
    changes: &[diff::AttributeChange],
) -> Vec<Reason> {
    let mut reasons = match action {
        Action::Create if record.is_some() => vec![Reason::Vanished],
        Action::Create => vec![Reason::NotLive],
        Action::Update => vec![Reason::Differs],
        Action::Replace => changes
            .iter()
            .filter(|change| change.forces_replacement)
            .map(|change| Reason::FixedField(change.path.clone()))
            .collect(),
        _ if record.is_none() && is_recorded => vec![Reason::Adopted],
        _ => Vec::new(),
    };
    if let Live::Unreadable(why) = live {
        reasons.push(Reason::Unreadable(why.to_owned()));
    }
    reasons
}

/// What the state is to remember of a declared object.
struct Declared<'a> {
    resource: &'a Resource,
    action: Action,
    references: &'a [Address],
    /// The fields that are accepted as they are, although nautform has never sent them.
    unsent: &'a [Path],
    /// The fields that the server returns in another form than they were written.
    returned: &'a [Path],
}

impl Declared<'_> {
    /// Whether the record says all of the manifest already, so that it need not be written again.
    fn is_remembered(&self, old: &Record, state: &State) -> bool {
        let Record { applied, hashes, unsent, adopted: _, returned, references, .. } = old;
        let Record { prevent_destroy, orphan, source, .. } = old;
        let Annotations { prevent_destroy: protected, orphan: released, .. } = &self.resource.annotations;
        let mut secrets_are_known = true;
        let mut count = 0;
        self.resource.spec.each_secret(&mut Path::root(), &mut |path, secret| {
            count += usize::from(hashes.contains_key(path));
            let known = hashes.get(path).or_else(|| unsent.get(path));
            secrets_are_known &=
                self.is_not_sent(path, secret) || known.is_some_and(|known| *known == state.hash(secret));
        });
        secrets_are_known
            && count == hashes.len()
            && unsent.len() == self.unsent.len()
            && self.unsent.iter().all(|path| unsent.contains_key(path))
            && returned.len() == self.returned.len()
            && references == self.references
            && prevent_destroy == protected
            && orphan == released
            && *source == self.resource.file
            && (Arc::ptr_eq(&self.resource.spec, applied)
                || self.resource.spec.equals_without_secrets(applied))
    }

    /// Whether a secret stays what it was: it is missing here, or ignored while nothing else is written.
    fn is_not_sent(&self, path: &Path, secret: &Secret) -> bool {
        let ignored = &self.resource.annotations.ignore_fields;
        secret.problem().is_some() || (self.action == Action::NoOp && ignored.contains(path))
    }

    /// What the state will remember.
    fn record(&self, old: Option<&Record>, state: &State) -> Record {
        let Resource { spec, annotations, file, .. } = self.resource;
        let mut hashes = BTreeMap::new();
        let mut unsent = BTreeMap::new();
        spec.each_secret(&mut Path::root(), &mut |path, secret| {
            let known = || old.and_then(|old| old.hashes.get(path).or_else(|| old.unsent.get(path)).cloned());
            let hash = if self.is_not_sent(path, secret) { known() } else { Some(state.hash(secret)) };
            let into = if self.unsent.contains(path) { &mut unsent } else { &mut hashes };
            hash.into_iter().for_each(|hash| drop(into.insert(path.clone(), hash)));
        });
        for path in self.unsent.iter().filter(|path| !unsent.contains_key(*path)).collect::<Vec<_>>() {
            let value = spec.at(path).map(|value| value.to_json().to_string()).unwrap_or_default();
            unsent.insert(path.clone(), state.hash(&Secret::new(value)));
        }
        let returned = old.map(|old| &*old.returned).into_iter().flatten();
        let returned = returned.filter(|(path, _)| self.returned.contains(path));
        Record {
            returned: returned.map(|(path, value)| (path.clone(), value.clone())).collect(),
            applied: if spec.holds_secret() { spec.without_secrets().into() } else { Arc::clone(spec) },
            hashes: hashes.into(),
            unsent: unsent.into(),
            adopted: self.action == Action::NoOp && old.is_none_or(|old| old.adopted),
            references: self.references.to_vec(),
            prevent_destroy: annotations.prevent_destroy,
            orphan: annotations.orphan,
            source: file.clone(),
        }
    }
}
