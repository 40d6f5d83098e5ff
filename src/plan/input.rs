//! What a plan is made of.

pub(super) mod product_index;
pub(super) mod reads;
pub(crate) mod selection;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use jiff::civil::Date;

use crate::config::resolve::Configuration;
use crate::live::snapshot::{Live, Snapshot};
use crate::resource::{Address, Pattern, Record, Resource};
use crate::state::{Rules, State, Verb};

use crate::config::settings::{Move, Thresholds};

use super::diff::Sending;

/// What is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The live state becomes the configuration.
    Apply,
    /// Everything in the configuration and the state is deleted.
    Destroy,
}

/// Which part of the directory was asked for: targets, exclusions, and what is to be pruned.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Only these objects, and what they need. `None`: all.
    pub targets: Option<Vec<Pattern>>,
    /// Not these, nor what needs them.
    pub exclude: Vec<Pattern>,
    /// Live objects that are in no manifest and not in the state are deleted if one of these covers them.
    pub prune: Vec<Pattern>,
    /// What is sent of the fields that the server does not return although nothing says that they differ.
    pub send: SendSecrets,
    /// The manifests are a part of the fleet: what they do not declare is declared elsewhere.
    pub declared_only: bool,
}

/// What is sent of the fields that the server does not return although nothing says that they differ.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SendSecrets {
    /// Nothing.
    #[default]
    Nothing,
    /// What was never sent.
    NeverSent,
    /// All of these objects, sent before or not.
    Of(Pattern),
}

impl SendSecrets {
    /// What is sent of one object.
    pub(super) fn of(&self, address: &Address) -> Sending {
        match self {
            Self::NeverSent => Sending::Unsent,
            Self::Of(pattern) if pattern.covers(address) => Sending::All,
            Self::Nothing | Self::Of(_) => Sending::Nothing,
        }
    }
}

impl Selection {
    /// Whether an unmanaged object is to be deleted.
    pub fn prunes(&self, address: &Address) -> bool {
        let covered = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.covers(address));
        covered(&self.prune) && !covered(&self.exclude) && self.targets.as_deref().is_none_or(covered)
    }
}

/// A selection and what it means for a configuration and a state; made by [`Selection::coverage`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// What was asked for.
    pub selection: Selection,
    /// The declared and managed objects that the plan is not about.
    pub left_out: BTreeSet<Address>,
}

impl Coverage {
    /// Whether the plan is about an object.
    pub fn includes(&self, address: &Address) -> bool {
        !self.left_out.contains(address)
    }
}

/// What the user has allowed for one run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Permissions {
    /// Objects whose `prevent-destroy` is lifted.
    pub unprotected: BTreeSet<Address>,
    /// Objects whose write or delete may be sent without the server's checks of the product.
    pub unchecked: BTreeSet<Address>,
    /// Whether objects that depend on a replaced one may be replaced with it.
    pub replace: bool,
    /// Whether objects may be permanently destroyed. A saved plan never carries this: it is granted per run.
    #[serde(skip)]
    pub irreversible: bool,
    /// How many deletes are allowed whatever the threshold.
    pub deletes: usize,
    /// How many updates are allowed whatever the threshold.
    pub updates: usize,
}

impl Permissions {
    /// What these allow and others do not.
    pub fn beyond(&self, others: &Self) -> Self {
        let more = |ours: usize, theirs: usize| if ours > theirs { ours } else { 0 };
        Self {
            unprotected: self.unprotected.difference(&others.unprotected).cloned().collect(),
            unchecked: self.unchecked.difference(&others.unchecked).cloned().collect(),
            replace: self.replace && !others.replace,
            irreversible: self.irreversible && !others.irreversible,
            deletes: more(self.deletes, others.deletes),
            updates: more(self.updates, others.updates),
        }
    }
}

/// Everything a plan is made of.
#[derive(Clone, Copy)]
pub struct PlanInput<'a> {
    /// What the manifests declare.
    pub configuration: &'a Configuration,
    /// What was applied. `None` for `--stateless`: nothing is recorded, and what is no longer declared is not
    /// deleted.
    pub state: Option<&'a State>,
    /// The live state.
    pub snapshot: &'a Snapshot,
    /// What is planned.
    pub mode: Mode,
    /// Whether to compare the live state with the last apply too.
    pub drift: bool,
    /// Which part of the directory is planned.
    pub coverage: &'a Coverage,
    /// What gets another name.
    pub moves: &'a [Move],
    /// What may change at once.
    pub thresholds: &'a Thresholds,
    /// What the settings let pass, to compare with the last apply; `None`: it is not compared.
    pub rules: Option<&'a Rules>,
    /// What was allowed for this run.
    pub permissions: &'a Permissions,
}

impl<'a> PlanInput<'a> {
    /// Whether the plan is about an object.
    pub(super) fn includes(&self, address: &Address) -> bool {
        self.coverage.includes(address)
    }

    /// The manifest of an object that the plan is about.
    pub(super) fn declared(&self, address: &Address) -> Option<&'a Resource> {
        self.configuration.resources.get(address).filter(|_| self.includes(address))
    }

    /// The state's record of an object.
    pub(crate) fn record(&self, address: &Address) -> Option<&'a Record> {
        self.state?.records.get(address)
    }

    /// Whether the state has an object: as applied, or as a write that was begun.
    pub(super) fn is_recorded(&self, address: &Address) -> bool {
        self.state.is_some_and(|state| state.names(address))
    }

    /// What is being deleted and still shown by the server, the object or the product that it lives in, and
    /// since when.
    pub(super) fn going(&self, address: &Address) -> Option<(Address, &'a str)> {
        if let Some((going, mark)) = self.snapshot.ways.marked(address) {
            return Some((going, mark.since.as_str()));
        }
        self.state?.going(address).filter(|(going, _)| !self.is_over(going))
    }

    /// Whether a deletion that was accepted is over: the object is gone, or was restored in GitLab.
    pub(super) fn is_over(&self, going: &Address) -> bool {
        let was_scheduled = self.state.is_some_and(|state| state.scheduled(going).is_some());
        matches!(self.snapshot.live(going), Live::Absent)
            || (was_scheduled && self.snapshot.ways.stays(going))
    }

    /// The day for which the deletion of the object, or of the product that it lives in, is scheduled.
    pub(super) fn scheduled(&self, address: &Address) -> Option<Date> {
        match self.snapshot.ways.marked(address) {
            Some((_, mark)) => mark.day,
            None => self.state?.scheduled(address),
        }
    }

    /// Whether the server was told already to delete an object, or GitLab was to delete it or its product.
    pub(super) fn is_deleted_already(&self, address: &Address) -> bool {
        let is_pending = self.state.is_some_and(|state| state.deletions.contains_key(address));
        (is_pending && !self.is_over(address)) || self.snapshot.ways.marked(address).is_some()
    }

    /// What the server has not finished of an object, and why it has to be sent again.
    pub(super) fn unfinished(&self, address: &Address) -> Option<(Verb, &'a str)> {
        self.state?.unfinished(address)
    }

    /// Live objects that are in no manifest and not in the state.
    pub(super) fn unmanaged_live(&self) -> impl Iterator<Item = &'a Address> {
        let configuration = self.configuration;
        let state = self.state;
        let ways = &self.snapshot.ways;
        let live = self.snapshot.objects().map(|observed| &observed.address);
        live.chain(self.snapshot.unreadable().map(|(address, _)| address)).filter(move |address| {
            !configuration.resources.contains_key(address)
                && !state.is_some_and(|state| state.manages(address) || state.is_going(address))
                && ways.marked(address).is_none()
        })
    }
}
