//! `resource_changes` and `resource_drift`.

use serde::{Serialize, Serializer};
use serde_json::Value as Json;

use crate::model::diagnostic::{Place, SourceMap};
use crate::model::value::{Path, Segment, Value};
use crate::plan::diff::AttributeChange;
use crate::plan::{Action, Change, Drift, DriftKind, Reason};
use crate::render::wording;
use crate::resource::Address;
use crate::resource::schema::{Attribute, attribute_at};

use super::named::Named;
use super::shown::Shown;
use super::sides::Sides;

/// Every change, no-ops too.
pub(super) struct Changes<'a> {
    pub(super) changes: &'a [Change],
    pub(super) sources: Option<&'a SourceMap>,
}

impl Serialize for Changes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.changes.iter().map(|change| ResourceChange::of(change, self.sources)))
    }
}

/// What is written one by one, without a list of all in memory.
pub(super) struct Each<'a, I, T> {
    pub(super) all: &'a [I],
    pub(super) of: fn(&'a I) -> Option<T>,
}

impl<I, T: Serialize> Serialize for Each<'_, I, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.all.iter().filter_map(self.of))
    }
}

#[derive(Serialize)]
struct ResourceChange<'a> {
    #[serde(flatten)]
    resource: Resource<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action_reason: Option<&'static str>,
    reasons: Vec<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    adopts: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    sent_unchecked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    irreversible: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    takes_along: Vec<String>,
    dependencies: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Place>,
}

impl<'a> ResourceChange<'a> {
    fn of(change: &'a Change, sources: Option<&SourceMap>) -> Self {
        let texts = |addresses: &[Address]| addresses.iter().map(ToString::to_string).collect();
        Self {
            resource: Resource::new(&change.address, Difference::of(change)),
            action_reason: change.reasons.iter().find_map(reason_code),
            reasons: change.reasons.iter().filter_map(wording::reason).collect(),
            adopts: change.adopts(),
            sent_unchecked: change.is_unchecked(),
            irreversible: change.irreversible,
            takes_along: texts(&change.takes_along),
            dependencies: texts(&change.dependencies),
            source: sources.and_then(|sources| sources.place(change.source)),
        }
    }
}

/// Terraform's word for objects that are not only read.
pub(super) const MODE: &str = "managed";
/// The one provider.
pub(super) const PROVIDER: &str = "nautes";

/// A difference between two sides of an object.
#[derive(Serialize)]
struct Difference<'a> {
    actions: &'static [&'static str],
    before: Json,
    after: Json,
    after_unknown: Json,
    before_sensitive: Json,
    after_sensitive: Json,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    replace_paths: Vec<Vec<String>>,
    changed_paths: Vec<String>,
    attributes: Vec<Field<'a>>,
}

impl<'a> Difference<'a> {
    fn of(change: &'a Change) -> Self {
        let forcing = change.attributes.iter().filter(|attribute| attribute.forces_replacement);
        let replace_paths = forcing.map(|attribute| steps(&attribute.path)).collect();
        let actions = terraform_actions(change.action);
        Self {
            replace_paths,
            ..Self::between(Sides::of(change), actions, &change.address, &change.attributes)
        }
    }

    fn of_drift(drift: &'a Drift) -> Self {
        let missing = drift.kind == DriftKind::Missing;
        let actions: &[&str] = if missing { &["delete"] } else { &["update"] };
        Self::between(Sides::of_drift(drift), actions, &drift.address, &drift.attributes)
    }

    fn between(
        sides: Sides,
        actions: &'static [&'static str],
        address: &Address,
        fields: &'a [AttributeChange],
    ) -> Self {
        let Sides { before, after, unknown } = sides;
        Self {
            actions,
            before: before.value,
            after: after.value,
            after_unknown: unknown,
            before_sensitive: before.sensitive,
            after_sensitive: after.sensitive,
            replace_paths: Vec::new(),
            changed_paths: fields.iter().map(|field| field.path.to_string()).collect(),
            attributes: fields.iter().map(|field| Field::of(address, field)).collect(),
        }
    }
}

#[derive(Serialize)]
struct Field<'a> {
    path: String,
    before: Option<Shown<'a>>,
    after: Option<Shown<'a>>,
    sensitive: bool,
    forces_replacement: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

impl<'a> Field<'a> {
    fn of(address: &Address, field: &'a AttributeChange) -> Self {
        let shape: Option<&'static Attribute> = attribute_at(address.kind(), &field.path);
        let shown = |value: &'a Option<Value>| {
            value.as_ref().filter(|_| !field.sensitive).map(|value| Shown { shape, value })
        };
        Self {
            path: field.path.to_string(),
            before: shown(&field.before),
            after: shown(&field.after),
            sensitive: field.sensitive,
            forces_replacement: field.forces_replacement,
            note: field.note.as_deref(),
        }
    }
}

/// An object and how its sides differ.
#[derive(Serialize)]
pub(super) struct Resource<'a> {
    #[serde(flatten)]
    object: Named<'a>,
    mode: &'static str,
    provider_name: &'static str,
    change: Difference<'a>,
}

impl<'a> Resource<'a> {
    /// What changed outside of nautform.
    pub(super) fn of_drift(drift: &'a Drift) -> Option<Self> {
        Some(Self::new(&drift.address, Difference::of_drift(drift)))
    }

    fn new(address: &'a Address, change: Difference<'a>) -> Self {
        Self { object: Named::of(address), mode: MODE, provider_name: PROVIDER, change }
    }
}

fn steps(path: &Path) -> Vec<String> {
    let text = |segment: &Segment| match segment {
        Segment::Name(name) => name.to_string(),
        Segment::Index(index) => index.to_string(),
    };
    path.segments().iter().map(text).collect()
}

/// Terraform's list of actions.
const fn terraform_actions(action: Action) -> &'static [&'static str] {
    match action {
        Action::NoOp => &["no-op"],
        Action::Create => &["create"],
        Action::Update => &["update"],
        Action::Replace => &["delete", "create"],
        Action::Delete => &["delete"],
        Action::Forget => &["forget"],
    }
}

/// A word for a reason that the action does not say; Terraform's own where it has one.
pub(in crate::render) const fn reason_code(reason: &Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::NotLive
        | Reason::Differs
        | Reason::NeverSent(_)
        | Reason::WrittenBefore(_)
        | Reason::Resets(_) => return None,
        Reason::FixedField(_) => "replace_because_cannot_update",
        Reason::ReplacedWith(_) => "replace_by_triggers",
        Reason::ManifestGone(_) => "delete_because_no_resource_config",
        Reason::Destroy => "delete_by_request",
        Reason::Unchecked | Reason::UncheckedHalf(_) => "sent_unchecked",
        Reason::Blocking => "blocks_its_product",
        Reason::Pruned => "delete_because_pruned",
        Reason::Vanished => "because_vanished",
        Reason::Interrupted => "because_interrupted",
        Reason::Incomplete(_) => "because_incomplete",
        Reason::Adopted => "because_adopted",
        Reason::TakenOver => "because_taken_over",
        Reason::NotManaged => "because_not_managed",
        Reason::Orphaned => "forgot_because_orphaned",
        Reason::Renamed(_) => "delete_because_renamed",
        Reason::Unreadable(_) => "because_unreadable",
    })
}
