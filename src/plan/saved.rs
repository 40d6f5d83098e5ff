//! The saved plan: what was approved, as a file. It holds no secrets; `apply` plans again and carries out
//! only what is still exactly what was saved.
//!
//! Bound to the server, and to each object that it touches: the live fields that it was planned from, a keyed
//! digest of those that are not shown, and one of its declaration, secrets included. It permits nothing: what
//! was allowed has to be allowed again. Invariant: what the file says about a change is derived from the
//! values that are compared, or is compared itself, so that a file never shows less than it does. Unknown
//! newer versions are refused.

mod attributes;
mod computed;
mod declarations;
pub(in crate::plan) mod digest;
mod stale;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::config::settings::Move;
use crate::model::diagnostic::{Place, SourceMap};
use crate::model::format_head::{Head, Mismatch};
use crate::model::rare::Rare;
use crate::model::value::Value;
use crate::plan::diff::AttributeChange;
use crate::resource::Address;

use super::model::unread::Unread;
use super::read_from::ReadFrom;
use super::{
    Action, Blocked, Change, Drift, Gap, Mode, Origin, Permissions, Plan, ProtectionChange, Reason, Refusal,
    Selection, Unmanaged,
};

pub use declarations::{Changed, Declarations, changed};
pub(crate) use stale::differences;
pub use stale::still_valid;

pub use super::stale::{Stale, StaleField};

/// The version of the format.
///
/// Version 1 has a digest of all manifests instead of one for each object, and no server: a reader that knows
/// only it would take a plan to any server.
pub(crate) const VERSION: u32 = 2;
const FORMAT: &str = "nautform-plan";

/// A saved plan.
#[derive(Debug)]
pub struct SavedPlan {
    /// The identity of this plan: it is applied once.
    pub id: String,
    /// Where and when it was made. The server that it is for is below.
    pub origin: Origin,
    /// Whether its unmanaged objects are listed.
    pub lists_unmanaged: bool,
    /// The manifests it was made from: an absolute path.
    pub directory: String,
    /// The same, relative to the folder of the plan's file.
    pub relative: Option<String>,
    /// What was planned.
    pub mode: Mode,
    /// The server that it was made with; `None` in plans of older versions.
    pub server: Option<String>,
    /// The state it was made with; `None` for `--stateless`.
    pub lineage: Option<String>,
    /// What the objects were declared to be.
    pub declarations: Declarations,
    /// Keyed digests of the objects as they were, where a part of them is not shown.
    pub sensitive: BTreeMap<Address, String>,
    /// The key of the digests.
    pub salt: String,
    /// The plan, without secrets.
    pub plan: Plan,
    /// The places of its objects in the manifests.
    pub sources: SourceMap,
    /// The part of the directory that it is about.
    pub selection: Selection,
    /// What was allowed when it was made; to be allowed again.
    pub permissions: Permissions,
}

/// The file can't be used as a plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// Damaged, or something else.
    #[error("it is not a nautform plan: {0}")]
    Foreign(String),
    /// It lacks what every plan of its version has.
    #[error("it is damaged: {0} is missing")]
    Damaged(&'static str),
    /// Written by a newer nautform.
    #[error("it was written by a newer nautform (format {0}, this one knows {VERSION})")]
    Newer(u32),
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    format_version: u32,
    id: String,
    #[serde(flatten)]
    origin: Origin,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    lists_unmanaged: bool,
    directory: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    relative: Option<String>,
    destroy: bool,
    /// Always there, as null for `--stateless`.
    #[serde(deserialize_with = "Option::deserialize")]
    lineage: Option<String>,
    /// Of version 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inputs: Option<String>,
    #[serde(default)]
    declarations: BTreeMap<Address, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sensitive: BTreeMap<Address, String>,
    salt: String,
    changes: Vec<ChangeDocument>,
    drift: Vec<Drift>,
    unmanaged: Vec<Unmanaged>,
    gaps: Vec<Gap>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    blocked: Vec<Blocked>,
    refusals: Vec<RefusalDocument>,
    #[serde(default)]
    moved: Vec<Move>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    protections: Vec<ProtectionChange>,
    notes: Vec<String>,
    requests: usize,
    #[serde(default, skip_serializing_if = "ReadFrom::is_empty")]
    read_from: ReadFrom,
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
    #[serde(default, skip_serializing_if = "Rare::is_empty")]
    unread: Rare<Unread>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Place>,
}

#[derive(Serialize, Deserialize)]
struct RefusalDocument {
    #[serde(flatten)]
    refusal: Refusal,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Place>,
}

impl SavedPlan {
    /// Whether an object still has the values that it was planned from and the file does not hold.
    pub fn is_as_sensitive(&self, found: &Change) -> bool {
        self.sensitive.get(&found.address) == digest::sensitive(found, &self.salt).as_ref()
    }
}

/// The digests of what a plan was made from and its file does not hold.
pub fn sensitive(plan: &Plan, salt: &str) -> BTreeMap<Address, String> {
    let digest = |change: &Change| Some((change.address.clone(), digest::sensitive(change, salt)?));
    plan.changing().filter_map(digest).collect()
}

/// The file's content.
pub fn write(saved: &SavedPlan) -> Vec<u8> {
    let plan = &saved.plan;
    let refusal = |refusal: &Refusal| RefusalDocument {
        refusal: refusal.clone(),
        source: saved.sources.place(refusal.span),
    };
    let document = Document {
        format: FORMAT.to_owned(),
        format_version: VERSION,
        id: saved.id.clone(),
        origin: Origin { server: saved.server.clone(), ..saved.origin.clone() },
        lists_unmanaged: saved.lists_unmanaged,
        directory: saved.directory.clone(),
        relative: saved.relative.clone(),
        destroy: saved.mode == Mode::Destroy,
        lineage: saved.lineage.clone(),
        inputs: saved.declarations.all().cloned(),
        declarations: saved.declarations.each().clone(),
        sensitive: saved.sensitive.clone(),
        salt: saved.salt.clone(),
        changes: plan.changes.iter().map(|change| change_document(change, &saved.sources)).collect(),
        drift: plan.drift.clone(),
        unmanaged: plan.unmanaged.clone(),
        gaps: plan.gaps.clone(),
        blocked: plan.blocked.clone(),
        refusals: plan.refusals.iter().map(refusal).collect(),
        protections: plan.protections.clone(),
        notes: plan.notes.clone(),
        requests: plan.requests,
        read_from: plan.read_from.clone(),
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
    let foreign = |error: serde_json::Error| PlanFileError::Foreign(error.to_string());
    let head: Head = serde_json::from_slice(bytes).map_err(foreign)?;
    head.check(FORMAT, VERSION).map_err(|mismatch| match mismatch {
        Mismatch::Foreign => PlanFileError::Foreign(format!("its format is '{}'", head.format)),
        Mismatch::Newer(version) => PlanFileError::Newer(version),
    })?;
    let document: Document = serde_json::from_slice(bytes).map_err(foreign)?;
    let is_first = document.format_version == 1;
    if !is_first && document.origin.server.is_none() {
        return Err(PlanFileError::Damaged("server"));
    }
    let declarations = match document.inputs {
        Some(all) if is_first => Declarations::All(all),
        None if is_first => return Err(PlanFileError::Damaged("inputs")),
        _ => Declarations::Each(document.declarations),
    };
    let mut sources = SourceMap::new();
    let changes = document.changes.into_iter().map(|change| read_change(change, &mut sources)).collect();
    let refusal = |RefusalDocument { refusal, source }| Refusal {
        span: source.map(|place| sources.remember(place)),
        ..refusal
    };
    let refusals = document.refusals.into_iter().map(refusal).collect();
    Ok(SavedPlan {
        id: document.id,
        server: document.origin.server.clone(),
        plan: Plan {
            environment: document.origin.environment.clone(),
            changes,
            drift: document.drift,
            unmanaged: document.unmanaged,
            gaps: document.gaps,
            blocked: document.blocked,
            refusals,
            protections: document.protections,
            notes: document.notes,
            requests: document.requests,
            read_from: document.read_from,
            moved: document.moved,
            left_out: document.left_out,
            ..Plan::default()
        },
        origin: document.origin,
        lists_unmanaged: document.lists_unmanaged,
        directory: document.directory,
        relative: document.relative,
        mode: if document.destroy { Mode::Destroy } else { Mode::Apply },
        lineage: document.lineage,
        declarations,
        sensitive: document.sensitive,
        salt: document.salt,
        sources,
        selection: document.selection,
        permissions: document.permissions,
    })
}

fn change_document(change: &Change, sources: &SourceMap) -> ChangeDocument {
    ChangeDocument {
        address: change.address.clone(),
        action: change.action,
        before: change.before.as_ref().map(|before| before.to_json()),
        after: change.after.as_deref().map(Value::to_json),
        attributes: change.attributes.to_vec(),
        reasons: change.reasons.to_vec(),
        takes_along: change.takes_along.to_vec(),
        dependencies: change.dependencies.clone(),
        unchanged: change.unchanged,
        unread: change.unread.clone(),
        source: sources.place(change.source),
    }
}

fn read_change(document: ChangeDocument, sources: &mut SourceMap) -> Change {
    let kind = document.address.kind();
    let destroys = matches!(document.action, Action::Delete | Action::Replace);
    let before = document.before.map(Value::from_json);
    let after = document.after.map(Value::from_json);
    let sides = (before.as_ref(), after.as_ref());
    let attributes = attributes::derived(&document.address, document.action, sides, document.attributes);
    Change {
        action: document.action,
        before: before.map(Arc::new),
        after: after.map(|after| attributes::with_sensitive(after, &attributes).into()),
        attributes: attributes.into(),
        reasons: document.reasons.into(),
        irreversible: kind.deleting.irreversible.filter(|_| destroys),
        takes_along: document.takes_along.into(),
        unread: document.unread,
        source: document.source.map(|place| sources.remember(place)),
        dependencies: document.dependencies,
        used: Rare::default(),
        record: None,
        unchanged: document.unchanged,
        crowd: 0,
        address: document.address,
    }
}
