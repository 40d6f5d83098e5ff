//! The saved plan: what was agreed on, as a file. It holds no secrets; `apply` plans anew and carries out only what is still exactly
//! what was saved.
//!
//! Bound to its inputs (a keyed digest of every manifest, kubeconfigs included) and to each object it touches (the live fields it
//! was planned from). Unknown newer versions are refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::config::resolve::Configuration;
use crate::model::encoding::hex;
use crate::model::value::{Path, Segment, Value};
use crate::plan::diff::AttributeChange;
use crate::resource::Address;

use super::guard::Permissions;
use super::moves::Move;
use super::selection::Selection;
use super::{Action, Change, Drift, Gap, Mode, Plan, Reason, Refusal, Unmanaged};

/// The version of the format.
const VERSION: u32 = 1;
const FORMAT: &str = "nautform-plan";

/// A saved plan.
#[derive(Debug)]
pub struct SavedPlan {
    /// Names this plan: it is applied once.
    pub id: String,
    /// When it was made, RFC 3339.
    pub created: String,
    /// The manifests it was made from, as they were given.
    pub directory: String,
    /// What was planned.
    pub mode: Mode,
    /// The state it was made with; `None` for `--stateless`.
    pub lineage: Option<String>,
    /// The digest of the inputs, and its key.
    pub inputs: String,
    /// The key of the digest.
    pub salt: String,
    /// The plan, without secrets and without places in texts.
    pub plan: Plan,
    /// The part of the directory that it is about.
    pub selection: Selection,
    /// What was allowed.
    pub permissions: Permissions,
}

/// The file is no plan that can be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// Damaged, or something else.
    #[error("it is no nautform plan: {0}")]
    Foreign(String),
    /// Written by a newer nautform.
    #[error("it was written by a newer nautform (format {0}, this one knows {VERSION})")]
    Newer(u32),
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    format_version: u32,
    id: String,
    created: String,
    directory: String,
    destroy: bool,
    lineage: Option<String>,
    inputs: String,
    salt: String,
    changes: Vec<ChangeDocument>,
    drift: Vec<Drift>,
    unmanaged: Vec<Unmanaged>,
    gaps: Vec<Gap>,
    refusals: Vec<Refusal>,
    #[serde(default)]
    moved: Vec<Move>,
    notes: Vec<String>,
    requests: usize,
    left_out: Vec<Address>,
    #[serde(default)]
    selection: Selection,
    #[serde(default)]
    permissions: Permissions,
}

#[derive(Serialize, Deserialize)]
struct ChangeDocument {
    address: Address,
    action: Action,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<AttributeChange>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<Reason>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    takes_along: Vec<Address>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dependencies: Vec<Address>,
    unchanged: usize,
}

/// The file's content.
pub fn write(saved: &SavedPlan) -> Vec<u8> {
    let plan = &saved.plan;
    let document = Document {
        format: FORMAT.to_owned(),
        format_version: VERSION,
        id: saved.id.clone(),
        created: saved.created.clone(),
        directory: saved.directory.clone(),
        destroy: saved.mode == Mode::Destroy,
        lineage: saved.lineage.clone(),
        inputs: saved.inputs.clone(),
        salt: saved.salt.clone(),
        changes: plan.changes.iter().map(change_document).collect(),
        drift: plan.drift.clone(),
        unmanaged: plan.unmanaged.clone(),
        gaps: plan.gaps.clone(),
        refusals: plan.refusals.clone(),
        notes: plan.notes.clone(),
        requests: plan.requests,
        moved: plan.moved.clone(),
        left_out: plan.left_out.clone(),
        selection: saved.selection.clone(),
        permissions: saved.permissions.clone(),
    };
    let mut bytes = serde_json::to_vec_pretty(&document).expect("a tree with text keys can be written");
    bytes.push(b'\n');
    bytes
}

/// Reads a file's content.
///
/// # Errors
/// If it is damaged, foreign or newer than this program.
pub fn read(bytes: &[u8]) -> Result<SavedPlan, PlanFileError> {
    #[derive(Deserialize)]
    struct Head {
        #[serde(default)]
        format: String,
        #[serde(default)]
        format_version: u32,
    }
    let foreign = |error: serde_json::Error| PlanFileError::Foreign(error.to_string());
    let head: Head = serde_json::from_slice(bytes).map_err(foreign)?;
    if head.format != FORMAT {
        return Err(PlanFileError::Foreign("it says nothing of being one".to_owned()));
    }
    if head.format_version > VERSION {
        return Err(PlanFileError::Newer(head.format_version));
    }
    let document: Document = serde_json::from_slice(bytes).map_err(foreign)?;
    Ok(SavedPlan {
        id: document.id,
        created: document.created,
        directory: document.directory,
        mode: if document.destroy { Mode::Destroy } else { Mode::Apply },
        lineage: document.lineage,
        inputs: document.inputs,
        salt: document.salt,
        plan: Plan {
            changes: document.changes.into_iter().map(read_change).collect(),
            drift: document.drift,
            unmanaged: document.unmanaged,
            gaps: document.gaps,
            suppressed: Vec::new(),
            refusals: document.refusals,
            notes: document.notes,
            requests: document.requests,
            moved: document.moved,
            left_out: document.left_out,
        },
        selection: document.selection,
        permissions: document.permissions,
    })
}

fn change_document(change: &Change) -> ChangeDocument {
    // An unchanged object is listed, but what it looks like binds nobody.
    let touched = change.action != Action::NoOp;
    ChangeDocument {
        address: change.address.clone(),
        action: change.action,
        before: change.before.as_ref().filter(|_| touched).map(|before| before.to_json()),
        after: change.after.as_ref().map(Value::to_json),
        attributes: change.attributes.clone(),
        reasons: change.reasons.clone(),
        takes_along: change.takes_along.clone(),
        dependencies: change.dependencies.clone(),
        unchanged: change.unchanged,
    }
}

fn read_change(document: ChangeDocument) -> Change {
    let kind = document.address.kind();
    let destroys = matches!(document.action, Action::Delete | Action::Replace);
    Change {
        action: document.action,
        before: document.before.map(|before| Arc::new(Value::from_json(before))),
        after: document.after.map(Value::from_json),
        attributes: document.attributes,
        reasons: document.reasons,
        irreversible: kind.irreversible.filter(|_| destroys),
        takes_along: document.takes_along,
        source: None,
        dependencies: document.dependencies,
        used: Vec::new(),
        record: None,
        unchanged: document.unchanged,
        address: document.address,
    }
}

/// The digest of a configuration: equal only if every manifest wishes the same, secrets included.
pub fn digest(configuration: &Configuration, salt: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(salt.as_bytes()).expect("HMAC takes keys of any length");
    for (address, resource) in &configuration.resources {
        mac.update(address.to_string().as_bytes());
        mac.update(&[0]);
        resource.spec.feed(&mut |piece| mac.update(piece));
        mac.update(format!("{:?}", resource.annotations).as_bytes());
    }
    hex(&mac.finalize().into_bytes())
}

/// An object that is no longer as it was when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The object.
    pub address: Address,
    /// What differs: field, planned from, found, wanted. Empty if it is the existence of the object.
    pub fields: Vec<StaleField>,
    /// What is wrong, if it is no field.
    pub message: Option<String>,
}

/// A field that moved on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaleField {
    /// The field.
    pub path: Path,
    /// The value that the plan was made from.
    pub planned_from: Option<Value>,
    /// The value that is there now.
    pub found: Option<Value>,
    /// The value that the plan would write.
    pub wanted: Option<Value>,
}

/// Reduces a fresh plan to what was saved: only the saved changes, and only if each of them is still exactly what was agreed on.
///
/// # Errors
/// The objects that have moved on.
pub fn still_valid(saved: &Plan, fresh: Plan) -> Result<Plan, Vec<Stale>> {
    let mut now: BTreeMap<Address, Change> =
        fresh.changes.into_iter().map(|change| (change.address.clone(), change)).collect();
    let (mut changes, mut stale) = (Vec::new(), Vec::new());
    for agreed in saved.changing() {
        match now.remove(&agreed.address) {
            Some(found) if is_same(agreed, &found) => changes.push(found),
            found => stale.push(compare(agreed, found.as_ref())),
        }
    }
    if !stale.is_empty() {
        return Err(stale);
    }
    // What stays as it is has a say in the order, and may be taken into the state.
    let listed: BTreeSet<&Address> = saved.changes.iter().map(|change| &change.address).collect();
    let same = |change: &Change| change.action == Action::NoOp && listed.contains(&change.address);
    changes.extend(now.into_values().filter(same));
    let touched = |address: &Option<Address>| {
        address.as_ref().is_none_or(|address| changes.iter().any(|change| change.address == *address))
    };
    let refusals = fresh.refusals.into_iter().filter(|refusal| touched(&refusal.address)).collect();
    let moved = fresh.moved;
    Ok(Plan { changes, refusals, moved, drift: Vec::new(), gaps: Vec::new(), ..fresh_rest(saved) })
}

fn fresh_rest(saved: &Plan) -> Plan {
    Plan { notes: saved.notes.clone(), left_out: saved.left_out.clone(), ..Plan::default() }
}

fn is_same(agreed: &Change, found: &Change) -> bool {
    let plain = |value: Option<&Value>| value.map(Value::to_json);
    agreed.action == found.action
        && plain(agreed.before.as_deref()) == plain(found.before.as_deref())
        && plain(agreed.after.as_ref()) == plain(found.after.as_ref())
}

fn compare(agreed: &Change, found: Option<&Change>) -> Stale {
    let nothing = Value::Null;
    let before = agreed.before.as_deref().unwrap_or(&nothing);
    let now = found.and_then(|change| change.before.as_deref()).unwrap_or(&nothing);
    let mut fields = Vec::new();
    let exists = |value: &Value| !matches!(value, Value::Null);
    let message = match (exists(before), exists(now)) {
        (false, true) => Some("it was to be created, and exists by now"),
        (true, false) => Some("it existed when the plan was made, and is gone or can't be read"),
        _ => {
            differences(
                &mut Path::root(),
                before,
                now,
                agreed.after.as_ref().unwrap_or(&nothing),
                &mut fields,
            );
            fields.is_empty().then_some("what would be done to it is no longer what the plan says")
        }
    };
    Stale { address: agreed.address.clone(), fields, message: message.map(str::to_owned) }
}

fn differences(path: &mut Path, before: &Value, now: &Value, wanted: &Value, fields: &mut Vec<StaleField>) {
    if before == now {
        return;
    }
    let (Some(old), Some(new)) = (before.as_map(), now.as_map()) else {
        let some = |value: &Value| (!value.is_empty()).then(|| value.without_secrets());
        fields.push(StaleField {
            path: path.clone(),
            planned_from: some(before),
            found: some(now),
            wanted: some(wanted),
        });
        return;
    };
    let names: BTreeSet<_> = old.iter().chain(new.iter()).map(|(name, _)| name.clone()).collect();
    let nothing = Value::Null;
    for name in names {
        let of = |value: Option<&Value>| value.cloned().unwrap_or_default();
        path.push(Segment::Name(name.clone()));
        let (old, new) = (of(old.get(&name)), of(new.get(&name)));
        differences(path, &old, &new, wanted.get(&name).unwrap_or(&nothing), fields);
        path.pop();
    }
}
