//! The differences of a plan by class: the live object changed, the manifest changed, the object is
//! unmanaged, broken, or it could not be read.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::model::value::Path;
use crate::plan::diff::AttributeChange;
use crate::plan::{Action, Blocked, Broken, Change, Drift, DriftKind, Gap, Plan, Suppressed, Unmanaged};
use crate::resource::Address;

/// Kinds of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// A managed object whose fields differ from the last apply.
    Changed,
    /// A managed object that is gone.
    Missing,
    /// A managed object of which the server has not finished a write: it is to be sent again.
    Incomplete,
    /// The manifest differs from the last apply.
    Pending,
    /// An object that is in no manifest and not in the state.
    Unmanaged,
    /// An object that could not be read.
    Unknown,
    /// A product that refuses every write.
    Blocked,
    /// An object that is broken behind the API.
    Broken,
}

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Changed => "changed",
            Self::Missing => "missing",
            Self::Incomplete => "incomplete",
            Self::Pending => "pending",
            Self::Unmanaged => "unmanaged",
            Self::Unknown => "unknown",
            Self::Blocked => "blocked",
            Self::Broken => "broken",
        })
    }
}

/// One finding.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'a> {
    /// The object.
    pub address: &'a Address,
    /// What kind of finding.
    pub class: Class,
    /// What is to be done with it, if it is pending.
    pub action: Option<Action>,
    /// Which fields differ, if fields do.
    pub attributes: &'a [AttributeChange],
}

/// The findings, each in the order of the plan. What the plan says is suppressed is none.
#[derive(Debug, Default)]
pub struct Findings<'a> {
    /// Managed objects whose fields were changed outside of nautform since the last apply.
    pub drifted: Vec<Cow<'a, Drift>>,
    /// Managed objects that were deleted outside of nautform.
    pub missing: Vec<Cow<'a, Drift>>,
    /// Writes that the server has not finished: they are to be sent again.
    pub incomplete: Vec<&'a Change>,
    /// Changes of the manifests that have not been applied.
    pub pending: Vec<&'a Change>,
    /// Objects that are in no manifest and not in the state.
    pub unmanaged: Vec<&'a Unmanaged>,
    /// Objects that could not be read.
    pub unknown: Vec<&'a Gap>,
    /// Products that refuse every write.
    pub blocked: Vec<&'a Blocked>,
    /// Objects that are broken behind the API, and nothing else says so.
    pub broken: Vec<&'a Broken>,
    /// How many objects are as they should be.
    pub in_sync: usize,
    /// How many objects have findings that are suppressed.
    pub suppressed: usize,
}

impl<'a> Findings<'a> {
    /// Classifies the differences of a plan.
    pub fn of(plan: &'a Plan) -> Self {
        let muted = Muted::of(&plan.suppressed);
        let drift: HashMap<&Address, &Drift> =
            plan.drift.iter().map(|drift| (&drift.address, drift)).collect();
        let of_kind = |kind| plan.drift.iter().filter(move |drift| drift.kind == kind);
        let loud = |change: &&Change| !muted.is_whole(&change.address);
        let incomplete = plan.changing().filter(|change| change.resends()).filter(loud);
        let pending = plan
            .changing()
            .filter(|change| !change.resends())
            .filter(loud)
            .filter(|change| is_pending(change, drift.get(&change.address).copied(), &muted));
        let quiet = |change: &&Change| {
            let address = &change.address;
            change.action == Action::NoOp && !drift.contains_key(address) && !muted.0.contains_key(address)
        };
        Self {
            drifted: of_kind(DriftKind::Changed).filter_map(|drift| muted.rest_of(drift)).collect(),
            missing: of_kind(DriftKind::Missing)
                .filter(|drift| !muted.is_whole(&drift.address))
                .map(Cow::Borrowed)
                .collect(),
            incomplete: incomplete.collect(),
            pending: pending.collect(),
            unmanaged: plan.unmanaged.iter().filter(|found| !muted.is_whole(&found.address)).collect(),
            unknown: plan.gaps.iter().filter(|gap| !muted.is_whole(&gap.address)).collect(),
            blocked: plan.blocked.iter().filter(|found| !muted.is_whole(&found.address)).collect(),
            broken: plan
                .broken()
                .filter(|found| !drift.contains_key(&found.address) && !muted.is_whole(&found.address))
                .collect(),
            in_sync: plan.changes.iter().filter(quiet).count(),
            suppressed: muted.0.len(),
        }
    }

    /// Whether live objects changed, or are not whole: exit code 4.
    pub const fn has_drift(&self) -> bool {
        !self.drifted.is_empty()
            || !self.missing.is_empty()
            || !self.incomplete.is_empty()
            || !self.broken.is_empty()
    }

    /// Whether there are no findings at all.
    pub const fn is_clean(&self) -> bool {
        !self.has_drift()
            && self.pending.is_empty()
            && self.unmanaged.is_empty()
            && self.unknown.is_empty()
            && self.blocked.is_empty()
            && self.suppressed == 0
    }

    /// One by one.
    pub fn all(&self) -> impl Iterator<Item = Finding<'_>> {
        let bare = |address, class| Finding { address, class, action: None, attributes: &[] };
        let drifted = self.drifted.iter().map(move |drift| Finding {
            attributes: &drift.attributes,
            ..bare(&drift.address, Class::Changed)
        });
        let of_change = move |change: &&'a Change, class| Finding {
            action: Some(change.action),
            attributes: &change.attributes,
            ..bare(&change.address, class)
        };
        let incomplete = self.incomplete.iter().map(move |change| of_change(change, Class::Incomplete));
        let pending = self.pending.iter().map(move |change| of_change(change, Class::Pending));
        drifted
            .chain(self.missing.iter().map(move |drift| bare(&drift.address, Class::Missing)))
            .chain(incomplete)
            .chain(pending)
            .chain(self.unmanaged.iter().map(move |found| bare(&found.address, Class::Unmanaged)))
            .chain(self.unknown.iter().map(move |gap| bare(&gap.address, Class::Unknown)))
            .chain(self.blocked.iter().map(move |found| bare(&found.address, Class::Blocked)))
            .chain(self.broken.iter().map(move |found| bare(&found.address, Class::Broken)))
    }
}

/// What is suppressed, by object.
struct Muted<'a>(HashMap<&'a Address, Vec<&'a Suppressed>>);

impl<'a> Muted<'a> {
    fn of(suppressed: &'a [Suppressed]) -> Self {
        let mut all: HashMap<&Address, Vec<&Suppressed>> = HashMap::new();
        suppressed.iter().for_each(|one| all.entry(&one.address).or_default().push(one));
        Self(all)
    }

    fn rules(&self, address: &Address) -> &[&'a Suppressed] {
        self.0.get(address).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether everything about the object is.
    fn is_whole(&self, address: &Address) -> bool {
        self.rules(address).iter().any(|rule| rule.fields.is_empty())
    }

    fn holds(&self, address: &Address, path: &Path) -> bool {
        let holds = |rule: &&Suppressed| rule.fields.iter().any(|field| path.starts_with(field));
        self.is_whole(address) || self.rules(address).iter().any(holds)
    }

    /// The drift without the fields that are suppressed; `None` if that leaves nothing.
    fn rest_of<'d>(&self, drift: &'d Drift) -> Option<Cow<'d, Drift>> {
        let Drift { address, attributes, .. } = drift;
        if !attributes.iter().any(|attribute| self.holds(address, &attribute.path)) {
            return Some(Cow::Borrowed(drift));
        }
        let mut rest = drift.clone();
        rest.attributes.retain(|attribute| !self.holds(address, &attribute.path));
        (!rest.attributes.is_empty()).then_some(Cow::Owned(rest))
    }
}

/// Whether something about the change is neither explained by drift nor suppressed.
fn is_pending(change: &Change, drift: Option<&Drift>, muted: &Muted<'_>) -> bool {
    let open = |path: &Path| !muted.holds(&change.address, path);
    match (change.action, drift) {
        (Action::NoOp, _) => false,
        (Action::Create, Some(drift)) => drift.kind != DriftKind::Missing,
        (Action::Update | Action::Replace, drift) if !change.attributes.is_empty() => {
            let drifted = drift.map(|drift| drift.attributes.as_slice()).unwrap_or_default();
            // If the live field changed, the manifest changed as well unless it still says what was applied.
            let explains = |drifted: &AttributeChange, desired: &AttributeChange| {
                touch(&drifted.path, &desired.path)
                    && (drifted.path != desired.path || drifted.before == desired.after)
            };
            change.attributes.iter().any(|desired| {
                open(&desired.path) && !drifted.iter().any(|drifted| explains(drifted, desired))
            })
        }
        (Action::Update | Action::Replace, drift) => drift.is_none(),
        (Action::Create | Action::Delete | Action::Forget, _) => true,
    }
}

fn touch(a: &Path, b: &Path) -> bool {
    a.starts_with(b) || b.starts_with(a)
}
