//! Which part of the fleet an operation is about: patterns, or what changed in Git.

use std::path::Path;

use smol_str::SmolStr;

use crate::live::snapshot::RefreshOptions;
use crate::plan::Mode;
use crate::plan::Permissions;
use crate::plan::{Selection, SendSecrets};
use crate::resource::Pattern;
use crate::state::State;

use super::error::{Purpose, SessionError};
use super::git::{Git, GitError};
use super::open::{Notice, Session};
use super::plan::PlanOptions;
use super::validate::Validated;

/// Which part of the directory.
#[derive(Clone, Debug, Default)]
pub struct SelectionOptions {
    /// Only these objects and what they need; without any, all.
    pub targets: Vec<Pattern>,
    /// Not these objects, nor what needs them.
    pub exclude: Vec<Pattern>,
    /// Standard input is the whole fleet.
    pub complete: bool,
    /// Only manifests that changed in Git since this revision, instead of targets.
    pub changed_since: Option<String>,
}

/// What to plan.
#[derive(Clone, Debug)]
pub struct PlanRequest {
    /// Apply or destroy.
    pub mode: Mode,
    /// Which part of the directory.
    pub selection: SelectionOptions,
    /// Also delete unmanaged objects that one of these covers.
    pub prune: Vec<Pattern>,
    /// What is sent of the fields that the server does not return although nothing says that they differ.
    pub send: SendSecrets,
    /// What is permitted.
    pub permissions: Permissions,
    /// Whether to look for unmanaged objects.
    pub discover: bool,
    /// Whether to carry the plan out against a copy of the live state, to find what the server would refuse.
    pub rehearse: bool,
}

impl PlanRequest {
    /// All of the directory, nothing permitted, with a rehearsal.
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            selection: SelectionOptions::default(),
            prune: Vec::new(),
            send: SendSecrets::default(),
            permissions: Permissions::default(),
            discover: false,
            rehearse: true,
        }
    }
}

impl Session {
    /// Whether an operation is about all of the fleet, so that the objects in the state may be read at once.
    pub(crate) const fn is_all(&self, selection: &SelectionOptions) -> bool {
        let SelectionOptions { targets, exclude, complete, changed_since } = selection;
        let is_whole = *complete || !self.fleet.is_part;
        is_whole && targets.is_empty() && exclude.is_empty() && changed_since.is_none()
    }

    /// The selected part of the fleet.
    pub(crate) async fn select(
        &self,
        options: &SelectionOptions,
        validated: &Validated,
        state: Option<&State>,
    ) -> Result<Selection, SessionError> {
        let fleet = &self.fleet;
        if options.complete && self.options.path != Path::new("-") {
            return Err(SessionError::CompleteDirectory);
        }
        let declared_only = fleet.is_part && !options.complete;
        self.check_declared(&validated.configuration, state, declared_only)?;
        if declared_only && !fleet.below.as_os_str().is_empty() {
            self.notify(Notice::PartOfFleet(&fleet.root));
        }
        let targets = match &options.changed_since {
            Some(revision) => {
                let state = state.filter(|_| !declared_only);
                let changed = self.changed_since(revision, validated, state).await;
                let revision = revision.clone();
                Some(changed.map_err(|source| SessionError::Git { revision, source })?)
            }
            None => (!options.targets.is_empty()).then(|| options.targets.clone()),
        };
        let exclude = options.exclude.clone();
        Ok(Selection { targets, exclude, declared_only, ..Selection::default() })
    }

    /// The objects of the manifests that changed, and of those that were removed.
    async fn changed_since(
        &self,
        revision: &str,
        validated: &Validated,
        state: Option<&State>,
    ) -> Result<Vec<Pattern>, GitError> {
        let git = Git::around(&self.fleet.root, &self.options.environment).await?;
        let files = git.changed_since(revision).await?;
        let changed =
            |file: &Option<SmolStr>| file.as_ref().is_some_and(|file| files.contains(file.as_str()));
        let resources = &validated.configuration.resources;
        let declared =
            resources.values().filter(|resource| changed(&resource.file)).map(|resource| &resource.address);
        let records = state.into_iter().flat_map(|state| &state.records);
        let removed = records
            .filter(|(address, record)| !resources.contains_key(address) && changed(&record.source))
            .map(|(address, _)| address);
        Ok(declared.chain(removed).map(Pattern::exactly).collect())
    }

    /// The options of a plan with the session's settings.
    pub(crate) fn plan_options(
        &self,
        request: &PlanRequest,
        selection: Selection,
        refresh: RefreshOptions,
    ) -> Result<PlanOptions, SessionError> {
        needs_whole_fleet(&selection, !request.prune.is_empty(), Purpose::Prune)?;
        needs_whole_fleet(&selection, request.discover, Purpose::Discover)?;
        Ok(PlanOptions {
            environment: self.settings.environment.clone(),
            catalogue: self.catalogue(),
            drift: true,
            discover: request.discover,
            selection: Selection { prune: request.prune.clone(), send: request.send.clone(), ..selection },
            moves: self.settings.moves(),
            thresholds: self.settings.thresholds.clone(),
            permissions: request.permissions.clone(),
            rehearse: request.rehearse,
            ..PlanOptions::new(request.mode, refresh)
        })
    }
}

/// What no manifest declares can't be known from a part of them.
fn needs_whole_fleet(selection: &Selection, is_needed: bool, purpose: Purpose) -> Result<(), SessionError> {
    if is_needed && selection.declared_only { Err(SessionError::NeedsWholeFleet(purpose)) } else { Ok(()) }
}
